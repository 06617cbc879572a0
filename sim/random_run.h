// What random searches have in common: schedules numbered from 0, each with a random source and a
// fault profile of its own, so that any of them can be run again alone.
//
// A profile is drawn in two levels: which kinds of calls and which errnos can fail at all in this
// schedule, and how often. Schedules then differ in what goes wrong, not only in when.
#ifndef REAPCHECK_SIM_RANDOM_RUN_H_
#define REAPCHECK_SIM_RANDOM_RUN_H_

#include <chrono>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <vector>

#include "sim/random_source.h"
#include "sim/schedule_judged.h"
#include "sim/search_limits.h"

namespace reapcheck::sim {

struct RandomOptions {
  Bounds bounds;
  SearchLimits limits;
  std::uint64_t seed = 1;
  // Numbers first, first + stride, ...: several jobs share one search.
  std::uint64_t first = 0;
  std::uint64_t stride = 1;
  std::uint64_t max_schedules = UINT64_MAX;
};

struct FaultProfile {
  std::uint64_t ops = 0;     // bit n: calls of kind n can fail
  std::uint64_t errors = 0;  // bit n: with errnos that are n modulo 64
  int rarity = 0;            // once in 2^rarity calls
  int crash_rarity = 0;
  int switch_rarity = 0;

  static FaultProfile Draw(RandomSource& random) {
    FaultProfile profile;
    profile.ops = random.Next() & random.Next();
    profile.errors = random.Next();
    profile.rarity = static_cast<int>(random.Below(7));
    profile.crash_rarity = static_cast<int>(random.Below(10));
    profile.switch_rarity = static_cast<int>(random.Below(6));
    return profile;
  }
  bool Allows(Op op) const { return (ops >> static_cast<int>(op) & 1) != 0; }
  bool Allows(int error) const { return (errors >> (error % 64) & 1) != 0; }
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
class RandomRun {
 public:
  using Judged = JudgedScheduler<Model, Rules, Judge>;
  using State = typename Judged::State;

  RandomRun(Behavior& behavior, const Rules& rules, Judge& judge, const Model& start,
            const RandomOptions& options)
      : judged_(behavior, rules, judge),
        options_(options),
        start_(start),
        first_(judged_.Start(start)),
        state_(first_) {
    first_.system.left = options.bounds.budget;
  }

  // Runs schedules until a limit is reached: `begin` once for each, then `next` until it is false.
  template <class Begin, class Next>
  SearchReport Search(Begin begin, Next next);

  // --- For the search that picks ---

  State& state() { return state_; }
  const State& state() const { return state_; }
  RandomSource& random() { return random_; }
  const FaultProfile& profile() const { return profile_; }
  const Bounds& bounds() const { return options_.bounds; }
  const Scheduler<Model, Rules>& scheduler() const { return judged_.scheduler(); }
  std::size_t depth() const { return path_.size(); }

  // False: the schedule is over, by what the judge found.
  bool Take(const Choice& choice) {
    path_.push_back(choice);
    return judged_.Apply(state_, choice) && judged_.found().empty();
  }
  // The pending call of this actor, or what the profile makes of it.
  Choice CallOf(ActorId actor);

 private:
  void Finish();

  Judged judged_;
  const RandomOptions options_;
  const Model& start_;
  State first_;
  State state_;
  RandomSource random_{0};
  FaultProfile profile_;
  std::vector<Choice> path_;
  std::vector<int> errors_;
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
template <class Begin, class Next>
SearchReport RandomRun<Model, Rules, Judge>::Search(Begin begin, Next next) {
  constexpr std::uint64_t kLimitCheckInterval = 64;
  const auto started = std::chrono::steady_clock::now();
  SearchStats& stats = judged_.stats();
  stats.bounds = options_.bounds.budget;
  std::uint64_t number = options_.first;
  while (stats.schedules < options_.max_schedules && judged_.is_well()) {
    if (stats.schedules % kLimitCheckInterval == 0 && options_.limits.AreReached()) break;
    random_ = RandomSource(Combine(options_.seed, number));
    number += options_.stride;
    std::memcpy(static_cast<void*>(&state_), &first_, sizeof(State));
    path_.clear();
    profile_ = FaultProfile::Draw(random_);
    begin();
    while (path_.size() < options_.limits.max_depth && next()) {
    }
    Finish();
  }
  stats.histories = judged_.behavior().node_count();
  stats.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  return SearchReport{.stats = stats,
                      .violations = judged_.log().Take(),
                      .divergence = judged_.behavior().divergence()};
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void RandomRun<Model, Rules, Judge>::Finish() {
  SearchStats& stats = judged_.stats();
  ++stats.schedules;
  stats.transitions += path_.size();
  stats.depth = std::max<std::uint64_t>(stats.depth, path_.size());
  const std::uint64_t end = Combine(state_.system.model.Hash(), path_.size());
  stats.fingerprint = Combine(stats.fingerprint, end);
  if (judged_.found().empty() && judged_.is_well()) {
    const bool is_cut = path_.size() >= options_.limits.max_depth;
    judged_.JudgeEnd(state_, is_cut ? End::kLong : Judged::EndOf(state_));
  }
  if (judged_.found().empty()) return;
  const Budget& left = state_.system.left;
  judged_.Log(start_, state_, path_, options_.bounds.budget.Total() - left.Total());
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
Choice RandomRun<Model, Rules, Judge>::CallOf(ActorId actor) {
  System<Model>& system = state_.system;
  const Rules& rules = scheduler().rules();
  if (system.left.crashes > 0 && random_.OnceIn(profile_.crash_rarity) &&
      rules.IsCrashable(system.model, actor)) {
    system.left.Spend({.crashes = 1});
    return CrashOf(actor);
  }
  if (system.left.faults == 0 || !random_.OnceIn(profile_.rarity)) return RunOf(actor);
  const Call& call = scheduler().PendingOf(system, actor);
  if (!profile_.Allows(call.op) || !rules.IsFaultable(system.model, actor)) return RunOf(actor);
  errors_.clear();
  for (const int error : rules.FaultsOf(system.model, actor, call)) {
    if (profile_.Allows(error)) errors_.push_back(error);
  }
  if (errors_.empty()) return RunOf(actor);
  system.left.Spend({.faults = 1});
  const int error = errors_[random_.Below(static_cast<std::uint32_t>(errors_.size()))];
  const bool can_last = options_.bounds.has_lasting_faults &&
                        system.lasting_count < System<Model>::kMaxLastingFaults;
  return FaultOf(actor, error, can_last && random_.OnceIn(1));
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_RANDOM_RUN_H_
