// The world's hash: the sum of what each object contributes. Whoever changes an object does it
// through an Edit, which takes the old contribution out; the new one comes in when the hash is
// asked for, once for all changes since. Derived fields contribute nothing.
#ifndef REAPCHECK_SIM_WORLD_HASH_H_
#define REAPCHECK_SIM_WORLD_HASH_H_

#include <cstdint>
#include <span>
#include <type_traits>

#include "sim/hash.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

// Several values of known width in one word.
class Packed {
 public:
  template <typename T>
  Packed& Add(T value, int bits) {
    word_ = word_ << bits | (static_cast<std::uint64_t>(value) & ((std::uint64_t{1} << bits) - 1));
    return *this;
  }
  operator std::uint64_t() const { return word_; }  // NOLINT: a word is what it is

 private:
  std::uint64_t word_ = 0;
};

inline std::uint64_t Pair(std::uint32_t high, std::uint32_t low) {
  return static_cast<std::uint64_t>(high) << 32 | low;
}

enum class HashKind : std::uint64_t {
  kProcess = 1, kCgroup, kInode, kEntry, kMount, kDescription, kQueue, kActor, kCounters,
};

inline std::uint64_t Seed(HashKind kind, std::ptrdiff_t slot) {
  return static_cast<std::uint64_t>(kind) << 32 | static_cast<std::uint64_t>(slot);
}

inline std::uint64_t Contribution(const Machine& m, const Process& p) {
  if (p.state == ProcessState::kFree) return 0;
  Packed flags;
  flags.Add(p.state, 2).Add(p.is_actor, 1).Add(p.is_frozen, 1).Add(p.is_stopped, 1)
      .Add(p.is_uninterruptible, 1).Add(p.is_killed, 1).Add(p.ignores_sigterm, 1)
      .Add(p.is_subreaper, 1).Add(p.reaps_children, 1).Add(p.lacks_cap_kill, 1)
      .Add(p.dies_with_parent, 1).Add(p.is_container_init, 1).Add(p.is_exiting, 1)
      .Add(p.forks_left, 8).Add(p.parent, 8).Add(p.place, 6).Add(p.pid_namespace, 8)
      .Add(p.cgroup[0], 8).Add(p.cgroup[1], 8);
  const std::uint64_t seed = Seed(HashKind::kProcess, &p - m.processes.data());
  return Mix(seed + Fold(flags, Pair(p.pid, p.start_time)) +
             Fold(Pair(p.uid, p.group) + 1, p.pending) + Mix(p.mark) +
             Fold(Pair(p.exit_code, p.cgroup[2]) + 2, m.texts->Hash(p.name)));
}

inline std::uint64_t Contribution(const Machine& m, const Cgroup& c) {
  if (!c.exists && c.leaving == 0 && c.parent < 0) return 0;
  Packed flags;
  flags.Add(c.exists, 1).Add(c.is_self_frozen, 1).Add(c.is_threaded, 1)
      .Add(c.is_domain_invalid, 1).Add(c.shows_frozen, 1).Add(c.hierarchy, 2).Add(c.leaving, 8)
      .Add(c.subtree_control, 8).Add(c.parent, 16);
  const std::uint64_t seed = Seed(HashKind::kCgroup, &c - m.cgroups.data());
  return Mix(seed + Fold(flags, m.texts->Hash(c.name)) +
             Fold(m.texts->Hash(c.attribute), m.texts->Hash(c.attribute_value) + 1));
}

inline std::uint64_t Contribution(const Machine& m, const Inode& i) {
  if (i.type == InodeType::kFree) return 0;
  Packed flags;
  flags.Add(i.type, 4).Add(i.device, 4).Add(i.mounted, 4).Add(i.mode, 12).Add(i.links, 8)
      .Add(i.parent, 8).Add(i.queue, 8);
  const std::uint64_t seed = Seed(HashKind::kInode, &i - m.inodes.data());
  const TextTable& texts = *m.texts;
  std::uint64_t sum = seed + Fold(flags, i.uid) + Fold(texts.Hash(i.content),
                                                       texts.Hash(i.synced) + 1);
  if (i.attribute.number != 0) {
    sum += Fold(texts.Hash(i.attribute) + 2, texts.Hash(i.attribute_value));
  }
  return Mix(sum);
}

inline std::uint64_t Contribution(const Machine& m, const Entry& e) {
  if (e.directory < 0) return 0;
  return Mix(Seed(HashKind::kEntry, 0) +
             Fold(Packed().Add(e.directory, 16).Add(e.inode, 16), m.texts->Hash(e.name)));
}

