// The command `reapcheck sweep`: an operation of a real runtime, once for each of its system calls
// and each thing that may go wrong there.
//
// First a census of the calls when nothing goes wrong, then one life of a container for each point.
// A call is found again by its name and occurrence; one that does not come in a life (the scheduler
// of the runtime's language decides some) is tried again in others, and told when it never came.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SWEEP_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SWEEP_H_

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/lab.h"
#include "conformance/oracle.h"
#include "conformance/probe.h"
#include "conformance/scenario/scenario.h"
#include "conformance/sweep/life.h"
#include "conformance/sweep/operation.h"
#include "conformance/sweep/point.h"

namespace reapcheck::sweep {

// Lives in which a call is looked for before it counts as one that never came.
inline constexpr int kTries = 3;

struct SweepOptions {
  std::vector<std::string> runtimes;  // as of conform; empty: reaprun, runc and crun
  std::vector<conformance::CgroupLayout> layouts;  // empty: the first that the runtime works on
  std::vector<Operation> operations;               // empty: all
  std::vector<const scenario::Scenario*> scenarios;  // these instead of operations
  std::vector<FaultKind> faults;                   // empty: all
  std::string call;                                // only points at these calls: GLOB; empty: all
  std::optional<Point> only;                       // this point alone; `faults` and `call` are moot
  int jobs = 0;                                    // 0: three for each processor
  std::chrono::milliseconds timeout{30000};        // of one call of the runtime
};

struct PointResult {
  Point point;
  bool reached = false;
  bool converged = false;
  conformance::Violations violations;
  std::string file;    // that it was saved as, or ""
  std::string broken;  // the harness failed, not the runtime: judges nothing
};

struct SweepResult {
  std::string runtime;
  std::string typed;  // what gives it again after --runtime
  std::string version;
  conformance::CgroupLayout layout = conformance::CgroupLayout::kHost;
  Operation operation = Operation::kDelete;
  const scenario::Scenario* scenario = nullptr;  // instead of the operation
  FaultKind fault = FaultKind::kCrash;
  std::string problem;  // why there are no points, or ""
  std::string skip;     // why the scenario is none for a real runtime, or ""
  // What the operation breaks with nothing wrong. Points are not blamed for these invariants.
  conformance::Violations baseline;
  std::vector<PointResult> points;
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
// "delete-force", or the scenario's name.
std::string NameOf(const SweepResult& sweep);
// Why the runtime can not be swept where it was probed, or "".
std::string WhyNotSwept(const conformance::Probe& probe);
// By the runtime's name.
Multiplicity DeclaredBy(const std::string& runtime);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SWEEP_H_
