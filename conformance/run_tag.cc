#include "conformance/run_tag.h"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "conformance/cgroup_tree.h"
#include "conformance/deadline.h"
#include "conformance/file.h"
#include "conformance/layout.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

constexpr char kPrefix[] = "reapcheck-";
constexpr std::chrono::seconds kRemoval{5};

unsigned OwnPidNamespace() {
  struct stat st {};
  stat("/proc/self/ns/pid", &st);
  return static_cast<unsigned>(st.st_ino);
}

// In a process of its own. Everything of the machine is mounted side by side.
int RemoveHere(const std::string& tag) {
  if (!MakeMountsPrivate().empty()) return 0;
  while (umount2("/sys/fs/cgroup", MNT_DETACH) == 0) {
  }
  if (mount("cgroup", "/sys/fs/cgroup", "tmpfs", 0, nullptr) != 0) return 0;
  if (!MakeDirectories("/sys/fs/cgroup/v1") || !MakeDirectories("/sys/fs/cgroup/v2")) return 0;
  MountV1("/sys/fs/cgroup/v1");
  MountV2("/sys/fs/cgroup/v2");
  std::vector<std::string> dirs;
  for (const Hierarchy& hierarchy : MountedHierarchies()) {
    for (const std::string& dir : FindCgroups(hierarchy, kPrefix)) {
      if (dir.find(tag + "-") != std::string::npos || IsOfDeadRun(dir)) dirs.push_back(dir);
    }
  }
  dirs = RemoveCgroups(std::move(dirs), Deadline::After(kRemoval));
  constexpr std::size_t kMostExitCode = 100;
  return static_cast<int>(std::min(dirs.size(), kMostExitCode));
}

}  // namespace

std::string OwnRunTag() {
  char tag[96];
  std::snprintf(tag, sizeof tag, "%s%x-%d-%llu", kPrefix, OwnPidNamespace(), getpid(),
                static_cast<unsigned long long>(ReadProcess(getpid())->id.start_time));
  return tag;
}

bool IsOfDeadRun(const std::string& name) {
  std::size_t at = name.find(kPrefix);
  unsigned space = 0;
  int pid = 0;
  unsigned long long start = 0;
  if (at == std::string::npos) return false;
  const char* numbers = name.c_str() + at + sizeof kPrefix - 1;
  if (std::sscanf(numbers, "%x-%d-%llu", &space, &pid, &start) != 3) return false;
  if (space != OwnPidNamespace()) return false;
  std::optional<ProcessInfo> process = ReadProcess(pid);
  return !process || process->id.start_time != start;
}

int RemoveLeftovers(const std::string& tag) {
  pid_t pid = fork();
  if (pid == 0) _exit(RemoveHere(tag));
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace reapcheck::conformance
