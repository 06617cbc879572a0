#include "runtime/hooks.h"

#include <signal.h>
#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <vector>

#include "runtime/file_text.h"
#include "runtime/process.h"

namespace reapcheck {
namespace {

// A process tree that forks faster than it is stopped is given up after this many rounds; each
// round stops all that was found, so only a tree that keeps escaping gets here.
constexpr int kMaxStopRounds = 64;

// How long the death of a process of the tree is waited for: one in uninterruptible sleep may not
// die at all.
constexpr std::chrono::seconds kTreeDeathBound(1);

// Every live descendant of this process, by /proc. Empty when /proc shows another pid namespace
// than this process lives in (a container's init before pivot_root).
std::vector<ProcessIdentity> Descendants(Kernel& kernel) {
  std::multimap<Pid, ProcessIdentity> children;
  auto self = kernel.ReadlinkAt(kCwd, "/proc/self");
  auto pids = ListProcesses(kernel);
  if (!self || !pids || *self != std::to_string(kernel.GetPid().value)) return {};
  for (Pid pid : *pids) {
    auto stat = ReadProcStat(kernel, pid);
    if (!stat || stat->state == 'Z') continue;
    children.emplace(stat->parent, ProcessIdentity{pid, stat->start_time});
  }
  std::vector<ProcessIdentity> found;
  std::vector<Pid> open{kernel.GetPid()};
  while (!open.empty()) {
    auto [first, last] = children.equal_range(open.back());
    open.pop_back();
    for (; first != last; ++first) {
      found.push_back(first->second);
      open.push_back(first->second.pid);
    }
  }
  return found;
}

bool Contains(const std::vector<ProcessIdentity>& processes, const ProcessIdentity& process) {
  return std::ranges::find(processes, process) != processes.end();
}

// Stops what the hook started, until nothing new appears, and then kills it: a stopped process
// does not fork any more. Each is held by a pidfd that was checked after it was opened, so that
// the signals reach it and never a later owner of its pid.
void KillHookTree(Kernel& kernel, Pid hook, const std::vector<ProcessIdentity>& before) {
  static_cast<void>(kernel.Kill(Pid{-hook.value}, Signal{SIGSTOP}));
  std::vector<ProcessIdentity> stopped;
  std::vector<OwnedFd> pidfds;
  for (int round = 0; round < kMaxStopRounds; ++round) {
    bool news = false;
    for (const ProcessIdentity& process : Descendants(kernel)) {
      if (Contains(before, process) || Contains(stopped, process)) continue;
      stopped.push_back(process);
      auto pidfd = OpenProcess(kernel, process);
      if (!pidfd || !*pidfd) continue;
      news = true;
      static_cast<void>(kernel.PidfdSendSignal(pidfd->get(), Signal{SIGSTOP}));
      pidfds.push_back(std::move(*pidfd));
    }
    if (!news) break;
  }
  for (const OwnedFd& pidfd : pidfds) {
    static_cast<void>(kernel.PidfdSendSignal(pidfd.get(), Signal{SIGKILL}));
  }
  static_cast<void>(kernel.Kill(Pid{-hook.value}, Signal{SIGKILL}));
  // Dead before the hook is said to be, and a zombie then for whoever is its parent by now.
  for (const OwnedFd& pidfd : pidfds) {
    static_cast<void>(WaitForExit(kernel, pidfd.get(), kTreeDeathBound));
  }
  // Those that became this process's children are its to reap.
  for (const ProcessIdentity& process : stopped) {
    if (process.pid != hook) static_cast<void>(kernel.Waitid(process.pid, /*block=*/false));
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
  std::vector<ProcessIdentity> before;
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
  if (late) {
    KillHookTree(kernel, *pid, before);
    // One that could not be killed is not waited for.
    static_cast<void>(EndsWithin(kernel, *pid, kTreeDeathBound));
  }
  if (hook.timeout) static_cast<void>(kernel.SetChildSubreaper(false));
  auto status = Uninterrupted([&] { return kernel.Waitid(*pid, /*block=*/!late); });
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
