// The second part of sim/explorer.h, which includes it: the walk from state to state.
#ifndef REAPCHECK_SIM_EXPLORER_SEARCH_H_
#define REAPCHECK_SIM_EXPLORER_SEARCH_H_

#include "sim/explorer.h"

namespace reapcheck::sim {

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::Arrive(State& state) {
  if (IsEnd(state)) return;
  const std::uint64_t key = LookAndName(state);
  if (IsNew(state, key)) Expand(state);
}

// What the judge found cuts the schedule; so does its length.
template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Explorer<Model, Rules, Judge>::IsEnd(State& state) {
  SearchStats& stats = judged_.stats();
  if (!judged_.is_well()) return true;
  stats.depth = std::max<std::uint64_t>(stats.depth, path_.size());
  if (judged_.found().empty()) {
    if (path_.size() < options_.limits.max_depth) return false;
    judged_.JudgeEnd(state, End::kLong);
  }
  ++stats.schedules;
  judged_.Log(*start_, state, path_, CostOf(state));
  return true;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
std::uint64_t Explorer<Model, Rules, Judge>::LookAndName(const State& state) {
  judged_.scheduler().Look(state.system, survey_);
  const std::uint64_t key = judged_.KeyOf(state, survey_);
  if (options_.is_dominating) return key;
  const Budget& left = state.system.left;
  return Combine(key, static_cast<std::uint64_t>(left.faults << 10 | left.crashes << 5 |
                                                 left.preemptions));
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Explorer<Model, Rules, Judge>::IsNew(const State& state, std::uint64_t key) {
  const Budget left = options_.is_dominating ? state.system.left : Budget{};
  SearchStats& stats = judged_.stats();
  if (visited_.Insert(key, left) == Visited::Outcome::kCovered) {
    ++stats.pruned;
    return false;
  }
  stats.fingerprint = Combine(stats.fingerprint, key);
  return true;
}

// With survey_ of this state.
template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::Expand(State& state) {
  Frame frame;
  frame.first = frame.next = static_cast<std::uint32_t>(stack_.size());
  frame.snapshot = snapshot_count_;
  judged_.scheduler().List(state.system, survey_, options_.bounds, stack_);
  if (!judged_.scheduler().Default(state.system, survey_)) {
    ++judged_.stats().schedules;
    judged_.JudgeEnd(state, judged_.EndOf(state));
    judged_.Log(*start_, state, path_, CostOf(state));
    // Whoever waits for what never comes can still be cut off.
    if (stack_.size() == frame.first) return;
  }
  const int total_left = total_ - CostOf(state);
  const auto is_too_dear = [&](const Option& option) {
    if (!state.system.left.Covers(option.cost)) return true;
    is_cut_ |= option.cost.Total() > total_left;
    return option.cost.Total() > total_left;
  };
  stack_.erase(std::remove_if(stack_.begin() + frame.first, stack_.end(), is_too_dear),
               stack_.end());
  frame.end = static_cast<std::uint32_t>(stack_.size());
  if constexpr (kIsBatching) {
    TakeAll(state, frame);
  } else if (frame.end - frame.first > 1) {
    Save(state);
  }
  frames_.push_back(frame);
}

// Leaves in the frame the options that lead to new states, and those states as its snapshots.
template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::TakeAll(const State& state, Frame& frame) {
  keys_.clear();
  std::uint32_t kept = frame.first;
  for (std::uint32_t index = frame.first; index < frame.end; ++index) {
    State& next = Save(state);
    Make(next, stack_[index]);
    if (IsEnd(next)) {
      --snapshot_count_;
    } else {
      keys_.push_back(LookAndName(next));
      visited_.Prefetch(keys_.back());
      stack_[kept++] = stack_[index];
    }
    path_.pop_back();
  }
  frame.end = frame.first;
  snapshot_count_ = frame.snapshot;
  for (std::uint32_t index = 0; index < keys_.size(); ++index) {
    std::unique_ptr<State>& next = snapshots_[frame.snapshot + index];
    if (!IsNew(*next, keys_[index])) continue;
    std::swap(snapshots_[snapshot_count_++], next);
    stack_[frame.end++] = stack_[frame.first + index];
  }
  stack_.resize(frame.end);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::TakeNext(State& state, Frame& frame) {
  if (frame.next != frame.first) path_.pop_back();
  const std::uint32_t index = frame.next++;
  if constexpr (kIsBatching) {
    path_.push_back(stack_[index].choice);
    State& next = *snapshots_[frame.snapshot + (index - frame.first)];
    judged_.scheduler().Look(next.system, survey_);
    Expand(next);
  } else {
    if (index != frame.first) {
      Copy(*snapshots_[frame.snapshot], state);
    }
    Make(state, stack_[index]);
    Arrive(state);
  }
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::Make(State& state, const Option& option) {
  state.system.left.Spend(option.cost);
  path_.push_back(option.choice);
  ++judged_.stats().transitions;
  judged_.Apply(state, option.choice);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Explorer<Model, Rules, Judge>::Leave() {
  const Frame& frame = frames_.back();
  if (frame.next != frame.first) path_.pop_back();
  snapshot_count_ = frame.snapshot;
  stack_.resize(frame.first);
  frames_.pop_back();
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
auto Explorer<Model, Rules, Judge>::Save(const State& state) -> State& {
  if (snapshot_count_ == snapshots_.size()) {
    snapshots_.push_back(std::make_unique<State>(state));
  } else {
    Copy(state, *snapshots_[snapshot_count_]);
  }
  return *snapshots_[snapshot_count_++];
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Explorer<Model, Rules, Judge>::IsStopped() {
  if (++ticks_ % kLimitCheckInterval == 0) {
    is_stopped_ |= options_.limits.AreReached() || visited_.size() >= options_.limits.max_states;
  }
  return is_stopped_ || !judged_.is_well();
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
int Explorer<Model, Rules, Judge>::CostOf(const State& state) const {
  return options_.bounds.budget.Total() - state.system.left.Total();
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_EXPLORER_SEARCH_H_
