#include "conformance/sweep/replay_plan.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "conformance/inject/watched_call.h"
#include "conformance/scenario/search_bounds.h"
#include "conformance/scenario/stage.h"
#include "sim/behavior.h"
#include "sim/replay.h"
#include "sim/schedule.h"

namespace reapcheck::sweep {
namespace {

using inject::Action;
using inject::Injection;
using scenario::Role;
using scenario::Stage;
using sim::ActorId;
using sim::Choice;
using sim::ChoiceKind;
using sim::World;

// No create of a set-up makes more.
constexpr int kMostChoices = 100'000;

bool IsWatched(const std::string& call) {
  return inject::OpOfVerb(call.substr(0, call.find(' '))).has_value();
}

// An operation on its way through the schedule.
struct Walker {
  std::size_t invocation = 0;
  std::map<std::string, int> counts;  // of its calls so far
  std::optional<Injection> last;      // its last call that is watched
  bool is_held_next = false;          // before its next call that is watched
};

class Walk {
 public:
  using Scheduler = sim::Scheduler<World, scenario::Rules>;

  Walk(const scenario::Scenario& scenario, Stage& stage)
      : stage_(stage),
        behavior_(stage.texts(), stage.programs()),
        scheduler_(behavior_, stage.rules()),
        system_(stage.start()),
        bounds_(BoundsOf(scenario)) {
    for (std::size_t i = 0; i < scenario.operations.size(); ++i) {
      plan_.invocations.push_back({.operation = static_cast<int>(i)});
    }
    is_well_ = scheduler_.Start(system_, *this);
  }

  // What of it a real kernel can not be made to do; "" when all was followed.
  std::string Follow(std::span<const Choice> choices) {
    for (const Choice& choice : choices) {
      scheduler_.Look(system_, survey_);
      if (!IsPossible(choice)) {
        return "a schedule of another version: " + ToString(choice) + " is not possible";
      }
      if (std::string why = Note(choice); !why.empty()) return why;
      if (is_well_) is_well_ = scheduler_.Apply(system_, choice, *this);
      if (!is_well_) return "a program that is not deterministic";
    }
    if (turn_ >= 0) EndTurn(static_cast<ActorId>(turn_), false);
    return "";
  }

  // Goes on as by default until the first operation has made `calls`, and is cut off there.
  std::string CutOff(int calls) {
    for (int i = 0; i < kMostChoices && is_well_; ++i) {
      scheduler_.Look(system_, survey_);
      auto choice = scheduler_.Default(system_, survey_);
      const bool is_due = made_ + 1 >= calls && system_.model.actors()[0].is_alive;
      if (is_due) choice = sim::CrashOf(0);
      if (!choice) return "a create that ends before it is cut off";
      if (std::string why = Note(*choice); !why.empty()) return why;
      if (is_due) return "";
      is_well_ = scheduler_.Apply(system_, *choice, *this);
    }
    return "a create that never ends";
  }

  ReplayPlan& plan() { return plan_; }

  // --- What sim/schedule.h asks for ---
  void BeforeCall(const World& world, ActorId actor, const sim::Call& call) {
    if (actor == 0) ++made_;
    Walker* walker = WalkerOf(actor);
    if (walker == nullptr) return;
    const std::string name = stage_.rules().ClassName(world, actor, call);
    const int occurrence = ++walker->counts[name];
    if (!IsWatched(name)) return;
    walker->last = Injection{.call = name, .occurrence = occurrence};
    if (std::exchange(walker->is_held_next, false)) Hold(*walker, *walker->last);
  }
  void OnCall(const World&, const sim::CallEvent&) {}
  void OnChoice(const World&, const Choice&) {}

 private:
  bool IsPossible(const Choice& choice) {
    options_.clear();
    system_.left = sim::kReplayBudget;
    scheduler_.List(system_, survey_, bounds_, options_);
    return std::ranges::find(options_, choice, &sim::Option::choice) != options_.end();
  }

  // nullptr: the actor is no operation (a hook, init, an engine).
  Walker* WalkerOf(ActorId actor) {
    const auto known = walkers_.find(actor);
    if (known != walkers_.end()) return &known->second;
    const Role& role = stage_.roles()[system_.model.actors()[actor].program];
    if (role.kind != Role::Kind::kOperation) return nullptr;
    Walker walker{.invocation = static_cast<std::size_t>(role.index)};
    // An engine starts the same operation once more.
    const bool is_second = std::ranges::any_of(walkers_, [&walker](const auto& entry) {
      return entry.second.invocation == walker.invocation;
    });
    if (is_second) {
      walker.invocation = plan_.invocations.size();
      plan_.invocations.push_back({.operation = role.index});
    }
    return &walkers_.emplace(actor, std::move(walker)).first->second;
  }

  // The call that the actor is about to make, by its name and occurrence.
  Injection PendingOf(ActorId actor, const Walker& walker) {
    const std::string name = stage_.rules().ClassName(system_.model, actor,
                                                      scheduler_.PendingOf(system_, actor));
    const auto count = walker.counts.find(name);
    return {.call = name, .occurrence = count == walker.counts.end() ? 1 : count->second + 1};
  }

  std::string Note(const Choice& choice) {
    switch (choice.kind) {
      case ChoiceKind::kStep:
        return "";
      case ChoiceKind::kPowerFailure:
        return "a power failure";
      case ChoiceKind::kTime:
        if (!survey_.steps.empty()) return SlowKernel();
        return NoteTurn(choice.actor);
      case ChoiceKind::kRun:
        NoteLate();
        return NoteTurn(choice.actor);
      case ChoiceKind::kFaultOnce:
      case ChoiceKind::kFaultForEver:
      case ChoiceKind::kCrash:
        NoteLate();
        if (std::string why = NoteTurn(choice.actor); !why.empty()) return why;
        return NoteInjection(choice);
    }
    __builtin_unreachable();
  }

