// A container's cgroups: one directory in each hierarchy that is mounted. cgroups(7),
// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/ of Linux.
//
// cgroups are files: everything here goes through Kernel's file methods. A directory that is gone
// (ENOENT, ENODEV) is success for whoever wants it gone, at each step separately.
#ifndef REAPCHECK_RUNTIME_CGROUP_H_
#define REAPCHECK_RUNTIME_CGROUP_H_

#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "runtime/failure.h"
#include "runtime/kernel.h"

namespace reapcheck {

enum class CgroupVersion { kV1, kV2 };

// One hierarchy as it is mounted.
struct CgroupHierarchy {
  std::string mount_point;
  CgroupVersion version = CgroupVersion::kV1;
  std::vector<std::string> controllers;  // v1: "memory", "name=systemd"; v2: empty

  bool Has(const std::string& controller) const;
  bool operator==(const CgroupHierarchy&) const = default;
};

// The container's directory in one hierarchy, as the record keeps it.
struct CgroupDirectory {
  CgroupHierarchy hierarchy;
  std::string path;  // from the mount point: "/lab/c1"
  // False when it was there before create: what else is in it is not touched, and it stays.
  bool owned = true;
  // The highest directory that create made on the way, "" for none above `path` itself: goes with
  // the container when nothing else is in it.
  std::string highest_created;

  std::string FullPath() const { return hierarchy.mount_point + path; }
  bool operator==(const CgroupDirectory&) const = default;
};

using Cgroups = std::vector<CgroupDirectory>;

// Those that create made: whatever is in them is the container's.
Cgroups OwnedCgroups(const Cgroups& cgroups);

// The visible hierarchies, from /proc/self/mountinfo: v1, v2 or (both) hybrid.
Result<std::vector<CgroupHierarchy>> FindCgroupHierarchies(Kernel& kernel);

// Absolute, normal ("/a/b": no "", "." or ".."), and not the root.
bool IsSafeCgroupPath(const std::string& path);

// Opens the directory below its mount point, after proof that a cgroup file system is mounted
// there (else ESTALE: unknown is not gone). Without a descriptor it is gone.
Result<OwnedFd> OpenCgroup(Kernel& kernel, const CgroupDirectory& cgroup);

// The processes in these cgroups and below, whatever hierarchy names them. A process of a pid
// namespace that the runtime can not see is pid 0.
Result<std::set<Pid>> CgroupProcesses(Kernel& kernel, const Cgroups& cgroups);

// True while a directory of these exists.
Result<bool> AnyCgroupExists(Kernel& kernel, const Cgroups& cgroups);

// Removes the owned directories, each with all below it, leaf first, and then what create made
// above them as far as it is empty. EBUSY is retried until `bound` has passed in all.
Outcome<void> RemoveCgroups(Kernel& kernel, const Cgroups& cgroups,
                            std::chrono::milliseconds bound);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CGROUP_H_
