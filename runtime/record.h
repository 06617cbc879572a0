// The record of a container: ROOT/ID/state.json, and intent.json, the same record as it was before
// anything that outlives create was made.
//
// A reader of OCI state finds its fields at the top; what kill and delete need is under "reaprun".
// Plain values. Reading trusts nothing: a record that is not wholly valid is no record.
#ifndef REAPCHECK_RUNTIME_RECORD_H_
#define REAPCHECK_RUNTIME_RECORD_H_

#include <map>
#include <string>
#include <string_view>

#include "runtime/cgroup.h"
#include "runtime/failure.h"
#include "runtime/oci_config.h"
#include "runtime/process.h"

namespace reapcheck {

inline constexpr char kStateFile[] = "state.json";
inline constexpr char kIntentFile[] = "intent.json";
inline constexpr char kConfigFile[] = "config.json";  // the bundle's, as create read it
inline constexpr char kGateFile[] = "gate";           // fifo: start lets init go
inline constexpr char kResultFile[] = "result";       // fifo: init says how that went

// Extended attribute of ROOT/ID: the path of the container's cgroup, where all files are lost.
inline constexpr char kCgroupAttribute[] = "trusted.reaprun.cgroup";

// How far the container's life was recorded. What it is now is asked of the kernel: lifecycle.h.
enum class Phase {
  kCreating,
  kCreated,
  kStarting,  // the gate may have been opened
  kRunning,
  kTombstone,  // deleted but for its poststop hooks and this record
};

struct Record {
  std::string id;
  std::string oci_version;
  std::string bundle;
  std::map<std::string, std::string> annotations;
  Phase phase = Phase::kCreating;
  ProcessIdentity init;
  // The invocation that create or start is in the middle of: a dead one has been cut off.
  ProcessIdentity invocation;
  bool private_pid_namespace = true;
  bool has_process = true;  // config.json says what to run: start is possible
  Cgroups cgroups;
  std::vector<Hook> poststart;
  std::vector<Hook> poststop;
  // Hooks of create have run, so that the ones of delete must.
  bool hooks_begun = false;
  // How many poststop hooks were started: each is counted before it starts, so at most once.
  std::size_t poststop_started = 0;
};

enum class Status { kCreating, kCreated, kRunning, kPaused, kStopped };

std::string_view StatusName(Status status);

// The OCI state document (runtime.md#state), for `state` and for hooks.
std::string OciStateText(const Record& record, Status status, Pid pid);

std::string RecordText(const Record& record);

// kCorruptRecord says what is wrong. `id` is what the directory is called: another one inside is
// not this container's record.
Outcome<Record> ParseRecord(std::string_view text, const std::string& id);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_RECORD_H_
