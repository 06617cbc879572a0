// The cgroup hierarchies as they are mounted, v1, v2 or both: cgroups(7). Finds, reads, freezes and
// removes directories. A cgroup that a lab made, or that was made for a container of it, has the
// lab's tag in its path: only those are ever changed.
#ifndef REAPCHECK_CONFORMANCE_CGROUP_TREE_H_
#define REAPCHECK_CONFORMANCE_CGROUP_TREE_H_

#include <string>
#include <vector>

#include "conformance/deadline.h"
#include "conformance/observation.h"

namespace reapcheck::conformance {

struct Hierarchy {
  std::string name;         // "freezer", "cpu,cpuacct", "name=systemd"; "" for v2
  std::string mount_point;  // "/sys/fs/cgroup/freezer"
  std::string own_path;     // the caller's cgroup in it, "/" for the root

  bool v2() const { return name.empty(); }
  bool Has(const std::string& controller) const;  // v1: is one of its names
};

// Hierarchies mounted below /sys/fs/cgroup, in the order of mounting.
std::vector<Hierarchy> MountedHierarchies();

// Directories of a hierarchy whose path has `part` in it, parents before children. Looks among the
// children of the root and of each ancestor of the caller's own cgroup: where runtimes make them.
std::vector<std::string> FindCgroups(const Hierarchy& hierarchy, const std::string& part);

// nullopt-like: an empty path when the directory does not exist (any more).
CgroupInfo ReadCgroup(const Hierarchy& hierarchy, const std::string& dir);
std::vector<pid_t> CgroupMembers(const std::string& dir);

Freezer ReadFreezer(const std::string& dir);
// Asks for it and waits until the kernel says so. False at the deadline.
bool SetFreezer(const std::string& dir, bool frozen, const Deadline& deadline);

// Thaws, kills every member but the caller, and removes directories with all below them. Those of
// one container belong in one call: what one hierarchy freezes does not die in another. Returns
// what is still there at the deadline.
std::vector<std::string> RemoveCgroups(std::vector<std::string> dirs, const Deadline& deadline);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CGROUP_TREE_H_