  std::string SlowKernel() const {
    const std::string step(sim::StepKindName(survey_.steps.front().kind));
    if (step == "die") return "a process that takes its time to die";
    return "a kernel that takes its time to do this: " + step;
  }

  void NoteLate() {
    for (const sim::Step& step : survey_.steps) {
      const std::string kind(sim::StepKindName(step.kind));
      if (std::ranges::find(plan_.late, kind) == plan_.late.end()) plan_.late.push_back(kind);
    }
  }

  std::string NoteTurn(ActorId actor) {
    const Walker* walker = WalkerOf(actor);
    if (walker == nullptr || turn_ == actor) return "";
    if (turn_ >= 0) EndTurn(static_cast<ActorId>(turn_), true);
    turn_ = actor;
    return "";
  }

  void EndTurn(ActorId actor, bool is_another_next) {
    Walker& walker = *WalkerOf(actor);
    Turn turn{.invocation = walker.invocation};
    const bool is_ready = sim::Contains(survey_.ready, actor);
    if (is_another_next && sim::Contains(system_.alive, actor)) {
      turn.end = is_ready ? TurnEnd::kHeld : TurnEnd::kWaiting;
    }
    if (turn.end == TurnEnd::kHeld) {
      const Injection pending = PendingOf(actor, walker);
      if (IsWatched(pending.call)) {
        Hold(walker, pending);
      } else {
        walker.is_held_next = true;
      }
    }
    plan_.turns.push_back(turn);
  }

  void Hold(Walker& walker, Injection at) {
    at.action = Action::kHold;
    plan_.invocations[walker.invocation].injections.push_back(std::move(at));
  }

  std::string NoteInjection(const Choice& choice) {
    Walker* walker = WalkerOf(choice.actor);
    if (walker == nullptr) return "a fault of what is no operation";
    Injection injection = PendingOf(choice.actor, *walker);
    const bool is_crash = choice.kind == ChoiceKind::kCrash;
    if (is_crash && !IsWatched(injection.call)) {
      // Whatever it would do next leaves no trace but by a call that is watched.
      if (!walker->last) return "a crash before any call that is watched";
      injection = *walker->last;
      injection.action = Action::kKillAfter;
    } else if (is_crash) {
      injection.action = Action::kKillBefore;
    } else {
      if (!IsWatched(injection.call)) return "a fault at a call that is not watched: " +
                                             injection.call;
      injection.action = Action::kFail;
      injection.error = choice.error;
      injection.lasting = choice.kind == ChoiceKind::kFaultForEver;
    }
    plan_.invocations[walker->invocation].injections.push_back(std::move(injection));
    return "";
  }

  Stage& stage_;
  sim::Behavior behavior_;
  Scheduler scheduler_;
  sim::System<World> system_;
  sim::Survey survey_;
  sim::Bounds bounds_;
  std::vector<sim::Option> options_;
  bool is_well_ = true;
  std::map<ActorId, Walker> walkers_;
  int turn_ = -1;  // whose it is
  int made_ = 0;   // calls of actor 0
  ReplayPlan plan_;
};

std::string Text(const Injection& injection) {
  const std::string call = injection.call + " #" + std::to_string(injection.occurrence);
  switch (injection.action) {
    case Action::kKillBefore:
      return "killed before " + call;
    case Action::kKillAfter:
      return "killed after " + call;
    case Action::kFail:
      return call + " " + strerrorname_np(injection.error) +
             (injection.lasting ? " for ever" : "");
    case Action::kHold:
      return "held at " + call;
    default:
      return call;
  }
}

}  // namespace

bool ReplayPlan::has(Action action) const {
  return std::ranges::any_of(invocations, [action](const InvocationPlan& invocation) {
    return std::ranges::any_of(invocation.injections, [action](const Injection& injection) {
      return injection.action == action;
    });
  });
}

std::string ReplayPlan::Describe(const scenario::Scenario& scenario) const {
  std::string text;
  for (const InvocationPlan& invocation : invocations) {
    std::string injected;
    for (const Injection& injection : invocation.injections) {
      injected += (injected.empty() ? "" : ", then ") + Text(injection);
    }
    if (!text.empty()) text += "; ";
    text += CommandText(scenario.operations[invocation.operation]);
    if (!injected.empty()) text += ": " + injected;
  }
  return text;
}

std::expected<ReplayPlan, std::string> PlanOf(const scenario::Scenario& scenario,
                                              const scenario::Subject& subject,
                                              std::span<const Choice> choices) {
  auto stage = Stage::Make(scenario, subject);
  if (!stage) return std::unexpected(stage.error());
  Walk walk(scenario, **stage);
  if (std::string why = walk.Follow(choices); !why.empty()) return std::unexpected(why);
  return std::move(walk.plan());
}

std::expected<Injection, std::string> CutOffOf(const scenario::Scenario& scenario, int container,
                                               const scenario::Subject& subject) {
  scenario::Scenario create = scenario;
  create.containers = {scenario.containers[container]};
  create.containers[0].reached = scenario::Reached::kNothing;
  create.operations = {{.verb = scenario::Verb::kCreate, .id = create.containers[0].id}};
  auto stage = Stage::Make(create, subject);
  if (!stage) return std::unexpected(stage.error());
  Walk walk(create, **stage);
  const std::string why = walk.CutOff(scenario.containers[container].aborted_at);
  if (!why.empty()) return std::unexpected(why);
  return walk.plan().invocations[0].injections.back();
}

}  // namespace reapcheck::sweep
