// What a case left behind: processes, cgroups, mounts and files that were not there before it; and
// mounts that were and are not.
//
// Used by a worker, which is the child subreaper of its cases: what a case's process leaves becomes
// its child. Looks, and removes; only ever what is a descendant, carries the tag, or is new.
#ifndef REAPCHECK_CONFORMANCE_LEAKS_H_
#define REAPCHECK_CONFORMANCE_LEAKS_H_

#include <set>
#include <string>
#include <vector>

#include "conformance/cgroup_tree.h"
#include "conformance/layout.h"
#include "conformance/mount_table.h"

namespace reapcheck::conformance {

struct Leak {
  std::string kind;    // "process", "cgroup", "mount", "lost mount", "file"
  std::string detail;  // "1234 (payload) S", "/sys/fs/cgroup/pids/...", ...
};

// "2 processes (1234 (payload) S, ...), 10 cgroups (/sys/fs/cgroup/...)"; "" for none.
std::string Describe(const std::vector<Leak>& leaks);

class LeakAccount {
 public:
  // Takes the present state as what belongs here.
  LeakAccount(const Surroundings& surroundings, const std::vector<Hierarchy>& hierarchies);

  // What is left of the case with this tag and directory. Waits a moment for what is going away:
  // a killed process and its cgroup take the kernel a while.
  std::vector<Leak> Find(const std::string& tag, const std::string& case_directory);

  // Removes all of it by force. "" or what could not be removed.
  std::string Remove(const std::string& tag, const std::string& case_directory);

  // What the runtime unmounted of what was there before; it can not be brought back.
  std::vector<std::string> MountsThatVanished() const;

 private:
  std::vector<Leak> Processes() const;
  std::vector<Leak> Cgroups(const std::string& tag) const;
  std::vector<MountInfo> NewMounts() const;
  std::vector<Leak> MountLeaks() const;
  std::vector<Leak> Files(const std::string& case_directory) const;
  std::vector<std::string> StrayFiles() const;

  const Surroundings& surroundings_;
  const std::vector<Hierarchy>& hierarchies_;
  std::multiset<std::string> mounts_before_;  // one may be there twice, one over the other
  std::set<std::string> files_before_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LEAKS_H_
