// config.md#mounts: every entry, in order, with its target resolved inside the root file system.
#ifndef REAPCHECK_RUNTIME_CONTAINER_MOUNTS_H_
#define REAPCHECK_RUNTIME_CONTAINER_MOUNTS_H_

#include <vector>

#include "runtime/cgroup_mount.h"
#include "runtime/failure.h"
#include "runtime/oci_config.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

// The sources of bind mounts as detached copies, one for each entry of config.mounts, empty for the
// others. Taken while the process still has the runtime's user id, which can reach them, and after
// the propagation of the mount namespace is set.
Outcome<std::vector<ScopedFd>> OpenBindSources(const OciConfig& config);

struct MountContext {
  const OciConfig& config;
  int root;  // the root file system's mount
  const CgroupView& cgroups;
};

// Mounts all. Returns the mounts that must become read-only once mount points and devices in them
// have been made (a tmpfs on /dev with "ro").
Outcome<std::vector<ScopedFd>> MountAll(const MountContext& context,
                                        std::vector<ScopedFd> bind_sources);

// What MountAll returned becomes read-only.
Outcome<void> FinishReadonlyMounts(const std::vector<ScopedFd>& mounts);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_MOUNTS_H_
