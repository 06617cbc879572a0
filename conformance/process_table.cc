#include "conformance/process_table.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

// Children of all threads of a process; nullopt when the kernel has no `children` files.
std::optional<std::vector<pid_t>> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  std::string tasks = ProcPath(pid, "task");
  for (const std::string& thread : ListNames(tasks)) {
    std::optional<std::string> text = ReadText(tasks + "/" + thread + "/children");
    if (!text) {
      if (!Exists(tasks + "/" + thread)) continue;
      return std::nullopt;
    }
    std::istringstream in(*text);
    for (pid_t child = 0; in >> child;) children.push_back(child);
  }
  return children;
}

// CONFIG_PROC_CHILDREN is off: one pass over /proc.
std::vector<ProcessInfo> DescendantsByScan(pid_t root) {
  std::map<pid_t, std::vector<ProcessInfo>> by_parent;
  for (const std::string& name : ListNames("/proc", true)) {
    if (name[0] < '0' || name[0] > '9') continue;
    if (auto info = ReadProcess(std::atoi(name.c_str()))) by_parent[info->parent].push_back(*info);
  }
  std::vector<ProcessInfo> found;
  std::vector<pid_t> todo{root};
  while (!todo.empty()) {
    pid_t parent = todo.back();
    todo.pop_back();
    for (const ProcessInfo& info : by_parent[parent]) {
      found.push_back(info);
      todo.push_back(info.id.pid);
    }
  }
  return found;
}

}  // namespace

std::optional<ProcessInfo> ReadProcess(pid_t pid) {
  std::optional<std::string> stat = ReadText(ProcPath(pid, "stat"), 4096);
  if (!stat) return std::nullopt;
  // The name may hold blanks and parentheses: the last ")" ends it.
  std::size_t open = stat->find('('), close = stat->rfind(')');
  if (open == std::string::npos || close == std::string::npos) return std::nullopt;
  ProcessInfo info;
  info.id.pid = pid;
  info.name = stat->substr(open + 1, close - open - 1);
  std::istringstream rest(stat->substr(close + 1));
  rest >> info.state >> info.parent;
  std::string skipped;
  for (int field = 5; field < 22; ++field) rest >> skipped;
  rest >> info.id.start_time;
  if (!rest) return std::nullopt;
  return info;
}

std::vector<ProcessInfo> Descendants(pid_t root) {
  static const bool have_children_files =
      Exists("/proc/self/task/" + std::to_string(getpid()) + "/children");
  std::vector<ProcessInfo> found;
  if (have_children_files) {
    std::vector<pid_t> todo{root};
    while (!todo.empty()) {
      pid_t parent = todo.back();
      todo.pop_back();
      for (pid_t child : ChildrenOf(parent).value_or(std::vector<pid_t>{})) {
        todo.push_back(child);
        if (auto info = ReadProcess(child)) found.push_back(*info);
      }
    }
  } else {
    found = DescendantsByScan(root);
  }
  std::sort(found.begin(), found.end(),
            [](const ProcessInfo& a, const ProcessInfo& b) { return a.id < b.id; });
  // A process that was orphaned while we looked may have been met twice.
  auto same = [](const ProcessInfo& a, const ProcessInfo& b) { return a.id == b.id; };
  found.erase(std::unique(found.begin(), found.end(), same), found.end());
  return found;
}

bool SendSignal(const ProcessId& process, int signal) {
  FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, process.pid, 0)));
  if (!pidfd) return false;
  std::optional<ProcessInfo> now = ReadProcess(process.pid);
  if (!now || now->id != process) return false;
  return syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) == 0;
}

}  // namespace reapcheck::conformance
