#include "runtime/cgroup_create.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "runtime/derive_record.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

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

// What the plan says of this directory: there already, or to be made.
bool IsToBeMade(const CgroupDirectory& cgroup, const std::string& prefix) {
  if (!cgroup.owned) return false;
  const std::string& first =
      cgroup.highest_created.empty() ? cgroup.path : cgroup.highest_created;
  return prefix.size() >= first.size();
}

// mkdir -p from the mount point down, noting what was made. EAGAIN: it is not as planned.
Result<void> MakePath(Kernel& kernel, const CgroupDirectory& cgroup,
                      std::vector<std::string>& made) {
  constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;
  auto parent = OpenFile(kernel, kCwd, cgroup.hierarchy.mount_point, O_RDONLY | O_DIRECTORY);
  if (!parent) return Forward(std::move(parent));
  for (const std::string& prefix : Prefixes(cgroup.path)) {
    const std::string name = prefix.substr(prefix.rfind('/') + 1);
    const std::string path = cgroup.hierarchy.mount_point + prefix;
    if (IsToBeMade(cgroup, prefix)) {
      auto created = kernel.MkdirAt(parent->get(), name, 0755);
      if (FailedWith(created, EEXIST) || FailedWith(created, ENOENT)) {
        return Fail(EAGAIN, "mkdirat", path);
      }
      if (!created) return created;
      made.push_back(path);
    }
    auto dir = OpenFile(kernel, parent->get(), name, kDirectory);
    if (FailedWith(dir, ENOENT)) return Fail(EAGAIN, "openat", path);
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
  // What is not there yet has nobody in it.
  Cgroups there;
  std::ranges::remove_copy_if(*cgroups, std::back_inserter(there), &CgroupDirectory::owned);
  auto inside = CgroupProcesses(kernel, there);
  if (!inside) return Refuse(inside.error(), "look into cgroup " + path);
  if (!inside->empty()) {
    return Refuse(FailureKind::kExists,
                  "config.json: /linux/cgroupsPath: \"" + path + "\" has processes in it (pid " +
                      std::to_string(inside->begin()->value) + ")");
  }
  return std::move(*cgroups);
}

Outcome<void> MakeCgroups(Kernel& kernel, const Cgroups& cgroups) {
  std::vector<std::string> made;
  for (const CgroupDirectory& cgroup : cgroups) {
    auto done = MakePath(kernel, cgroup, made);
    if (done) continue;
    // Only what this very call made: whatever else is there belongs to others.
    for (auto path = made.rbegin(); path != made.rend(); ++path) {
      static_cast<void>(kernel.UnlinkAt(kCwd, *path, AT_REMOVEDIR));
    }
    if (done.error().code == EAGAIN) {
      return Refuse(FailureKind::kBusy, "cgroup " + cgroup.FullPath() +
                                            " keeps being made and removed by others");
    }
    return Refuse(done.error(), "make cgroup " + cgroup.FullPath());
  }
  return {};
}

Outcome<std::vector<OwnedFd>> OpenTaskFiles(Kernel& kernel, const Cgroups& cgroups) {
  std::vector<OwnedFd> files;
  for (const CgroupDirectory& cgroup : cgroups) {
    if (cgroup.hierarchy.version != CgroupVersion::kV1) continue;
    const std::string doing = "join cgroup " + cgroup.FullPath();
    auto dir = OpenCgroup(kernel, cgroup);
    if (!dir) return Refuse(dir.error(), doing);
    if (!*dir) return Refuse(FailureKind::kNotRunning, doing + ": it is gone");
    auto file = OpenFile(kernel, dir->get(), "tasks", O_WRONLY | O_NOFOLLOW);
    if (!file) return Refuse(file.error(), doing);
    files.push_back(std::move(*file));
  }
  return files;
}

Cgroups UnifiedCgroups(const Cgroups& cgroups) {
  Cgroups unified;
  std::ranges::copy_if(cgroups, std::back_inserter(unified), [](const CgroupDirectory& cgroup) {
    return cgroup.hierarchy.version == CgroupVersion::kV2;
  });
  return unified;
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
