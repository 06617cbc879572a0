#include "conformance/scenario/stage.h"

#include <optional>

#include "sim/hash.h"

namespace reapcheck::scenario {
namespace {

using sim::World;

// No plain run of a set-up is longer.
constexpr int kMaxChoices = 200'000;

// Where processes wrap is where pids are used again: not far.
constexpr int kSmallPidSpace = 64;

struct NoObserver {
  void BeforeCall(const World&, sim::ActorId, const sim::Call&) {}
  void OnCall(const World&, const sim::CallEvent&) {}
  void OnChoice(const World&, const sim::Choice&) {}
};

// Counts the calls of one actor.
struct CallCounter {
  sim::ActorId actor = 0;
  int calls = 0;
  void BeforeCall(const World&, sim::ActorId, const sim::Call&) {}
  void OnCall(const World&, const sim::CallEvent& event) { calls += event.actor == actor; }
  void OnChoice(const World&, const sim::Choice&) {}
};

}  // namespace

Stage::Stage(const Scenario& scenario, const Subject& subject)
    : scenario_(scenario), subject_(subject) {
  options_.layout = scenario.layout;
  options_.root = kRoot;
  options_.pid_max = kSmallPidSpace;
  options_.has_cgroup_kill = scenario.has_cgroup_kill;
  options_.has_pidfd = scenario.has_pidfd;
  options_.is_lowest_pid_reused = scenario.is_pid_reused;
  options_.are_programs_reaped_at_once = !scenario.is_pid_reused;
}

std::expected<std::unique_ptr<Stage>, std::string> Stage::Make(const Scenario& scenario,
                                                              const Subject& subject) {
  std::unique_ptr<Stage> stage(new Stage(scenario, subject));
  stage->AddPrograms();
  stage->LayOut();
  for (std::size_t i = 0; i < scenario.containers.size(); ++i) {
    if (stage->SetUp(static_cast<int>(i))) continue;
    return std::unexpected("set-up of " + scenario.containers[i].id + ": " + stage->error_);
  }
  stage->StartOperations();
  stage->judge_ = std::make_unique<Judge>(stage->scenario_, stage->roles_, *stage->start_,
                                          stage->memory_);
  stage->judge_->ExpectStatus(scenario.operations.front().is_refused ? 1 : 0);
  return stage;
}

sim::ProgramId Stage::AddProgram(Role role, Body body) {
  roles_.push_back(std::move(role));
  programs_.push_back(std::move(body));
  return static_cast<sim::ProgramId>(programs_.size());
}

void Stage::AddPrograms() {
  using Kind = Role::Kind;
  options_.init_program = AddProgram({.kind = Kind::kInit}, InitBody());
  options_.exec_program = AddProgram({.kind = Kind::kInit}, ExecBody());
  gate_program_ = AddProgram({.kind = Kind::kInit}, GateBody());
  for (std::size_t i = 0; i < scenario_.operations.size(); ++i) {
    const Operation& operation = scenario_.operations[i];
    const int index = static_cast<int>(i);
    const auto program = AddProgram({.kind = Kind::kOperation, .operation = operation,
                                     .index = index},
                                    OperationBody(operation, subject_));
    operation_programs_.push_back(program);
    if (operation.engine_patience_ms == 0) continue;
    options_.executables.push_back(
        {.path = kRuntimePath, .arguments = {CommandText(operation)}, .program = program});
    operation_programs_.back() = AddProgram(
        {.kind = Kind::kEngine, .operation = operation, .index = index}, EngineBody(operation));
  }
  const Operation& first = scenario_.operations.front();
  if (first.verb == Verb::kDelete) {
    AddProgram({.kind = Kind::kRecovery, .operation = first}, OperationBody(first, subject_));
  }
  AddProgram({.kind = Kind::kRecovery, .operation = scenario_.recovery},
             OperationBody(scenario_.recovery, subject_));
  for (std::size_t i = 0; i < scenario_.containers.size(); ++i) {
    AddHookPrograms(static_cast<int>(i));
  }
}

void Stage::AddHookPrograms(int container) {
  const ContainerSetup& setup = scenario_.containers[container];
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    const HookEnd end = setup.hooks[i].end;
    if (end == HookEnd::kIsMissing) continue;
    const auto program = AddProgram(
        {.kind = Role::Kind::kHook, .container = container, .hook = static_cast<int>(i)},
        HookBody(end, setup.id, subject_));
    options_.executables.push_back(
        {.path = HookPath(setup, i), .arguments = {}, .program = program});
  }
  // What a hook leaves behind is passive.
  options_.executables.push_back({.path = std::string(kHookDirectory) + "/lasting",
                                  .arguments = {},
                                  .program = 0});
}

