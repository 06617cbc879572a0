// Shipped scenarios as what is swept: the points at the calls of the first operation, and one life
// for each.
//
// With a crash or an error the scenario's other operations come after the first; with `pair` they
// run while the first is held.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_SWEEP_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_SWEEP_H_

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "conformance/case_process.h"
#include "conformance/inject/injection.h"
#include "conformance/lab_settings.h"
#include "conformance/scenario/scenario.h"
#include "conformance/sweep/life.h"
#include "conformance/sweep/point.h"
#include "conformance/sweep/replay_plan.h"

namespace reapcheck::sweep {

// A scenario that can be tried.
struct SweptScenario {
  const scenario::Scenario* scenario = nullptr;
  std::optional<inject::Injection> cut_off;  // of a container whose create was aborted
};

// The error says why no real runtime can be brought there.
std::expected<SweptScenario, std::string> SweptOf(const scenario::Scenario& scenario);

// As PointsOf, but only with the second operation that the scenario has.
std::vector<Point> ScenarioPoints(const scenario::Scenario& scenario,
                                  const std::vector<inject::SeenCall>& seen, FaultKind kind);

ReplayPlan PlanAt(const scenario::Scenario& scenario, const Point& point);

conformance::CaseOutcome RunCensus(const conformance::LabSettings& settings,
                                   const SweptScenario& swept);
conformance::CaseOutcome RunLife(const conformance::LabSettings& settings,
                                 const SweptScenario& swept, const Point& point,
                                 Multiplicity poststop);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_SWEEP_H_