inline std::uint64_t Contribution(const Machine& m, const Mount& mount) {
  if (!mount.exists) return 0;
  return Mix(Seed(HashKind::kMount, &mount - m.mounts.data()) +
             Packed().Add(mount.kind, 8).Add(mount.point, 16).Add(mount.root, 16));
}

inline std::uint64_t Contribution(const Machine& m, const Description& d) {
  if (d.kind == DescriptionKind::kFree) return 0;
  Packed flags;
  flags.Add(d.kind, 8).Add(d.file, 8).Add(d.flags, 8).Add(d.lock, 4).Add(d.is_changed, 1)
      .Add(d.object, 16);
  return Mix(Seed(HashKind::kDescription, 0) + Fold(flags, d.holders) +
             Fold(d.offset, m.texts->Hash(d.snapshot)));
}

inline std::uint64_t Contribution(const Machine& m, const Queue& q) {
  if (q.readers == 0 && q.writers == 0 && q.count == 0 && !q.is_reset) return 0;
  std::uint64_t sum = Seed(HashKind::kQueue, &q - m.queues.data()) +
                      Packed().Add(q.count, 8).Add(q.readers, 8).Add(q.writers, 8)
                          .Add(q.is_reset, 1).Add(q.peer, 16);
  for (int i = 0; i < q.count; ++i) sum += Fold(m.texts->Hash(q.items[i]), i);
  return Mix(sum);
}

inline std::uint64_t Contribution(const Machine& m, const Actor& a) {
  if (a.program == 0) return 0;
  return Mix(Seed(HashKind::kActor, &a - m.actors.data()) +
             Fold(Packed().Add(a.is_alive, 1).Add(a.program, 8).Add(a.process, 16)
                      .Add(a.exit_status, 32),
                  m.texts->Hash(a.request)));
}

inline std::uint64_t Contribution(const Machine&, const Counters& c) {
  return Mix(Seed(HashKind::kCounters, 0) + Fold(c.last_pid, c.last_start_time));
}

// Calls `visit` with each table and the map of what has changed in it.
template <typename Visit>
void ForEachTable(const Machine& m, Visit&& visit) {
  visit(m.processes, m.unsettled.processes);
  visit(m.cgroups, m.unsettled.cgroups);
  visit(m.inodes, m.unsettled.inodes);
  visit(m.entries, m.unsettled.entries);
  visit(m.mounts, m.unsettled.mounts);
  visit(m.descriptions, m.unsettled.descriptions);
  visit(m.queues, m.unsettled.queues);
  visit(m.actors, m.unsettled.actors);
  visit(std::span(&m.counters, 1), m.unsettled.counters);
}

// Takes the contribution of `object`, which is about to change, out of the hash.
template <typename T>
void Unsettle(const Machine& m, const T& object) {
  ForEachTable(m, [&](const auto& table, auto& changed) {
    if constexpr (std::is_same_v<decltype(table.data()), const T*>) {
      const auto slot = static_cast<int>(&object - table.data());
      if (changed.IsTaken(slot)) return;
      changed.Take(slot);
      m.hash -= Contribution(m, object);
    }
  });
}

// The hash, with all that has changed in it.
inline std::uint64_t Settle(const Machine& m) {
  ForEachTable(m, [&](const auto& table, auto& changed) {
    changed.ForEach([&](int slot) { m.hash += Contribution(m, table[slot]); });
    changed.FreeAll();
  });
  return m.hash;
}

template <typename T>
class Edit {
 public:
  Edit(Machine& m, T& object) : m_(m), object_(object) { Unsettle(m, object); }
  ~Edit() {
    if constexpr (std::is_same_v<T, Process>) {
      m_.restless.Set(static_cast<int>(&object_ - m_.processes.data()), IsRestless(object_));
    }
    if constexpr (std::is_same_v<T, Actor>) {
      const auto own = static_cast<ActorSet>(1u << (&object_ - m_.actors.data()));
      m_.alive = static_cast<ActorSet>(object_.is_alive ? m_.alive | own : m_.alive & ~own);
    }
  }
  Edit(const Edit&) = delete;
  Edit& operator=(const Edit&) = delete;
  T* operator->() { return &object_; }
  T& operator*() { return object_; }

 private:
  Machine& m_;
  T& object_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_HASH_H_
