// `reapcheck replay FILE --runtime COMMAND`, for files that the simulator has saved: the schedule
// of each once more, on a real runtime.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_REPLAY_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_REPLAY_H_

#include <chrono>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/lab.h"
#include "conformance/oracle.h"
#include "conformance/scenario/programs.h"
#include "conformance/scenario/replay_file.h"
#include "conformance/scenario/scenario.h"

namespace reapcheck::sweep {

// One file, read.
struct SavedRun {
  std::string path;
  scenario::ReplayFile file;
  const scenario::Scenario* scenario = nullptr;
  scenario::Subject subject;  // that it was recorded with
};

struct RealRun {
  std::string path;
  std::string scenario;
  conformance::CgroupLayout layout = conformance::CgroupLayout::kHost;
  std::string simulated;   // what the simulator saw violated: "S6"
  std::string summary;
  std::string plan;        // what was injected
  std::string skip;        // why it could not be run, or ""
  std::string broken;      // the harness failed: judges nothing
  conformance::Violations violations;
};

struct ReplayOptions {
  std::string runtime;                              // as of conform
  std::optional<conformance::CgroupLayout> layout;  // absent: the scenario's
  int jobs = 0;                                     // 0: three for each processor
  std::chrono::milliseconds timeout{30000};         // of one call of the runtime
};

struct ReplayReport {
  std::string runtime;
  std::string version;
  std::vector<RealRun> runs;  // as the files
};

// A run whose calls do not come is tried again, as a point of a sweep is. The error is one line:
// why nothing could be run.
std::expected<ReplayReport, std::string> ReplayForReal(
    const std::vector<SavedRun>& saved, const ReplayOptions& options,
    const std::function<void(const std::string&)>& progress);

// A line or three for each run, and what came of all of them.
std::string PrettyReport(const ReplayReport& report);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SCENARIO_REPLAY_H_
