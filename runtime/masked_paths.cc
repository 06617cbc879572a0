#include "runtime/masked_paths.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <string>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/path_in_root.h"

namespace reapcheck {
namespace {

// ENOENT and ENOTDIR: nothing to hide.
bool IsMissing(const Result<ScopedFd>& target) {
  return FailedWith(target, ENOENT) || FailedWith(target, ENOTDIR);
}

Result<ScopedFd> NullDevice() {
  auto copy = CopyMount(AT_FDCWD, "/dev/null", /*recursive=*/false);
  if (!copy) return copy;
  struct stat status;
  if (::fstat(copy->get(), &status) != 0 || !S_ISCHR(status.st_mode) ||
      status.st_rdev != makedev(1, 3)) {
    return Fail(ENODEV, "open_tree", "/dev/null of the host");
  }
  return copy;
}

Result<ScopedFd> EmptyDirectory() {
  auto made = MakeMount({.type = "tmpfs", .source = "tmpfs", .super_flags = MS_RDONLY});
  if (!made) return made;
  auto set = SetMountAttributes(made->get(), {.set = MOUNT_ATTR_RDONLY});
  if (!set) return Forward(std::move(set));
  return made;
}

Outcome<void> MaskPath(const std::string& path, int root, const std::string& what) {
  auto target = OpenInRoot(root, path, O_PATH);
  if (IsMissing(target)) return {};
  if (!target) return Refuse(target.error(), what);
  struct stat status;
  if (::fstat(target->get(), &status) != 0) return RefuseErrno(what);
  auto cover = S_ISDIR(status.st_mode) ? EmptyDirectory() : NullDevice();
  if (!cover) return Refuse(cover.error(), what);
  auto attached = AttachMount(cover->get(), target->get());
  if (!attached) return Refuse(attached.error(), what);
  return {};
}

Outcome<void> MakePathReadonly(const std::string& path, int root, const std::string& what) {
  auto target = OpenInRoot(root, path, O_PATH);
  if (IsMissing(target)) return {};
  if (!target) return Refuse(target.error(), what);
  auto copy = CopyMount(target->get(), "", /*recursive=*/true);
  if (!copy) return Refuse(copy.error(), what);
  auto set = SetMountAttributes(copy->get(), {.set = MOUNT_ATTR_RDONLY, .recursive = true});
  if (!set) return Refuse(set.error(), what);
  auto attached = AttachMount(copy->get(), target->get());
  if (!attached) return Refuse(attached.error(), what);
  return {};
}

}  // namespace

Outcome<void> MaskPaths(const OciConfig& config, int root) {
  for (std::size_t i = 0; i < config.masked_paths.size(); ++i) {
    const std::string& path = config.masked_paths[i];
    auto done = MaskPath(path, root, "/linux/maskedPaths/" + std::to_string(i) + " " + path);
    if (!done) return done;
  }
  return {};
}

Outcome<void> MakePathsReadonly(const OciConfig& config, int root) {
  for (std::size_t i = 0; i < config.readonly_paths.size(); ++i) {
    const std::string& path = config.readonly_paths[i];
    auto done = MakePathReadonly(path, root,
                                 "/linux/readonlyPaths/" + std::to_string(i) + " " + path);
    if (!done) return done;
  }
  return {};
}

}  // namespace reapcheck
