// Steps that are right as long as no call fails and nothing is cut off.
#include <poll.h>
#include <signal.h>

#include <cerrno>
#include <chrono>

#include "conformance/mutants/mutant.h"
#include "runtime/cgroup_freezer.h"
#include "runtime/cgroup_kill.h"
#include "runtime/file_text.h"
#include "runtime/hooks.h"
#include "runtime/process.h"

namespace reapcheck::mutants {
namespace {

using std::chrono::milliseconds;

// --- A call that fails ---

class UnknownIsDead : public Runtime {
  using Runtime::Runtime;
  Result<bool> IsInitAlive(const Record& record) override {
    auto alive = Runtime::IsInitAlive(record);
    return alive && *alive;
  }
};

class InterruptedKillFails : public Runtime {
  using Runtime::Runtime;
  Outcome<void> KillInit(const Record& record, Fd pidfd) override {
    auto sent = kernel().PidfdSendSignal(pidfd, Signal{SIGKILL});
    if (!sent && sent.error().code != ESRCH) return sent;
    return ThawAll(kernel(), record.cgroups);
  }
};

class InterruptedSendFails : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    auto pidfd = OpenProcess(kernel(), record.init);
    if (!pidfd) return std::unexpected(Failure(pidfd.error()));
    if (!*pidfd) return Refuse(FailureKind::kNotRunning, "container is not running");
    return kernel().PidfdSendSignal(pidfd->get(), signal);
  }
};

class InterruptedForEver : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    auto pidfd = OpenProcess(kernel(), record.init);
    if (!pidfd) return std::unexpected(Failure(pidfd.error()));
    if (!*pidfd) return Refuse(FailureKind::kNotRunning, "container is not running");
    for (;;) {
      auto sent = kernel().PidfdSendSignal(pidfd->get(), signal);
      if (!FailedWith(sent, EINTR)) return sent;
    }
  }
};

class InterruptedPollFails : public Runtime {
  using Runtime::Runtime;
  Outcome<void> ObserveDeath(const Record& record, Fd pidfd) override {
    PollRequest request{.fd = pidfd, .events = POLLIN};
    auto ready = kernel().Poll({&request, 1}, milliseconds(10'000));
    if (!ready) return std::unexpected(Failure(ready.error()));
    if (*ready > 0) return {};
    return Refuse(FailureKind::kStillAlive, "init of " + record.id + " lives on");
  }
};

class DeniedIsDone : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    auto sent = Runtime::SendToInit(record, signal);
    if (!sent && sent.error().kind == FailureKind::kSystem) return {};
    return sent;
  }
};

class KillAllForgetsErrors : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToAll(const Record& record, Signal signal) override {
    static_cast<void>(Runtime::SendToAll(record, signal));
    return {};
  }
};

class FailsFrozen : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToAll(const Record& record, Signal signal) override {
    static_cast<void>(Freeze(kernel(), record.cgroups, milliseconds(200)));
    if (auto sent = SignalCgroups(kernel(), record.cgroups, signal); !sent) return sent;
    return ThawAll(kernel(), record.cgroups);
  }
};

class TriesOnce : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    return RemoveCgroups(kernel(), record.cgroups, milliseconds(0));
  }
};

class TriesForEver : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    for (;;) {
      auto removed = RemoveCgroups(kernel(), record.cgroups, milliseconds(0));
      if (removed) return removed;
      static_cast<void>(kernel().Nanosleep(milliseconds(100)));
    }
  }
};

class BusyIsGone : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    static_cast<void>(Runtime::RemoveCgroupDirectories(record));
    return {};
  }
};

class RecordMayStay : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveRecord(const ContainerDirectory& container) override {
    if (auto removed = Runtime::RemoveRecord(container); !removed) Warn(removed.error().text);
    return {};
  }
};

class WaitsWithoutBound : public Runtime {
  using Runtime::Runtime;
  Outcome<void> ObserveDeath(const Record&, Fd pidfd) override {
    PollRequest request{.fd = pidfd, .events = POLLIN};
    auto ready =
        Uninterrupted([&] { return kernel().Poll({&request, 1}, milliseconds(-1)); });
    return ready ? Outcome<void>() : Outcome<void>(std::unexpected(Failure(ready.error())));
  }
};

class HangsWithTheHook : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory& container, Record& record) override {
    for (Hook& hook : record.poststop) hook.timeout.reset();
    return Runtime::RunPoststop(container, record);
  }
};

// --- A crash ---

class NotesTheHookAfterwards : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunNextPoststop(const ContainerDirectory& container, Record& record) override {
    const Hook& hook = record.poststop[record.poststop_started];
    const std::string state = OciStateText(record, Status::kStopped, Pid{0});
    if (auto ran = RunHook(kernel(), hook, state, "poststop"); !ran) Warn(ran.error().text);
    ++record.poststop_started;
    return SaveRecord(kernel(), container, record);
  }
};

