// Steps of kill, done wrongly.
#include <signal.h>

#include "conformance/mutants/mutant.h"
#include "runtime/cgroup_freezer.h"
#include "runtime/cgroup_kill.h"
#include "runtime/process.h"

namespace reapcheck::mutants {
namespace {

class KillsABarePid : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    if (!IsOrdinary(record.init.pid)) return Runtime::SendToInit(record, signal);
    return kernel().Kill(record.init.pid, signal);
  }
};

class KillOfStoppedSucceeds : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Kill(const std::string& id, const KillOptions& options) override {
    auto killed = Runtime::Kill(id, options);
    if (!killed && killed.error().kind == FailureKind::kNotRunning) return {};
    return killed;
  }
};

class KillOfMissingSucceeds : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Kill(const std::string& id, const KillOptions& options) override {
    auto killed = Runtime::Kill(id, options);
    if (!killed && killed.error().kind == FailureKind::kNotFound) return {};
    return killed;
  }
};

class KillNeedsRunning : public Runtime {
  using Runtime::Runtime;
  Outcome<void> CheckKillable(Loaded& container, Signal signal) override {
    if (container.status != Status::kCreated) return Runtime::CheckKillable(container, signal);
    return Refuse(FailureKind::kNotRunning, "cannot signal a container that is not started");
  }
};

class KillOfPausedRefused : public Runtime {
  using Runtime::Runtime;
  Outcome<void> CheckKillable(Loaded& container, Signal signal) override {
    if (container.status != Status::kPaused) return Runtime::CheckKillable(container, signal);
    return Refuse(FailureKind::kNotRunning, "container is paused");
  }
};

class ForgetsLeftovers : public Runtime {
  using Runtime::Runtime;
  Outcome<void> CheckKillable(Loaded& container, Signal signal) override {
    if (container.status != Status::kStopped) return Runtime::CheckKillable(container, signal);
    return Refuse(FailureKind::kNotRunning, "container is stopped");
  }
};

class KillsInitOnly : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToAll(const Record& record, Signal signal) override {
    return SendToInit(record, signal);
  }
};

class KillsInOnePass : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToAll(const Record& record, Signal signal) override {
    auto processes = CgroupProcesses(kernel(), record.cgroups);
    if (!processes) return std::unexpected(Failure(processes.error()));
    for (Pid pid : *processes) {
      if (IsOrdinary(pid)) static_cast<void>(kernel().Kill(pid, signal));
    }
    return {};
  }
};

class SignalsTheWholeCgroup : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    return SignalCgroups(kernel(), record.cgroups, signal);
  }
};

class KillAllNeedsInit : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToAll(const Record& record, Signal signal) override {
    auto alive = IsInitAlive(record);
    if (alive && *alive) return Runtime::SendToAll(record, signal);
    return Refuse(FailureKind::kNotRunning, "container is not running");
  }
};

class SignalsProcessGroup : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    if (!IsOrdinary(record.init.pid)) return Runtime::SendToInit(record, signal);
    return kernel().Kill(Pid{-record.init.pid.value}, signal);
  }
};

class NoThaw : public Runtime {
  using Runtime::Runtime;
  Outcome<void> ThawForKill(const Record&) override { return {}; }
};

class ThawsTheTopOnly : public Runtime {
  using Runtime::Runtime;
  Outcome<void> ThawForKill(const Record& record) override {
    return Thaw(kernel(), record.cgroups);
  }
};

class ThawsForAnySignal : public Runtime {
  using Runtime::Runtime;
  void AfterKill(Loaded& container, Signal) override {
    static_cast<void>(Thaw(kernel(), container.record().cgroups));
  }
};

class LeavesFrozen : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    static_cast<void>(Freeze(kernel(), record.cgroups, std::chrono::seconds(1)));
    return Runtime::SendToInit(record, signal);
  }
};

class WritesStopped : public Runtime {
  using Runtime::Runtime;
  void AfterKill(Loaded& container, Signal) override {
    container.record().init = {};
    static_cast<void>(SaveRecord(kernel(), container.container, container.record()));
  }
};

