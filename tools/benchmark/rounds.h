// The rounds: each starts, kills and deletes one container with every runtime in turn, so that what
// else the machine does meanwhile weighs on all of them.
#ifndef REAPCHECK_TOOLS_BENCHMARK_ROUNDS_H_
#define REAPCHECK_TOOLS_BENCHMARK_ROUNDS_H_

#include <expected>
#include <string>
#include <vector>

#include "conformance/runtimes.h"
#include "tools/benchmark/measurements.h"

namespace reapcheck::benchmark {

struct RoundsOptions {
  int rounds = 30;
  int warm_ups = 3;  // further rounds before these, that do not count
  std::vector<conformance::RuntimeSpec> runtimes;
};

// Measures in the calling process, which gets mounts of its own: cgroup v1 (crun 1.8.1 runs on no
// other layout of a machine with v1 controllers) and bundles on a tmpfs. Returns what
// ParseMeasurements takes; `tag` (conformance/run_tag.h) is part of every cgroup's name. Whatever
// happens, also SIGTERM, the containers are gone afterwards.
std::string MeasureRounds(const RoundsOptions& options, const std::string& tag);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_ROUNDS_H_
