// The lab of one case: its own --root, bundles, cgroup names, and a process tree that it can see.
//
// Lives in the case's process, which is a child subreaper: whatever the runtime leaves running is a
// descendant. After the case every container of it that is still there is deleted with `delete
// --force`; then what is left of processes, cgroups, mounts and files is a leak and fails the case;
// then the lab removes everything itself. Nothing that the lab did not make is ever touched.
// A helper that brings a container into a state ends the case as failed when the runtime does not
// get it there. Waits poll with a deadline. One thread.
#ifndef REAPCHECK_CONFORMANCE_LAB_H_
#define REAPCHECK_CONFORMANCE_LAB_H_

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "conformance/container_plan.h"
#include "conformance/json.h"
#include "conformance/observation.h"
#include "conformance/snapshot.h"

namespace reapcheck::conformance {

class Subject;
struct LabSettings;

enum class CgroupLayout { kHost, kV1, kV2 };

// How a process that became the case's child ended.
struct Ending {
  bool exited = false;
  int code = 0;    // exit code, when exited
  int signal = 0;  // that killed it, otherwise
};

class Lab {
 public:
  explicit Lab(const LabSettings& settings);
  ~Lab();
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  Subject& runtime();

  // --- Names and places ---

  const std::string& tag() const;              // unique on the machine: in every id and cgroup name
  std::string Id(const std::string& name) const;
  const std::string& root() const;             // --root
  const std::string& share() const;            // bind-mounted at /lab in every container
  const std::string& scratch() const;          // an empty directory for the case's own files
  std::string RecordDirectory(const Container& container) const;  // ROOT/ID
  // The file in ROOT/ID that says which process is init ("state.json", crun: "status"). Skips the
  // case where the runtime keeps none there.
  std::string RecordFile(const Container& container);

  // --- Containers ---

  Container MakeBundle(const ContainerPlan& plan = {});
  // Changes config.json of a bundle in place.
  void EditConfig(const Container& container, const std::function<void(Json& config)>& edit);
  Container Created(const ContainerPlan& plan = {});
  Container Running(const ContainerPlan& plan = {});  // started, and the payload says it is ready
  Container Paused(const ContainerPlan& plan = {});
  Container Stopped(const ContainerPlan& plan = {});  // ran, ended by SIGKILL, seen dead, reaped
  // SIGKILL to init from the lab (never through the runtime), and waits until it is dead. In a
  // container without a private pid namespace the other processes live on.
  void KillInit(const Container& container);
  // The case does not judge how this container goes: no `delete --force` after it, no leak.
  void Disown(const Container& container, const std::string& why);

  // --- Waiting ---

  // True as soon as `condition` is; false (and a failure "not within D: what") at the deadline.
  bool Await(const std::string& what, const std::function<bool()>& condition,
             std::optional<std::chrono::milliseconds> timeout = {});
  bool AwaitFile(const std::string& name);       // in the share
  bool AwaitReady(const Container& container);   // the payload reached its last word
  bool AwaitDead(const ProcessId& process);      // zombie or gone
  bool AwaitStatus(const Container& container, const std::string& status);
  // Lets time pass where nothing can be waited for: "no signal arrives". Keep it short.
  void Nap(std::chrono::milliseconds duration);

  // --- The payload's files ---

  bool HasFile(const std::string& name) const;         // in the share
  std::string ReadFile(const std::string& name) const;  // "" when absent
  void WriteFile(const std::string& name, const std::string& text);
  // Signals that a program with the word `trap` has noted, in order.
  std::vector<int> SignalsSeen(const Container& container) const;
  std::vector<HookRecord> Hooks() const;  // of the whole case, in the order of their start

  // --- Looking ---

  Observation Observe(const Container& container);
  Snapshot TakeSnapshot();
  bool Alive(const ProcessId& process) const;  // exists with this start time and is no zombie
  // Alive, not stopped, and no signal is on its way to it: for a bystander right after a call. One
  // that was killed a moment ago may still be seen alive.
  bool Unhurt(const ProcessId& process) const;
  std::optional<ProcessInfo> Inspect(pid_t pid) const;
  ProcessId Identify(pid_t pid) const;         // start time 0 when there is no such process
  // Alive processes in the container's cgroups, by pid in the lab's pid namespace.
  std::vector<pid_t> Members(const Container& container);
  // How an orphan ended that the lab has reaped; nullopt while it lives or is not the case's child.
  std::optional<Ending> EndingOf(const ProcessId& process);

  // --- Cgroups ---

  CgroupLayout layout() const;
  bool pure_v2() const;
  bool HasController(const std::string& hierarchy) const;  // "freezer", "pids", ... as v1
  // Directories of this container in every mounted hierarchy, as they exist now.
  std::vector<std::string> CgroupDirs(const Container& container);
  // Its directory in the hierarchy that freezes (v1 freezer or v2); "" when there is none.
  std::string FreezerDir(const Container& container);
  // mkdir of a path relative to each of the container's cgroups; returns the directories.
  std::vector<std::string> MakeSubCgroups(const Container& container, const std::string& relative);
  // mkdir of "/TAG-name" in every hierarchy: a cgroup that the runtime did not make. The lab
  // removes it; if it is gone before that, the runtime took what was not its own.
  // Returns the value for cgroups_path.
  std::string MakeForeignCgroup(const std::string& name);
  // The directories of a cgroups_path in every mounted hierarchy that exist.
  std::vector<std::string> DirsOf(const std::string& cgroups_path);
  bool MoveTo(pid_t pid, const std::string& cgroup_dir);
  void SetFrozen(const std::string& cgroup_dir, bool frozen);  // waits until it is so
  Freezer FreezerOf(const std::string& cgroup_dir) const;

  // --- Processes that are not the container's ---

  // A child of the case that sleeps, outside every container. Killed at the end.
  ProcessId MakeForeignProcess();
  // The same with exactly this pid (clone3 set_tid): the pid must be free. Fails the case if not.
  ProcessId ReusePid(pid_t pid);
  // The payload as a child of the case on the host with these words ("fork" "3" ...).
  ProcessId RunPayload(const std::string& name, const std::vector<std::string>& words);

  // --- What the lab does on its own ---

  // Off: orphans stay zombies until the case ends (a parent that does not reap).
  void SetReaping(bool on);
  // The payload's command line on the host, for HookPlan::path and processes outside.
  std::string PayloadPath() const;
  // A file or directory that may be left behind, and why: matched as a substring of the leak.
  void ExpectLeak(const std::string& part, const std::string& why);

  struct Impl;  // private to lab*.cc
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LAB_H_
