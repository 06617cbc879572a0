#include "runtime/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <iterator>

#include "runtime/deadline.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

// Deeper than any tree that a container builds by design; a deeper one is refused, not followed.
constexpr int kMaxCgroupDepth = 64;

bool IsGone(const Error& error) { return error.code == ENOENT || error.code == ENODEV; }

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

void AddPids(const std::string& text, std::set<Pid>& pids) {
  const char* at = text.c_str();
  while (*at != '\0') {
    char* end = nullptr;
    long pid = std::strtol(at, &end, 10);
    if (end == at) return;
    pids.insert(Pid{static_cast<pid_t>(pid)});
    at = *end == '\n' ? end + 1 : end;
  }
}

// A cgroup's links are itself, its name and the ".." of each directory below it: cheaper to ask for
// than a listing of all its files. Any other number says nothing.
bool HasNothingBelow(Kernel& kernel, Fd dir) {
  auto stat = kernel.StatAt(dir, "", AT_EMPTY_PATH);
  return stat && stat->links == 2;
}

Result<void> CollectProcesses(Kernel& kernel, Fd dir, int depth, std::set<Pid>& pids) {
  if (depth > kMaxCgroupDepth) return Fail(ELOOP, "read", "cgroup tree");
  auto text = ReadFileText(kernel, dir, "cgroup.procs");
  // A threaded cgroup has no such list (EOPNOTSUPP): its processes are in that of its domain.
  if (!text && text.error().code != EOPNOTSUPP) {
    if (IsGone(text.error())) return {};
    return Forward(std::move(text));
  }
  if (text) AddPids(*text, pids);
  if (HasNothingBelow(kernel, dir)) return {};
  auto entries = kernel.GetDirectoryEntries(dir);
  if (!entries) {
    if (IsGone(entries.error())) return {};
    return Forward(std::move(entries));
  }
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type != DT_DIR) continue;
    auto child = OpenFile(kernel, dir, entry.name, kOpenDirectory);
    if (!child && IsGone(child.error())) continue;
    if (!child) return Forward(std::move(child));
    auto collected = CollectProcesses(kernel, child->get(), depth + 1, pids);
    if (!collected) return collected;
  }
  return {};
}

// Removes what is below `dir`, leaf first; what appears meanwhile is found by the next try.
Result<void> RemoveChildren(Kernel& kernel, Fd dir, int depth) {
  if (depth > kMaxCgroupDepth) return Fail(ELOOP, "rmdir", "cgroup tree");
  auto entries = kernel.GetDirectoryEntries(dir);
  if (!entries) {
    if (IsGone(entries.error())) return {};
    return Forward(std::move(entries));
  }
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type != DT_DIR) continue;
    auto removed = Uninterrupted([&] { return kernel.UnlinkAt(dir, entry.name, AT_REMOVEDIR); });
    if (removed || IsGone(removed.error())) continue;
    auto child = OpenFile(kernel, dir, entry.name, kOpenDirectory);
    if (!child && IsGone(child.error())) continue;
    if (!child) return Forward(std::move(child));
    auto below = RemoveChildren(kernel, child->get(), depth + 1);
    if (!below) return below;
    removed = Uninterrupted([&] { return kernel.UnlinkAt(dir, entry.name, AT_REMOVEDIR); });
    if (!removed && !IsGone(removed.error())) return removed;
  }
  return {};
}

// One try. rmdir(2) first: most cgroups have nothing below them.
Result<void> RemoveOnce(Kernel& kernel, Fd mount, const std::string& path) {
  auto removed = Uninterrupted([&] { return kernel.UnlinkAt(mount, path, AT_REMOVEDIR); });
  if (removed || IsGone(removed.error())) return {};
  auto dir = OpenFile(kernel, mount, path, kOpenDirectory);
  if (!dir) {
    if (IsGone(dir.error())) return {};
    return Forward(std::move(dir));
  }
  if (auto below = RemoveChildren(kernel, dir->get(), 0); !below) return below;
  removed = Uninterrupted([&] { return kernel.UnlinkAt(mount, path, AT_REMOVEDIR); });
  if (!removed && IsGone(removed.error())) return {};
  return removed;
}

bool IsTransient(const Error& error) { return error.code == EBUSY || error.code == ENOTEMPTY; }

