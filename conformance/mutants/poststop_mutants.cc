// Poststop hooks, run wrongly.
#include "conformance/mutants/mutant.h"
#include "runtime/file_text.h"
#include "runtime/hooks.h"
#include "runtime/oci_config.h"

namespace reapcheck::mutants {
namespace {

class BeforeDeath : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    if (auto ran = RunPoststop(container, record); !ran) return ran;
    return Runtime::DestroyInOrder(container, record, force);
  }
};

class StopsAtTheFirstFailure : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory&, Record& record) override {
    static_cast<void>(RunHooks(kernel(), record.poststop,
                               OciStateText(record, Status::kStopped, Pid{0}), "poststop"));
    return {};
  }
};

class FailureIsTheExitCode : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory& container, Record& record) override {
    const std::string state = OciStateText(record, Status::kStopped, Pid{0});
    Outcome<void> first;
    for (const Hook& hook : record.poststop) {
      auto ran = RunHook(kernel(), hook, state, "poststop");
      if (!ran && first) first = std::move(ran);
    }
    static_cast<void>(RemoveRecord(container));
    return first;
  }
};

class EachTwice : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunNextPoststop(const ContainerDirectory& container, Record& record) override {
    const Hook& hook = record.poststop[record.poststop_started];
    static_cast<void>(
        RunHook(kernel(), hook, OciStateText(record, Status::kStopped, Pid{0}), "poststop"));
    return Runtime::RunNextPoststop(container, record);
  }
};

class Backwards : public Runtime {
  using Runtime::Runtime;
  Outcome<void> BuryRecord(const ContainerDirectory& container, Record& record) override {
    record.poststop = {record.poststop.rbegin(), record.poststop.rend()};
    return Runtime::BuryRecord(container, record);
  }
};

class SaysRunning : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory&, Record& record) override {
    const std::string state = OciStateText(record, Status::kRunning, record.init.pid);
    for (const Hook& hook : record.poststop) {
      static_cast<void>(RunHook(kernel(), hook, state, "poststop"));
    }
    return {};
  }
};

class NoTombstone : public Runtime {
  using Runtime::Runtime;
  Outcome<void> BuryRecord(const ContainerDirectory&, Record&) override { return {}; }
};

class DoesNotAwaitTheOther : public Runtime {
  using Runtime::Runtime;
  Outcome<void> AwaitOtherDelete(const ContainerDirectory&, LoadedRecord& loaded, bool) override {
    loaded.record.poststop_started = 0;
    return {};
  }
};

class RecordGoesFirst : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory& container, Record& record) override {
    if (auto removed = RemoveRecord(container); !removed) return removed;
    const std::string state = OciStateText(record, Status::kStopped, Pid{0});
    for (const Hook& hook : record.poststop) {
      if (auto ran = RunHook(kernel(), hook, state, "poststop"); !ran) Warn(ran.error().text);
    }
    return {};
  }
};

class NotesNoHook : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunNextPoststop(const ContainerDirectory&, Record& record) override {
    const Hook& hook = record.poststop[record.poststop_started++];
    const std::string state = OciStateText(record, Status::kStopped, Pid{0});
    if (auto ran = RunHook(kernel(), hook, state, "poststop"); !ran) Warn(ran.error().text);
    return {};
  }
};

class NoHooks : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory&, Record&) override { return {}; }
};

class NotWithForce : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    if (force) record.poststop.clear();
    return Runtime::DestroyInOrder(container, record, force);
  }
};

class ReadsTheBundleAgain : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    auto text = ReadFileText(kernel(), kCwd, record.bundle + "/" + kConfigFile);
    if (!text) return Refuse(text.error(), "read config.json");
    auto config = ParseOciConfig(*text, record.bundle);
    if (!config) return Forward(std::move(config));
    record.poststop = config->hooks.poststop;
    return Runtime::DestroyInOrder(container, record, force);
  }
};

class Forgets : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RunPoststop(const ContainerDirectory&, Record& record) override {
    const std::string state = OciStateText(record, Status::kStopped, Pid{0});
    for (const Hook& hook : record.poststop) {
      auto spawned = kernel().Spawn({.path = hook.path,
                                     .arguments = hook.arguments,
                                     .environment = hook.environment,
                                     .stdin_text = state});
      static_cast<void>(spawned);
    }
    return {};
  }
};

}  // namespace

