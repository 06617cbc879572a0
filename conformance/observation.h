// What can be seen of one container at one moment: plain values, no system calls.
//
// The lab fills them from the real kernel (observe.h), a simulator from its own; oracle.h judges
// either. Lists are sorted, so that equal worlds give equal observations.
#ifndef REAPCHECK_CONFORMANCE_OBSERVATION_H_
#define REAPCHECK_CONFORMANCE_OBSERVATION_H_

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace reapcheck::conformance {

// A process for good: the pid alone may come back. Start time in clock ticks since boot:
// field 22 of proc_pid_stat(5).
struct ProcessId {
  pid_t pid = 0;
  std::uint64_t start_time = 0;
  auto operator<=>(const ProcessId&) const = default;
};

struct ProcessInfo {
  ProcessId id;
  pid_t parent = 0;
  char state = '?';  // field 3 of proc_pid_stat(5)
  std::string name;  // comm

  bool alive() const { return state != 'Z' && state != 'X' && state != 'x'; }
  std::string Describe() const;  // "1234 (payload) S"
};

enum class Freezer { kNone, kThawed, kFreezing, kFrozen };
std::string FreezerName(Freezer freezer);  // "thawed"
void PrintTo(Freezer freezer, std::ostream* out);  // for GoogleTest

struct CgroupInfo {
  std::string hierarchy;  // "freezer", "cpu,cpuacct", "name=systemd", "" for v2
  std::string path;       // as mounted: "/sys/fs/cgroup/freezer/x"
  std::vector<pid_t> processes;
  // v1 freezer: freezer.state; v2: cgroup.freeze and cgroup.events; else kNone.
  Freezer freezer = Freezer::kNone;
  bool self_frozen = false;  // asked to freeze itself, not only through an ancestor
};

struct FileInfo {
  std::string path;  // relative to --root
  char type = '?';   // 'f' file, 'd' directory, 'l' link, 'p' fifo, 's' socket, '?' other
  mode_t mode = 0;
  std::string bytes;  // of a file (at most 1 MiB), or the target of a link
};

// One line that the payload's `hook` action wrote.
struct HookRecord {
  std::string kind;  // "prestart", ..., "poststop"
  std::string name;  // HookPlan::name
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string cwd;
  pid_t pid = 0;
  std::string stdin_text;  // all of it
  // From stdin_text when it is a JSON object; empty, and pid absent, when not there.
  std::string state_id, state_status, state_bundle, state_version;
  std::optional<pid_t> state_pid;
  bool state_pid_alive = false;  // at that moment, seen from the hook
  std::map<std::string, std::string> state_annotations;
  std::chrono::microseconds when{0};              // CLOCK_BOOTTIME at its start
  std::map<std::string, std::string> namespaces;  // "pid" -> "pid:[4026531836]"
};

struct Observation {
  std::string id;
  std::optional<ProcessInfo> init;  // with the recorded start time; absent: gone and reaped
  std::vector<ProcessInfo> processes;    // alive members of its cgroups
  std::vector<ProcessInfo> descendants;  // alive descendants of the case that the lab did not make
  std::vector<CgroupInfo> cgroups;       // whose path belongs to the container
  std::vector<std::string> mounts;       // mount points that mention its id or bundle
  std::vector<FileInfo> files;           // the record: ROOT/ID and below, or what is in its place
  std::vector<HookRecord> hooks;         // in the order in which they started

  bool init_alive() const { return init && init->alive(); }
  bool record_exists() const { return !files.empty(); }
  bool frozen() const;  // any of its cgroups is frozen or freezing
  std::vector<HookRecord> HooksOf(const std::string& kind) const;
  // Nothing of the container exists any more (hooks that ran do not count).
  bool gone() const;
  std::string Describe() const;  // one line: what is left
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_OBSERVATION_H_
