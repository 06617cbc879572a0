// The values that a simulated World shows: processes, cgroups, actors, and what a world is made
// with. Plain data, copied freely.
#ifndef REAPCHECK_SIM_WORLD_TYPES_H_
#define REAPCHECK_SIM_WORLD_TYPES_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model.h"
#include "sim/text_table.h"

namespace reapcheck::sim {

inline constexpr int kMaxHierarchies = 3;

enum class CgroupLayout : std::uint8_t { kV1, kV2, kHybrid };

// What a path on Spawn leads to. `arguments` empty: any.
struct Executable {
  std::string path;
  std::vector<std::string> arguments;
  ProgramId program = 0;
};

// A file or directory as World::Files shows it.
struct NamedFile {
  std::string path;  // from where the search began: "", "/state.json"
  bool is_regular = false;
  std::string_view text;  // of a regular file
};

// What does not change while a world runs.
struct WorldOptions {
  CgroupLayout layout = CgroupLayout::kV2;
  std::vector<std::string> v1_controllers = {"freezer", "pids"};  // one hierarchy for each
  std::string root = "/run/reaprun";  // the runtime's, to name the classes of calls
  int pid_max = 300;                  // pids wrap after it: proc(5), pid_max
  bool has_cgroup_kill = true;        // Linux 5.14
  bool has_pidfd = true;              // Linux 5.3; without it ENOSYS
  bool is_lowest_pid_reused = false;  // a new process takes the lowest free pid, to force reuse
  // A dead process keeps its cgroup from being removed until a step of its own (kLeaveCgroup), as
  // Linux 6.19 does, which takes it off after its last schedule. Up to 6.18 it is off before its
  // death can be seen.
  bool leaves_cgroup_late = false;
  // A parent that reaps takes a program that is over away at once, not in a step of its own: of a
  // container's processes when they are reaped matters, of the runtime's own it hardly does.
  bool are_programs_reaped_at_once = false;
  std::vector<Executable> executables;
  ProgramId init_program = 0;         // what runs in a process made by CloneInit, before its execve
  ProgramId exec_program = 0;         // ... by CloneExec
};

enum class ProcessState : std::uint8_t { kFree, kRunning, kZombie };

struct Process {
  ProcessState state = ProcessState::kFree;
  bool is_actor = false;
  bool is_frozen = false;            // stopped by a freezer, v1 or v2
  bool is_stopped = false;           // by SIGSTOP
  bool is_uninterruptible = false;   // sleeps in D: no signal is acted on
  bool is_killed = false;            // what is pending is SIGKILL or as good: it dies as it is
  bool ignores_sigterm = false;
  bool is_subreaper = false;
  bool reaps_children = false;       // by itself, some time after their end (init, an engine)
  bool lacks_cap_kill = false;
  bool dies_with_parent = false;     // PR_SET_PDEATHSIG, SIGKILL
  bool is_container_init = false;    // for the names of calls only
  bool is_exiting = false;           // in exit(2): off its cgroups, and waits for its pid namespace
  std::uint8_t forks_left = 0;       // of one that forks in a loop
  std::int16_t parent = -1;          // index
  std::uint8_t place = 0;            // among its parent's children, in the order in which they came
  std::int16_t pid_namespace = 0;    // 0: the host's; else the index + 1 of its init
  std::array<std::int16_t, kMaxHierarchies> cgroup{};  // in each hierarchy: index of Cgroup
  std::int32_t group = 0;            // process group id, a pid
  std::int32_t pid = 0;              // as the host sees it
  std::uint32_t start_time = 0;      // clock ticks; differs for every process of a run
  std::uint32_t mark = 0;            // of a container's: the start time of its init; for judges
  std::uint32_t uid = 0;
  std::int32_t exit_code = 0;        // CLD_* << 16 | status, of a zombie
  std::uint64_t pending = 0;         // fatal signals not yet acted on, bit n - 1 for signal n
  TextId name{};                     // comm
};

struct Cgroup {
  bool exists = false;
  bool is_self_frozen = false;  // asked for: freezer.state, cgroup.freeze
  bool is_threaded = false;     // v2: cgroup.type
  bool is_domain_invalid = false;
  bool shows_frozen = false;    // v2: what cgroup.events last said
  std::uint8_t hierarchy = 0;
  std::uint8_t leaving = 0;  // dead members that the kernel has not yet taken off: rmdir is EBUSY
  std::uint8_t subtree_control = 0;  // v2: bit n for the n-th of kUnifiedControllers
  std::int16_t parent = -1;          // -1: the hierarchy's root
  std::uint8_t children = 0;         // derived: directories below
  std::uint8_t members = 0;          // derived: processes in it that live
  std::uint8_t populated = 0;        // derived: in it and below
  TextId name{};
  TextId attribute{}, attribute_value{};  // one extended attribute
};

struct Actor {
  bool is_alive = false;
  ProgramId program = 0;
  std::int16_t process = -1;      // index; of the last one when it is over
  std::int32_t exit_status = -1;  // once it ended by kExit
  TextId request{};                // of kSpawn, kCloneInit, kCloneExec: what it was started with
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_TYPES_H_