std::vector<Mutant> PoststopMutants() {
  return {
      {.name = "poststop-before-death",
       .plants = "Poststop hooks run before init is killed and the cgroups are removed.",
       .bug = "runc#1710",
       .breaks = "S12 A34",
       .caught_by = {"Poststop.CgroupsAreGoneBeforeIt", "Poststop.InitIsDeadWhenItRuns",
                     "SlowDeath.PoststopWaitsForDeath"},
       .part = MakeRuntimeOf<BeforeDeath>,
       .scenario = "poststop.force.running"},
      {.name = "poststop-stops-at-failure",
       .plants = "A poststop hook that fails keeps the following from running.",
       .bug = "runc#1765, runc#1710",
       .breaks = "S8 S13 A14",
       .caught_by = {"Poststop.DeathBySignalIsOnlyAWarning", "Poststop.MissingBinaryIsOnlyAWarning",
                     "Poststop.BinaryThatIsNotExecutableIsOnlyAWarning",
                     "Poststop.FailureIsOnlyAWarningForForceToo"},
       .part = MakeRuntimeOf<StopsAtTheFirstFailure>,
       .scenario = "poststop.fails"},
      {.name = "poststop-exit-code",
       .plants = "A poststop hook that fails makes delete fail.",
       .bug = "runc#4363 (C10)",
       .breaks = "S13 A14",
       .caught_by = {"Poststop.DeathBySignalIsOnlyAWarning",
                     "Poststop.FailureIsOnlyAWarningForForceToo",
                     "HookTimeout.PoststopThatIsLateIsOnlyAWarning"},
       .part = MakeRuntimeOf<FailureIsTheExitCode>,
       .scenario = "poststop.fails"},
      {.name = "poststop-twice",
       .plants = "Each poststop hook runs twice.",
       .bug = "clearcontainers#541",
       .breaks = "S13 S14",
       .caught_by = {"Poststop.RunsForForceOnce", "Hooks.EachRunsOnceInAWholeLife",
                     "Hooks.PoststopRunsAfterDeathInOrderOnce", "Poststop.SecondDeleteRunsNothing",
                     "Leaks.WholeLifeWithAllHooksLeavesNothing"},
       .part = MakeRuntimeOf<EachTwice>,
       .scenario = "poststop.one"},
      {.name = "poststop-backwards",
       .plants = "Poststop hooks run in reverse order.",
       .bug = "runc#1710",
       .breaks = "S13 A29",
       .caught_by = {"Hooks.PoststopRunsAfterDeathInOrderOnce", "Poststop.DeleteReturnsAfterIt"},
       .part = MakeRuntimeOf<Backwards>,
       .scenario = "poststop.order"},
      {.name = "poststop-says-running",
       .plants = "The state on a poststop hook's stdin says running, with init's pid.",
       .bug = "runc#1710",
       .breaks = "S12",
       .caught_by = {"Hooks.StatusOnStdinOfStartAndDelete", "Poststop.RunsForForceOnce"},
       .part = MakeRuntimeOf<SaysRunning>,
       .scenario = "poststop.one"},
      {.name = "poststop-no-tombstone",
       .plants = "`state` inside a poststop hook still finds the container.",
       .bug = "crun, runsc (C10)",
       .breaks = "S7 A34",
       .caught_by = {"Poststop.StateInsideFails"},
       .part = MakeRuntimeOf<NoTombstone>,
       .scenario = "poststop.asks-state"},
      {.name = "poststop-no-wait",
       .plants = "A second delete does not see that another is at the hooks, and runs them too.",
       .bug = "clearcontainers#541",
       .breaks = "S14 S23",
       .caught_by = {"Poststop.DeleteInsideRunsNothingTwice",
                     "Poststop.ForceDeleteInsideRunsNothingTwice"},
       .part = MakeRuntimeOf<DoesNotAwaitTheOther>,
       .scenario = "poststop.one"},
      {.name = "poststop-record-first",
       .plants = "The record is removed before the poststop hooks run: cut off, they are lost.",
       .bug = "runc#4363",
       .breaks = "S7 L9",
       .caught_by = {"Aborted.DeleteKilledInPoststopRunsTheOtherHooksOnce"},
       .part = MakeRuntimeOf<RecordGoesFirst>,
       .scenario = "poststop.one"},
      {.name = "poststop-not-noted",
       .plants = "Which hooks have run is not noted: a delete that is cut off lets all run again.",
       .bug = "runc#4363 (the other way)",
       .breaks = "S14",
       .caught_by = {"Aborted.DeleteKilledInPoststopRunsTheOtherHooksOnce"},
       .part = MakeRuntimeOf<NotesNoHook>,
       .scenario = "poststop.one"},
      {.name = "poststop-never",
       .plants = "delete runs no poststop hook.",
       .bug = "runc#618",
       .breaks = "S8 A34",
       .caught_by = {"Poststop.RunsForACreatedOne", "Hooks.PoststopRunsAfterDeathInOrderOnce",
                     "Idempotence.SecondDeleteIsAnErrorWithoutEffect",
                     "HookFailure.PoststopRunsAfterAFailedStart",
                     "Bundle.EditedHooksHaveNoEffectOnDelete"},
       .part = MakeRuntimeOf<NoHooks>,
       .scenario = "poststop.one"},
      {.name = "poststop-not-with-force",
       .plants = "delete --force runs no poststop hook.",
       .bug = "C11",
       .breaks = "S8 A34",
       .caught_by = {"Poststop.RunsForForceOnce", "Poststop.RunsForACreatedOne",
                     "Poststop.RunsForAPausedOne"},
       .part = MakeRuntimeOf<NotWithForce>,
       .scenario = "poststop.force.running"},
      {.name = "poststop-reads-bundle",
       .plants = "delete reads config.json of the bundle again.",
       .bug = "youki#1640 (C22)",
       .breaks = "A10",
       .caught_by = {"Bundle.EditedHooksHaveNoEffectOnDelete",
                     "Bundle.RemovedBeforeDeleteOfStopped",
                     "Bundle.RemovedConfigHasNoEffect", "Bundle.BrokenConfigHasNoEffect",
                     "Hooks.ConfigEditedAfterCreateChangesNoHook"},
       .part = MakeRuntimeOf<ReadsTheBundleAgain>,
       .not_simulated = "the bundle of a scenario stays as it is"},
      {.name = "poststop-not-awaited",
       .plants = "delete starts the poststop hooks and does not wait for them.",
       .bug = "gvisor#71",
       .breaks = "A34",
       .caught_by = {"Poststop.DeleteReturnsAfterIt"},
       .part = MakeRuntimeOf<Forgets>,
       .scenario = "poststop.hangs"},
  };
}

}  // namespace reapcheck::mutants
