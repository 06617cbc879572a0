// A scenario: how a container came to be, the operations on it, and what may go wrong meanwhile.
// Plain data with a name; it prints as JSON, and a failing run of it is saved and replayed.
//
// The simulator runs scenarios under every schedule and fault within their bounds (stage.h,
// explore.h); the same vocabulary describes a run on the real kernel.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_SCENARIO_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_SCENARIO_H_

#include <string>
#include <vector>

#include "sim/world.h"

namespace reapcheck::scenario {

// How far the container's life went before the operations begin.
enum class Reached {
  kNothing,  // only its bundle is there
  kCreated,
  kRunning,
  kPaused,
  kZombie,   // init died, and its parent has not looked yet
  kStopped,  // init died and was reaped
  kAborted,  // create was killed when it was about to make the n-th kernel call
};

enum class PidNamespace {
  kPrivate,
  kHost,    // none of its own: processes outlive init
  kJoined,  // that of the first container of the scenario
};

// What was done to the record after the container got there.
enum class Damage {
  kNone,
  kStateMissing,
  kStateEmpty,
  kStateTruncated,
  kStateNull,         // "null"
  kStateObject,       // "{}"
  kStateIsDirectory,
  kStateAndIntentMissing,
  kAllFilesMissing,   // the directory alone is left
  kForeignPid,        // state.json names a process that is not the container's
};

enum class HookKind { kPrestart, kCreateRuntime, kPoststart, kPoststop };

enum class HookEnd {
  kSucceeds,
  kFails,          // exit status 3
  kIsKilled,       // by a signal
  kHangs,          // until it is killed: with a timeout of 1 s
  kLeavesChild,    // exits 0, a child lives on
  kAsksState,      // calls the runtime's `state` of its own container
  kDeletes,        // calls the runtime's `delete --force` of its own container
  kIsMissing,      // there is no such program
};

struct HookSetup {
  HookKind kind = HookKind::kPoststop;
  HookEnd end = HookEnd::kSucceeds;
};

struct ContainerSetup {
  std::string id = "c1";
  Reached reached = Reached::kRunning;
  int aborted_at = 0;                // kAborted: the number of the call, from 1
  PidNamespace pid_namespace = PidNamespace::kPrivate;
  std::string cgroup;                // "" is "/ID"
  bool is_cgroup_there_before = false;
  std::vector<HookSetup> hooks;
  int processes = 0;                 // beside init
  int forks = 0;                     // a member that forks so many more while it is signalled
  bool ignores_sigterm = false;
  bool is_init_uninterruptible = false;
  bool has_subcgroup = false;        // with one process in it
  bool is_subcgroup_frozen = false;
  bool has_mount_in_directory = false;
  bool has_device_rules = false;     // v2: a device program on the cgroup
  Damage damage = Damage::kNone;
};

enum class Verb { kCreate, kStart, kExec, kKill, kDelete, kState, kPause, kResume };

struct Operation {
  Verb verb = Verb::kDelete;
  std::string id = "c1";
  bool force = false;          // delete
  std::string signal = "KILL"; // kill
  bool all = false;            // kill --all
  // Faults and crashes hit it. False: it only runs beside those that they hit.
  bool is_faultable = true;
  // Where nothing goes wrong it is an error, and that is right.
  bool is_refused = false;
  // An engine's: it does not wait for longer, and does the same once more beside it. 0: waits.
  int engine_patience_ms = 0;
};

// How far the exploration goes; each counts the deviations of one run from the plain one.
struct Bounds {
  int faults = 0;
  int crashes = 0;
  int preemptions = 0;
  // Faults come for ever too. An operation that tries again for 10 s is long, and where another one
  // may come in at each of its calls no search gets to the end.
  bool has_lasting_faults = true;
};

struct Scenario {
  std::string name;     // "delete.running.twice"
  std::string summary;  // one sentence
  std::vector<std::string> cites;
  sim::CgroupLayout layout = sim::CgroupLayout::kV2;
  std::vector<ContainerSetup> containers = {{}};
  std::vector<Operation> operations;
  // What a caller does afterwards until it succeeds: the judge runs it after faults and crashes.
  Operation recovery = {.verb = Verb::kDelete, .force = true};
  Bounds bounds;        // in CI
  bool has_cgroup_kill = true;
  bool has_pidfd = true;
  bool is_pid_reused = false;  // every new process takes the lowest free pid, and some come and go
  bool lacks_cap_kill = false;
  bool has_power_failure = false;  // it may come instead of a crash
};

// All that ship, in a fixed order.
const std::vector<Scenario>& AllScenarios();

// config.json's name of the kind: "createRuntime".
const char* HookKindName(HookKind kind);
// Of the container, in each hierarchy: "/c1".
std::string CgroupPathOf(const ContainerSetup& container);

// Pretty JSON, the same bytes for the same scenario.
std::string ScenarioText(const Scenario& scenario);

// "delete --force c1", "kill c1 KILL".
std::string CommandText(const Operation& operation);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_SCENARIO_H_
