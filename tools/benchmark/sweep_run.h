// One run of `reapcheck sweep`, by the clock.
#ifndef REAPCHECK_TOOLS_BENCHMARK_SWEEP_RUN_H_
#define REAPCHECK_TOOLS_BENCHMARK_SWEEP_RUN_H_

#include <expected>
#include <string>
#include <vector>

#include "tools/benchmark/child_output.h"

namespace reapcheck::benchmark {

struct SweepRun {
  double seconds = 0;
  std::string summary;  // "32 points, 32 reached, 0 failed, 0 broken"
};

// The last line of what the command prints. The error is one line.
std::expected<std::string, std::string> SweepSummary(const std::string& text);

// `reapcheck sweep` of this build with these options. What it finds is no error.
std::expected<SweepRun, std::string> RunSweep(const Interrupts& interrupts,
                                              std::vector<std::string> options);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_SWEEP_RUN_H_