class ForgetsWhatItCouldNotNote : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunNextPoststop(const ContainerDirectory& container, Record& record) override {
    const Hook& hook = record.poststop[record.poststop_started++];
    static_cast<void>(SaveRecord(kernel(), container, record));
    const std::string state = OciStateText(record, Status::kStopped, Pid{0});
    if (auto ran = RunHook(kernel(), hook, state, "poststop"); !ran) Warn(ran.error().text);
    return {};
  }
};

class RecordBeforeCgroups : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    if (auto ended = EndProcesses(record, force); !ended) return ended;
    if (auto buried = BuryRecord(container, record); !buried) return buried;
    if (auto ran = RunPoststop(container, record); !ran) return ran;
    if (auto removed = RemoveRecord(container); !removed) return removed;
    return RemoveCgroupDirectories(record);
  }
};

class TombstoneFirst : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    if (record.phase == Phase::kTombstone) return Runtime::DestroyInOrder(container, record, force);
    if (auto buried = BuryRecord(container, record); !buried) return buried;
    if (auto ended = EndProcesses(record, force); !ended) return ended;
    if (auto removed = RemoveCgroupDirectories(record); !removed) return removed;
    if (auto ran = RunPoststop(container, record); !ran) return ran;
    return RemoveRecord(container);
  }
};

class DropsUnrecorded : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteUnrecorded(const ContainerDirectory& container, const Failure&,
                                 bool) override {
    return RemoveContainer(kernel(), container);
  }
};

class NamesInitLate : public Builder {
  using Builder::Builder;
  Outcome<void> RecordInit(const ContainerDirectory&, Plan& plan, Pid pid) override {
    auto init = IdentifyProcess(kernel(), pid);
    if (!init) return std::unexpected(Failure(init.error()));
    plan.record.init = *init;
    return {};
  }
};

std::vector<Mutant> Faults() {
  return {
      {.name = "unknown-is-dead",
       .plants = "A stat file that can not be read counts as the death of init.",
       .bug = "runc#2236, moby#36809",
       .breaks = "S3 S4 S5",
       .caught_by = {"Faults.UnknownIsNotDead", "Faults.StateDoesNotCallTheUnknownStopped"},
       .part = MakeRuntimeOf<UnknownIsDead>,
       .scenario = "delete.running"},
      {.name = "delete-kill-interrupted",
       .plants = "delete fails when its SIGKILL is interrupted by a signal.",
       .bug = "L7",
       .breaks = "L7",
       .part = MakeRuntimeOf<InterruptedKillFails>,
       .scenario = "delete.created"},
      {.name = "kill-interrupted",
       .plants = "kill fails when its call is interrupted by a signal.",
       .bug = "L7",
       .breaks = "L7",
       .part = MakeRuntimeOf<InterruptedSendFails>,
       .scenario = "kill.running"},
      {.name = "kill-interrupted-for-ever",
       .plants = "kill is repeated without a bound while it is interrupted.",
       .bug = "runc#1609",
       .breaks = "L1",
       .part = MakeRuntimeOf<InterruptedForEver>,
       .scenario = "kill.running"},
      {.name = "delete-poll-interrupted",
       .plants = "delete fails when its wait for init's death is interrupted.",
       .bug = "L7",
       .breaks = "L7",
       .part = MakeRuntimeOf<InterruptedPollFails>,
       .scenario = "delete.created"},
      {.name = "kill-denied-is-done",
       .plants = "kill exits 0 when the signal was denied.",
       .bug = "moby#36809, runc#2236",
       .breaks = "L3 A22",
       .caught_by = {"Faults.DeniedSignalIsAnError", "Faults.PidfdThatCanNotBeOpenedIsNoSuccess",
                     "Faults.PidfdThatCanNotBeSignalledIsNoSuccess"},
       .part = MakeRuntimeOf<DeniedIsDone>,
       .scenario = "kill.running"},
      {.name = "kill-all-forgets-errors",
       .plants = "kill of all processes exits 0 whatever could not be done.",
       .bug = "crun#1981",
       .breaks = "L4",
       .caught_by = {"Faults.KillOfAllThatMissesOneIsAnError",
                     "Faults.KillOfAllThatCanNotListThemIsAnError"},
       .cgroup = "v1",
       .part = MakeRuntimeOf<KillAllForgetsErrors>,
       .scenario = "kill.shared-pids"},
      {.name = "kill-fails-frozen",
       .plants = "kill freezes to signal all, and stays frozen where that fails.",
       .bug = "cri-o#1833",
       .breaks = "S15",
       .caught_by = {"Faults.KillOfAllThatFailsLeavesNothingFrozen"},
       .part = MakeRuntimeOf<FailsFrozen>,
       .scenario = "kill.shared-pids"},
      {.name = "cgroup-one-try",
       .plants = "A cgroup that is busy for a moment fails delete.",
       .bug = "containerd#11087, youki#1128",
       .breaks = "L2",
       .caught_by = {"SlowDeath.BusyCgroupIsTriedAgain"},
       .part = MakeRuntimeOf<TriesOnce>,
       .scenario = "delete-force.nested"},
      {.name = "cgroup-tries-for-ever",
       .plants = "A cgroup that stays busy is tried to be removed without a bound.",
       .bug = "crun#868, crun#1086",
       .breaks = "L1",
       .part = MakeRuntimeOf<TriesForEver>,
       .scenario = "delete.stopped"},
      {.name = "cgroup-error-is-gone",
       .plants = "A cgroup that can not be removed counts as removed.",
       .bug = "youki#333, youki#165",
       .breaks = "S7 S8",
       .caught_by = {"Faults.CgroupThatCanNotBeRemovedIsNotForgotten",
                     "Faults.CgroupThatCanNotBeRemovedIsNotForgottenByForce"},
       .part = MakeRuntimeOf<BusyIsGone>,
       .scenario = "delete.stopped"},
      {.name = "record-may-stay",
       .plants = "delete exits 0 when its record can not be removed.",
       .bug = "podman#14720",
       .breaks = "S8",
       .caught_by = {"Faults.RecordThatCanNotBeRemovedIsNoSuccess",
                     "Faults.RecordThatCanNotBeRemovedIsNoSuccessOfForce",
                     "Faults.DirectoryOfTheRecordThatStaysIsNoSuccess",
                     "Faults.DirectoryOfTheRecordThatCanNotBeListedIsNoSuccess"},
       .part = MakeRuntimeOf<RecordMayStay>,
       .scenario = "delete.stopped"},
      {.name = "delete-waits-for-ever",
       .plants = "The death of init is waited for without a bound.",
       .bug = "cri-o#1824",
       .breaks = "L1",
       .part = MakeRuntimeOf<WaitsWithoutBound>,
       .scenario = "delete-force.uninterruptible"},
      {.name = "poststop-no-bound",
       .plants = "The timeout of a poststop hook is ignored.",
       .bug = "A28",
       .breaks = "L1",
       .part = MakeRuntimeOf<HangsWithTheHook>,
       .scenario = "poststop.hangs"},
  };
}

