// One timed call of a program, through the stopwatch. Needs the binary `stopwatch` beside this one.
#ifndef REAPCHECK_TOOLS_BENCHMARK_TIMED_CALL_H_
#define REAPCHECK_TOOLS_BENCHMARK_TIMED_CALL_H_

#include <expected>
#include <string>
#include <vector>

#include "tools/benchmark/measurements.h"

namespace reapcheck::benchmark {

// The path of a binary that was built into the directory of this one.
std::string BuiltBeside(const std::string& name);

struct TimedCall {
  Timing timing;
  // From the end of the call to the moment when `awaited` became readable, 0 when that was before;
  // in milliseconds.
  double wait_ms = 0;
};

// Runs the words with stdin /dev/null and their output in the file `output`, and, when `awaited`
// is a descriptor (a pidfd), waits until that is readable. The error says in one line what the
// program answered instead of success.
std::expected<TimedCall, std::string> TimeCall(const std::vector<std::string>& words,
                                               const std::string& output, int awaited = -1);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_TIMED_CALL_H_
