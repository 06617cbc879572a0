#include "sim/sim_kernel.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace reapcheck::sim {

CallResult DirectSink::Do(const Call& call) {
  // What a test still holds of a process that died went with the process.
  if (!world_.actors()[actor_].is_alive) return Failed(EBADF);
  Wait(call);
  return world_.Execute(actor_, call);
}

void DirectSink::Wait(const Call& call) {
  const Nanoseconds since = world_.now();
  for (;;) {
    const Readiness readiness = world_.Ready(actor_, call, since);
    if (readiness.is_ready) return;
    steps_.clear();
    world_.ListSteps(steps_);
    if (!steps_.empty()) {
      world_.Take(steps_.front());
    } else if (readiness.deadline != kNever) {
      world_.AdvanceTo(readiness.deadline);
    } else {
      std::fprintf(stderr, "simulator: %s waits for ever\n",
                   world_.Describe(actor_, call).c_str());
      std::exit(2);
    }
  }
}

}  // namespace reapcheck::sim
