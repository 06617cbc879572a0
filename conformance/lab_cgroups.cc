// Lab: cgroups of containers, and those that the lab makes.
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "conformance/deadline.h"
#include "conformance/lab_impl.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

constexpr std::chrono::seconds kFreezeTimeout{5};

// "a/b" is `path` or lies below it, on component borders, wherever the runtime put it.
bool LiesIn(const std::string& dir, const std::string& path) {
  std::size_t at = (dir + "/").find(path + "/");
  return !path.empty() && at != std::string::npos && (path[0] == '/' || dir[at - 1] == '/');
}

bool IsTopDir(const CgroupDir& dir, const std::vector<CgroupDir>& all) {
  return std::ranges::none_of(all, [&](const CgroupDir& other) {
    return other.path != dir.path && dir.path.rfind(other.path + "/", 0) == 0;
  });
}

std::vector<std::string> TopDirs(const std::vector<CgroupDir>& all) {
  std::vector<std::string> paths;
  for (const CgroupDir& dir : all) {
    if (IsTopDir(dir, all)) paths.push_back(dir.path);
  }
  return paths;
}

}  // namespace

std::vector<CgroupDir> DirsOfContainer(const Lab::Impl& lab, const Container& container) {
  std::vector<CgroupDir> found;
  for (const Hierarchy& hierarchy : lab.settings.hierarchies) {
    const std::string& tag = lab.settings.tag;
    for (const std::string& dir : FindCgroups(hierarchy, tag)) {
      std::string relative = dir.substr(hierarchy.mount_point.size());
      bool by_path = LiesIn(relative, container.cgroups_path);
      // A runtime may make a name from the id ("crun-ID"); a given path is exact.
      bool by_id = container.cgroups_path.empty() && !container.id.empty() &&
                   relative.find(container.id) != std::string::npos;
      if (by_path || by_id) found.push_back({.hierarchy = &hierarchy, .path = dir});
    }
  }
  return found;
}

bool Lab::pure_v2() const {
  const std::vector<Hierarchy>& all = impl_->settings.hierarchies;
  return all.size() == 1 && all.front().v2();
}

bool Lab::HasController(const std::string& hierarchy) const {
  return std::ranges::any_of(impl_->settings.hierarchies, [&](const Hierarchy& mounted) {
    return !mounted.v2() && mounted.Has(hierarchy);
  });
}

std::vector<std::string> Lab::CgroupDirs(const Container& container) {
  return TopDirs(DirsOfContainer(*impl_, container));
}

std::vector<std::string> Lab::DirsOf(const std::string& cgroups_path) {
  return TopDirs(DirsOfContainer(*impl_, {.cgroups_path = cgroups_path}));
}

std::string Lab::FreezerDir(const Container& container) {
  std::vector<CgroupDir> dirs = DirsOfContainer(*impl_, container);
  for (bool v2 : {false, true}) {  // where there is a v1 freezer, runtimes use that
    for (const CgroupDir& dir : dirs) {
      bool fits = v2 ? dir.hierarchy->v2() : dir.hierarchy->Has("freezer");
      if (fits && IsTopDir(dir, dirs)) return dir.path;
    }
  }
  return "";
}

std::vector<std::string> Lab::MakeSubCgroups(const Container& container,
                                             const std::string& relative) {
  std::vector<std::string> made;
  for (const std::string& dir : CgroupDirs(container)) {
    std::string path = dir + "/" + relative;
    if (!MakeDirectories(path)) throw LabBroken("mkdir " + path + ": " + strerror(errno));
    // A v1 cpuset takes no member before it has cpus and memory nodes.
    for (std::size_t at = dir.size(); at != std::string::npos; at = path.find('/', at + 1)) {
      std::string parent = path.substr(0, at), next = path.substr(0, path.find('/', at + 1));
      for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
        std::optional<std::string> value = ReadText(parent + file);
        if (value && Exists(next + "/cgroup.clone_children")) WriteControl(next + file, *value);
      }
    }
    made.push_back(path);
  }
  return made;
}

std::string Lab::MakeForeignCgroup(const std::string& name) {
  std::string relative = "/" + Id(name);
  for (const Hierarchy& hierarchy : impl_->settings.hierarchies) {
    std::string path = hierarchy.mount_point + relative;
    if (mkdir(path.c_str(), 0755) != 0 && errno != EEXIST) {
      throw LabBroken("mkdir " + path + ": " + strerror(errno));
    }
    for (const char* file : {"/cpuset.cpus", "/cpuset.mems"}) {
      std::optional<std::string> value = ReadText(hierarchy.mount_point + file);
      if (value && hierarchy.Has("cpuset")) WriteControl(path + file, *value);
    }
    impl_->own_cgroups.push_back(path);
  }
  return relative;
}

bool Lab::MoveTo(pid_t pid, const std::string& cgroup_dir) {
  return WriteControl(cgroup_dir + "/cgroup.procs", std::to_string(pid));
}

void Lab::SetFrozen(const std::string& cgroup_dir, bool frozen) {
  if (!SetFreezer(cgroup_dir, frozen, Deadline::After(kFreezeTimeout))) {
    throw LabBroken((frozen ? "can not freeze " : "can not thaw ") + cgroup_dir);
  }
}

Freezer Lab::FreezerOf(const std::string& cgroup_dir) const { return ReadFreezer(cgroup_dir); }

std::vector<pid_t> Lab::Members(const Container& container) {
  std::set<pid_t> members;
  for (const CgroupDir& dir : DirsOfContainer(*impl_, container)) {
    for (pid_t pid : CgroupMembers(dir.path)) {
      std::optional<ProcessInfo> process = ReadProcess(pid);
      if (process && process->alive()) members.insert(pid);
    }
  }
  return {members.begin(), members.end()};
}

}  // namespace reapcheck::conformance
