// The mount namespace as proc_pid_mountinfo(5) shows it. Reads only.
#ifndef REAPCHECK_CONFORMANCE_MOUNT_TABLE_H_
#define REAPCHECK_CONFORMANCE_MOUNT_TABLE_H_

#include <string>
#include <vector>

namespace reapcheck::conformance {

struct MountInfo {
  std::string point;   // where, with octal escapes undone
  std::string root;    // which part of the file system
  std::string type;    // "tmpfs", "cgroup2"
  std::string source;
  std::vector<std::string> super_options;  // of a v1 cgroup: its controllers, or name=...

  std::string Describe() const;  // "/run/x (tmpfs from none)"
};

// Mounts of the calling process's namespace, in the order of mounting.
std::vector<MountInfo> Mounts();

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_MOUNT_TABLE_H_
