// One schedule again, choice by choice, with everything that happens written down.
//
// Fails loudly where a choice is not possible: then the choices are of another scenario, another
// profile or another version of the code.
#ifndef REAPCHECK_SIM_REPLAY_H_
#define REAPCHECK_SIM_REPLAY_H_

#include <algorithm>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "sim/schedule_judged.h"

namespace reapcheck::sim {

struct ReplayError {
  std::size_t position = 0;  // the number of choices before it
  std::string message;       // what was asked for and what was possible
};

// No fault, crash or preemption is too dear here.
inline constexpr Budget kReplayBudget{30, 30, 30};

inline std::string NotPossible(std::size_t position, const Choice& choice,
                               std::span<const Option> options) {
  std::string message = "choice " + std::to_string(position + 1) + ", " + ToString(choice) +
                        ", is not possible; possible is";
  if (options.empty()) message += " nothing: the schedule is at its end";
  for (const Option& option : options) message += " " + ToString(option.choice);
  return message;
}

// Goes on by default where the choices end, and stops at the first violation, which must not come
// before the last choice.
template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
std::expected<Trace, ReplayError> Replay(Behavior& behavior, const Rules& rules, Judge& judge,
                                         const Model& start, const Bounds& bounds,
                                         std::span<const Choice> choices,
                                         std::uint64_t max_depth = 20'000) {
  JudgedScheduler<Model, Rules, Judge> judged(behavior, rules, judge);
  Trace trace;
  judged.Record(&trace);
  auto state = judged.Start(start);
  state.system.left = kReplayBudget;
  Survey survey;
  std::vector<Option> options;
  for (std::size_t position = 0; position < choices.size(); ++position) {
    options.clear();
    judged.scheduler().Look(state.system, survey);
    judged.scheduler().List(state.system, survey, bounds, options);
    const bool is_possible =
        judged.found().empty() &&
        std::any_of(options.begin(), options.end(), [&](const Option& option) {
          return option.choice == choices[position];
        });
    if (!is_possible) {
      return std::unexpected(
          ReplayError{position, NotPossible(position, choices[position], options)});
    }
    state.system.left = kReplayBudget;
    if (!judged.Apply(state, choices[position])) {
      return std::unexpected(ReplayError{position, behavior.divergence()->ToString()});
    }
  }
  if (judged.found().empty()) {
    trace.end = judged.Finish(state, max_depth - std::min(max_depth, choices.size()));
    // The choices of continuations belong to the judge.
    std::vector<Choice> made = trace.choices;
    if (judged.found().empty()) judged.JudgeEnd(state, trace.end);
    trace.choices = std::move(made);
  }
  trace.violations = judged.found();
  return trace;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_REPLAY_H_