class KillDeletes : public Runtime {
  using Runtime::Runtime;
  void AfterKill(Loaded& container, Signal signal) override {
    if (signal.number != SIGKILL) return;
    static_cast<void>(Destroy(container.container, container.record(), /*force=*/true));
  }
};

std::vector<Mutant> Reach() {
  return {
      {.name = "kill-bare-pid",
       .plants = "kill(2) with the recorded pid, whoever has it now.",
       .bug = "runc#1934, podman#25104",
       .breaks = "S1 S2",
       .caught_by = {"PidReuse.KillWithoutAPidNamespaceSparesTheNewOwner"},
       .part = MakeRuntimeOf<KillsABarePid>,
       .scenario = "kill.pid-reused"},
      {.name = "kill-init-only",
       .plants = "Without a private pid namespace KILL reaches init alone.",
       .bug = "runc#2085, runc#4394",
       .breaks = "L4",
       .caught_by = {"PidNamespace.KillReachesTheWholeContainer",
                     "PidNamespace.KillAllOfAStoppedContainerReachesLeftovers",
                     "Kill.AllReachesEveryProcess", "Cgroup.KillReachesSubCgroups",
                     "Frozen.KillOfAllThatCanNotFreezeIsTold"},
       .part = MakeRuntimeOf<KillsInitOnly>,
       .scenario = "kill.shared-pids"},
      {.name = "kill-one-pass",
       .plants = "The list of processes is read once and each is signalled: forks escape.",
       .bug = "runc#2036, cri-o#1833",
       .breaks = "L4",
       .caught_by = {"Kill.ForkStormDiesWithoutAPidNamespace"},
       .most_runs = 60,
       .part = MakeRuntimeOf<KillsInOnePass>,
       .scenario = "kill.shared-pids"},
      {.name = "kill-whole-cgroup",
       .plants = "TERM is sent to every process of the cgroup.",
       .bug = "runc#2805",
       .breaks = "A22 S1",
       .caught_by = {"Kill.TermReachesInitOnly"},
       .part = MakeRuntimeOf<SignalsTheWholeCgroup>,
       .scenario = "kill.term.worker"},
      {.name = "kill-process-group",
       .plants = "The signal goes to the process group that init leads.",
       .bug = "runsc (kill --pgid)",
       .breaks = "A22",
       .caught_by = {"Kill.TermReachesInitOnly"},
       .part = MakeRuntimeOf<SignalsProcessGroup>,
       .scenario = "kill.term.worker"},
      {.name = "kill-all-needs-init",
       .plants = "kill --all is refused when init is gone.",
       .bug = "containerd#2744, runc#4394",
       .breaks = "L4",
       .caught_by = {"PidNamespace.KillAllOfAStoppedContainerReachesLeftovers",
                     "Kill.AllOfAStoppedContainerSucceeds"},
       .part = MakeRuntimeOf<KillAllNeedsInit>,
       .scenario = "kill.shared-pids.init-gone"},
      {.name = "kill-forgets-leftovers",
       .plants = "KILL is refused when init is gone, whatever it left.",
       .bug = "containerd#2744, runc#4394",
       .breaks = "L4",
       .caught_by = {"PidNamespace.KillOfAStoppedContainerReachesLeftovers"},
       .part = MakeRuntimeOf<ForgetsLeftovers>,
       .scenario = "kill.shared-pids.init-gone"},
  };
}

