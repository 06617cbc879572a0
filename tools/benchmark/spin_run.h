// SPIN's verifier (pan) on tools/benchmark/toy.pml.
#ifndef REAPCHECK_TOOLS_BENCHMARK_SPIN_RUN_H_
#define REAPCHECK_TOOLS_BENCHMARK_SPIN_RUN_H_

#include <cstdint>
#include <expected>
#include <string>

#include "tools/benchmark/child_output.h"

namespace reapcheck::benchmark {

struct SpinRun {
  std::uint64_t states = 0;       // as it says: the initial one among them
  std::uint64_t transitions = 0;  // as it says: one more, that to the initial state
  double cpu_seconds = 0;         // user and system
  bool operator==(const SpinRun&) const = default;
};

// What pan prints; the time is not in it. The error is one line: also what pan found wrong.
std::expected<SpinRun, std::string> ParsePan(const std::string& text);

// Runs the verifier at `pan`, that tools/bench has built, with a full store.
std::expected<SpinRun, std::string> RunPan(const Interrupts& interrupts, const std::string& pan);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_SPIN_RUN_H_
