// What every World on one TextTable shares and may compute again at any time: the numbers of names
// that Linux gives a meaning, and texts that were rendered before. Owned by the table
// (TextTable::companion), so that a World stays plain data.
#ifndef REAPCHECK_SIM_WORLD_MEMO_H_
#define REAPCHECK_SIM_WORLD_MEMO_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "runtime/kernel.h"
#include "sim/key_map.h"
#include "sim/text_table.h"

namespace reapcheck::sim {

// A file of a cgroup directory. Limits stand behind kFirstLimit, in the order of kLimits.
enum ControlFile : std::uint8_t {
  kNoControlFile, kProcs, kTasks, kThreads, kType, kEvents, kKillFile, kFreezeFile, kControllers,
  kSubtreeControl, kStat, kMaxDepth, kMaxDescendants, kFreezerState, kSelfFreezing,
  kParentFreezing, kNotifyOnRelease, kCloneChildren, kFirstLimit,
};

// A limit of a controller: its file is there, and any write succeeds, but is not kept: nothing of
// kill and delete reads it back.
struct Limit {
  std::string_view name;
  std::string_view controller;
  bool is_v1 = false;
};
inline constexpr std::array kLimits = {
    Limit{"pids.max", "pids", false},
    Limit{"pids.current", "pids", false},
    Limit{"memory.max", "memory", false},
    Limit{"memory.low", "memory", false},
    Limit{"memory.swap.max", "memory", false},
    Limit{"cpu.max", "cpu", false},
    Limit{"cpu.weight", "cpu", false},
    Limit{"pids.max", "pids", true},
    Limit{"memory.limit_in_bytes", "memory", true},
    Limit{"memory.soft_limit_in_bytes", "memory", true},
    Limit{"memory.memsw.limit_in_bytes", "memory", true},
    Limit{"memory.swappiness", "memory", true},
    Limit{"memory.oom_control", "memory", true},
    Limit{"cpu.shares", "cpu", true},
    Limit{"cpu.cfs_period_us", "cpu", true},
    Limit{"cpu.cfs_quota_us", "cpu", true},
};
inline constexpr int kControlFileCount = kFirstLimit + static_cast<int>(kLimits.size());

// The controllers of a cgroup2 hierarchy, as bits of subtree_control. Of these, memory is a domain
// controller: with it given on, no process may be in the cgroup itself.
inline constexpr std::array<std::string_view, 3> kUnifiedControllers = {"cpu", "memory", "pids"};
inline constexpr std::uint8_t kDomainControllers = 1 << 1;

// A file of /proc/PID.
enum ProcFile : std::uint8_t {
  kNoProcFile, kProcStat, kProcCgroup, kProcMountInfo, kProcUidMap, kProcGidMap, kProcCwd,
  kProcNs,
};
// Of /proc/PID/ns.
inline constexpr std::array<std::string_view, 8> kNamespaceFiles = {
    "cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"};
inline constexpr std::uint8_t kPidNamespaceFile = 4;

std::string_view ControlFileName(std::uint8_t file);
std::string_view ProcFileName(std::uint8_t file);

struct Memo {
  explicit Memo(TextTable& texts);
  // The one of this table.
  static Memo& Of(TextTable& texts);

  // The file of that name in a v1 or v2 cgroup, kNoControlFile: none.
  std::uint8_t ControlFileOf(TextId name, bool is_v1) const;
  std::uint8_t ProcFileOf(TextId name) const;
  int NamespaceFileOf(TextId name) const;  // -1: none
  // All that any cgroup of the kind has.
  std::span<const std::uint8_t> ControlFiles(bool is_v1) const {
    return is_v1 ? all_v1_files_ : all_v2_files_;
  }
  const SpawnRequest& Spawn(TextId request);

  // The text that `render` makes, which depends on nothing but what `key` was hashed from.
  template <typename Render>
  TextId Rendered(std::uint64_t key, Render&& render) {
    if (const auto known = rendered_.Find(key)) return TextId{*known};
    const TextId text = texts_.Intern(render());
    rendered_.Add(key, text.number);
    return text;
  }

  TextId dot, dot_dot, self, detached;  // "detached": kSyncDetached
  TextId id_map;                        // user_namespaces(7): of the first one

 private:
  TextTable& texts_;
  std::vector<std::uint8_t> v1_files_, v2_files_, proc_files_, namespaces_;  // by text number
  std::vector<std::uint8_t> all_v1_files_, all_v2_files_;
  KeyMap rendered_;
  std::unordered_map<std::uint32_t, SpawnRequest> requests_;  // looked up, never iterated
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_MEMO_H_
