// A child that writes its result to a pipe, and that is asked to end, and waited for, when this
// process is interrupted: it cleans up after itself.
#ifndef REAPCHECK_TOOLS_BENCHMARK_CHILD_OUTPUT_H_
#define REAPCHECK_TOOLS_BENCHMARK_CHILD_OUTPUT_H_

#include <sys/resource.h>
#include <sys/types.h>

#include <expected>
#include <functional>
#include <string>
#include <vector>

#include "conformance/file.h"

namespace reapcheck::benchmark {

// SIGINT, SIGTERM and SIGHUP wait in a descriptor from here on, for the rest of the process.
class Interrupts {
 public:
  Interrupts();
  int descriptor() const { return signals_.get(); }

 private:
  conformance::FileDescriptor signals_;
};

struct ChildOutput {
  std::string text;
  int status = 0;  // as of wait4(2)
  rusage usage{};
};

// Forks; the child runs `body`, which writes to the descriptor that it is given, and exits with
// what that returns. `tick` is called with the child's pid every so often while it runs. The
// error: interrupted, or no process.
std::expected<ChildOutput, std::string> OutputOfChild(
    const Interrupts& interrupts, const std::function<int(int out)>& body,
    const std::function<void(pid_t)>& tick = {});

// For such a child: becomes the reapcheck of this build, with these words after its name. Returns
// only when it can not be executed.
int BecomeReapcheck(std::vector<std::string> arguments, int out);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_CHILD_OUTPUT_H_
