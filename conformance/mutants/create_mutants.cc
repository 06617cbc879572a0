// Steps of create, done wrongly.
#include <signal.h>

#include <utility>

#include "conformance/mutants/mutant.h"
#include "runtime/hooks.h"

namespace reapcheck::mutants {
namespace {

class NoIntent : public Builder {
  using Builder::Builder;
  Outcome<void> WriteIntent(const ContainerDirectory&, const Plan&) override { return {}; }
};

class NoUndo : public Builder {
  using Builder::Builder;
  void UndoCreate(const ContainerDirectory&, Plan&, const CreateOptions&) override {}
};

class UndoesTheDirectoryOnly : public Builder {
  using Builder::Builder;
  void UndoCreate(const ContainerDirectory& container, Plan&, const CreateOptions&) override {
    static_cast<void>(RemoveContainer(kernel(), container));
  }
};

class UndoWithoutPoststop : public Builder {
  using Builder::Builder;
  void UndoCreate(const ContainerDirectory& container, Plan& plan,
                  const CreateOptions& options) override {
    plan.record.poststop.clear();
    Builder::UndoCreate(container, plan, options);
  }
};

class FailureDeletesTheOther : public Builder {
  using Builder::Builder;
  Outcome<Pid> Create(const std::string& id, const CreateOptions& options) override {
    auto created = Builder::Create(id, options);
    if (!created && created.error().kind == FailureKind::kExists) {
      static_cast<void>(runtime().Delete(id, {.force = true}));
    }
    return created;
  }
};

class ReplacesTheOther : public Builder {
  using Builder::Builder;
  Outcome<Pid> Create(const std::string& id, const CreateOptions& options) override {
    auto created = Builder::Create(id, options);
    if (created || created.error().kind != FailureKind::kExists) return created;
    static_cast<void>(runtime().Delete(id, {.force = true}));
    return Builder::Create(id, options);
  }
};

class FailureKillsInTheCgroup : public Builder {
  using Builder::Builder;
  Outcome<void> ClaimCgroups(const ContainerDirectory& container, Plan& plan) override {
    auto claimed = Builder::ClaimCgroups(container, plan);
    // Only in what a lab has made: the path may be anybody's.
    const bool in_lab = plan.config.cgroups_path.find("reapcheck") != std::string::npos;
    if (claimed || !in_lab) return claimed;
    auto cgroups = FindCgroupHierarchies(kernel());
    for (const CgroupHierarchy& hierarchy : cgroups ? *cgroups : std::vector<CgroupHierarchy>()) {
      auto there = CgroupProcesses(
          kernel(), {{.hierarchy = hierarchy, .path = plan.config.cgroups_path}});
      for (Pid pid : there ? *there : std::set<Pid>()) {
        if (IsOrdinary(pid)) static_cast<void>(kernel().Kill(pid, Signal{SIGKILL}));
      }
    }
    return claimed;
  }
};

class ClaimsBeforeItChecks : public Builder {
  using Builder::Builder;
  Outcome<Pid> Create(const std::string& id, const CreateOptions& options) override {
    auto created = Builder::Create(id, options);
    const bool config = !created && created.error().kind == FailureKind::kInvalidConfig;
    if (config) static_cast<void>(ClaimContainer(kernel(), runtime().root(), id));
    return created;
  }
};

class TakesPathForPrivate : public Builder {
  using Builder::Builder;
  Outcome<Plan> MakePlan(const std::string& id, const CreateOptions& options) override {
    auto plan = Builder::MakePlan(id, options);
    if (plan) {
      plan->record.private_pid_namespace =
          plan->config.FindNamespace(NamespaceType::kPid) != nullptr;
    }
    return plan;
  }
};

class OutsideItsCgroup : public Builder {
  using Builder::Builder;
  Outcome<void> PlaceInit(const Plan&, Pid) override { return {}; }
};

class ForgetsHooks : public Builder {
  using Builder::Builder;
  Outcome<void> RecordInit(const ContainerDirectory& container, Plan& plan, Pid pid) override {
    plan.record.poststop.clear();
    plan.record.poststart.clear();
    return Builder::RecordInit(container, plan, pid);
  }
};

class IgnoresHookFailures : public Builder {
  using Builder::Builder;
  Outcome<void> FollowInit(const ContainerDirectory& container, Plan& plan, Fd sync,
                           const CreateOptions& options) override {
    const std::string state = OciStateText(plan.record, Status::kCreating, plan.record.init.pid);
    for (std::vector<Hook>* hooks :
         {&plan.config.hooks.prestart, &plan.config.hooks.create_runtime}) {
      static_cast<void>(RunHooks(kernel(), *hooks, state, "hook"));
      hooks->clear();
    }
    return Builder::FollowInit(container, plan, sync, options);
  }
};

class HooksOutOfOrder : public Builder {
  using Builder::Builder;
  Outcome<void> FollowInit(const ContainerDirectory& container, Plan& plan, Fd sync,
                           const CreateOptions& options) override {
    std::swap(plan.config.hooks.prestart, plan.config.hooks.create_runtime);
    return Builder::FollowInit(container, plan, sync, options);
  }
};

class NoPidFile : public Builder {
  using Builder::Builder;
  Outcome<void> FollowInit(const ContainerDirectory& container, Plan& plan, Fd sync,
                           const CreateOptions& options) override {
    CreateOptions without = options;
    without.pid_file.clear();
    return Builder::FollowInit(container, plan, sync, without);
  }
};

std::vector<Mutant> Failing() {
  return {
      {.name = "create-no-intent",
       .plants = "Nothing is written before the cgroups and init are made.",
       .bug = "runc#2575, runc#4534",
       .breaks = "S19 S10 L9",
       .caught_by = {"HostPaths.RecordThatNamesTheParentCgroupDoesNotHurtBystanders",
                     "Crashes.CreateAtItsFirstCgroup",
                     "Crashes.CreateAgainAfterACrashIsRefusedOrWorks",
                     "Cancelled.CreateAtItsCgroup"},
       .part = MakeBuilderOf<NoIntent>,
       .scenario = "create.aborted.own-path"},
      {.name = "create-no-undo",
       .plants = "A create that fails leaves what it has made.",
       .bug = "cri-o#4201, crun 1.8.1 NEWS",
       .breaks = "S19 A8",
       .caught_by = {"HookFailure.CreateRuntimeFailsCreate",
                     "HookFailure.IdIsUsableAfterAFailedCreate", "Create.FailingMountIsRefused",
                     "Leaks.TwentyFailedCreatesLeaveNothingGrowing",
                     "HookTimeout.CreateFailsInTimeAndNothingIsLeft",
                     "UserNamespace.FailedCreateLeavesNothing",
                     "Faults.CgroupThatCanNotBeMadeLeavesNothing",
                     "Faults.RecordThatCanNotBePutInPlaceLeavesNothing",
                     "Faults.DiskThatIsFullAtCreateLeavesNothing",
                     "Faults.GateThatCanNotBeMadeLeavesNothing"},
       .part = MakeBuilderOf<NoUndo>,
       .scenario = "create.fails"},
      {.name = "create-undoes-directory",
       .plants = "A create that fails removes its directory, and nothing else.",
       .bug = "crun 1.8.1 NEWS",
       .breaks = "S6 S7",
       .caught_by = {"HookFailure.CreateRuntimeFailsCreate", "Create.FailingMountIsRefused",
                     "Leaks.FailingHooksLeaveNothing"},
       .part = MakeBuilderOf<UndoesTheDirectoryOnly>,
       .scenario = "create.fails"},
      {.name = "create-undo-no-poststop",
       .plants = "After a create that failed no poststop hook runs.",
       .bug = "runc#5182, crun#2047",
       .breaks = "A11",
       .caught_by = {"HookFailure.PoststopRunsAfterAFailedCreate"},
       .part = MakeBuilderOf<UndoWithoutPoststop>,
       .scenario = "prestart.fails"},
      {.name = "create-deletes-other",
       .plants = "A create of an id that is taken cleans up, and with it the container of that id.",
       .bug = "runc#3577",
       .breaks = "S25",
       .caught_by = {"Create.IdOfARunningContainerIsTaken", "Create.IdOfACreatedContainerIsTaken",
                     "Create.IdOfAStoppedContainerIsTaken", "Create.IdOfAPausedContainerIsTaken",
                     "Aborted.CreateOnTheIdLeavesTheContainer",
                     "Aborted.CreateOfAKilledCreateIsRefused"},
       .part = MakeBuilderOf<FailureDeletesTheOther>,
       .scenario = "create.existing"},
      {.name = "create-replaces-other",
       .plants = "A create of an id that is taken replaces the container of that id.",
       .bug = "A2",
       .breaks = "S25 A18",
       .caught_by = {"Create.IdOfARunningContainerIsTaken",
                     "Aborted.CreateOnALeftOverDirectoryIsRefused"},
       .part = MakeBuilderOf<ReplacesTheOther>,
       .scenario = "create.existing"},
      {.name = "create-kills-in-cgroup",
       .plants = "A create that may not have its cgroup kills who is in it.",
       .bug = "crun#657",
       .breaks = "S10",
       .caught_by = {"Cgroup.SharedByTwoContainers"},
       .part = MakeBuilderOf<FailureKillsInTheCgroup>,
       .not_simulated = "no stranger is in a cgroup of a scenario"},
      {.name = "create-claims-first",
       .plants = "The id is taken before config.json is checked, and stays taken.",
       .bug = "runc#703",
       .breaks = "A18 A15",
       .caught_by = {"BadConfig.MissingRequiredPropertiesAreRefused",
                     "BadConfig.WrongTypesAreRefused", "BadConfig.NumbersOutOfRangeAreRefused",
                     "Create.BrokenConfigIsRefused", "Create.MissingRootFileSystemIsRefused",
                     "Hooks.RelativePathIsRefusedAtCreate"},
       .part = MakeBuilderOf<ClaimsBeforeItChecks>,
       .not_simulated = "config.json of a scenario is valid"},
  };
}

std::vector<Mutant> Making() {
  return {
      {.name = "create-joined-is-private",
       .plants = "A pid namespace that is joined by its path counts as the container's own.",
       .bug = "runc#2085",
       .breaks = "L4 S8",
       .caught_by = {"PidNamespace.KillInAJoinedOneReachesTheWholeContainer",
                     "PidNamespace.DeleteInAJoinedOneKillsLeftovers"},
       .part = MakeBuilderOf<TakesPathForPrivate>,
       .scenario = "siblings.joined-pids.init-gone"},
      {.name = "create-outside-cgroup",
       .plants = "Init is not put into the container's cgroup.",
       .bug = "runc#1683, runc#2614",
       .breaks = "L4 S8",
       .caught_by = {"ConfigLinux.CgroupsPathIsHonoured",
                     "PidNamespace.KillReachesTheWholeContainer",
                     "Pause.ProcessesDoNotRunUntilResume"},
       .part = MakeBuilderOf<OutsideItsCgroup>,
       .scenario = "kill.shared-pids"},
      {.name = "create-forgets-hooks",
       .plants = "The hooks of start and delete are not in the record.",
       .bug = "runc#618",
       .breaks = "S8 A34",
       .caught_by = {"Hooks.EachRunsOnceInAWholeLife", "Hooks.KindsOfStartRunInStartOnce",
                     "Poststop.RunsForForceOnce", "HookFailure.PoststartFailsStart"},
       .part = MakeBuilderOf<ForgetsHooks>,
       .scenario = "poststop.one"},
      {.name = "create-ignores-hooks",
       .plants = "A prestart or createRuntime hook that fails is ignored.",
       .bug = "A11",
       .breaks = "A11",
       .caught_by = {"HookFailure.CreateRuntimeFailsCreate", "HookFailure.PrestartFailsCreate",
                     "HookFailure.MissingBinaryIsAFailure", "HookFailure.DeathBySignalIsAFailure"},
       .part = MakeBuilderOf<IgnoresHookFailures>,
       .scenario = "prestart.fails"},
      {.name = "create-hooks-swapped",
       .plants = "createRuntime hooks run before prestart hooks.",
       .bug = "A31",
       .breaks = "A31",
       .caught_by = {"Hooks.KindsOfCreateRunInCreateInOrder"},
       .part = MakeBuilderOf<HooksOutOfOrder>,
       .not_simulated = "hooks of create are not judged by their order"},
      {.name = "create-no-pid-file",
       .plants = "--pid-file is not written.",
       .bug = "A39",
       .breaks = "A39",
       .caught_by = {"Create.PidFileHasThePidOfInit", "Create.OldPidFileIsReplaced",
                     "Create.PidFileThatCanNotBeWrittenIsAnError"},
       .part = MakeBuilderOf<NoPidFile>,
       .not_simulated = "no operation of a scenario asks for a pid file"},
  };
}

}  // namespace

std::vector<Mutant> CreateMutants() {
  std::vector<Mutant> all = Failing();
  std::vector<Mutant> making = Making();
  all.insert(all.end(), making.begin(), making.end());
  return all;
}

}  // namespace reapcheck::mutants
