#include "conformance/scenario/rules.h"

#include <sys/file.h>

#include "sim/fault_table.h"
#include "sim/hash.h"

namespace reapcheck::scenario {
bool Rules::IsLocal(const sim::World& world, sim::ActorId actor, const sim::Call& call) const {
  switch (call.op) {
    case sim::Op::kClockGettime:
    case sim::Op::kGetPid:
    case sim::Op::kCapGet:
      return true;
    case sim::Op::kClose:
      // What others can notice: a lock that is given back, the end of a fifo or a socket.
      return !world.IsCloseVisible(actor, call);
    default:
      return false;
  }
}

std::span<const int> Rules::FaultsOf(const sim::World& world, sim::ActorId actor,
                                     const sim::Call& call) const {
  // flock(2) LOCK_UN on an open descriptor has no failure.
  if (call.op == sim::Op::kFlock && call.b == LOCK_UN) return {};
  return sim::FaultsOf(call.op, sim::KindOfClass(world.ClassOf(actor, call)));
}

std::uint32_t Rules::ClassOf(const sim::World& world, sim::ActorId actor,
                             const sim::Call& call) const {
  return static_cast<std::uint32_t>(sim::HashBytes(world.ClassOf(actor, call)));
}

}  // namespace reapcheck::scenario
