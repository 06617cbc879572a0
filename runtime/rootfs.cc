#include "runtime/rootfs.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include <cstdlib>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/interruption.h"
#include "runtime/path_in_root.h"

namespace reapcheck {
namespace {

Outcome<void> Propagate(const std::string& path, std::uint64_t flags) {
  if (::mount(nullptr, path.c_str(), nullptr, flags, nullptr) != 0) {
    return RefuseErrno("propagation of " + path);
  }
  return {};
}

// The mount that `path` lies on must be private: pivot_root(2) refuses a shared parent, and a mount
// made on a shared one would appear on the host.
Outcome<void> MakeParentPrivate(const std::string& path) {
  char* resolved = ::realpath(path.c_str(), nullptr);
  if (resolved == nullptr) return RefuseErrno("/root/path " + path);
  std::string at = resolved;
  std::free(resolved);
  while (::mount(nullptr, at.c_str(), nullptr, MS_PRIVATE, nullptr) != 0) {
    // EINVAL: not where a mount begins.
    if (errno != EINVAL || at == "/") return RefuseErrno("propagation of " + at);
    at = SplitLast(at).directory;
  }
  return {};
}

Outcome<ScopedFd> OpenRootDirectory(const std::string& path) {
  ScopedFd directory(UninterruptedSystemCall(
      [&] { return ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC); }));
  if (directory) return directory;
  const bool wrong_path = errno == ENOENT || errno == ENOTDIR;
  return Refuse(wrong_path ? FailureKind::kInvalidConfig : FailureKind::kSystem,
                "/root/path " + path + ": " + ErrnoName(errno));
}

Outcome<void> Pivot(int root) {
  ScopedFd old_root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!old_root) return RefuseErrno("open old root");
  if (::fchdir(root) != 0) return RefuseErrno("chdir to new root");
  // pivot_root(2), NOTES: with both paths "." the old root ends up on top of the new one.
  if (::syscall(SYS_pivot_root, ".", ".") != 0) return RefuseErrno("pivot_root");
  if (::fchdir(old_root.get()) != 0) return RefuseErrno("chdir to old root");
  // The unmount must not propagate to the host.
  auto slave = Propagate(".", MS_SLAVE | MS_REC);
  if (!slave) return slave;
  if (::umount2(".", MNT_DETACH) != 0) return RefuseErrno("umount old root");
  return {};
}

Outcome<void> MoveAndChroot(int root, bool move) {
  if (move) {
    ScopedFd top(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
    auto moved = AttachMount(root, top.get());
    if (!moved) return Refuse(moved.error(), "move root file system to /");
  }
  if (::fchdir(root) != 0) return RefuseErrno("chdir to new root");
  if (::chroot(".") != 0) return RefuseErrno("chroot");
  return {};
}

}  // namespace

std::string RootfsPath(const OciConfig& config, const std::string& bundle) {
  return config.root_path.starts_with('/') ? config.root_path : bundle + "/" + config.root_path;
}

Outcome<ScopedFd> PrepareRootfs(const OciConfig& config, const std::string& path) {
  if (config.FindNamespace(NamespaceType::kMount) == nullptr) return OpenRootDirectory(path);
  const bool asked = config.rootfs_propagation != 0;
  auto propagated = Propagate("/", asked ? config.rootfs_propagation : MS_SLAVE | MS_REC);
  if (!propagated) return Forward(std::move(propagated));
  auto directory = OpenRootDirectory(path);
  if (!directory) return directory;
  if (asked) {
    auto parent = MakeParentPrivate(path);
    if (!parent) return Forward(std::move(parent));
  }
  auto root = CopyMount(directory->get(), "", /*recursive=*/true);
  if (!root) return Refuse(root.error(), "/root/path " + path);
  auto attached = AttachMount(root->get(), directory->get());
  if (!attached) return Refuse(attached.error(), "/root/path " + path);
  return std::move(*root);
}

Outcome<void> EnterRootfs(const OciConfig& config, int root, bool no_pivot) {
  const bool own_mounts = config.FindNamespace(NamespaceType::kMount) != nullptr;
  auto entered = own_mounts && !no_pivot ? Pivot(root) : MoveAndChroot(root, own_mounts);
  if (!entered) return entered;
  if (::chdir("/") != 0) return RefuseErrno("chdir to /");
  if (config.rootfs_propagation == 0) return {};
  return Propagate("/", config.rootfs_propagation);
}

Outcome<void> MakeRootReadonly() {
  ScopedFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto done = SetMountAttributes(root.get(), {.set = MOUNT_ATTR_RDONLY});
  if (!done) return Refuse(done.error(), "/root/readonly");
  return {};
}

}  // namespace reapcheck
