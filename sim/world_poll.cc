#include <poll.h>

#include <array>
#include <cstring>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_memo.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

constexpr int kMaxPolled = 16;
constexpr int kAlways = POLLERR | POLLHUP | POLLNVAL;

struct Polled {
  std::int32_t fd = -1;
  std::int32_t events = 0;
};

// pidfd_open(2): readable when the process is a zombie, and POLLHUP once it is reaped.
int PidfdEvents(const Machine& m, int process) {
  switch (m.processes[process].state) {
    case ProcessState::kRunning:
      return 0;
    case ProcessState::kZombie:
      return POLLIN | POLLRDNORM;
    case ProcessState::kFree:
      return POLLIN | POLLRDNORM | POLLHUP;
  }
  __builtin_unreachable();
}

int FifoEvents(const Queue& queue, const Description& d) {
  int events = 0;
  if ((d.flags & kReadable) != 0) {
    if (queue.count > 0) events |= POLLIN | POLLRDNORM;
    if (queue.writers == 0 && d.is_changed) events |= POLLHUP;
  }
  if ((d.flags & kWritable) != 0) {
    if (queue.count < kQueueCapacity) events |= POLLOUT | POLLWRNORM;
    if (queue.readers == 0) events |= POLLERR;
  }
  return events;
}

int SocketEvents(const Machine& m, const Queue& own) {
  const Queue& other = m.queues[own.peer];
  int events = 0;
  if (own.is_reset) events |= POLLERR;
  if (own.count > 0) events |= POLLIN | POLLRDNORM;
  if (own.writers == 0) events |= POLLIN | POLLRDNORM | POLLHUP | POLLRDHUP;
  if (other.count < kQueueCapacity) events |= POLLOUT | POLLWRNORM;
  return events;
}

int EventsOf(const Machine& m, const Description& d) {
  constexpr int kAlwaysReady = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
  switch (d.kind) {
    case DescriptionKind::kPidfd:
      return PidfdEvents(m, d.object);
    case DescriptionKind::kSocket:
      return SocketEvents(m, m.queues[d.object]);
    case DescriptionKind::kInode:
      if (m.inodes[d.object].type != InodeType::kFifo) return kAlwaysReady;
      return FifoEvents(m.queues[m.inodes[d.object].queue], d);
    case DescriptionKind::kControlFile: {
      const bool is_gone = !m.cgroups[d.object].exists;
      const bool is_news = is_gone || d.is_changed;
      return kAlwaysReady | (is_news ? POLLERR | POLLPRI : 0);
    }
    default:
      return kAlwaysReady;
  }
}

int Returned(const Machine& m, ActorId actor, const Polled& polled) {
  if (polled.fd < 0) return 0;
  const int slot = DescriptionOf(m, actor, polled.fd);
  if (slot < 0 || (m.descriptions[slot].flags & kPathOnly) != 0) return POLLNVAL;
  return EventsOf(m, m.descriptions[slot]) & (polled.events | kAlways);
}

int Decode(const Machine& m, TextId text, std::array<Polled, kMaxPolled>& polled) {
  const std::string_view bytes = m.texts->Text(text);
  const auto count = static_cast<int>(bytes.size() / sizeof(Polled));
  if (count > kMaxPolled) TableIsFull("descriptors of one poll", kMaxPolled);
  if (count > 0) std::memcpy(polled.data(), bytes.data(), count * sizeof(Polled));
  return count;
}

}  // namespace

CallResult PollCall(Machine& m, ActorId actor, const Call& call) {
  std::array<Polled, kMaxPolled> polled;
  std::array<std::int32_t, kMaxPolled> returned{};
  const int count = Decode(m, call.text, polled);
  int ready = 0;
  for (int i = 0; i < count; ++i) {
    returned[i] = Returned(m, actor, polled[i]);
    if (returned[i] != 0) ++ready;
  }
  return {.value = ready,
          .text = m.texts->Intern({reinterpret_cast<const char*>(returned.data()),
                                   count * sizeof(std::int32_t)})};
}

bool HasPollEvent(const Machine& m, ActorId actor, const Call& call) {
  std::array<Polled, kMaxPolled> polled;
  const int count = Decode(m, call.text, polled);
  for (int i = 0; i < count; ++i) {
    if (Returned(m, actor, polled[i]) != 0) return true;
  }
  return false;
}

}  // namespace reapcheck::sim
