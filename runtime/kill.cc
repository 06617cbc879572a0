// runtime.md#kill: load, parse the signal, open the pidfd, then verify pid and start time, then
// send.
#include <signal.h>

#include <cerrno>

#include "runtime/cgroup_freezer.h"
#include "runtime/cgroup_kill.h"
#include "runtime/file_text.h"
#include "runtime/runtime.h"
#include "runtime/signal_name.h"

namespace reapcheck {
namespace {

// kill promises that the signal is sent, not that death is seen: it only stays to catch what forks
// away meanwhile.
constexpr std::chrono::seconds kKillAllBound(2);

// Without a pid namespace of its own the container's processes outlive init, and only their
// cgroups tell which they are.
bool ReachesAll(const Record& record, Signal signal) {
  return signal.number == SIGKILL && !record.private_pid_namespace && !record.cgroups.empty();
}

}  // namespace

std::optional<Signal> Runtime::SignalFrom(const std::string& text) { return ParseSignal(text); }

Outcome<void> Runtime::Kill(const std::string& id, const KillOptions& options) {
  auto signal = SignalFrom(options.signal);
  if (!signal) {
    return Refuse(FailureKind::kInvalidSignal, "unknown signal \"" + options.signal + "\"");
  }
  auto loaded = Load(id);
  if (!loaded) return Forward(std::move(loaded));
  if (options.all || ReachesAll(loaded->record(), *signal)) {
    // Under the lock no delete can make the cgroup go, and no create can make it another's.
    loaded = LoadLocked(id);
    if (!loaded) return Forward(std::move(loaded));
  }
  const Record& record = loaded->record();
  if (options.all) {
    if (auto sent = SendToAll(record, *signal); !sent) return sent;
  } else {
    if (auto killable = CheckKillable(*loaded, *signal); !killable) return killable;
    auto sent = ReachesAll(record, *signal) ? SendToAll(record, *signal)
                                            : SendToInit(record, *signal);
    if (!sent) return sent;
  }
  AfterKill(*loaded, *signal);
  return signal->number == SIGKILL ? ThawForKill(record) : Outcome<void>();
}

Outcome<void> Runtime::CheckKillable(Loaded& container, Signal signal) {
  if (IsAllowed(Operation::kKill, container.status)) return {};
  if (container.status == Status::kStopped && ReachesAll(container.record(), signal)) {
    auto leftovers = HasProcesses(kernel_, container.record());
    if (!leftovers) return Refuse(leftovers.error(), "kill " + container.record().id);
    if (*leftovers) return {};
  }
  return Refuse(FailureKind::kNotRunning, "container " + container.record().id +
                                              " is not running: it is " +
                                              std::string(StatusName(container.status)));
}

Outcome<void> Runtime::SendToInit(const Record& record, Signal signal) {
  const std::string doing = "kill " + record.id;
  auto pidfd = OpenProcess(kernel_, record.init);
  if (!pidfd) return Refuse(pidfd.error(), doing);
  if (!*pidfd) {
    return Refuse(FailureKind::kNotRunning, "container " + record.id + " is not running");
  }
  auto sent = Uninterrupted([&] { return kernel_.PidfdSendSignal(pidfd->get(), signal); });
  if (FailedWith(sent, ESRCH)) {
    return Refuse(FailureKind::kNotRunning, "container " + record.id + " is not running");
  }
  if (!sent) return Refuse(sent.error(), doing + " with " + SignalName(signal));
  return {};
}

Outcome<void> Runtime::SendToAll(const Record& record, Signal signal) {
  const Cgroups owned = OwnedCgroups(record.cgroups);
  if (owned.empty()) return SendToInit(record, signal);
  auto inside = CgroupProcesses(kernel_, owned);
  if (!inside) return Refuse(inside.error(), "kill " + record.id);
  // Init is reached even when its cgroup was taken away or it was moved out of it.
  if (!inside->contains(record.init.pid)) {
    auto sent = SendToInit(record, signal);
    if (!sent && sent.error().kind != FailureKind::kNotRunning) return sent;
  }
  if (signal.number != SIGKILL) return SignalCgroups(kernel_, owned, signal);
  auto killed = KillCgroups(kernel_, owned, kKillAllBound);
  if (!killed && killed.error().kind == FailureKind::kStillAlive) return {};
  return killed;
}

Outcome<void> Runtime::ThawForKill(const Record& record) {
  // In a frozen v1 cgroup SIGKILL stays pending. Init has it by now.
  auto thawed = ThawAll(kernel_, record.cgroups);
  if (!thawed) return Refuse(thawed.error(), "thaw " + record.id);
  return {};
}

void Runtime::AfterKill(Loaded&, Signal) {
  // Nothing is written: what a signal does to a container is seen when it is seen.
}

}  // namespace reapcheck
