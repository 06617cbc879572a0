// Everything that a simulated machine keeps, as tables of fixed size: what World holds and what the
// sources sim/world_*.cc work on. Not for others.
//
// Objects are named by their place in a table. What a table's order would tell nobody (descriptors,
// directory entries) is hashed without its place, so that the order of what commutes does not
// matter; places of inodes, cgroups and queues are taken from a name's hash for the same reason.
#ifndef REAPCHECK_SIM_WORLD_TABLES_H_
#define REAPCHECK_SIM_WORLD_TABLES_H_

#include <array>
#include <bit>
#include <cstdint>

#include "sim/world_types.h"

namespace reapcheck::sim {

inline constexpr int kMaxProcesses = 64;
inline constexpr int kMaxCgroups = 48;
inline constexpr int kMaxInodes = 128;
inline constexpr int kMaxEntries = 160;
inline constexpr int kMaxDescriptions = 128;
inline constexpr int kMaxDescriptors = 24;  // of one actor
inline constexpr int kMaxMounts = 12;       // /proc and up to three of cgroups among them
inline constexpr int kMaxQueues = 24;
inline constexpr int kQueueCapacity = 6;
inline constexpr int kFirstDescriptor = 3;
inline constexpr std::uint8_t kNoDescription = 0xff;

// Ends the program: the scenario is too large for the tables.
[[noreturn]] void TableIsFull(const char* table, int capacity);

// Which places of a table are taken.
template <int N>
class SlotMap {
 public:
  // The first free place at or after `start`, around the end; -1: none.
  int FirstFree(int start = 0) const {
    const int slot = FirstFreeFrom(start);
    return slot >= 0 || start == 0 ? slot : FirstFreeFrom(0);
  }
  void Take(int slot) { words_[slot / 64] |= std::uint64_t{1} << (slot % 64); }
  void Free(int slot) { words_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64)); }
  bool IsTaken(int slot) const { return (words_[slot / 64] >> (slot % 64) & 1) != 0; }
  void FreeAll() { words_ = {}; }
  void Set(int slot, bool is_taken) { is_taken ? Take(slot) : Free(slot); }

  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        visit(static_cast<int>(word * 64 + std::countr_zero(bits)));
      }
    }
  }
  // The first taken place that `test` accepts, -1: none.
  template <typename Test>
  int Find(Test&& test) const {
    for (std::size_t word = 0; word < words_.size(); ++word) {
      for (std::uint64_t bits = words_[word]; bits != 0; bits &= bits - 1) {
        const int slot = static_cast<int>(word * 64 + std::countr_zero(bits));
        if (test(slot)) return slot;
      }
    }
    return -1;
  }

 private:
  int FirstFreeFrom(int start) const {
    std::uint64_t skipped = (std::uint64_t{1} << (start % 64)) - 1;
    for (std::size_t word = start / 64; word < words_.size(); ++word) {
      const std::uint64_t taken = words_[word] | skipped;
      skipped = 0;
      if (taken == ~std::uint64_t{0}) continue;
      const int slot = static_cast<int>(word * 64) + std::countr_one(taken);
      return slot < N ? slot : -1;
    }
    return -1;
  }

  std::array<std::uint64_t, (N + 63) / 64> words_{};
};

enum class InodeType : std::uint8_t { kFree, kRegular, kDirectory, kSymlink, kFifo };

struct Inode {
  InodeType type = InodeType::kFree;
  std::uint8_t device = 0;   // 0: the root file system; else a mount's place + 1
  std::uint8_t mounted = 0;  // on it: a mount's place + 1
  std::uint8_t opens = 0;    // derived: descriptions of it
  std::uint16_t mode = 0;    // permissions
  std::int16_t links = 0;    // 0: unlinked, there while it is open
  std::int16_t parent = -1;  // of a directory
  std::int16_t first = -1;   // derived: a directory's first entry, in the order of their names
  std::int16_t queue = -1;   // of a fifo
  std::uint32_t uid = 0;
  TextId content{};            // of a symlink: its target
  TextId synced{};             // the content at the last fsync
  TextId attribute{}, attribute_value{};
};

struct Entry {
  std::int16_t directory = -1;
  std::int16_t inode = -1;
  std::int16_t next = -1;
  TextId name{};
};

enum class MountKind : std::uint8_t { kFiles, kProc, kCgroup };

