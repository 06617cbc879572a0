// Judges a scenario that has run on a real runtime: by the oracle of the suite, with what
// conformance/scenario/judge.h asks of the ends of operations in the simulated world.
//
// In a case's process, when the operations are over and before the caller goes on.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_JUDGEMENT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_JUDGEMENT_H_

#include <vector>

#include "conformance/lab.h"
#include "conformance/observation.h"
#include "conformance/oracle.h"
#include "conformance/scenario/scenario.h"
#include "conformance/subject.h"
#include "conformance/sweep/life.h"
#include "conformance/sweep/real_stage.h"
#include "conformance/sweep/replay_plan.h"

namespace reapcheck::sweep {

// All that is judged by. Borrowed.
struct Story {
  conformance::Lab& lab;
  const scenario::Scenario& scenario;
  const ReplayPlan& plan;
  const RealStage& stage;
  const std::vector<conformance::Observation>& before;   // by container
  const std::vector<conformance::Invocation>& ends;      // by ReplayPlan::invocations
};

// What is there of a container, without cgroups that were there before it.
conformance::Observation ObserveOwn(const Story& story, std::size_t container);

conformance::Violations JudgeEnds(const Story& story);
// Poststop hooks, when all is over.
conformance::Violations JudgePoststop(const Story& story, Multiplicity poststop);
// S7: none of them was started when the record was gone.
conformance::Violations JudgeRecordAtHooks(const Story& story);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_JUDGEMENT_H_
