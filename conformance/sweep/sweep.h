// The command `reapcheck sweep`: an operation of a real runtime, once for each of its system calls
// and each thing that may go wrong there.
//
// First a census of the calls when nothing goes wrong, then one life of a container for each point.
// A call is found again by its name and occurrence; one that does not come in a life (the scheduler
// of the runtime's language decides some) is tried again in others, and told when it never came.
// What failed is tried again too: some failures are races.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SWEEP_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SWEEP_H_

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/lab.h"
#include "conformance/probe.h"
#include "conformance/scenario/scenario.h"
#include "conformance/sweep/life.h"
#include "conformance/sweep/operation.h"
#include "conformance/sweep/point.h"
#include "conformance/sweep/sweep_result.h"

namespace reapcheck::sweep {

struct SweepOptions {
  std::vector<std::string> runtimes;  // as of conform; empty, and no peers: reaprun, runc and crun
  // More of them. One that can not be swept is told of, and the others go on.
  std::vector<std::string> peers;
  std::vector<conformance::CgroupLayout> layouts;  // empty: the first that the runtime works on
  std::vector<Operation> operations;               // empty: all
  std::vector<const scenario::Scenario*> scenarios;  // these instead of operations
  std::vector<FaultKind> faults;                   // empty: all
  std::string call;                                // only points at these calls: GLOB; empty: all
  // This point alone, and one life of it; `faults` and `call` are moot.
  std::optional<Point> only;
  int jobs = 0;                                    // 0: three for each processor
  std::chrono::milliseconds timeout{30000};        // of one call of the runtime
};

// `progress` gets a line now and then. The error is one line: why nothing could be run.
std::expected<std::vector<SweepResult>, std::string> Sweep(
    const SweepOptions& options, const std::function<void(const std::string&)>& progress);

// "" or one line: what this machine lacks to run and trace real containers.
std::string MissingForSweeps();
// Lives at a time when none were asked for (0): three for each processor, because a life with a
// fault that lasts waits most of the time.
int JobsOr(int wanted);
// Numbers of labs of probes, above those of any life.
inline constexpr int kFirstProbe = 1'000'000;
// Why the runtime can not be swept where it was probed, or "".
std::string WhyNotSwept(const conformance::Probe& probe);
// By the runtime's name.
Multiplicity DeclaredBy(const std::string& runtime);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SWEEP_H_
