// Steps that are right as long as nobody else is at work: another operation on the container, or a
// process that gets its init's pid.
#include <signal.h>

#include "conformance/mutants/mutant.h"
#include "runtime/deadline.h"
#include "runtime/process.h"

namespace reapcheck::mutants {
namespace {

class WaitsForItself : public Runtime {
  using Runtime::Runtime;
  Outcome<void> AwaitOtherDelete(const ContainerDirectory& container, LoadedRecord& loaded,
                                 bool) override {
    Backoff backoff;
    for (;;) {
      auto alive = IsAlive(kernel(), loaded.record.invocation);
      if (alive && !*alive) return {};
      UnlockContainer(kernel(), container);
      backoff.Wait(kernel());
      if (auto locked = LockContainer(kernel(), container); !locked) return locked;
    }
  }
};

class UnlocksAtOnce : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    UnlockContainer(kernel(), container);
    return Runtime::DestroyInOrder(container, record, force);
  }
};

class BuildsUnlocked : public Builder {
  using Builder::Builder;
  Outcome<void> ClaimCgroups(const ContainerDirectory& container, Plan& plan) override {
    UnlockContainer(kernel(), container);
    return Builder::ClaimCgroups(container, plan);
  }
};

class ChecksBeforeItOpens : public Runtime {
  using Runtime::Runtime;
  Outcome<void> SendToInit(const Record& record, Signal signal) override {
    auto alive = IsAlive(kernel(), record.init);
    if (!alive) return std::unexpected(Failure(alive.error()));
    if (!*alive) return Refuse(FailureKind::kNotRunning, "container is not running");
    auto pidfd = kernel().PidfdOpen(record.init.pid);
    if (!pidfd) return Refuse(FailureKind::kNotRunning, "container is not running");
    return kernel().PidfdSendSignal(pidfd->get(), signal);
  }
};

class ChecksThenKills : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EndProcesses(const Record& record, bool force) override {
    auto alive = IsAlive(kernel(), record.init);
    if (alive && *alive && IsOrdinary(record.init.pid)) {
      static_cast<void>(kernel().Kill(record.init.pid, Signal{SIGKILL}));
    }
    return Runtime::EndProcesses(record, force);
  }
};

}  // namespace

std::vector<Mutant> RaceMutants() {
  return {
      {.name = "poststop-waits-for-itself",
       .plants = "A delete waits for the end of another without a bound, even of its own parent.",
       .bug = "clearcontainers#541",
       .breaks = "L1",
       .part = MakeRuntimeOf<WaitsForItself>,
       .scenario = "poststop.deletes"},
      {.name = "delete-unlocks-at-once",
       .plants = "delete gives the lock back before it takes the container apart.",
       .bug = "clearcontainers#541, gvisor 40035d7d9",
       .breaks = "S14 S23",
       .part = MakeRuntimeOf<UnlocksAtOnce>,
       .scenario = "delete.twice.poststop"},
      {.name = "create-unlocked",
       .plants = "create gives the lock back before it makes anything.",
       .bug = "gvisor 40035d7d9, crun 1.8.1 NEWS",
       .breaks = "S6 S7 S23 S9",
       .caught_by = {"Pairs.ForceBesideCreateAtItsCgroup"},
       .part = MakeBuilderOf<BuildsUnlocked>,
       .scenario = "create.and.delete-force"},
      {.name = "kill-checks-first",
       .plants = "kill looks who has the pid before it opens the pidfd, not after.",
       .bug = "runc#1934",
       .breaks = "S1 S2",
       .caught_by = {"Pairs.PidIsReusedWhileKillIsUnderWay"},
       .part = MakeRuntimeOf<ChecksBeforeItOpens>,
       .scenario = "kill.pid-reused"},
      {.name = "delete-checks-first",
       .plants = "delete looks who has the pid and then kills the pid.",
       .bug = "crun#1200, podman#25104",
       .breaks = "S1 S10",
       .caught_by = {"Pairs.PidIsReusedWhileForceIsUnderWay"},
       .part = MakeRuntimeOf<ChecksThenKills>,
       .scenario = "kill.and.delete-force.pid-reused"},
  };
}

}  // namespace reapcheck::mutants
