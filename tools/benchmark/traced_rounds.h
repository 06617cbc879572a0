// Lives of containers with each runtime, alone, under the injector and under strace, in turn.
#ifndef REAPCHECK_TOOLS_BENCHMARK_TRACED_ROUNDS_H_
#define REAPCHECK_TOOLS_BENCHMARK_TRACED_ROUNDS_H_

#include <string>

#include "tools/benchmark/rounds.h"

namespace reapcheck::benchmark {

// As MeasureRounds (rounds.h), in the calling process. Returns what ParseTracedLives
// (inject_figures.h) takes. Each call of a life is traced, and so is the container's init from
// create on.
std::string MeasureTracedRounds(const RoundsOptions& options, const std::string& tag);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_TRACED_ROUNDS_H_
