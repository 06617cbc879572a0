// The third part of sim/schedule.h, which includes it: making a choice happen.
#ifndef REAPCHECK_SIM_SCHEDULE_APPLY_H_
#define REAPCHECK_SIM_SCHEDULE_APPLY_H_

#include "sim/schedule.h"

namespace reapcheck::sim {

template <ExplorableModel Model, ScheduleRules<Model> Rules>
template <ScheduleObserver<Model> Observer>
bool Scheduler<Model, Rules>::Apply(System<Model>& system, const Choice& choice,
                                    Observer& observer) {
  Model& model = system.model;
  switch (choice.kind) {
    case ChoiceKind::kRun:
      return Run(system, choice.actor,
                 system.lasting_count == 0 ? 0 : LastingErrorOf(system, choice.actor), observer);
    case ChoiceKind::kFaultForEver:
      AddLastingFault(system, choice);
      return Run(system, choice.actor, choice.error, observer);
    case ChoiceKind::kFaultOnce:
      return Run(system, choice.actor, choice.error, observer);
    case ChoiceKind::kStep:
      model.Take(choice.step);
      break;
    case ChoiceKind::kTime: {
      const ActorPlace& place = system.actors[choice.actor];
      const Readiness readiness =
          model.Ready(choice.actor, behavior_.PendingAt(place.node), place.since);
      model.AdvanceTo(std::max(model.now(), readiness.deadline));
      system.last = static_cast<std::int8_t>(choice.actor);
      break;
    }
    case ChoiceKind::kCrash:
      model.Crash(choice.actor);
      break;
    case ChoiceKind::kPowerFailure:
      if constexpr (requires { model.PowerFailure(); }) model.PowerFailure();
      break;
  }
  const bool is_noticed = Notice(system, observer);
  observer.OnChoice(model, choice);
  return is_noticed;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
void Scheduler<Model, Rules>::AddLastingFault(System<Model>& system, const Choice& choice) const {
  system.lasting[system.lasting_count++] = LastingFault{
      .call_class = FactsOf(system, choice.actor).call_class,
      .error = choice.error,
      .actor = choice.actor};
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
template <class Observer>
bool Scheduler<Model, Rules>::Run(System<Model>& system, ActorId actor, int error,
                                  Observer& observer) {
  system.last = static_cast<std::int8_t>(actor);
  const Call& call = PendingOf(system, actor);
  observer.BeforeCall(system.model, actor, call);
  const CallResult result = error != 0 ? Failed(error) : system.model.Execute(actor, call);
  observer.OnCall(system.model, CallEvent{.actor = actor,
                                          .call = call,
                                          .result = result,
                                          .is_fault = error != 0});
  return Continue(system, actor, result, observer);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
template <class Observer>
bool Scheduler<Model, Rules>::Continue(System<Model>& system, ActorId actor,
                                       const CallResult& result, Observer& observer) {
  if (system.model.actors()[actor].is_alive) {
    ActorPlace& place = system.actors[actor];
    place.node = behavior_.Next(place.node, result);
    place.since = system.model.now();
    if (place.node == kNoNode || !RunLocalCalls(system, actor, observer)) return false;
  }
  return Notice(system, observer);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
template <class Observer>
bool Scheduler<Model, Rules>::RunLocalCalls(System<Model>& system, ActorId actor,
                                            Observer& observer) {
  ActorPlace& place = system.actors[actor];
  for (int count = 0; count < kMaxLocalCalls; ++count) {
    const Call& call = behavior_.PendingAt(place.node);
    if (!rules_.IsLocal(system.model, actor, call)) return true;
    observer.BeforeCall(system.model, actor, call);
    const CallResult result = system.model.Execute(actor, call);
    observer.OnCall(system.model, CallEvent{.actor = actor,
                                            .call = call,
                                            .result = result,
                                            .is_local = true});
    if (!system.model.actors()[actor].is_alive) return true;
    place.node = behavior_.Next(place.node, result);
    if (place.node == kNoNode) return false;
  }
  return true;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
template <class Observer>
bool Scheduler<Model, Rules>::Notice(System<Model>& system, Observer& observer) {
  system.alive = AliveIn(system.model);
  for (ActorSet fresh = system.alive & ~system.started; fresh != 0; fresh &= fresh - 1) {
    const int actor = FirstOf(fresh);
    system.started |= OnlyActor(actor);
    ActorPlace& place = system.actors[actor];
    place.node = behavior_.Root(system.model.actors()[actor].program);
    place.since = system.model.now();
    if (place.node == kNoNode) return false;
    if (!RunLocalCalls(system, static_cast<ActorId>(actor), observer)) return false;
  }
  return true;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_APPLY_H_
