#include "runtime/hooks.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <set>

#include "runtime/file_text.h"
#include "runtime/process.h"

namespace reapcheck {
namespace {

// A process tree that forks faster than it is stopped is given up after this many rounds; each
// round stops all that was found, so only a tree that keeps escaping gets here.
constexpr int kMaxStopRounds = 64;

// Every live descendant of this process, by /proc. Empty when /proc shows another pid namespace
// than this process lives in (a container's init before pivot_root).
std::set<Pid> Descendants(Kernel& kernel) {
  std::multimap<Pid, Pid> children;
  auto self = kernel.ReadlinkAt(kCwd, "/proc/self");
  auto pids = ListProcesses(kernel);
  if (!self || !pids || *self != std::to_string(kernel.GetPid().value)) return {};
  for (Pid pid : *pids) {
    auto stat = ReadProcStat(kernel, pid);
    if (stat && stat->state != 'Z') children.emplace(stat->parent, pid);
  }
  std::set<Pid> found;
  std::vector<Pid> open{kernel.GetPid()};
  while (!open.empty()) {
    auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (; first != last; ++first) {
      if (found.insert(first->second).second) open.push_back(first->second);
    }
  }
  return found;
}

// Stops what the hook started, until nothing new appears, and then kills it: a stopped process
// neither forks nor reaps, so that no pid of the set is used again in between.
void KillHookTree(Kernel& kernel, Pid hook, const std::set<Pid>& before) {
  static_cast<void>(kernel.Kill(Pid{-hook.value}, Signal{SIGSTOP}));
  std::set<Pid> stopped;
  for (int round = 0; round < kMaxStopRounds; ++round) {
    bool news = false;
    for (Pid pid : Descendants(kernel)) {
      if (before.contains(pid) || !stopped.insert(pid).second) continue;
      news = true;
      static_cast<void>(kernel.Kill(pid, Signal{SIGSTOP}));
    }
    if (!news) break;
  }
  for (Pid pid : stopped) static_cast<void>(kernel.Kill(pid, Signal{SIGKILL}));
  static_cast<void>(kernel.Kill(Pid{-hook.value}, Signal{SIGKILL}));
  for (Pid pid : stopped) {
    if (pid != hook) static_cast<void>(kernel.Waitid(pid, /*block=*/false));
  }
}

// Waits for a child without reaping it; without a pidfd there is nothing to wait for, and a hook
// that can not be watched is one that is late.
bool EndsWithin(Kernel& kernel, Pid child, std::chrono::milliseconds bound) {
  auto pidfd = Uninterrupted([&] { return kernel.PidfdOpen(child); });
  if (!pidfd) return false;
  auto exited = WaitForExit(kernel, pidfd->get(), bound);
  return exited && *exited;
}

Outcome<void> Judge(const ChildStatus& status, const std::string& name) {
  if (status.code == CLD_EXITED && status.status == 0) return {};
  const bool exited = status.code == CLD_EXITED;
  return Refuse(FailureKind::kHook, name + ": " + (exited ? "exit status " : "killed by signal ") +
                                        std::to_string(status.status));
}

}  // namespace

Outcome<void> RunHook(Kernel& kernel, const Hook& hook, const std::string& state_json,
                      const std::string& name) {
  const std::string what = name + " " + hook.path;
  std::set<Pid> before;
  if (hook.timeout) {
    static_cast<void>(kernel.SetChildSubreaper(true));
    before = Descendants(kernel);
  }
  auto pid = kernel.Spawn({.path = hook.path,
                           .arguments = hook.arguments,
                           .environment = hook.environment,
                           .stdin_text = state_json});
  if (!pid) return Refuse(FailureKind::kHook, what + ": " + pid.error().ToString());
  const bool late = hook.timeout && !EndsWithin(kernel, *pid, *hook.timeout);
  if (late) KillHookTree(kernel, *pid, before);
  if (hook.timeout) static_cast<void>(kernel.SetChildSubreaper(false));
  auto status = Uninterrupted([&] { return kernel.Waitid(*pid, /*block=*/true); });
  if (late) {
    return Refuse(FailureKind::kHook,
                  what + ": no end within " + std::to_string(hook.timeout->count()) + " s, killed");
  }
  if (!status) return Refuse(status.error(), what);
  return Judge(**status, what);
}

Outcome<void> RunHooks(Kernel& kernel, const std::vector<Hook>& hooks,
                       const std::string& state_json, std::string_view kind) {
  for (std::size_t i = 0; i < hooks.size(); ++i) {
    const std::string name = std::string(kind) + " hook #" + std::to_string(i + 1);
    if (auto ran = RunHook(kernel, hooks[i], state_json, name); !ran) return ran;
  }
  return {};
}

}  // namespace reapcheck
