#include "runtime/cgroup_create.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "runtime/derive_record.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

// A sibling's delete may take an empty parent away between two mkdir calls.
constexpr int kMaxMakes = 100;

// "/a", "/a/b", "/a/b/c".
std::vector<std::string> Prefixes(const std::string& path) {
  std::vector<std::string> prefixes;
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    prefixes.push_back(path.substr(0, end));
    if (end == std::string::npos) return prefixes;
  }
}

Result<void> FindWhatIsMissing(Kernel& kernel, CgroupDirectory& cgroup) {
  for (const std::string& prefix : Prefixes(cgroup.path)) {
    auto stat = kernel.StatAt(kCwd, cgroup.hierarchy.mount_point + prefix, AT_SYMLINK_NOFOLLOW);
    if (stat) continue;
    if (stat.error().code != ENOENT) return Forward(std::move(stat));
    cgroup.owned = true;
    cgroup.highest_created = prefix == cgroup.path ? "" : prefix;
    return {};
  }
  cgroup.owned = false;
  return {};
}

// A v1 cpuset takes no process before it has processors and memory nodes; a new one has none.
Result<void> InheritCpuset(Kernel& kernel, Fd parent, Fd dir) {
  for (const char* file : {"cpuset.cpus", "cpuset.mems"}) {
    auto own = ReadFileText(kernel, dir, file);
    if (!own) return Forward(std::move(own));
    if (own->find_first_not_of('\n') != std::string::npos) continue;
    auto inherited = ReadFileText(kernel, parent, file);
    if (!inherited) return Forward(std::move(inherited));
    auto written = WriteControlFile(kernel, dir, file, *inherited);
    if (!written) return written;
  }
  return {};
}

// mkdir -p from the mount point down. EEXIST of the last one is reported when it is to be owned.
Result<void> MakePath(Kernel& kernel, const CgroupDirectory& cgroup) {
  constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  auto parent = kernel.OpenAt(kCwd, cgroup.hierarchy.mount_point, O_RDONLY | O_DIRECTORY, 0);
  if (!parent) return Forward(std::move(parent));
  for (const std::string& prefix : Prefixes(cgroup.path)) {
    const std::string name = prefix.substr(prefix.rfind('/') + 1);
    auto made = kernel.MkdirAt(parent->get(), name, 0755);
    const bool last = prefix == cgroup.path;
    if (!made && !(made.error().code == EEXIST && !(last && cgroup.owned))) return made;
    auto dir = kernel.OpenAt(parent->get(), name, kDirectory, 0);
    if (!dir) return Forward(std::move(dir));
    if (cgroup.hierarchy.Has("cpuset")) {
      auto inherited = InheritCpuset(kernel, parent->get(), dir->get());
      if (!inherited) return inherited;
    }
    *parent = std::move(*dir);
  }
  return {};
}

// In a v2 cgroup whose controllers are given on to children no process may be: then the process
// goes where init went.
Result<void> JoinNextTo(Kernel& kernel, const CgroupDirectory& cgroup, Fd dir, Pid pid) {
  auto joined = WriteControlFile(kernel, dir, "cgroup.procs", std::to_string(pid.value));
  if (joined || joined.error().code != EBUSY) return joined;
  auto members = CgroupProcesses(kernel, {cgroup});
  if (!members) return Forward(std::move(members));
  for (Pid member : *members) {
    auto text = ReadFileText(kernel, kCwd, "/proc/" + std::to_string(member.value) + "/cgroup");
    std::size_t at = text ? text->find("0::") : std::string::npos;
    if (at == std::string::npos) continue;
    const std::string path = text->substr(at + 3, text->find('\n', at) - at - 3);
    if (!(path + "/").starts_with(cgroup.path + "/")) continue;
    return WriteControlFile(kernel, kCwd,
                            cgroup.hierarchy.mount_point + path + "/cgroup.procs",
                            std::to_string(pid.value));
  }
  return joined;
}

}  // namespace

Outcome<Cgroups> PlanCgroups(Kernel& kernel, const std::string& path) {
  if (!IsSafeCgroupPath(path)) {
    return Refuse(FailureKind::kInvalidConfig, "config.json: /linux/cgroupsPath: \"" + path +
                                                   "\" is not the path of a cgroup");
  }
  auto cgroups = LocateCgroups(kernel, path);
  if (!cgroups) return Refuse(cgroups.error(), "find the cgroup file systems");
  for (CgroupDirectory& cgroup : *cgroups) {
    auto found = FindWhatIsMissing(kernel, cgroup);
    if (!found) return Refuse(found.error(), "look at cgroup " + cgroup.FullPath());
  }
  auto inside = CgroupProcesses(kernel, *cgroups);
  if (!inside) return Refuse(inside.error(), "look into cgroup " + path);
  if (!inside->empty()) {
    return Refuse(FailureKind::kExists,
                  "config.json: /linux/cgroupsPath: \"" + path + "\" has processes in it (pid " +
                      std::to_string(inside->begin()->value) + ")");
  }
  return std::move(*cgroups);
}

Outcome<void> MakeCgroups(Kernel& kernel, const Cgroups& cgroups) {
  for (const CgroupDirectory& cgroup : cgroups) {
    auto made = MakePath(kernel, cgroup);
    for (int i = 0; FailedWith(made, ENOENT) && i < kMaxMakes; ++i) {
      made = MakePath(kernel, cgroup);
    }
    if (FailedWith(made, EEXIST)) {
      return Refuse(FailureKind::kExists, "cgroup " + cgroup.FullPath() + " is taken by another");
    }
    if (!made) return Refuse(made.error(), "make cgroup " + cgroup.FullPath());
  }
  return {};
}

Outcome<void> JoinCgroups(Kernel& kernel, const Cgroups& cgroups, Pid pid) {
  for (const CgroupDirectory& cgroup : cgroups) {
    const std::string doing = "join cgroup " + cgroup.FullPath();
    auto dir = OpenCgroup(kernel, cgroup);
    if (!dir) return Refuse(dir.error(), doing);
    if (!*dir) return Refuse(FailureKind::kNotRunning, doing + ": it is gone");
    auto joined = JoinNextTo(kernel, cgroup, dir->get(), pid);
    if (!joined) return Refuse(joined.error(), doing);
  }
  return {};
}

}  // namespace reapcheck