std::vector<Mutant> States() {
  return {
      {.name = "kill-stopped",
       .plants = "kill of a stopped container exits 0.",
       .bug = "crun#1282, youki#1314",
       .breaks = "S5 A21",
       .caught_by = {"Kill.StoppedIsRefusedAndNothingChanges", "Kill.EndedByItselfIsRefused",
                     "Signals.ZeroToAStoppedContainerIsRefused", "Zombie.KillIsRefused",
                     "PidReuse.KillIsRefused", "Atomicity.Stopped"},
       .part = MakeRuntimeOf<KillOfStoppedSucceeds>,
       .scenario = "kill.stopped"},
      {.name = "kill-missing",
       .plants = "kill of a container that does not exist exits 0.",
       .bug = "containerd#3244",
       .breaks = "S5 A21",
       .caught_by = {"Kill.MissingIsRefused", "Poststop.KillInsideFails", "Atomicity.Missing"},
       .part = MakeRuntimeOf<KillOfMissingSucceeds>,
       .scenario = "kill.absent"},
      {.name = "kill-created-refused",
       .plants = "A created container can not be signalled.",
       .bug = "runsc",
       .breaks = "A21",
       .caught_by = {"Kill.CreatedIsKilled", "Signals.HarmlessSignalLeavesItCreated"},
       .part = MakeRuntimeOf<KillNeedsRunning>,
       .scenario = "kill.created"},
      {.name = "kill-paused-refused",
       .plants = "A paused container can not be signalled.",
       .bug = "youki#1129",
       .breaks = "L3",
       .caught_by = {"Kill.PausedIsKilled", "Signals.HarmlessSignalLeavesItPaused"},
       .part = MakeRuntimeOf<KillOfPausedRefused>,
       .scenario = "kill.paused"},
      {.name = "kill-writes-stopped",
       .plants = "After any signal the record says that init is gone.",
       .bug = "youki (C8)",
       .breaks = "S17",
       .caught_by = {"Signals.IgnoredSignalLeavesItRunning",
                     "Signals.HarmlessSignalLeavesItCreated", "SlowDeath.KillDoesNotMakeItStopped"},
       .part = MakeRuntimeOf<WritesStopped>,
       .scenario = "kill.running"},
      {.name = "kill-deletes",
       .plants = "KILL deletes the container as well.",
       .bug = "podman#14720 (turned round)",
       .breaks = "A21 S17",
       .caught_by = {"Kill.CreatedIsKilled", "Lifecycle.CreateStartKillDelete"},
       .part = MakeRuntimeOf<KillDeletes>,
       .scenario = "kill.running"},
  };
}

std::vector<Mutant> Freezing() {
  return {
      {.name = "kill-no-thaw",
       .plants = "KILL leaves a frozen v1 cgroup frozen, and stays pending.",
       .bug = "runc#3134, youki#1129",
       .breaks = "L3 S15",
       .caught_by = {"Kill.PausedIsKilled", "Frozen.FromOutsideIsKilled"},
       .cgroup = "v1",
       .part = MakeRuntimeOf<NoThaw>,
       .scenario = "kill.paused.v1"},
      {.name = "kill-thaws-top",
       .plants = "KILL thaws the container's cgroup and none below it.",
       .bug = "runc#2105",
       .breaks = "L5 L3",
       .caught_by = {"Frozen.NestedInitIsKilled", "Frozen.NestedChildDoesNotKeepInitAlive"},
       .cgroup = "v1",
       .part = MakeRuntimeOf<ThawsTheTopOnly>,
       .scenario = "kill.nested-frozen.v1"},
      {.name = "kill-thaws-always",
       .plants = "Every signal thaws a paused container.",
       .bug = "youki (C8)",
       .breaks = "S17",
       .caught_by = {"Kill.TermToPausedArrivesAfterResume", "Signals.HarmlessSignalLeavesItPaused",
                     "Frozen.KillAllLeavesPausedPaused"},
       .part = MakeRuntimeOf<ThawsForAnySignal>,
       .scenario = "kill.term.paused"},
      {.name = "kill-leaves-frozen",
       .plants = "kill freezes to signal and does not thaw.",
       .bug = "cri-o#1833, containerd#4961",
       .breaks = "S15",
       .caught_by = {"Signals.IgnoredSignalLeavesItRunning"},
       .part = MakeRuntimeOf<LeavesFrozen>,
       .scenario = "kill.term"},
  };
}

}  // namespace

std::vector<Mutant> KillMutants() {
  std::vector<Mutant> all = Reach();
  for (auto list : {States(), Freezing()}) all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace reapcheck::mutants
