#include "conformance/sweep/scenario_sweep.h"

#include <utility>

#include "conformance/scenario/programs.h"
#include "conformance/sweep/real_stage.h"
#include "conformance/sweep/scenario_life.h"

namespace reapcheck::sweep {
namespace {

using scenario::Scenario;
using scenario::Verb;

// By the name that points have for it; nullopt for what no point runs beside another operation.
std::optional<Operation> SecondOf(const Scenario& scenario) {
  if (scenario.operations.size() < 2) return std::nullopt;
  const scenario::Operation& second = scenario.operations[1];
  switch (second.verb) {
    case Verb::kCreate:
      return Operation::kCreate;
    case Verb::kKill:
      return Operation::kKill;
    case Verb::kDelete:
      return second.force ? Operation::kDeleteForce : Operation::kDelete;
    case Verb::kStart:
    case Verb::kExec:
    case Verb::kState:
    case Verb::kPause:
    case Verb::kResume:
      return std::nullopt;
  }
  __builtin_unreachable();
}

}  // namespace

std::expected<SweptScenario, std::string> SweptOf(const Scenario& scenario) {
  if (std::string why = WhyNotReal(scenario); !why.empty()) return std::unexpected(why);
  if (scenario.operations[0].engine_patience_ms != 0) {
    return std::unexpected("an engine that starts the operation twice");
  }
  SweptScenario swept{.scenario = &scenario};
  if (scenario.containers[0].reached == scenario::Reached::kAborted) {
    auto cut_off = CutOffOf(scenario, 0, scenario::ProfileSubject("reference"));
    if (!cut_off) return std::unexpected(cut_off.error());
    swept.cut_off = std::move(*cut_off);
  }
  return swept;
}

std::vector<Point> ScenarioPoints(const Scenario& scenario,
                                  const std::vector<inject::SeenCall>& seen, FaultKind kind) {
  std::vector<Point> points = PointsOf(seen, kind);
  const std::optional<Operation> second = SecondOf(scenario);
  std::erase_if(points, [&](const Point& point) {
    return point.second && (!second || point.second != second);
  });
  return points;
}

ReplayPlan PlanAt(const Scenario& scenario, const Point& point) {
  ReplayPlan plan;
  for (std::size_t i = 0; i < scenario.operations.size(); ++i) {
    plan.invocations.push_back({.operation = static_cast<int>(i)});
    const bool is_held = i == 0 && point.second.has_value();
    plan.turns.push_back({.invocation = i, .end = is_held ? TurnEnd::kHeld : TurnEnd::kEnded});
  }
  plan.invocations[0].injections = {point.injection};
  return plan;
}

conformance::CaseOutcome RunCensus(const conformance::LabSettings& settings,
                                   const SweptScenario& swept) {
  return RunScenarioCensus(settings, *swept.scenario, swept.cut_off);
}

conformance::CaseOutcome RunLife(const conformance::LabSettings& settings,
                                 const SweptScenario& swept, const Point& point,
                                 Multiplicity poststop) {
  const ReplayPlan plan = PlanAt(*swept.scenario, point);
  return RunScenario(settings, {.scenario = *swept.scenario,
                                .plan = plan,
                                .cut_off = swept.cut_off,
                                .poststop = poststop});
}

}  // namespace reapcheck::sweep
