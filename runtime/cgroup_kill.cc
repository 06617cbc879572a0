#include "runtime/cgroup_kill.h"

#include <signal.h>

#include <cerrno>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/cgroup_freezer.h"
#include "runtime/deadline.h"
#include "runtime/file_text.h"
#include "runtime/process.h"

namespace reapcheck {
namespace {

// Freezing only keeps a container from forking while it is signalled. One that will not freeze is
// signalled unfrozen, again and again: so this is short.
constexpr std::chrono::milliseconds kFreezeBound(200);

// Some members, in words: "17, 18 and 3 more".
std::string Listed(const std::set<Pid>& pids) {
  std::string text;
  int shown = 0;
  for (Pid pid : pids) {
    if (++shown > 4) return text + " and " + std::to_string(pids.size() - 4) + " more";
    text += (text.empty() ? "" : ", ") + std::to_string(pid.value);
  }
  return text;
}

Outcome<void> SignalMembers(Kernel& kernel, const Cgroups& cgroups, const std::set<Pid>& before,
                            Signal signal) {
  std::vector<std::pair<Pid, OwnedFd>> opened;
  for (Pid pid : before) {
    auto pidfd = Uninterrupted([&] { return kernel.PidfdOpen(pid); });
    // EINVAL stands for a thread's id, and 0 for a process in a pid namespace out of sight.
    if (!pidfd && pidfd.error().code == ESRCH) continue;
    if (!pidfd) return Refuse(pidfd.error(), "signal the container's processes");
    opened.emplace_back(pid, std::move(*pidfd));
  }
  auto members = CgroupProcesses(kernel, cgroups);
  if (!members) return Refuse(members.error(), "signal the container's processes");
  Outcome<void> first;
  for (const auto& [pid, pidfd] : opened) {
    if (!members->contains(pid)) continue;
    auto sent = Uninterrupted([&] { return kernel.PidfdSendSignal(pidfd.get(), signal); });
    // One that can not be signalled does not keep the others from it.
    if (!sent && sent.error().code != ESRCH && first) {
      first = Refuse(sent.error(), "signal process " + std::to_string(pid.value));
    }
  }
  return first;
}

// Writes cgroup.kill. False where this kernel or this cgroup has none: the caller goes the long
// way.
Result<bool> WriteCgroupKill(Kernel& kernel, const Cgroups& cgroups) {
  bool all = !cgroups.empty();
  for (const CgroupDirectory& cgroup : cgroups) {
    if (cgroup.hierarchy.version != CgroupVersion::kV2) {
      all = false;
      continue;
    }
    auto dir = OpenCgroup(kernel, cgroup);
    if (!dir) return Forward(std::move(dir));
    if (!*dir) continue;
    auto written = WriteControlFile(kernel, dir->get(), "cgroup.kill", "1");
    if (!written) all = false;
  }
  return all;
}

// Freeze, signal all, thaw. The thaw comes on every path, and nested freezers go with it: in a
// frozen v1 cgroup SIGKILL stays pending.
Outcome<void> FreezeAndKill(Kernel& kernel, const Cgroups& cgroups) {
  static_cast<void>(Freeze(kernel, cgroups, kFreezeBound));
  auto members = CgroupProcesses(kernel, cgroups);
  Outcome<void> sent = members ? SignalMembers(kernel, cgroups, *members, Signal{SIGKILL})
                               : Outcome<void>(Refuse(members.error(), "kill"));
  auto thawed = ThawAll(kernel, cgroups);
  if (!sent) return sent;
  if (!thawed) return Refuse(thawed.error(), "thaw");
  return {};
}

// Those that were in the cgroups, each held by a pidfd. A process that exits is off its cgroup
// before it is dead, and the init of a pid namespace then waits for all others in it:
// pid_namespaces(7).
class SeenMembers {
 public:
  void Hold(Kernel& kernel, const Cgroups& cgroups, const std::set<Pid>& members) {
    std::vector<std::pair<Pid, OwnedFd>> opened;
    for (Pid pid : members) {
      if (held_.contains(pid)) continue;
      auto pidfd = Uninterrupted([&] { return kernel.PidfdOpen(pid); });
      if (pidfd) {
        opened.emplace_back(pid, std::move(*pidfd));
      } else if (pidfd.error().code != ESRCH && pidfd.error().code != EINVAL && !unseen_) {
        unseen_ = std::move(pidfd.error());
      }
    }
    if (opened.empty()) return;
    // Whoever is not in there any more may be another process of that number.
    auto still = CgroupProcesses(kernel, cgroups);
    for (auto& [pid, pidfd] : opened) {
      if (still && still->contains(pid)) held_.emplace(pid, std::move(pidfd));
    }
  }

  Outcome<void> AwaitDeath(Kernel& kernel, const Deadline& deadline) const {
    for (const auto& [pid, pidfd] : held_) {
      auto dead = WaitForExit(kernel, pidfd.get(), deadline.Left(kernel));
      if (!dead) return Refuse(dead.error(), "see the container's processes die");
      if (!*dead) {
        return Refuse(FailureKind::kStillAlive,
                      "process " + std::to_string(pid.value) + " lives on after SIGKILL");
      }
    }
    if (unseen_) return Refuse(*unseen_, "see the container's processes die");
    return {};
  }

 private:
  std::map<Pid, OwnedFd> held_;
  std::optional<Error> unseen_;  // why some could not be held
};

}  // namespace

Outcome<void> SignalCgroups(Kernel& kernel, const Cgroups& cgroups, Signal signal) {
  auto members = CgroupProcesses(kernel, cgroups);
  if (!members) return Refuse(members.error(), "signal the container's processes");
  return SignalMembers(kernel, cgroups, *members, signal);
}

Outcome<void> KillCgroups(Kernel& kernel, const Cgroups& cgroups,
                          std::chrono::milliseconds bound) {
  const Deadline deadline(kernel, bound);
  Backoff backoff;
  SeenMembers seen;
  for (;;) {
    auto members = CgroupProcesses(kernel, cgroups);
    if (!members) return Refuse(members.error(), "kill the container's processes");
    if (members->empty()) return seen.AwaitDeath(kernel, deadline);
    seen.Hold(kernel, cgroups, *members);
    auto killed = WriteCgroupKill(kernel, cgroups);
    Outcome<void> sent;
    if (!killed || !*killed) sent = FreezeAndKill(kernel, cgroups);
    if (deadline.Passed(kernel)) {
      if (!sent) return sent;
      return Refuse(FailureKind::kStillAlive,
                    "processes live on " + std::to_string(bound.count()) +
                        " ms after SIGKILL: " + Listed(*members));
    }
    backoff.Wait(kernel);
  }
}

}  // namespace reapcheck
