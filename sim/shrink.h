// The smallest schedule that still breaks the same invariant: fewer faults and crashes, then fewer
// preemptions, then fewer actors that do anything, then fewer choices, until nothing can go.
//
// A candidate is a list of choices to be followed where they are possible and skipped where they
// are not, and then the default; so any part can be left out. What was really done is the result,
// and replays exactly.
#ifndef REAPCHECK_SIM_SHRINK_H_
#define REAPCHECK_SIM_SHRINK_H_

#include <algorithm>
#include <climits>
#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/replay.h"
#include "sim/schedule_judged.h"

namespace reapcheck::sim {

struct Shrunk {
  std::vector<Choice> choices;
  Violation violation;
  int disturbances = 0;  // faults and crashes, one for ever counted twice
  int preemptions = 0;
  int actors = 0;        // that made a call
  std::uint64_t attempts = 0;

  auto Size() const { return std::tuple(disturbances, preemptions, actors, choices.size()); }
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
class Shrinker {
 public:
  // Borrows all but the bounds.
  Shrinker(Behavior& behavior, const Rules& rules, Judge& judge, const Model& start,
           const Bounds& bounds, std::uint64_t max_depth = 20'000)
      : judged_(behavior, rules, judge), start_(start), bounds_(bounds), max_depth_(max_depth) {}

  // `choices` end in a violation of `invariant`; if they do not, the result has no choices.
  Shrunk Shrink(std::span<const Choice> choices, const std::string& invariant) {
    best_ = Shrunk{.disturbances = INT_MAX};
    invariant_ = invariant;
    if (!Try({choices.begin(), choices.end()})) return Shrunk{.attempts = best_.attempts};
    while (DropBlocks() || Weaken() || MoveBlocks()) {
    }
    return best_;
  }

 private:
  using State = typename JudgedScheduler<Model, Rules, Judge>::State;

  bool Try(const std::vector<Choice>& candidate);
  void FollowOrSkip(const Choice& choice, State& state, Shrunk& made);
  bool DropBlocks();
  bool Weaken();
  bool MoveBlocks();

  JudgedScheduler<Model, Rules, Judge> judged_;
  const Model& start_;
  const Bounds bounds_;
  const std::uint64_t max_depth_;
  std::string invariant_;
  Shrunk best_;
  Survey survey_;
  std::vector<Option> options_;
};

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Shrinker<Model, Rules, Judge>::Try(const std::vector<Choice>& candidate) {
  ++best_.attempts;
  Shrunk made;
  auto state = judged_.Start(start_);
  std::size_t next = 0;
  while (judged_.found().empty() && judged_.is_well() && next < candidate.size()) {
    FollowOrSkip(candidate[next++], state, made);
  }
  if (judged_.found().empty() && judged_.is_well()) {
    const std::uint64_t limit = max_depth_ - std::min(max_depth_, made.choices.size());
    const End end = judged_.Finish(state, limit, &made.choices);
    if (judged_.found().empty()) judged_.JudgeEnd(state, end);
  }
  const std::vector<Violation> found = std::exchange(judged_.found(), {});
  const auto same = std::find_if(found.begin(), found.end(), [this](const Violation& violation) {
    return violation.invariant == invariant_;
  });
  if (same == found.end() || !judged_.is_well()) return false;
  ActorSet active = 0;
  for (const Choice& choice : made.choices) {
    if (choice.kind != ChoiceKind::kStep) active |= OnlyActor(choice.actor);
  }
  made.actors = std::popcount(active);
  made.violation = *same;
  made.attempts = best_.attempts;
  if (made.Size() >= best_.Size()) return false;
  best_ = std::move(made);
  return true;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void Shrinker<Model, Rules, Judge>::FollowOrSkip(const Choice& choice, State& state,
                                                 Shrunk& made) {
  state.system.left = kReplayBudget;
  options_.clear();
  judged_.scheduler().Look(state.system, survey_);
  judged_.scheduler().List(state.system, survey_, bounds_, options_);
  const auto option =
      std::find_if(options_.begin(), options_.end(),
                   [&](const Option& possible) { return possible.choice == choice; });
  if (option == options_.end()) return;
  made.disturbances += option->cost.faults + option->cost.crashes +
                       (choice.kind == ChoiceKind::kFaultForEver ? 1 : 0);
  made.preemptions += option->cost.preemptions;
  made.choices.push_back(choice);
  judged_.Apply(state, choice);
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Shrinker<Model, Rules, Judge>::DropBlocks() {
  for (std::size_t size = best_.choices.size(); size > 0; size /= 2) {
    for (std::size_t begin = 0; begin + size <= best_.choices.size(); begin += size) {
      std::vector<Choice> candidate = best_.choices;
      candidate.erase(candidate.begin() + begin, candidate.begin() + begin + size);
      if (Try(candidate)) return true;
    }
  }
  return false;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Shrinker<Model, Rules, Judge>::Weaken() {
  for (std::size_t index = 0; index < best_.choices.size(); ++index) {
    if (!IsFault(best_.choices[index])) continue;
    std::vector<Choice> candidate = best_.choices;
    candidate[index] = RunOf(candidate[index].actor);
    if (Try(candidate)) return true;
    if (best_.choices[index].kind == ChoiceKind::kFaultOnce) continue;
    candidate[index].kind = ChoiceKind::kFaultOnce;
    candidate[index].error = best_.choices[index].error;
    if (Try(candidate)) return true;
  }
  return false;
}

// Brings calls of one actor together that others separate: each block of calls by one actor is
// tried at each other place.
template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
bool Shrinker<Model, Rules, Judge>::MoveBlocks() {
  const std::vector<Choice> choices = best_.choices;
  std::vector<std::size_t> begins;
  for (std::size_t index = 0; index < choices.size(); ++index) {
    if (index == 0 || choices[index].actor != choices[index - 1].actor) begins.push_back(index);
  }
  begins.push_back(choices.size());
  for (std::size_t block = 0; block + 1 < begins.size(); ++block) {
    for (std::size_t place = 0; place < begins.size(); ++place) {
      if (place == block || place == block + 1) continue;
      const auto begin = choices.begin();
      std::vector<Choice> candidate(begin, begin + begins[std::min(place, block)]);
      const auto add = [&](std::size_t from, std::size_t to) {
        candidate.insert(candidate.end(), begin + begins[from], begin + begins[to]);
      };
      if (place < block) {
        add(block, block + 1);
        add(place, block);
        add(block + 1, begins.size() - 1);
      } else {
        add(block + 1, place);
        add(block, block + 1);
        add(place, begins.size() - 1);
      }
      if (Try(candidate)) return true;
    }
  }
  return false;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SHRINK_H_
