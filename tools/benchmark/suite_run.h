// One run of the suite as a user would start it, and what it took.
#ifndef REAPCHECK_TOOLS_BENCHMARK_SUITE_RUN_H_
#define REAPCHECK_TOOLS_BENCHMARK_SUITE_RUN_H_

#include <expected>
#include <string>

#include "tools/benchmark/child_output.h"
#include "tools/benchmark/measurements.h"

namespace reapcheck::benchmark {

// `reapcheck conform --runtime reaprun --cgroup v1 --jobs 2`. The error is one line.
std::expected<SuiteRun, std::string> RunSuite(const Interrupts& interrupts);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_SUITE_RUN_H_
