// Descriptors and the open file descriptions behind them: open(2), flock(2), and what the last
// close lets go.
#ifndef REAPCHECK_SIM_WORLD_DESCRIPTORS_H_
#define REAPCHECK_SIM_WORLD_DESCRIPTORS_H_

#include "sim/call.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

// The description behind a descriptor, -1: EBADF.
inline int DescriptionOf(const Machine& m, ActorId actor, int fd) {
  if (fd < kFirstDescriptor || fd >= kMaxDescriptors) return -1;
  const std::uint8_t description = m.descriptors[actor][fd];
  return description == kNoDescription ? -1 : description;
}

// Opens `description` at the actor's lowest free descriptor, and counts it at its object.
int OpenDescription(Machine& m, ActorId actor, const Description& description);
// A second descriptor of an open description: inheritance, dup(2).
void Share(Machine& m, ActorId actor, int fd, int description);
// False: EBADF.
bool CloseDescriptor(Machine& m, ActorId actor, int fd);
void CloseAllOf(Machine& m, ActorId actor);

// Two queues that are each other's peers, empty, for a socket pair.
int MakeQueue(Machine& m, int start);
// There is a fifo in some directory, or open.
bool HasFifo(const Machine& m);

// True when no description holds the object.
bool IsHeld(const Machine& m, DescriptionKind first, DescriptionKind last, int object);

// Whether flock(2) with this operation would have to wait.
bool IsLockBlocked(const Machine& m, int description, int operation);
CallResult FlockCall(Machine& m, ActorId actor, const Call& call);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_DESCRIPTORS_H_
