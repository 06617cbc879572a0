// Judges the invariants S1 ... L10 from observations. Pure: values in, violations out, no system
// calls, so that the simulator and the real world are judged by the same code.
//
// Each function names the invariants that it can report. An empty list means that it holds.
#ifndef REAPCHECK_CONFORMANCE_ORACLE_H_
#define REAPCHECK_CONFORMANCE_ORACLE_H_

#include <string>
#include <vector>

#include "conformance/observation.h"
#include "conformance/snapshot.h"

namespace reapcheck::conformance {

struct Violation {
  std::string invariant;  // "S8"
  std::string summary;    // "delete succeeded and 2 processes live on: 12 (payload) S, ..."
};

using Violations = std::vector<Violation>;

// How the operation before the observation ended, as far as the judgement depends on it.
struct Outcome {
  bool ok = false;
  bool not_found = false;  // refused because there is no such container
};

// S8: delete that succeeded leaves no init, no process, no cgroup, no record.
// S6: the record is not gone while a process of the container lives.
Violations JudgeDelete(const Outcome& outcome, const Observation& after);

// S9, S20: delete that failed: either nothing is left, or the record is still there to retry with.
Violations JudgeFailedDelete(const Observation& after);

// S4, S5, A15, A21, A24: an operation that was refused changed nothing.
Violations JudgeRefusal(const std::string& invariant, const Outcome& outcome,
                        const Snapshot& before, const Snapshot& after);

// S10: processes and cgroups that are not the container's are as they were.
Violations JudgeBystanders(const std::vector<ProcessId>& bystanders_before,
                           const std::vector<ProcessInfo>& alive_after);

// S12: every poststop hook ran after init was dead, with status "stopped" and no live pid on stdin.
// S13: hooks of one kind ran in the listed order, each at most once; `listed` are their names.
Violations JudgeHooks(const std::string& kind, const std::vector<std::string>& listed,
                      const std::vector<HookRecord>& records);
Violations JudgePoststopState(const std::vector<HookRecord>& records);

// S15: nothing of the container is left frozen that was not frozen before.
Violations JudgeThawed(const Observation& before, const Observation& after);

// S23: of n concurrent deletes of one id at least one succeeded, the rest succeeded only with
// force, nothing is left, and no poststop hook ran twice.
Violations JudgeConcurrentDeletes(const std::vector<Outcome>& outcomes, bool force,
                                  const Observation& after);

// S25, A8: a create that failed left nothing of its own.
Violations JudgeFailedCreate(const Observation& after);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_ORACLE_H_
