// A mount entry of type "cgroup" or "cgroup2": what of the cgroup file systems the container sees.
//
// v2: the container's own cgroup2 with a cgroup namespace, else the host's. v1: a tmpfs with a
// directory for each hierarchy, which shows the container's own cgroup of it.
#ifndef REAPCHECK_RUNTIME_CGROUP_MOUNT_H_
#define REAPCHECK_RUNTIME_CGROUP_MOUNT_H_

#include <string>
#include <string_view>
#include <vector>

#include "runtime/failure.h"
#include "runtime/oci_config.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

// A mounted hierarchy and where in it the process is.
struct OwnHierarchy {
  bool unified = false;     // cgroup2
  std::string controllers;  // "cpu,cpuacct", "name=systemd"; empty for cgroup2
  std::string mount_point;  // "/sys/fs/cgroup/cpu,cpuacct"
  std::string mount_root;   // "/": the cgroup that the mount point shows
  std::string own_path;     // "/c1"
};

// From the texts of /proc/self/mountinfo and /proc/self/cgroup. Each hierarchy once.
std::vector<OwnHierarchy> FindHierarchies(std::string_view mountinfo, std::string_view cgroups);

// The hierarchies as the process sees them before it has a cgroup namespace of its own, which hides
// where in them it is.
struct CgroupView {
  struct Directory {
    OwnHierarchy hierarchy;
    ScopedFd whole;  // the mount point, O_PATH
    ScopedFd own;    // the process's cgroup; empty when it is not below the mount point
  };
  bool pure_v2 = false;  // /sys/fs/cgroup itself is cgroup2
  std::vector<Directory> directories;
};
// Reads the host's /proc. Empty when no entry of config.mounts needs it.
CgroupView LookAtCgroups(const OciConfig& config);

bool IsCgroupMount(const MountEntry& mount);

// Mounts onto the open `target`. The process is in the container's cgroup, and in a cgroup
// namespace of the container when `own_namespace`. `what` begins messages.
Outcome<void> MountCgroups(const MountEntry& mount, const CgroupView& view, int target,
                           bool own_namespace, const std::string& what);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CGROUP_MOUNT_H_
