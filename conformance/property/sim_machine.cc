#include "conformance/property/sim_machine.h"

#include "sim/fault_table.h"

namespace reapcheck::property {
namespace {

using scenario::Operation;
using scenario::Verb;
using sim::Choice;
using sim::World;

// A step that takes more choices does not end.
constexpr int kMaxChoices = 200'000;

scenario::ContainerSetup ContainerOf(const Setup& setup) {
  scenario::ContainerSetup container{.reached = scenario::Reached::kNothing};
  if (setup.shares_pids) container.pid_namespace = scenario::PidNamespace::kHost;
  container.hooks = setup.hooks;
  return container;
}

// What the judge of calls has to know. With operations of all kinds it judges no exit status: what
// those promise is in the model.
scenario::Scenario ScenarioOf(const Setup& setup) {
  return {.name = "property",
          .layout = setup.layout,
          .containers = {ContainerOf(setup)},
          .operations = {{.verb = Verb::kCreate}, {.verb = Verb::kPause}},
          .has_cgroup_kill = setup.has_cgroup_kill};
}

std::string Directory() { return std::string(scenario::kRoot) + "/" + Operation{}.id; }

std::string KindOf(const std::string& name) {
  const std::size_t space = name.find(' ');
  return space == std::string::npos ? std::string() : name.substr(space + 1);
}

}  // namespace

struct SimMachine::Observer {
  SimMachine& machine;
  const Run* run = nullptr;  // null: nothing is judged
  int calls = 0;             // of run->first

  void BeforeCall(const World&, sim::ActorId, const sim::Call&) {}
  void OnCall(const World& after, const sim::CallEvent& event) {
    if (run == nullptr) return;
    calls += event.actor == run->first;
    scenario::Violations found;
    machine.judge_->OnCall(after, event, machine.memory_, found);
    for (const sim::Violation& violation : found) {
      machine.violations_.push_back(violation.invariant + ": " + violation.summary);
    }
    if (event.call.op == sim::Op::kSpawn && event.result.error == 0) CountHook(after, event.call);
    if (event.call.op == sim::Op::kUnlinkAt) machine.NoteEndOfLife(after);
  }
  void OnChoice(const World&, const Choice&) {}

