// The second part of sim/schedule.h, which includes it: what is possible and what it costs.
#ifndef REAPCHECK_SIM_SCHEDULE_LIST_H_
#define REAPCHECK_SIM_SCHEDULE_LIST_H_

#include "sim/schedule.h"

namespace reapcheck::sim {

template <ExplorableModel Model, ScheduleRules<Model> Rules>
void Scheduler<Model, Rules>::List(const System<Model>& system, const Survey& survey,
                                   const Bounds& bounds, std::vector<Option>& options) const {
  for (const Step& step : survey.steps) {
    options.push_back(Option{StepOf(step), {}});
    // Nobody is left to see in which order the rest happens. And while a fault lasts the kernel is
    // prompt: who tries again and again would else see every sequence of delays.
    if (system.alive == 0 || system.lasting_count > 0) return;
  }
  const bool is_last_ready = system.last >= 0 && Contains(survey.ready, system.last);
  const bool counts = system.left.preemptions != Budget::kUnlimited;
  const Budget switching{.preemptions = static_cast<std::uint8_t>(is_last_ready && counts)};
  if (is_last_ready) ListActor(system, system.last, {}, bounds, true, options);
  for (ActorSet rest = system.alive; rest != 0; rest &= rest - 1) {
    const int actor = FirstOf(rest);
    if (actor == system.last && is_last_ready) continue;
    ListActor(system, actor, switching, bounds, Contains(survey.ready, actor), options);
  }
  if (survey.sleeper >= 0) {
    Option option{TimeOf(static_cast<ActorId>(survey.sleeper)), {}};
    option.cost.preemptions = survey.ready != 0 && counts;
    option.cost.faults = !survey.steps.empty();
    if (survey.steps.empty() || bounds.has_slow_kernel) options.push_back(option);
  }
  if constexpr (requires(Model model) { model.PowerFailure(); }) {
    if (bounds.has_power_failure && system.alive != 0 && system.left.crashes > 0) {
      options.push_back(Option{Choice{.kind = ChoiceKind::kPowerFailure}, {.crashes = 1}});
    }
  }
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
void Scheduler<Model, Rules>::ListActor(const System<Model>& system, int index, const Budget& cost,
                                        const Bounds& bounds, bool is_ready,
                                        std::vector<Option>& options) const {
  const auto actor = static_cast<ActorId>(index);
  if (is_ready) options.push_back(Option{RunOf(actor), cost});
  // What cannot be paid is not worth the look.
  if (is_ready && system.left.faults > 0 && rules_.IsFaultable(system.model, actor) &&
      (system.lasting_count == 0 || LastingErrorOf(system, actor) == 0)) {
    Budget fault = cost;
    fault.faults = 1;
    const bool can_last =
        bounds.has_lasting_faults && system.lasting_count < System<Model>::kMaxLastingFaults;
    for (const int error : FactsOf(system, index).faults) {
      options.push_back(Option{FaultOf(actor, error, false), fault});
      if (can_last) options.push_back(Option{FaultOf(actor, error, true), fault});
    }
  }
  if (system.left.crashes > 0 && rules_.IsCrashable(system.model, actor)) {
    Budget crash = cost;
    crash.crashes = 1;
    options.push_back(Option{CrashOf(actor), crash});
  }
}

template <ExplorableModel Model, ScheduleRules<Model> Rules>
int Scheduler<Model, Rules>::LastingErrorOf(const System<Model>& system, ActorId actor) const {
  std::uint32_t call_class = 0;
  bool is_classified = false;
  for (int index = 0; index < system.lasting_count; ++index) {
    const LastingFault& fault = system.lasting[index];
    if (fault.actor != actor) continue;
    if (!is_classified) {
      call_class = FactsOf(system, actor).call_class;
      is_classified = true;
    }
    if (fault.call_class == call_class) return fault.error;
  }
  return 0;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_LIST_H_
