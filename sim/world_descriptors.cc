#include "sim/world_descriptors.h"

#include <sys/file.h>

#include <cerrno>

#include "sim/world_hash.h"
#include "sim/world_inodes.h"

namespace reapcheck::sim {
namespace {

std::uint64_t Holder(ActorId actor, int fd) { return Mix(actor * kMaxDescriptors + fd + 1); }

bool IsFifo(const Machine& m, const Description& d) {
  return d.kind == DescriptionKind::kInode && m.inodes[d.object].type == InodeType::kFifo;
}

void CountEnds(Machine& m, const Description& d, int by) {
  Edit queue(m, m.queues[m.inodes[d.object].queue]);
  if ((d.flags & kReadable) != 0) queue->readers += by;
  if ((d.flags & kWritable) != 0) queue->writers += by;
  // A pipe's bytes are gone with the last that has it open: fifo(7).
  if (queue->readers == 0 && queue->writers == 0) queue->count = 0;
}

// Who opens a fifo for reading while nobody writes sees no hang-up before there was a writer:
// fifo_open in Linux.
void NoteWriter(Machine& m, int fifo) {
  if (m.queues[m.inodes[fifo].queue].writers == 0) return;
  m.description_slots.ForEach([&](int slot) {
    Description& d = m.descriptions[slot];
    if (d.kind != DescriptionKind::kInode || d.object != fifo || d.is_changed) return;
    Edit description(m, d);
    description->is_changed = true;
  });
}

// unix(7): the other end reads what is on its way to it, then the end; unread packets reset it.
void CloseSocket(Machine& m, int own) {
  const int other = m.queues[own].peer;
  const bool unread = m.queues[own].count > 0;
  {
    Edit queue(m, m.queues[own]);
    queue->readers = 0;
    queue->count = 0;
    queue->is_reset = false;
  }
  {
    Edit queue(m, m.queues[other]);
    queue->writers = 0;
    if (unread && queue->readers > 0) queue->is_reset = true;
  }
  if (m.queues[other].readers > 0) return;
  for (int slot : {own, other}) {
    Edit queue(m, m.queues[slot]);
    *queue = Queue{};
    m.queue_slots.Free(slot);
  }
}

void CloseDescription(Machine& m, int slot) {
  const Description closed = m.descriptions[slot];
  {
    Edit description(m, m.descriptions[slot]);
    *description = Description{};
  }
  m.description_slots.Free(slot);
  if (closed.kind == DescriptionKind::kSocket) CloseSocket(m, closed.object);
  if (closed.kind != DescriptionKind::kInode) return;
  if (IsFifo(m, closed)) CountEnds(m, closed, -1);
  --m.inodes[closed.object].opens;
  ReleaseInode(m, closed.object);
}

bool AreInConflict(int held, int wanted) { return held == LOCK_EX || wanted == LOCK_EX; }

}  // namespace

int OpenDescription(Machine& m, ActorId actor, const Description& opened) {
  auto& table = m.descriptors[actor];
  int fd = kFirstDescriptor;
  while (fd < kMaxDescriptors && table[fd] != kNoDescription) ++fd;
  const int slot = m.description_slots.FirstFree();
  if (fd == kMaxDescriptors) TableIsFull("descriptors of one process", kMaxDescriptors);
  if (slot < 0) TableIsFull("open file descriptions", kMaxDescriptions);
  m.description_slots.Take(slot);
  {
    Edit description(m, m.descriptions[slot]);
    *description = opened;
    description->references = 0;
    description->holders = 0;
  }
  Share(m, actor, fd, slot);
  if (opened.kind == DescriptionKind::kInode) {
    ++m.inodes[opened.object].opens;
    if (IsFifo(m, opened)) {
      CountEnds(m, opened, 1);
      NoteWriter(m, opened.object);
    }
  }
  return fd;
}

void Share(Machine& m, ActorId actor, int fd, int slot) {
  Edit description(m, m.descriptions[slot]);
  ++description->references;
  description->holders += Holder(actor, fd);
  m.descriptors[actor][fd] = static_cast<std::uint8_t>(slot);
}

bool CloseDescriptor(Machine& m, ActorId actor, int fd) {
  const int slot = DescriptionOf(m, actor, fd);
  if (slot < 0) return false;
  m.descriptors[actor][fd] = kNoDescription;
  bool is_last;
  {
    Edit description(m, m.descriptions[slot]);
    description->holders -= Holder(actor, fd);
    is_last = --description->references == 0;
  }
  if (is_last) CloseDescription(m, slot);
  return true;
}

void CloseAllOf(Machine& m, ActorId actor) {
  for (int fd = kFirstDescriptor; fd < kMaxDescriptors; ++fd) CloseDescriptor(m, actor, fd);
}

int MakeQueue(Machine& m, int start) {
  const int slot = m.queue_slots.FirstFree(start % kMaxQueues);
  if (slot < 0) TableIsFull("fifos and sockets", kMaxQueues);
  m.queue_slots.Take(slot);
  return slot;
}

bool HasFifo(const Machine& m) {
  return m.queue_slots.Find([&](int slot) { return m.queues[slot].peer < 0; }) >= 0;
}

bool IsHeld(const Machine& m, DescriptionKind first, DescriptionKind last, int object) {
  return m.description_slots.Find([&](int slot) {
           const Description& d = m.descriptions[slot];
           return d.kind >= first && d.kind <= last && d.object == object;
         }) >= 0;
}

bool IsLockBlocked(const Machine& m, int slot, int operation) {
  const int wanted = operation & ~LOCK_NB;
  if (wanted != LOCK_SH && wanted != LOCK_EX) return false;
  const Description& own = m.descriptions[slot];
  return m.description_slots.Find([&](int at) {
           const Description& other = m.descriptions[at];
           return at != slot && other.lock != 0 && other.kind == own.kind &&
                  other.object == own.object && other.file == own.file &&
                  AreInConflict(other.lock, wanted);
         }) >= 0;
}

CallResult FlockCall(Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0 || (m.descriptions[slot].flags & kPathOnly) != 0) return Failed(EBADF);
  const int operation = call.b & ~LOCK_NB;
  if (operation != LOCK_SH && operation != LOCK_EX && operation != LOCK_UN) return Failed(EINVAL);
  const bool is_blocked = IsLockBlocked(m, slot, call.b);
  Edit description(m, m.descriptions[slot]);
  // A change of the lock gives up the old one first: flock(2).
  const bool is_same = description->lock == operation;
  if (!is_same) description->lock = 0;
  if (is_blocked) return Failed(EWOULDBLOCK);
  if (operation != LOCK_UN) description->lock = static_cast<std::uint8_t>(operation);
  return {};
}

}  // namespace reapcheck::sim