Result<OwnedFd> OpenMountPoint(Kernel& kernel, const CgroupHierarchy& hierarchy) {
  auto mount = OpenFile(kernel, kCwd, hierarchy.mount_point, O_RDONLY | O_DIRECTORY);
  if (!mount && mount.error().code != ENOENT) return mount;
  if (mount) {
    auto magic = Uninterrupted([&] { return kernel.StatFs(mount->get()); });
    if (!magic) return Forward(std::move(magic));
    if (*magic == CGROUP_SUPER_MAGIC || *magic == CGROUP2_SUPER_MAGIC) return mount;
  }
  return Fail(ESTALE, "open cgroup file system", hierarchy.mount_point);
}

// Takes away the directories that create made above the container's own. One that is in use by
// others by now stays, and so does all above it.
Result<void> RemoveEmptyAncestors(Kernel& kernel, Fd mount, const CgroupDirectory& cgroup) {
  const std::string& top = cgroup.highest_created;
  std::string path = cgroup.path;
  while (!top.empty() && path != top) {
    path.resize(path.rfind('/'));
    if (path.size() < top.size()) return {};
    auto removed = Uninterrupted(
        [&] { return kernel.UnlinkAt(mount, path.substr(1), AT_REMOVEDIR); });
    if (removed || IsGone(removed.error())) continue;
    return IsTransient(removed.error()) ? Result<void>() : removed;
  }
  return {};
}

Outcome<void> RemoveCgroup(Kernel& kernel, const CgroupDirectory& cgroup,
                           const Deadline& deadline) {
  const std::string doing = "remove cgroup " + cgroup.FullPath();
  auto mount = OpenMountPoint(kernel, cgroup.hierarchy);
  if (!mount) return Refuse(mount.error(), doing);
  Backoff backoff;
  for (;;) {
    auto removed = RemoveOnce(kernel, mount->get(), cgroup.path.substr(1));
    if (removed) break;
    if (!IsTransient(removed.error()) || deadline.Passed(kernel)) {
      return Refuse(removed.error(), doing);
    }
    backoff.Wait(kernel);
  }
  auto above = RemoveEmptyAncestors(kernel, mount->get(), cgroup);
  if (!above) return Refuse(above.error(), doing);
  return {};
}

}  // namespace

Cgroups OwnedCgroups(const Cgroups& cgroups) {
  Cgroups owned;
  std::ranges::copy_if(cgroups, std::back_inserter(owned), &CgroupDirectory::owned);
  return owned;
}

bool IsSafeCgroupPath(const std::string& path) {
  if (path.size() < 2 || path[0] != '/' || path.find('\0') != std::string::npos) return false;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = std::min(path.find('/', at + 1), path.size());
    std::string part = path.substr(at + 1, end - at - 1);
    if (part.empty() || part == "." || part == "..") return false;
    at = end;
  }
  return true;
}

Result<OwnedFd> OpenCgroup(Kernel& kernel, const CgroupDirectory& cgroup) {
  if (!IsSafeCgroupPath(cgroup.path)) return Fail(EINVAL, "open cgroup", cgroup.path);
  auto mount = OpenMountPoint(kernel, cgroup.hierarchy);
  if (!mount) return mount;
  auto dir = OpenFile(kernel, mount->get(), cgroup.path.substr(1), kOpenDirectory);
  if (!dir && IsGone(dir.error())) return OwnedFd();
  return dir;
}

Result<std::set<Pid>> CgroupProcesses(Kernel& kernel, const Cgroups& cgroups) {
  std::set<Pid> pids;
  for (const CgroupDirectory& cgroup : cgroups) {
    auto dir = OpenCgroup(kernel, cgroup);
    if (!dir) return Forward(std::move(dir));
    if (!*dir) continue;
    auto collected = CollectProcesses(kernel, dir->get(), 0, pids);
    if (!collected) return Forward(std::move(collected));
  }
  return pids;
}

Result<bool> AnyCgroupExists(Kernel& kernel, const Cgroups& cgroups) {
  for (const CgroupDirectory& cgroup : cgroups) {
    if (!cgroup.owned) continue;
    auto dir = OpenCgroup(kernel, cgroup);
    if (!dir) return Forward(std::move(dir));
    if (*dir) return true;
  }
  return false;
}

Outcome<void> RemoveCgroups(Kernel& kernel, const Cgroups& cgroups,
                            std::chrono::milliseconds bound) {
  const Deadline deadline(kernel, bound);
  Outcome<void> first;
  for (const CgroupDirectory& cgroup : cgroups) {
    if (!cgroup.owned) continue;
    // One hierarchy that fails does not keep the others; the first cause is what is reported.
    auto removed = RemoveCgroup(kernel, cgroup, deadline);
    if (!removed && first) first = std::move(removed);
  }
  return first;
}

}  // namespace reapcheck
