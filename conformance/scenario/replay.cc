#include "conformance/scenario/replay.h"

#include "conformance/scenario/search_bounds.h"
#include "conformance/scenario/stage.h"
#include "sim/replay.h"

namespace reapcheck::scenario {
namespace {

using sim::World;

std::expected<Replayed, std::string> ReplayOnce(const Scenario& scenario, const Subject& subject,
                                                const std::vector<sim::Choice>& choices) {
  auto stage = Stage::Make(scenario, subject);
  if (!stage) return std::unexpected(stage.error());
  sim::Behavior behavior((*stage)->texts(), (*stage)->programs());
  Judge judge = (*stage)->judge();
  auto trace = sim::Replay(behavior, (*stage)->rules(), judge, (*stage)->start(),
                           BoundsOf(scenario), choices, kMaxDepth);
  if (!trace) return std::unexpected(trace.error().message);
  Replayed replayed{.trace = std::move(*trace)};
  for (const sim::TraceStep& step : replayed.trace.steps) {
    if (step.actor >= replayed.actors.size()) replayed.actors.resize(step.actor + 1);
    if (step.program != 0) replayed.actors[step.actor] = (*stage)->ProgramName(step.program);
  }
  replayed.hash = sim::HashOf((*stage)->texts(), replayed.trace);
  return replayed;
}

}  // namespace

std::expected<Replayed, std::string> ReplayChoices(const Scenario& scenario,
                                                   const Subject& subject,
                                                   const std::vector<sim::Choice>& choices) {
  auto first = ReplayOnce(scenario, subject, choices);
  if (!first) return first;
  auto second = ReplayOnce(scenario, subject, choices);
  if (!second) return second;
  if (first->hash != second->hash) return std::unexpected("two runs of it differ");
  return first;
}

}  // namespace reapcheck::scenario