void Stage::LayOut() {
  world_ = std::make_unique<World>(texts_, options_);
  rules_ = std::make_unique<Rules>(roles_);
  engine_ = world_->AddProcess("engine");
  sim::Process& engine = world_->EditProcess(engine_);
  engine.is_subreaper = true;
  engine.reaps_children = true;
  bystander_ = world_->AddProcess("bystander");
  world_->Rehash();
  for (const char* directory : {"/run", kRoot, kBundles, kHookDirectory}) {
    if (!world_->Exists(directory)) world_->AddDirectory(directory, 0711);
  }
}

void Stage::StartOperations() {
  world_->ForgetActors(gate_program_);
  // Not before: in a plain run its children would be there before init's pid is free.
  world_->EditProcess(bystander_).forks_left = scenario_.is_pid_reused ? 2 : 0;
  for (const sim::ProgramId program : operation_programs_) {
    const int process = world_->AddProcess("reaprun", program);
    sim::Process& edited = world_->EditProcess(process);
    edited.parent = static_cast<std::int16_t>(engine_);
    edited.lacks_cap_kill = scenario_.lacks_cap_kill;
  }
  world_->Rehash();
  start_ = std::make_unique<World>(*world_);
}

int Stage::RunPlain(sim::ProgramId program) {
  const int process = world_->AddProcess("reaprun", program);
  world_->EditProcess(process).parent = static_cast<std::int16_t>(engine_);
  world_->Rehash();
  const std::size_t actor = world_->actors().size() - 1;
  RunToTheEnd(*world_);
  const int status = world_->actors()[actor].exit_status;
  world_->ForgetActors(gate_program_);
  return status;
}

void Stage::RunToTheEnd(World& world) {
  sim::Behavior behavior(texts_, programs_);
  sim::Scheduler<World, Rules> scheduler(behavior, *rules_);
  sim::System<World> system(world);
  NoObserver observer;
  if (!scheduler.Start(system, observer)) error_ = behavior.divergence()->ToString();
  for (int i = 0; i < kMaxChoices && error_.empty(); ++i) {
    const auto choice = scheduler.Default(system);
    if (!choice) break;
    if (!scheduler.Apply(system, *choice, observer)) error_ = behavior.divergence()->ToString();
  }
  world = system.model;
}

void Stage::RunCutOff(sim::ProgramId program, int calls) {
  const int process = world_->AddProcess("reaprun", program);
  world_->EditProcess(process).parent = static_cast<std::int16_t>(engine_);
  world_->Rehash();
  sim::Behavior behavior(texts_, programs_);
  sim::Scheduler<World, Rules> scheduler(behavior, *rules_);
  sim::System<World> system(*world_);
  CallCounter counter{.actor = static_cast<sim::ActorId>(world_->actors().size() - 1)};
  bool goes_on = scheduler.Start(system, counter);
  bool is_cut = false;
  for (int i = 0; i < kMaxChoices && goes_on; ++i) {
    auto choice = scheduler.Default(system);
    const bool is_due = counter.calls + 1 >= calls && !is_cut;
    if (is_due && system.model.actors()[counter.actor].is_alive) {
      choice = sim::CrashOf(counter.actor);
      is_cut = true;
    }
    if (!choice) break;
    goes_on = scheduler.Apply(system, *choice, counter);
  }
  *world_ = system.model;
  world_->ForgetActors(gate_program_);
}

int Stage::RunSetUp(const Body& body) {
  programs_.push_back(body);
  roles_.push_back({.kind = Role::Kind::kHook, .container = -1});
  const int status = RunPlain(static_cast<sim::ProgramId>(programs_.size()));
  programs_.pop_back();
  roles_.pop_back();
  return status;
}

std::string Stage::ProgramName(sim::ProgramId program) const {
  const Role& role = roles_[program];
  switch (role.kind) {
    case Role::Kind::kOperation:
    case Role::Kind::kRecovery:
      return CommandText(role.operation);
    case Role::Kind::kEngine:
      return "engine";
    case Role::Kind::kHook:
      return HookPath(scenario_.containers[role.container], role.hook);
    case Role::Kind::kInit:
      return "init";
  }
  __builtin_unreachable();
}

}  // namespace reapcheck::scenario
