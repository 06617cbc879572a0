// One life of a container with one fault at one call of one operation, and its judgement.
//
// After the operation, whatever came of it, its caller goes on without faults: the same command
// again, then `delete --force`. That must leave nothing. Runs in a case's process (case_process.h).
#ifndef REAPCHECK_CONFORMANCE_SWEEP_LIFE_H_
#define REAPCHECK_CONFORMANCE_SWEEP_LIFE_H_

#include <optional>
#include <string>
#include <vector>

#include "conformance/case_process.h"
#include "conformance/oracle.h"
#include "conformance/sweep/operation.h"
#include "conformance/sweep/point.h"

namespace reapcheck::sweep {

// How often a runtime says that it runs a poststop hook when it is killed between: S14.
enum class Multiplicity { kAtMostOnce, kAtLeastOnce };

struct LifeResult {
  bool reached = false;    // the call came, and the fault with it
  bool converged = false;  // in the end nothing was left
  std::string missing;     // why it was not reached, where that is known: "never calls X"
  conformance::Violations violations;
};

// The calls of the operation when nothing goes wrong, in CaseOutcome::reason as text.
conformance::CaseOutcome RunCensus(const conformance::LabSettings& settings, Operation operation);
std::string CensusText(const std::vector<inject::SeenCall>& calls);
std::optional<std::vector<inject::SeenCall>> ParseCensus(const std::string& text);

// A LifeResult in CaseOutcome::reason as text; the verdict is a skip where it was not reached.
conformance::CaseOutcome RunLife(const conformance::LabSettings& settings, Operation operation,
                                 const Point& point, Multiplicity poststop);
// That text, as the outcome of a life that ran so; `failures` are what the lab found wrong.
conformance::CaseOutcome OutcomeOf(conformance::CaseOutcome ended, const std::string& failures,
                                   LifeResult life);
// With what a worker has added of leaks. nullopt: it is no result of a life.
std::optional<LifeResult> ParseLife(const std::string& text);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_LIFE_H_