struct Mount {
  MountKind kind = MountKind::kFiles;
  bool exists = false;
  std::int16_t point = -1;  // the inode it covers
  std::int16_t root = -1;   // inode or cgroup
};

enum class DescriptionKind : std::uint8_t {
  kFree, kInode, kCgroup, kControlFile, kProcRoot, kProcess, kProcFile, kNamespaces, kNamespace,
  kPidfd, kSocket, kConsole,
};

inline constexpr std::uint8_t kReadable = 1, kWritable = 2, kNonblocking = 4, kAppending = 8,
                              kPathOnly = 16;

// An open file description: open(2).
struct Description {
  DescriptionKind kind = DescriptionKind::kFree;
  std::uint8_t file = 0;     // ControlFile, ProcFile
  std::uint8_t flags = 0;
  std::uint8_t lock = 0;     // flock(2): 0, LOCK_SH, LOCK_EX
  std::int16_t object = -1;  // inode, cgroup, process, queue
  std::uint8_t references = 0;
  bool is_changed = false;   // cgroup.events: since it was last read; a fifo: there was a writer
  std::int32_t offset = 0;
  TextId snapshot{};           // what a file of /proc or of a cgroup said when it was read from 0
  std::uint64_t holders = 0;  // the sum over the descriptors that hold it: its name in the hash
};

// The packets of a fifo, or on their way to one end of a socket pair.
struct Queue {
  std::uint8_t count = 0;
  std::uint8_t readers = 0;
  std::uint8_t writers = 0;
  bool is_reset = false;  // a socket: the other end was closed before it read all
  std::int16_t peer = -1;  // the queue to the other end; -1: a fifo's
  std::array<TextId, kQueueCapacity> items{};
};

// The kernel may owe the process a step of its own: World::ListSteps looks at no others.
inline bool IsRestless(const Process& process) {
  return process.state == ProcessState::kZombie || process.is_exiting || process.pending != 0 ||
         process.forks_left > 0;
}

struct Counters {
  std::int32_t last_pid = 0;
  std::uint32_t last_start_time = 0;
};

// By table, the objects that have changed since the hash was asked for: what they contribute is not
// in it.
struct Unsettled {
  SlotMap<kMaxProcesses> processes;
  SlotMap<kMaxCgroups> cgroups;
  SlotMap<kMaxInodes> inodes;
  SlotMap<kMaxEntries> entries;
  SlotMap<kMaxMounts> mounts;
  SlotMap<kMaxDescriptions> descriptions;
  SlotMap<kMaxQueues> queues;
  SlotMap<kMaxActors> actors;
  SlotMap<1> counters;
};

struct Memo;

struct Machine {
  TextTable* texts = nullptr;
  const WorldOptions* options = nullptr;
  Memo* memo = nullptr;
  Nanoseconds now = 0;
  // Brought up to date when it is asked for: Settle. The world is the same before and after.
  mutable std::uint64_t hash = 0;
  mutable Unsettled unsettled;
  Counters counters;
  std::int8_t hierarchies = 0;
  std::int8_t unified = -1;  // the hierarchy that is v2
  std::int8_t freezer = -1;  // the v1 one with the freezer
  std::int8_t actor_count = 0;
  std::int16_t freezing = 0;  // derived: cgroups that are told to freeze
  ActorSet alive = 0;         // derived: the actors that are

  SlotMap<kMaxProcesses> process_slots;
  SlotMap<kMaxProcesses> restless;  // derived: IsRestless
  SlotMap<kMaxCgroups> cgroup_slots;
  SlotMap<kMaxInodes> inode_slots;
  SlotMap<kMaxEntries> entry_slots;
  SlotMap<kMaxDescriptions> description_slots;
  SlotMap<kMaxQueues> queue_slots;

  std::array<Process, kMaxProcesses> processes;
  std::array<Cgroup, kMaxCgroups> cgroups;
  std::array<Inode, kMaxInodes> inodes;
  std::array<Entry, kMaxEntries> entries;
  std::array<Mount, kMaxMounts> mounts;
  std::array<Description, kMaxDescriptions> descriptions;
  std::array<Queue, kMaxQueues> queues;
  std::array<Actor, kMaxActors> actors;
  std::array<Nanoseconds, kMaxActors> first_clock;
  std::array<std::array<std::uint8_t, kMaxDescriptors>, kMaxActors> descriptors;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_TABLES_H_
