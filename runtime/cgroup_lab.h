// Cgroups of their own and processes in them, for tests of the real kernel. The names hold this
// process's id, so that nothing of others is touched, and everything is gone when the object goes:
// by its own means, not by those that are tested. Needs root; one thread.
#ifndef REAPCHECK_RUNTIME_CGROUP_LAB_H_
#define REAPCHECK_RUNTIME_CGROUP_LAB_H_

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/cgroup.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {

class CgroupLab {
 public:
  // Orphans of what is started become this process's children.
  CgroupLab();
  ~CgroupLab();
  CgroupLab(const CgroupLab&) = delete;
  CgroupLab& operator=(const CgroupLab&) = delete;

  // "" when cgroups can be made here, else the reason why not.
  static std::string WhyNot();

  // The hierarchies used: v1's freezer and pids and cgroup2, as far as they are mounted; and
  // only one of them.
  const std::vector<CgroupHierarchy>& hierarchies() const { return hierarchies_; }
  std::vector<CgroupHierarchy> V1Freezer() const;
  std::vector<CgroupHierarchy> V2() const;

  // A path below this lab's own directory, which is made with the first cgroup in it.
  std::string Path(const std::string& name) const { return prefix_ + "/" + name; }
  // The directories of `path` in each hierarchy, not made.
  static Cgroups Name(const std::vector<CgroupHierarchy>& hierarchies, const std::string& path);
  // The same, made with all above them.
  Cgroups Make(const std::string& name);
  Cgroups Make(const std::vector<CgroupHierarchy>& hierarchies, const std::string& name);

  // A child in these cgroups that does `body` and then waits to be killed.
  Pid Run(const Cgroups& cgroups, const std::function<void()>& body);
  Pid Sleep(const Cgroups& cgroups) {
    return Run(cgroups, [] {});
  }
  // Waits until `count` processes are in the cgroups, without the code under test.
  bool AwaitProcesses(const Cgroups& cgroups, std::size_t count) const;

  // Reaps all children that end within 5 s. False: some live on.
  bool ReapAll();

  LinuxKernel kernel;

 private:
  void RemoveTree(const std::string& directory);

  std::string prefix_;
  std::vector<CgroupHierarchy> hierarchies_;
};

// A file of a cgroup, whole; "" when it can not be read.
std::string ReadControl(const CgroupDirectory& cgroup, const std::string& file);
// False when it can not be written.
bool WriteControl(const CgroupDirectory& cgroup, const std::string& file, std::string_view text);

// Looks every millisecond, for 5 s at most.
bool Await(const std::function<bool()>& condition);

// For the body of a test: needs GoogleTest.
#define NEEDS_CGROUPS() \
  if (const std::string why = CgroupLab::WhyNot(); !why.empty()) GTEST_SKIP() << why

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CGROUP_LAB_H_
