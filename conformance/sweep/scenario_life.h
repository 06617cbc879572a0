// One life of a scenario's containers on a real runtime: the set-up, the operations in the order of
// a plan with what it injects, and the judgement.
//
// Afterwards the caller goes on without faults, as after any life (life.h): the same command again,
// then the scenario's recovery. Runs in a case's process.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_LIFE_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_LIFE_H_

#include <optional>

#include "conformance/case_process.h"
#include "conformance/inject/injection.h"
#include "conformance/lab_settings.h"
#include "conformance/scenario/scenario.h"
#include "conformance/sweep/life.h"
#include "conformance/sweep/replay_plan.h"

namespace reapcheck::sweep {

// What is run: borrowed.
struct ScenarioRun {
  const scenario::Scenario& scenario;
  const ReplayPlan& plan;
  std::optional<inject::Injection> cut_off;  // of the create of a container that was aborted
  Multiplicity poststop = Multiplicity::kAtMostOnce;
  bool judges_record = false;  // S7, as the simulator does: the record outlives the hooks
};

// As RunLife. A skip whose reason is no LifeResult says why the set-up can not be made.
conformance::CaseOutcome RunScenario(const conformance::LabSettings& settings,
                                     const ScenarioRun& run);

// The calls of the first operation when nothing goes wrong: as RunCensus.
conformance::CaseOutcome RunScenarioCensus(const conformance::LabSettings& settings,
                                           const scenario::Scenario& scenario,
                                           const std::optional<inject::Injection>& cut_off);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_LIFE_H_
