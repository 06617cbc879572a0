// Steps of start and exec, done wrongly.
#include "conformance/mutants/mutant.h"
#include "runtime/lifecycle.h"

namespace reapcheck::mutants {
namespace {

class StartTwice : public Builder {
  using Builder::Builder;
  Outcome<void> Start(const std::string& id) override {
    auto started = Builder::Start(id);
    if (!started && started.error().kind == FailureKind::kWrongState) return {};
    return started;
  }
};

class StartThaws : public Builder {
  using Builder::Builder;
  Outcome<void> CheckStartable(Runtime::Loaded& loaded) override {
    if (loaded.status == Status::kPaused) static_cast<void>(runtime().Resume(loaded.container.id));
    return Builder::CheckStartable(loaded);
  }
};

class StartsAtCreate : public Builder {
  using Builder::Builder;
  Outcome<Pid> Create(const std::string& id, const CreateOptions& options) override {
    auto created = Builder::Create(id, options);
    if (created) static_cast<void>(Builder::Start(id));
    return created;
  }
};

class DoesNotAwaitExecution : public Builder {
  using Builder::Builder;
  Outcome<void> AwaitExecution(Record&, const WaitingInit&) override { return {}; }
};

class IgnoresPoststart : public Builder {
  using Builder::Builder;
  Outcome<void> RunPoststart(const Record& record) override {
    static_cast<void>(Builder::RunPoststart(record));
    return {};
  }
};

class NoPoststart : public Builder {
  using Builder::Builder;
  Outcome<void> RunPoststart(const Record&) override { return {}; }
};

class PoststartFirst : public Builder {
  using Builder::Builder;
  Outcome<void> OpenGate(const ContainerDirectory& container, Record& record,
                         WaitingInit& init) override {
    if (auto ran = RunPoststart(record); !ran) return ran;
    record.poststart.clear();
    return Builder::OpenGate(container, record, init);
  }
};

class LeavesAfterHook : public Builder {
  using Builder::Builder;
  void DestroyAfterHook(const ContainerDirectory&, Record&) override {}
};

class DestroysWithoutPoststop : public Builder {
  using Builder::Builder;
  void DestroyAfterHook(const ContainerDirectory& container, Record& record) override {
    record.poststop.clear();
    Builder::DestroyAfterHook(container, record);
  }
};

class ExecInPaused : public Builder {
  using Builder::Builder;
  Outcome<Pid> Exec(const std::string& id, const ExecOptions& options) override {
    auto loaded = runtime().Load(id);
    if (loaded && loaded->status == Status::kPaused) static_cast<void>(runtime().Resume(id));
    return Builder::Exec(id, options);
  }
};

class RefusedExecSucceeds : public Builder {
  using Builder::Builder;
  Outcome<Pid> Exec(const std::string& id, const ExecOptions& options) override {
    auto done = Builder::Exec(id, options);
    return done || !options.detach ? done : Outcome<Pid>(Pid{1});
  }
};

}  // namespace

std::vector<Mutant> StartMutants() {
  return {
      {.name = "start-twice",
       .plants = "start of a container that is not created exits 0.",
       .bug = "A19",
       .breaks = "A19",
       .caught_by = {"Start.OfRunningIsAnErrorWithoutEffect",
                     "Start.OfStoppedIsAnErrorWithoutEffect",
                     "Start.OfCreatedWhoseInitDiedIsAnError", "Start.WithoutProcessIsAnError",
                     "Concurrency.OneOfSeveralStartsWins"},
       .part = MakeBuilderOf<StartTwice>,
       .not_simulated = "the exit status of start is not judged"},
      {.name = "start-thaws",
       .plants = "start of a paused container is refused, and has resumed it.",
       .bug = "C17",
       .breaks = "A15 A19",
       .caught_by = {"Start.OfPausedIsAnErrorWithoutEffect"},
       .part = MakeBuilderOf<StartThaws>,
       .not_simulated = "no container of a scenario is paused before it is started"},
      {.name = "start-at-create",
       .plants = "create starts the program.",
       .bug = "A9",
       .breaks = "A9",
       .caught_by = {"Create.ProgramDoesNotRunBeforeStart", "Hooks.PoststartDoesNotRunAtCreate"},
       .part = MakeBuilderOf<StartsAtCreate>,
       .not_simulated = "no program of a scenario tells when it began"},
      {.name = "start-not-awaited",
       .plants = "start returns before the program is executed, whether it ever is or not.",
       .bug = "A11",
       .breaks = "A11 A32",
       .caught_by = {"HookFailure.StartContainerFailsStart",
                     "HookTimeout.StartFailsInTimeAndNothingIsLeft"},
       .part = MakeBuilderOf<DoesNotAwaitExecution>,
       .not_simulated = "the program of a scenario is always executed"},
      {.name = "start-ignores-poststart",
       .plants = "A poststart hook that fails is ignored.",
       .bug = "runtime-spec before 1.3.0 (A12)",
       .breaks = "A12",
       .caught_by = {"HookFailure.PoststartFailsStart"},
       .part = MakeBuilderOf<IgnoresPoststart>,
       .not_simulated = "the exit status of start is not judged"},
      {.name = "start-no-poststart",
       .plants = "poststart hooks do not run.",
       .bug = "runc#618",
       .breaks = "A33",
       .caught_by = {"Hooks.KindsOfStartRunInStartOnce", "Hooks.StartReturnsAfterPoststart"},
       .part = MakeBuilderOf<NoPoststart>,
       .scenario = "poststart.fails"},
      {.name = "start-poststart-first",
       .plants = "poststart hooks run before the program does.",
       .bug = "A33",
       .breaks = "A33",
       .caught_by = {"Hooks.PoststartSeesTheProgramRun"},
       .part = MakeBuilderOf<PoststartFirst>,
       .not_simulated = "no program of a scenario tells when it began"},
      {.name = "start-no-destroy",
       .plants = "After a hook of start failed the container stays.",
       .bug = "runc#5182",
       .breaks = "A11 A12",
       .caught_by = {"HookFailure.PoststartFailsStart", "HookFailure.StartContainerFailsStart"},
       .part = MakeBuilderOf<LeavesAfterHook>,
       .scenario = "poststart.fails"},
      {.name = "start-undo-no-poststop",
       .plants = "After a hook of start failed no poststop hook runs.",
       .bug = "runc#5182, crun#2047",
       .breaks = "A11 A12",
       .caught_by = {"HookFailure.PoststopRunsAfterAFailedStart"},
       .part = MakeBuilderOf<DestroysWithoutPoststop>,
       .scenario = "poststart.fails"},
      {.name = "exec-resumes",
       .plants = "exec in a paused container resumes it.",
       .bug = "C17",
       .breaks = "A15",
       .caught_by = {"Exec.InPausedIsAnErrorWithoutEffect"},
       .part = MakeBuilderOf<ExecInPaused>,
       .not_simulated = "no operation of a scenario executes"},
      {.name = "exec-refused-exits-0",
       .plants = "A detached exec that is refused exits 0.",
       .bug = "containerd#2832",
       .breaks = "A15",
       .caught_by = {"Exec.InNothingIsAnError", "Exec.InStoppedIsAnErrorWithoutEffect",
                     "PidReuse.ExecDoesNotEnterTheNewOwner"},
       .part = MakeBuilderOf<RefusedExecSucceeds>,
       .not_simulated = "no operation of a scenario executes"},
  };
}

}  // namespace reapcheck::mutants
