// One call of a program, timed as the sweep makes it: from before the fork to the reaping of it,
// with nothing beside it, under the injector with nothing injected, under it as a point of a sweep
// is, or under strace.
#ifndef REAPCHECK_TOOLS_BENCHMARK_LAUNCHED_CALL_H_
#define REAPCHECK_TOOLS_BENCHMARK_LAUNCHED_CALL_H_

#include <sys/types.h>

#include <expected>
#include <string>
#include <vector>

#include "conformance/inject/call_name.h"

namespace reapcheck::benchmark {

enum class Tracer {
  kNone,
  kInjector,  // a census: all watched calls stop
  kStrace,
  kOnePoint,  // only calls that may be "rmdir cgroup" stop, and none of them is the one that is hit
};
inline constexpr Tracer kAllTracers[] = {Tracer::kNone, Tracer::kInjector, Tracer::kStrace,
                                         Tracer::kOnePoint};

struct LaunchedCall {
  double wall_ms = 0;
  int stops = 0;         // of the injector: the watched calls that were noted
  pid_t supervisor = 0;  // of the injector: to be reaped once the last that it traces has ended
};

// Runs the words with stdin /dev/null and their output in the file `output`. strace traces what the
// injector watches, follows forks, detached as the injector is (-D), and writes to /dev/null. The
// error says in one line what the program answered instead of success.
std::expected<LaunchedCall, std::string> LaunchCall(const std::vector<std::string>& words,
                                                    const std::string& output, Tracer tracer,
                                                    const inject::Places& places);

// The words of the strace command up to the program. "strace" is looked for on PATH.
std::vector<std::string> StraceWords();

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_LAUNCHED_CALL_H_
