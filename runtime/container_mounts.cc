#include "runtime/container_mounts.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <climits>
#include <string_view>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/interruption.h"
#include "runtime/path_in_root.h"
#include "runtime/tmpfs_copy_up.h"

namespace reapcheck {
namespace {

// File systems whose one super block may be in use elsewhere: read-only is the mount's alone.
constexpr std::array<std::string_view, 5> kSharedTypes = {
    "proc", "sysfs", "tmpfs", "devpts", "mqueue",
};

// What may be mounted over in a procfs: files about the machine that lxcfs and the like replace.
// Anything else could make the runtime write where it does not mean to (CVE-2019-19921).
constexpr std::array kReplaceableInProc = {
    "cpuinfo", "diskstats", "meminfo", "stat",    "swaps",
    "uptime",  "loadavg",   "slabinfo", "net/dev", "sys/kernel/ns_last_pid",
};

// "/mounts/3 tmpfs on /dev", as all messages about an entry begin.
std::string Describe(const MountEntry& mount, std::size_t index) {
  return "mount /mounts/" + std::to_string(index) + " " + mount.type + " on " + mount.destination;
}

bool IsBind(const MountEntry& mount) {
  return (mount.flags & MS_BIND) != 0 && (mount.flags & MS_REMOUNT) == 0;
}

// The path of an open target, by the host's /proc.
std::string PathOf(int fd) {
  char path[PATH_MAX];
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  ssize_t length = ::readlink(link.c_str(), path, sizeof path);
  return length > 0 ? std::string(path, length) : "";
}

Outcome<void> CheckTarget(int root, int target, const std::string& what) {
  struct statfs file_system;
  struct stat of_root, of_target;
  if (StatFileSystem(target, file_system) != 0 || ::fstat(root, &of_root) != 0 ||
      ::fstat(target, &of_target) != 0) {
    return RefuseErrno(what);
  }
  if (of_root.st_dev == of_target.st_dev && of_root.st_ino == of_target.st_ino) {
    return Refuse(FailureKind::kInvalidConfig, what + ": is the root of the container");
  }
  if (file_system.f_type != PROC_SUPER_MAGIC) return {};
  const std::string path = PathOf(target);
  const bool allowed = std::ranges::any_of(kReplaceableInProc, [&](const char* name) {
    return path.ends_with("/proc/" + std::string(name));
  });
  // Another procfs on top of a procfs changes nothing that the runtime relies on.
  struct stat proc_root;
  const bool is_root = ::fstat(target, &proc_root) == 0 && proc_root.st_ino == 1;
  if (allowed || is_root) return {};
  return Refuse(FailureKind::kInvalidConfig, what + ": must not lie inside procfs");
}

// proc and sysfs go onto an ordinary directory: through a symlink in the image they could hide what
// is meant to be seen elsewhere.
Outcome<ScopedFd> OpenTarget(int root, const MountEntry& mount, NodeKind kind,
                             const std::string& what) {
  auto target = OpenOrCreateInRoot(root, mount.destination, kind);
  if (target && (mount.type == "proc" || mount.type == "sysfs")) {
    target = OpenInRoot(root, mount.destination, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
  }
  if (!target) return Refuse(target.error(), what);
  auto checked = CheckTarget(root, target->get(), what);
  if (!checked) return Forward(std::move(checked));
  return std::move(*target);
}

// Inside a user namespace flags of the host's mount are locked: clearing them is refused with EPERM
// (mount_namespaces(7)), and they are kept then.
Result<void> SetKeepingLocked(int mount, MountAttributes attributes) {
  auto set = SetMountAttributes(mount, attributes);
  if (!FailedWith(set, EPERM) || attributes.clear == 0) return set;
  attributes.clear = (attributes.set & MOUNT_ATTR__ATIME) != 0 ? MOUNT_ATTR__ATIME : 0;
  return SetMountAttributes(mount, attributes);
}

Outcome<void> SetEntryAttributes(int detached, const MountEntry& entry, bool readonly_later,
                                 const std::string& what) {
  std::uint64_t flags = entry.flags;
  if (readonly_later) flags &= ~std::uint64_t{MS_RDONLY};
  auto one = SetKeepingLocked(detached, AttributesOfFlags(flags, entry.cleared_flags));
  if (!one) return Refuse(one.error(), what);
  auto all = SetKeepingLocked(detached, {.set = entry.recursive_attributes,
                                         .clear = entry.recursive_attributes_cleared,
                                         .recursive = true});
  if (!all) return Refuse(all.error(), what);
  return {};
}

Outcome<void> SetPropagation(int mount, const MountEntry& entry, const std::string& what) {
  if (entry.propagation == 0) return {};
  auto set = SetMountAttributes(mount, {.propagation = entry.propagation & ~std::uint64_t{MS_REC},
                                        .recursive = (entry.propagation & MS_REC) != 0});
  if (!set) return Refuse(set.error(), what + ": propagation");
  return {};
}

// tmpfs(5): the root's mode is 1777 unless told; the directory that it covers tells.
std::string TmpfsData(const MountEntry& mount, int root) {
  if (("," + mount.data).contains(",mode=")) return mount.data;
  auto covered = OpenInRoot(root, mount.destination, O_PATH | O_DIRECTORY);
  struct stat status;
  if (!covered || ::fstat(covered->get(), &status) != 0) return mount.data;
  char mode[16];
  std::snprintf(mode, sizeof mode, "mode=%o", status.st_mode & 07777);
  return mount.data + (mount.data.empty() ? "" : ",") + mode;
}

Outcome<ScopedFd> MakeEntry(const MountEntry& mount, int root, const std::string& what) {
  FileSystemSpec spec{.type = mount.type, .source = mount.source, .data = mount.data};
  const std::uint64_t super = MS_SYNCHRONOUS | MS_DIRSYNC | MS_MANDLOCK | MS_LAZYTIME |
                              MS_I_VERSION | MS_RDONLY;
  spec.super_flags = mount.flags & super;
  if (std::ranges::find(kSharedTypes, mount.type) != kSharedTypes.end()) {
    spec.super_flags &= ~std::uint64_t{MS_RDONLY};
  }
  if (mount.type == "tmpfs") spec.data = TmpfsData(mount, root);
  auto made = MakeMount(spec);
  if (made) return std::move(*made);
  if (mount.type != "sysfs" || made.error().code != EPERM) return Refuse(made.error(), what);
  // A user namespace that does not own the network namespace can not mount sysfs; the host's, with
  // all that is mounted in it, is what the other runtimes show then.
  auto host = CopyMount(AT_FDCWD, "/sys", /*recursive=*/true);
  if (!host) return Refuse(host.error(), what);
  return std::move(*host);
}

// options "remount": the flags of what an earlier entry mounted.
Outcome<void> Remount(const MountEntry& mount, int root, const std::string& what) {
  auto target = OpenInRoot(root, mount.destination, O_PATH);
  if (!target) return Refuse(target.error(), what);
  if ((mount.flags & MS_BIND) != 0) return SetEntryAttributes(target->get(), mount, false, what);
  const std::string link = "/proc/self/fd/" + std::to_string(target->get());
  if (::mount(nullptr, link.c_str(), nullptr, mount.flags, mount.data.c_str()) != 0) {
    return RefuseErrno(what);
  }
  return SetPropagation(target->get(), mount, what);
}

struct Placed {
  ScopedFd mount;
  bool readonly_later = false;
};

Outcome<Placed> Place(const MountEntry& mount, int root, ScopedFd source, const std::string& what) {
  NodeKind kind = NodeKind::kDirectory;
  if (IsBind(mount)) {
    struct stat status;
    if (::fstat(source.get(), &status) != 0) return RefuseErrno(what);
    if (!S_ISDIR(status.st_mode)) kind = NodeKind::kFile;
  } else {
    auto made = MakeEntry(mount, root, what);
    if (!made) return Forward(std::move(made));
    source = std::move(*made);
  }
  auto target = OpenTarget(root, mount, kind, what);
  if (!target) return Forward(std::move(target));
  if (mount.copy_up) {
    auto copied = CopyUp(target->get(), source.get());
    if (!copied) return Refuse(copied.error(), what + ": tmpcopyup");
  }
  // Devices and mount points are still to be made in it.
  const bool later = mount.type == "tmpfs" && (mount.flags & MS_RDONLY) != 0;
  auto attributes = SetEntryAttributes(source.get(), mount, later, what);
  if (!attributes) return Forward(std::move(attributes));
  auto attached = AttachMount(source.get(), target->get());
  if (!attached) return Refuse(attached.error(), what);
  auto propagated = SetPropagation(source.get(), mount, what);
  if (!propagated) return Forward(std::move(propagated));
  return Placed{std::move(source), later};
}

Outcome<void> MountCgroupEntry(const MountContext& context, const MountEntry& mount,
                               const std::string& what) {
  auto target = OpenTarget(context.root, mount, NodeKind::kDirectory, what);
  if (!target) return Forward(std::move(target));
  const bool own_namespace = context.config.FindNamespace(NamespaceType::kCgroup) != nullptr;
  return MountCgroups(mount, context.cgroups, target->get(), own_namespace, what);
}

}  // namespace

Outcome<std::vector<ScopedFd>> OpenBindSources(const OciConfig& config) {
  std::vector<ScopedFd> sources(config.mounts.size());
  for (std::size_t i = 0; i < config.mounts.size(); ++i) {
    const MountEntry& mount = config.mounts[i];
    if (!IsBind(mount)) continue;
    auto source = CopyMount(AT_FDCWD, mount.source, (mount.flags & MS_REC) != 0);
    if (!source) return Refuse(source.error(), Describe(mount, i) + ": source");
    sources[i] = std::move(*source);
  }
  return sources;
}

Outcome<std::vector<ScopedFd>> MountAll(const MountContext& context,
                                        std::vector<ScopedFd> bind_sources) {
  const OciConfig& config = context.config;
  std::vector<ScopedFd> readonly_later;
  for (std::size_t i = 0; i < config.mounts.size(); ++i) {
    const MountEntry& mount = config.mounts[i];
    const std::string what = Describe(mount, i);
    Outcome<void> done;
    if ((mount.flags & MS_REMOUNT) != 0) {
      done = Remount(mount, context.root, what);
    } else if (IsCgroupMount(mount)) {
      done = MountCgroupEntry(context, mount, what);
    } else {
      auto placed = Place(mount, context.root, std::move(bind_sources[i]), what);
      if (!placed) return Forward(std::move(placed));
      if (placed->readonly_later) readonly_later.push_back(std::move(placed->mount));
    }
    if (!done) return Forward(std::move(done));
  }
  return readonly_later;
}

Outcome<void> FinishReadonlyMounts(const std::vector<ScopedFd>& mounts) {
  for (const ScopedFd& mount : mounts) {
    auto set = SetMountAttributes(mount.get(), {.set = MOUNT_ATTR_RDONLY});
    if (!set) return Refuse(set.error(), "read-only tmpfs");
  }
  return {};
}

}  // namespace reapcheck