  void CountHook(const World& world, const sim::Call& call) {
    const SpawnRequest request = sim::DecodeSpawn(world.texts(), call.text);
    const scenario::ContainerSetup& container = machine.scenario_.containers[0];
    for (std::size_t i = 0; i < container.hooks.size(); ++i) {
      machine.hook_starts_[i] += request.path == HookPath(container, i);
    }
  }
};

SimMachine::SimMachine(SimFloor& floor, const Setup& setup)
    : floor_(floor),
      setup_(setup),
      scenario_(ScenarioOf(setup)),
      options_(floor.options()),
      rules_(floor.roles()),
      hook_starts_(setup.hooks.size()) {
  SetHooks();
  LayOut();
  judge_ = std::make_unique<scenario::Judge>(scenario_, floor_.roles(), *world_, memory_);
}

void SimMachine::SetHooks() {
  options_.layout = setup_.layout;
  options_.has_cgroup_kill = setup_.has_cgroup_kill;
  for (std::size_t i = 0; i < setup_.hooks.size(); ++i) {
    if (setup_.hooks[i].end == scenario::HookEnd::kIsMissing) continue;
    options_.executables.push_back({.path = HookPath(scenario_.containers[0], i),
                                    .arguments = {},
                                    .program = floor_.HookProgram(setup_.hooks[i].end)});
  }
}

void SimMachine::LayOut() {
  world_ = std::make_unique<World>(floor_.texts(), options_);
  engine_ = world_->AddProcess("engine");
  world_->EditProcess(engine_).is_subreaper = true;
  world_->EditProcess(engine_).reaps_children = true;
  world_->AddProcess("bystander");
  world_->Rehash();
  const std::string bundle = scenario::kBundles + ("/" + Operation{}.id);
  for (const std::string& directory :
       {std::string("/run"), std::string(scenario::kRoot), std::string(scenario::kBundles), bundle,
        bundle + "/rootfs", std::string(scenario::kHookDirectory)}) {
    if (!world_->Exists(directory)) world_->AddDirectory(directory, 0711);
  }
  world_->AddFile(bundle + "/config.json", ConfigText(scenario_.containers[0], Pid{0}));
}

int SimMachine::Begin(sim::ProgramId program) {
  const int process = world_->AddProcess("reaprun", program);
  world_->EditProcess(process).parent = static_cast<std::int16_t>(engine_);
  world_->Rehash();
  return static_cast<int>(world_->actors().size()) - 1;
}

// What the hooks of the next life may do is counted anew.
void SimMachine::NoteEndOfLife(const World& world) {
  if (world.Exists(Directory())) return;
  memory_.hook_starts = {};
  memory_.last_poststop = -1;
}

Answers SimMachine::Do(const Step& step) {
  // A start may have run its hooks when a delete beside it was done.
  NoteEndOfLife(*world_);
  Run run{.step = step};
  switch (step.kind) {
    case StepKind::kTogether:
    case StepKind::kOperation:
      run.first = Begin(floor_.OperationProgram(step.operation));
      if (step.kind == StepKind::kTogether) {
        run.second = Begin(floor_.OperationProgram(step.other));
      }
      break;
    case StepKind::kInitDies:
      if (InitProcess() >= 0) RunAlone(floor_.kill_init());
      return {};
    case StepKind::kStateLost:
      RunAlone(floor_.lose_state());
      return {};
    case StepKind::kStateCut:
      RunAlone(floor_.cut_state());
      return {};
  }
  RunToTheEnd(run);
  AddOthers();
  return run.answers;
}

int SimMachine::RunAlone(sim::ProgramId program) {
  const int actor = Begin(program);
  Scheduler scheduler(floor_.behavior(), rules_);
  System system(*world_);
  Observer observer{*this};
  sim::Survey survey;
  bool goes_on = scheduler.Start(system, observer);
  for (int i = 0; i < kMaxChoices && goes_on; ++i) {
    const auto choice = scheduler.Default(system);
    goes_on = choice && scheduler.Apply(system, *choice, observer);
  }
  *world_ = system.model;
  const int status = world_->actors()[static_cast<std::size_t>(actor)].exit_status;
  world_->ForgetActors(floor_.gate());
  return status;
}

void SimMachine::RunToTheEnd(Run& run) {
  Scheduler scheduler(floor_.behavior(), rules_);
  System system(*world_);
  Observer observer{*this, &run};
  sim::Survey survey;
  bool goes_on = scheduler.Start(system, observer);
  int choices = 0;
  for (; choices < kMaxChoices && goes_on; ++choices) {
    scheduler.Look(system, survey);
    const auto choice = Next(scheduler, system, survey, observer, run);
    if (!choice) break;
    goes_on = scheduler.Apply(system, *choice, observer);
  }
  if (!goes_on) violations_.push_back("determinism: " + floor_.behavior().divergence()->ToString());
  if (choices == kMaxChoices) violations_.push_back("L1: the operation has no end");
  *world_ = system.model;
  ReadAnswers(run);
  EndHooks();
  world_->ForgetActors(floor_.gate());
}

// One that hangs and whose caller was cut off would stay for ever: somebody ends it at last.
void SimMachine::EndHooks() {
  for (std::size_t actor = 0; actor < world_->actors().size(); ++actor) {
    const sim::Actor& hook = world_->actors()[actor];
    const bool is_hook = floor_.roles()[hook.program].kind == scenario::Role::Kind::kHook;
    if (hook.is_alive && is_hook) world_->Crash(static_cast<sim::ActorId>(actor));
  }
}

std::optional<Choice> SimMachine::Next(const Scheduler& scheduler, const System& system,
                                       const sim::Survey& survey, const Observer& observer,
                                       Run& run) const {
  auto choice = scheduler.Default(system, survey);
  const bool is_due = run.first >= 0 && observer.calls + 1 >= run.step.at;
  if (run.second >= 0 && choice && choice->kind == sim::ChoiceKind::kRun) {
    // The first up to its n-th call, then the other as far as it gets, then the first again.
    const int preferred = is_due ? run.second : run.first;
    const bool is_ready = sim::Contains(survey.ready, preferred);
    return is_ready ? sim::RunOf(static_cast<sim::ActorId>(preferred)) : choice;
  }
  if (run.step.fault == FaultKind::kNone || run.has_had_fault || !is_due) return choice;
  if (!sim::Contains(system.alive, run.first)) return choice;
  const auto own = sim::RunOf(static_cast<sim::ActorId>(run.first));
  if (run.step.fault == FaultKind::kErrno && choice != own) return choice;
  const auto fault = FaultNow(scheduler, system, run);
  return fault ? fault : choice;
}

std::optional<Choice> SimMachine::FaultNow(const Scheduler& scheduler, const System& system,
                                           Run& run) const {
  const auto actor = static_cast<sim::ActorId>(run.first);
  if (run.step.fault == FaultKind::kCrash) {
    run.has_had_fault = true;
    run.answers.is_disturbed = true;
    return sim::CrashOf(actor);
  }
  const sim::Call& call = scheduler.PendingOf(system, run.first);
  const auto errors = rules_.FaultsOf(system.model, actor, call);
  if (errors.empty()) return std::nullopt;
  const int error = errors[static_cast<std::size_t>(run.step.error) % errors.size()];
  const std::string kind = KindOf(system.model.ClassOf(actor, call));
  run.has_had_fault = true;
  run.answers.is_disturbed = !sim::IsTransient(call.op, kind, error);
  return sim::FaultOf(actor, error, /*is_for_ever=*/false);
}

void SimMachine::ReadAnswers(Run& run) {
  for (auto [actor, answer] : {std::pair{run.first, &run.answers.first},
                               std::pair{run.second, &run.answers.second}}) {
    if (actor < 0) continue;
    const sim::Actor& ended = world_->actors()[static_cast<std::size_t>(actor)];
    if (ended.is_alive) violations_.push_back("L1: the operation waits for what never comes");
    answer->came = ended.exit_status >= 0;
    answer->ok = ended.exit_status == 0;
  }
}

Sighting SimMachine::Look() {
  Sighting sighting{.seen = judge_->Observe(*world_, memory_, 0),
                    .hook_starts = hook_starts_,
                    .violations = std::move(violations_)};
  violations_.clear();
  // Asking changes nothing: what it did is taken back.
  const World before = *world_;
  sighting.word = WordOfExitStatus(RunAlone(floor_.ask_state()));
  *world_ = before;
  return sighting;
}

int SimMachine::InitProcess() const {
  for (std::size_t i = 0; i < world_->processes().size(); ++i) {
    const sim::Process& process = world_->processes()[i];
    const bool is_init = process.mark != 0 && process.mark == memory_.mark[0] &&
                         process.start_time == process.mark;
    if (is_init && process.state == sim::ProcessState::kRunning) return static_cast<int>(i);
  }
  return -1;
}

void SimMachine::AddOthers() {
  const int init = InitProcess();
  if (init < 0 || populated_ == memory_.mark[0]) return;
  if (world_->texts().Text(world_->processes()[static_cast<std::size_t>(init)].name) != "payload") {
    return;
  }
  populated_ = memory_.mark[0];
  for (int i = 0; i < setup_.others; ++i) world_->AddMember(init, "worker");
}

}  // namespace reapcheck::property
