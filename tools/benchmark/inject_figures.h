// What `tools/bench inject` found, beside what is promised. Pure.
#ifndef REAPCHECK_TOOLS_BENCHMARK_INJECT_FIGURES_H_
#define REAPCHECK_TOOLS_BENCHMARK_INJECT_FIGURES_H_

#include <array>
#include <expected>
#include <string>
#include <vector>

#include "tools/benchmark/launched_call.h"
#include "tools/benchmark/sim_figures.h"

namespace reapcheck::benchmark {

inline constexpr std::array<const char*, 5> kInjectedOperations{"create", "start", "state", "kill",
                                                                "delete"};

// One container with one tracer beside each call; in milliseconds, by operation.
using OperationTimes = std::array<double, kInjectedOperations.size()>;

// One runtime's lives, of each tracer one in each round, in the order of the rounds.
struct TracedLives {
  std::string runtime;
  std::array<std::vector<OperationTimes>, std::size(kAllTracers)> by_tracer;
  OperationTimes stops{};  // calls that were noted under the injector, in the last round
};

// Between processes. The error is one line.
std::string ToText(const std::vector<TracedLives>& lives);
std::expected<std::vector<TracedLives>, std::string> ParseTracedLives(const std::string& text);

// For each operation and for the life (all but state) how much longer it takes under the injector
// than alone and than under strace, round by round; with limits for all but reaprun.
std::vector<SimFigure> LifeFigures(const TracedLives& lives);

// What one of `calls` costs more than alone, in microseconds: both times are milliseconds of all.
double MicrosecondsOfStop(double traced_ms, double alone_ms, long calls);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_INJECT_FIGURES_H_
