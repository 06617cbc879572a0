// Random walks: whoever runs goes on for a while, then something else happens. How long a while
// is, what fails and how often is drawn anew for each schedule. Proves nothing, but reaches depths
// that an exhaustive search does not.
#ifndef REAPCHECK_SIM_RANDOM_SEARCH_H_
#define REAPCHECK_SIM_RANDOM_SEARCH_H_

#include "sim/random_run.h"

namespace reapcheck::sim {

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
class RandomSearch {
 public:
  // Borrows all but the options.
  RandomSearch(Behavior& behavior, const Rules& rules, Judge& judge, const Model& start,
               const RandomOptions& options)
      : run_(behavior, rules, judge, start, options) {}

  SearchReport Search() {
    return run_.Search([] {}, [this] { return Next(); });
  }

 private:
  bool Next() {
    System<Model>& system = run_.state().system;
    const int last = system.last;
    if (last >= 0 && Contains(system.alive, last) && system.lasting_count == 0 &&
        !run_.random().OnceIn(run_.profile().switch_rarity)) {
      const ActorPlace& place = system.actors[last];
      const Call& call = run_.scheduler().PendingOf(system, last);
      const auto actor = static_cast<ActorId>(last);
      if (system.model.Ready(actor, call, place.since).is_ready) {
        return run_.Take(run_.CallOf(actor));
      }
    }
    return Switch();
  }
  // Anything that is possible, each with the same chance.
  bool Switch();

  RandomRun<Model, Rules, Judge> run_;
  Survey survey_;
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool RandomSearch<Model, Rules, Judge>::Switch() {
  System<Model>& system = run_.state().system;
  run_.scheduler().Look(system, survey_);
  const bool is_last_ready = system.last >= 0 && Contains(survey_.ready, system.last);
  ActorSet ready = survey_.ready;
  if (is_last_ready && system.left.preemptions == 0) ready = OnlyActor(system.last);
  const auto actors = static_cast<std::uint32_t>(std::popcount(ready));
  const auto steps = static_cast<std::uint32_t>(survey_.steps.size());
  const Budget price{.faults = static_cast<std::uint8_t>(steps > 0),
                     .preemptions = static_cast<std::uint8_t>(actors > 0)};
  const bool can_wait = survey_.sleeper >= 0 && system.left.Covers(price) &&
                        (steps == 0 || run_.bounds().has_slow_kernel);
  const std::uint32_t all = actors + steps + (can_wait ? 1 : 0);
  if (all == 0) return false;
  std::uint32_t pick = run_.random().Below(all);
  if (pick < steps) return run_.Take(StepOf(survey_.steps[pick]));
  pick -= steps;
  if (pick == actors) {
    system.left.Spend(price);
    return run_.Take(TimeOf(static_cast<ActorId>(survey_.sleeper)));
  }
  for (; pick > 0; --pick) ready &= ready - 1;
  const int actor = FirstOf(ready);
  if (is_last_ready && actor != system.last) system.left.Spend({.preemptions = 1});
  return run_.Take(run_.CallOf(static_cast<ActorId>(actor)));
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_RANDOM_SEARCH_H_
