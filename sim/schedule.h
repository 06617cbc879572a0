// What can happen next in a System, and making it happen. Keeps nothing of a schedule itself: all
// drivers (exhaustive, random, replay) ask the same Scheduler, so that a choice means the same.
//
// Borrows the behaviour and the rules. One thread.
#ifndef REAPCHECK_SIM_SCHEDULE_H_
#define REAPCHECK_SIM_SCHEDULE_H_

#include <algorithm>
#include <optional>
#include <vector>

#include "sim/schedule_judge.h"
#include "sim/system.h"

namespace reapcheck::sim {

// Sees each call before (with the model as it is then) and after it ran, and each other choice.
template <class O, class M>
concept ScheduleObserver = requires(O observer, const M& model, ActorId actor, const Call& call,
                                    const CallEvent& event, const Choice& choice) {
  observer.BeforeCall(model, actor, call);
  observer.OnCall(model, event);
  observer.OnChoice(model, choice);
};

template <ExplorableModel Model, ScheduleRules<Model> Rules>
class Scheduler {
 public:
  Scheduler(Behavior& behavior, const Rules& rules) : behavior_(behavior), rules_(rules) {}

  // Starts the actors that the model has by now. False: see Behavior::divergence().
  template <ScheduleObserver<Model> Observer>
  bool Start(System<Model>& system, Observer& observer) {
    return Notice(system, observer);
  }

  void Look(const System<Model>& system, Survey& survey) const;
  // No choice: the end. Steps of the kernel first, then whoever ran last, then the actor with the
  // lowest number, then time.
  std::optional<Choice> Default(const System<Model>& system, const Survey& survey) const;
  // The same, for who wants nothing else: looks only as far as it must.
  std::optional<Choice> Default(const System<Model>& system) const;
  // All that is possible at any cost, the default first among what is free.
  void List(const System<Model>& system, const Survey& survey, const Bounds& bounds,
            std::vector<Option>& options) const;
  // `choice` must be possible. Spends nothing. False: see Behavior::divergence().
  template <ScheduleObserver<Model> Observer>
  bool Apply(System<Model>& system, const Choice& choice, Observer& observer);

  Behavior& behavior() const { return behavior_; }
  const Rules& rules() const { return rules_; }
  const Call& PendingOf(const System<Model>& system, int actor) const {
    return behavior_.PendingAt(system.actors[actor].node);
  }

 private:
  // What the rules say of the call that is pending at a node, once they were asked.
  struct Facts {
    bool is_known = false;
    std::uint32_t call_class = 0;
    std::span<const int> faults;
  };
  static constexpr bool kRemembersFacts = requires { requires Rules::kFollowsHistory; };

  Facts FactsOf(const System<Model>& system, int actor) const {
    const auto id = static_cast<ActorId>(actor);
    const NodeId node = system.actors[actor].node;
    const auto ask = [&] {
      const Call& call = behavior_.PendingAt(node);
      return Facts{true, rules_.ClassOf(system.model, id, call),
                   rules_.FaultsOf(system.model, id, call)};
    };
    if constexpr (!kRemembersFacts) return ask();
    if (facts_.size() <= node) facts_.resize(behavior_.node_count() + 1);
    if (!facts_[node].is_known) facts_[node] = ask();
    return facts_[node];
  }

  // More local calls in a row than that are a loop: each further one is a decision.
  static constexpr int kMaxLocalCalls = 1000;

  bool IsReady(const System<Model>& system, ActorId actor, const Readiness& readiness) const {
    return readiness.is_ready || (system.lasting_count > 0 && LastingErrorOf(system, actor) != 0);
  }
  int LastingErrorOf(const System<Model>& system, ActorId actor) const;
  void ListActor(const System<Model>& system, int actor, const Budget& cost, const Bounds& bounds,
                 bool is_ready, std::vector<Option>& options) const;
  void AddLastingFault(System<Model>& system, const Choice& choice) const;
  template <class Observer>
  bool Run(System<Model>& system, ActorId actor, int error, Observer& observer);
  template <class Observer>
  bool Continue(System<Model>& system, ActorId actor, const CallResult& result,
                Observer& observer);
  template <class Observer>
  bool RunLocalCalls(System<Model>& system, ActorId actor, Observer& observer);
  template <class Observer>
  bool Notice(System<Model>& system, Observer& observer);

  Behavior& behavior_;
  const Rules& rules_;
  mutable std::vector<Facts> facts_;  // by NodeId
  mutable Survey survey_;             // of Default
};

template <ExplorableModel Model, ScheduleRules<Model> Rules>
void Scheduler<Model, Rules>::Look(const System<Model>& system, Survey& survey) const {
  survey.ready = 0;
  survey.sleeper = -1;
  survey.sleeper_deadline = kNever;
  for (ActorSet rest = system.alive; rest != 0; rest &= rest - 1) {
    const int index = FirstOf(rest);
    const auto actor = static_cast<ActorId>(index);
    const ActorPlace& place = system.actors[index];
    const Readiness readiness =
        system.model.Ready(actor, behavior_.PendingAt(place.node), place.since);
    survey.deadlines[index] = readiness.deadline;
    if (IsReady(system, actor, readiness)) {
      survey.ready |= OnlyActor(index);
    } else if (readiness.deadline < survey.sleeper_deadline) {
      survey.sleeper = index;
      survey.sleeper_deadline = readiness.deadline;
    }
  }
  survey.steps.clear();
  system.model.ListSteps(survey.steps);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
std::optional<Choice> Scheduler<Model, Rules>::Default(const System<Model>& system,
                                                       const Survey& survey) const {
  if (!survey.steps.empty()) return StepOf(survey.steps.front());
  if (system.last >= 0 && Contains(survey.ready, system.last)) {
    return RunOf(static_cast<ActorId>(system.last));
  }
  if (survey.ready != 0) return RunOf(static_cast<ActorId>(FirstOf(survey.ready)));
  if (survey.sleeper >= 0) return TimeOf(static_cast<ActorId>(survey.sleeper));
  return std::nullopt;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
std::optional<Choice> Scheduler<Model, Rules>::Default(const System<Model>& system) const {
  survey_.steps.clear();
  system.model.ListSteps(survey_.steps);
  if (!survey_.steps.empty()) return StepOf(survey_.steps.front());
  if (system.last >= 0 && Contains(system.alive, system.last)) {
    const auto last = static_cast<ActorId>(system.last);
    const Readiness readiness =
        system.model.Ready(last, PendingOf(system, last), system.actors[last].since);
    if (IsReady(system, last, readiness)) return RunOf(last);
  }
  Look(system, survey_);
  return Default(system, survey_);
}

}  // namespace reapcheck::sim

#include "sim/schedule_apply.h"  // IWYU pragma: export
#include "sim/schedule_list.h"   // IWYU pragma: export

#endif  // REAPCHECK_SIM_SCHEDULE_H_
