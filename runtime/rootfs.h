// The container's root file system as a mount: prepared under the host's root, then pivoted to.
// config.md#root, config-linux.md#rootfs-mount-propagation, pivot_root(2).
#ifndef REAPCHECK_RUNTIME_ROOTFS_H_
#define REAPCHECK_RUNTIME_ROOTFS_H_

#include <string>

#include "runtime/failure.h"
#include "runtime/oci_config.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

// Absolute, as config.json and the bundle say.
std::string RootfsPath(const OciConfig& config, const std::string& bundle);

// Sets the propagation of the whole mount namespace, so that nothing done below reaches the host,
// and mounts the root file system onto itself. Returns that mount, O_PATH. Without a mount
// namespace of its own (see oci_config.cc for what is refused then) it is the plain directory.
Outcome<ScopedFd> PrepareRootfs(const OciConfig& config, const std::string& path);

// Makes `root` the root directory and leaves nothing of the old one in sight: by pivot_root(2), or
// with `no_pivot` by moving the mount onto "/" and chroot(2). Without a mount namespace, chroot(2).
Outcome<void> EnterRootfs(const OciConfig& config, int root, bool no_pivot);

// root.readonly, once everything has its place.
Outcome<void> MakeRootReadonly();

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_ROOTFS_H_
