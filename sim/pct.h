// Probabilistic concurrency testing (Burckhardt and others, ASPLOS 2010): every actor, the kernel
// and time have random priorities, the highest that can do something does it, and at d - 1 random
// places whoever would run falls behind all others. A bug that needs d ordering decisions among n
// actors in k steps is found by one schedule with a probability of at least 1 / (n k^(d-1)).
//
// The bound is for schedules without faults; faults come on top as in the random search.
#ifndef REAPCHECK_SIM_PCT_H_
#define REAPCHECK_SIM_PCT_H_

#include <array>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "sim/random_run.h"

namespace reapcheck::sim {

struct PctReport {
  SearchReport report;
  int depth = 0;           // d
  std::uint64_t actors = 0;  // n, the kernel and time among them
  std::uint64_t steps = 0;   // k, of the longest schedule
  double found_by_one = 0;   // at least this probable
  double missed_by_all = 1;  // at most this probable

  void Conclude() {
    found_by_one = 1.0 / (static_cast<double>(actors) *
                          std::pow(static_cast<double>(steps), depth - 1));
    missed_by_all =
        std::pow(1.0 - found_by_one, static_cast<double>(report.stats.schedules));
  }
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
class Pct {
 public:
  // `depth` is d, at least 1. Borrows all but the options.
  Pct(Behavior& behavior, const Rules& rules, Judge& judge, const Model& start,
      const RandomOptions& options, int depth)
      : run_(behavior, rules, judge, start, options), depth_(depth) {}

  PctReport Search() {
    PctReport pct{.depth = depth_};
    pct.report = run_.Search([this] { Begin(); }, [this] { return Next(); });
    pct.actors = static_cast<std::uint64_t>(most_actors_) + 2;
    pct.steps = longest_;
    pct.Conclude();
    return pct;
  }

 private:
  static constexpr int kKernel = kMaxActors;
  static constexpr int kTime = kMaxActors + 1;
  static constexpr int kCandidates = kMaxActors + 2;
  // A first guess of k; schedules that turn out longer raise it.
  static constexpr std::uint64_t kFirstLength = 16;

  void Begin();
  bool Next();
  bool CanWait() const;
  int Highest(const std::array<bool, kCandidates>& can) const;

  RandomRun<Model, Rules, Judge> run_;
  const int depth_;
  Survey survey_;
  std::array<std::uint64_t, kCandidates> priorities_{};
  std::vector<std::uint64_t> change_points_;  // numbers of steps
  std::uint64_t longest_ = kFirstLength;
  int most_actors_ = 1;
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Pct<Model, Rules, Judge>::Begin() {
  // Above all that change points give, and different from each other.
  for (int index = 0; index < kCandidates; ++index) {
    priorities_[index] = ((run_.random().Next() | std::uint64_t{1} << 63) & ~std::uint64_t{15}) +
                         static_cast<std::uint64_t>(index);
  }
  change_points_.clear();
  for (int index = 1; index < depth_; ++index) {
    change_points_.push_back(run_.random().Below(static_cast<std::uint32_t>(longest_)));
  }
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Pct<Model, Rules, Judge>::Next() {
  System<Model>& system = run_.state().system;
  run_.scheduler().Look(system, survey_);
  std::array<bool, kCandidates> can{};
  for (int actor = 0; actor < kMaxActors; ++actor) can[actor] = Contains(survey_.ready, actor);
  can[kKernel] = !survey_.steps.empty();
  can[kTime] = CanWait();
  int pick = Highest(can);
  if (pick < 0) return false;
  for (std::size_t index = 0; index < change_points_.size(); ++index) {
    if (change_points_[index] == run_.depth()) priorities_[pick] = index + 1;
  }
  pick = Highest(can);
  longest_ = std::max<std::uint64_t>(longest_, run_.depth() + 1);
  most_actors_ = std::max(most_actors_, std::popcount(system.alive));
  if (pick == kKernel) {
    const auto count = static_cast<std::uint32_t>(survey_.steps.size());
    return run_.Take(StepOf(survey_.steps[run_.random().Below(count)]));
  }
  if (pick == kTime) {
    if (!survey_.steps.empty()) system.left.Spend({.faults = 1});
    return run_.Take(TimeOf(static_cast<ActorId>(survey_.sleeper)));
  }
  return run_.Take(run_.CallOf(static_cast<ActorId>(pick)));
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Pct<Model, Rules, Judge>::CanWait() const {
  if (survey_.sleeper < 0) return false;
  return survey_.steps.empty() || (run_.bounds().has_slow_kernel &&
                                   run_.state().system.left.faults > 0);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
int Pct<Model, Rules, Judge>::Highest(const std::array<bool, kCandidates>& can) const {
  int highest = -1;
  for (int index = 0; index < kCandidates; ++index) {
    if (can[index] && (highest < 0 || priorities_[index] > priorities_[highest])) highest = index;
  }
  return highest;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_PCT_H_