std::vector<Mutant> Crashes() {
  return {
      {.name = "poststop-noted-late",
       .plants = "That a hook has run is noted after it: cut off in between it runs again.",
       .bug = "runc#4363 (the other way)",
       .breaks = "S14",
       .part = MakeRuntimeOf<NotesTheHookAfterwards>,
       .scenario = "poststop.one"},
      {.name = "poststop-note-lost",
       .plants = "A hook is run although it could not be noted that it is.",
       .bug = "runc#4363 (the other way)",
       .breaks = "S14",
       .part = MakeRuntimeOf<ForgetsWhatItCouldNotNote>,
       .scenario = "poststop.one"},
      {.name = "record-before-cgroups",
       .plants = "The record is removed before the cgroups: cut off in between they stay for ever.",
       .bug = "cri-o#3712, gvisor#6446",
       .breaks = "S7",
       .caught_by = {"Crashes.DeleteAtItsFirstCgroup", "Crashes.ForceAtItsFirstCgroup",
                     "Cancelled.DeleteOfABusyCgroup"},
       .part = MakeRuntimeOf<RecordBeforeCgroups>,
       .scenario = "delete.stopped"},
      {.name = "tombstone-first",
       .plants = "The record says deleted before init is killed: cut off in between it lives on.",
       .bug = "runc#4534",
       .breaks = "S6 S7 S12 L9",
       .caught_by = {"Crashes.ForceAtItsKill", "Crashes.ForceAtItsFirstCgroup"},
       .part = MakeRuntimeOf<TombstoneFirst>,
       .scenario = "poststop.force.running"},
      {.name = "unrecorded-dropped",
       .plants = "A directory without a record is removed without a look at its cgroup.",
       .bug = "runc#4534, runc#703",
       .breaks = "S6 S19 L9",
       .part = MakeRuntimeOf<DropsUnrecorded>,
       .scenario = "delete-force.all-missing.running"},
      {.name = "create-names-init-late",
       .plants = "Which process init is is written when create is done: cut off before it is lost.",
       .bug = "runc#4534, runc#2575",
       .breaks = "S19 L9",
       .part = MakeBuilderOf<NamesInitLate>,
       .scenario = "createRuntime.deletes"},
  };
}

}  // namespace

std::vector<Mutant> FaultMutants() {
  std::vector<Mutant> all = Faults();
  std::vector<Mutant> crashes = Crashes();
  all.insert(all.end(), crashes.begin(), crashes.end());
  return all;
}

}  // namespace reapcheck::mutants
