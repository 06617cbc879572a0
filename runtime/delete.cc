// runtime.md#delete, as a list of steps that a crash may cut anywhere and a second delete
// completes:
// end the processes and see them dead, remove the cgroups, run the poststop hooks, the record last.
#include <fcntl.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "runtime/cgroup_freezer.h"
#include "runtime/cgroup_kill.h"
#include "runtime/deadline.h"
#include "runtime/derive_record.h"
#include "runtime/file_text.h"
#include "runtime/hooks.h"
#include "runtime/oci_config.h"
#include "runtime/runtime.h"

namespace reapcheck {
namespace {

constexpr int kMaxAncestors = 1000;  // deeper than any tree of engines, hooks and runtimes

// False for a create that was cut off before it had an init.
bool MayHaveProcesses(const Record& record) {
  return record.phase != Phase::kCreating || record.init.pid.value != 0;
}

// The pid is an ancestor of this process: proc_pid_stat(5), up to the first process.
Result<bool> IsAncestor(Kernel& kernel, Pid pid) {
  Pid at = kernel.GetPid();
  for (int i = 0; i < kMaxAncestors && at.value > 1; ++i) {
    auto stat = ReadProcStat(kernel, at);
    if (!stat) return Forward(std::move(stat));
    at = stat->parent;
    if (at == pid) return true;
  }
  return false;
}

// How long death after SIGKILL may take before it is reported as not seen: a process in
// uninterruptible sleep may never die, and nobody waits for ever.
constexpr std::chrono::seconds kDeathBound(10);

// How long an emptied cgroup may stay busy: the kernel takes exited processes off it with a delay.
constexpr std::chrono::seconds kRemoveBound(5);

// How long a delete --force waits for another one that runs poststop hooks.
constexpr std::chrono::seconds kOtherDeleteBound(20);

// How long processes that died with their pid namespace may still be listed in a cgroup.
constexpr std::chrono::seconds kLeaveBound(1);

// "pids 17, 18".
std::string Listed(const std::set<Pid>& pids) {
  std::string text = pids.size() == 1 ? "pid" : "pids";
  const char* separator = " ";
  for (Pid pid : pids) {
    text += separator + std::to_string(pid.value);
    separator = ", ";
  }
  return text;
}

}  // namespace

Outcome<void> Runtime::Delete(const std::string& id, const DeleteOptions& options) {
  if (auto valid = CheckContainerId(id); !valid) return valid;
  auto container = OpenContainer(kernel_, root_, id);
  auto locked = container ? LockContainer(kernel_, *container)
                          : Outcome<void>(std::unexpected(container.error()));
  if (!locked) {
    if (locked.error().kind != FailureKind::kNotFound) return locked;
    return DeleteMissing(id, locked.error(), options.force);
  }
  auto loaded = LoadTrustedRecord(kernel_, *container);
  if (!loaded && loaded.error().kind == FailureKind::kSystem) return Forward(std::move(loaded));
  if (!loaded) return DeleteUnrecorded(*container, loaded.error(), options.force);
  if (options.only_with_init && *options.only_with_init != loaded->record.init.pid) {
    return Refuse(FailureKind::kNotFound, "container " + id + " is another one by now");
  }
  if (loaded->from_intent) return DeleteAborted(*container, *loaded, options.force);
  if (loaded->record.phase == Phase::kTombstone) {
    auto free = AwaitOtherDelete(*container, *loaded, options.force);
    if (!free && free.error().kind == FailureKind::kNotFound) {
      return DeleteMissing(id, free.error(), options.force);
    }
    if (!free && free.error().kind == FailureKind::kCorruptRecord) {
      return DeleteUnrecorded(*container, free.error(), options.force);
    }
    if (!free) return free;
  } else {
    auto alive = IsInitAlive(loaded->record);
    if (!alive) return Refuse(alive.error(), "delete " + id);
    auto status = FindStatus(kernel_, *container, loaded->record, *alive);
    if (!status && !options.force) return Refuse(status.error(), "delete " + id);
    if (status) {
      if (auto deletable = CheckDeletable(id, *status, options.force); !deletable) return deletable;
    }
    // The program of a created container never ran, and all that waits there is the runtime's.
    const bool created = status && *status == Status::kCreated;
    return Destroy(*container, loaded->record, options.force || created);
  }
  return Destroy(*container, loaded->record, options.force);
}

Outcome<void> Runtime::AwaitOtherDelete(const ContainerDirectory& container,
                                        LoadedRecord& loaded, bool force) {
  const Deadline deadline(kernel_, kOtherDeleteBound);
  Backoff backoff;
  for (;;) {
    const ProcessIdentity other = loaded.record.invocation;
    auto alive = IsAlive(kernel_, other);
    if (!alive) return Refuse(alive.error(), "delete " + container.id);
    if (!*alive) return {};  // It was cut off: what it left is done here.
    const std::string who = "container " + container.id + " is being deleted by process " +
                            std::to_string(other.pid.value);
    if (!force) return Refuse(FailureKind::kNotFound, who);
    // A hook that deletes its own container waits for itself.
    auto nested = IsAncestor(kernel_, other.pid);
    if (!nested) return Refuse(nested.error(), "delete " + container.id);
    if (*nested || deadline.Passed(kernel_)) return Refuse(FailureKind::kBusy, who);
    UnlockContainer(kernel_, container);
    backoff.Wait(kernel_);
    if (auto locked = LockContainer(kernel_, container); !locked) return locked;
    auto again = LoadTrustedRecord(kernel_, container);
    // The directory is in its place, and the other one was cut off between its last two steps.
    if (!again && again.error().kind == FailureKind::kSystem) return Forward(std::move(again));
    if (!again) return Refuse(FailureKind::kCorruptRecord, again.error().text);
    loaded = std::move(*again);
  }
}

Outcome<void> Runtime::DeleteMissing(const std::string&, const Failure& missing, bool force) {
  if (force) return {};
  return std::unexpected(missing);
}

Outcome<void> Runtime::CheckDeletable(const std::string& id, Status status, bool force) {
  if (force || IsAllowed(Operation::kDelete, status)) return {};
  return Refuse(FailureKind::kNotStopped, "container " + id + " is not stopped: it is " +
                                              std::string(StatusName(status)));
}

Outcome<void> Runtime::DeleteAborted(const ContainerDirectory& container, LoadedRecord& loaded,
                                     bool force) {
  Record& record = loaded.record;
  if (!force) {
    auto alive = IsInitAlive(record);
    auto creator = IsAlive(kernel_, record.invocation);
    auto processes = CgroupProcesses(kernel_, record.cgroups);
    if (!alive) return Refuse(alive.error(), "delete " + record.id);
    if (!creator) return Refuse(creator.error(), "delete " + record.id);
    if (!processes) return Refuse(processes.error(), "delete " + record.id);
    if (*alive) processes->insert(record.init.pid);
    if (*creator) processes->insert(record.invocation.pid);
    if (!processes->empty()) {
      return Refuse(FailureKind::kCorruptRecord,
                    loaded.unusable +
                        "; not deleted without --force while something of it lives: " +
                        Listed(*processes));
    }
  }
  if (auto dropped = DropRecord(kernel_, container, kStateFile); !dropped) return dropped;
  return Destroy(container, record, force);
}

Outcome<void> Runtime::DeleteUnrecorded(const ContainerDirectory& container,
                                        const Failure& unusable, bool force) {
  auto record = DeriveRecord(kernel_, container);
  if (!record) return Refuse(record.error().kind, unusable.text + "; " + record.error().text);
  auto processes = CgroupProcesses(kernel_, record->cgroups);
  if (!processes) return Refuse(processes.error(), "delete " + container.id);
  if (!processes->empty() && !force) {
    return Refuse(FailureKind::kCorruptRecord,
                  unusable.text + "; not deleted without --force while something of it lives: " +
                      Listed(*processes));
  }
  for (const char* file : {kIntentFile, kStateFile}) {
    if (auto dropped = DropRecord(kernel_, container, file); !dropped) return dropped;
  }
  return Destroy(container, *record, force);
}

Outcome<void> Runtime::Destroy(const ContainerDirectory& container, Record& record, bool force) {
  auto destroyed = DestroyInOrder(container, record, force);
  if (destroyed) return destroyed;
  return Refuse(destroyed.error().kind, "delete " + record.id + ": " + destroyed.error().text);
}

Outcome<void> Runtime::DestroyInOrder(const ContainerDirectory& container, Record& record,
                                      bool force) {
  if (record.phase != Phase::kTombstone) {
    if (auto ended = EndProcesses(record, force); !ended) return ended;
    if (auto removed = RemoveCgroupDirectories(record); !removed) return removed;
    if (auto buried = BuryRecord(container, record); !buried) return buried;
  }
  if (auto ran = RunPoststop(container, record); !ran) return ran;
  return RemoveRecord(container);
}

Outcome<void> Runtime::EndProcesses(const Record& record, bool force) {
  auto pidfd = OpenProcess(kernel_, record.init);
  if (!pidfd) return std::unexpected(Failure(pidfd.error()));
  if (*pidfd) {
    if (auto killed = KillInit(record, pidfd->get()); !killed) return killed;
    // Seen dead before the rest is looked at: with it go all of a private pid namespace.
    if (auto dead = ObserveDeath(record, pidfd->get()); !dead) return dead;
  }
  return EmptyCgroups(record, force);
}

Outcome<void> Runtime::KillInit(const Record& record, Fd pidfd) {
  auto sent = Uninterrupted([&] { return kernel_.PidfdSendSignal(pidfd, Signal{SIGKILL}); });
  if (!sent && sent.error().code != ESRCH) return sent;
  auto thawed = ThawAll(kernel_, record.cgroups);
  return thawed;
}

Outcome<void> Runtime::ObserveDeath(const Record& record, Fd pidfd) {
  auto dead = WaitForExit(kernel_, pidfd, kDeathBound);
  if (!dead) return std::unexpected(Failure(dead.error()));
  if (*dead) return {};
  return Refuse(FailureKind::kStillAlive, "init, pid " + std::to_string(record.init.pid.value) +
                                              ", lives on " + std::to_string(kDeathBound.count()) +
                                              " s after SIGKILL");
}

Outcome<void> Runtime::EmptyCgroups(const Record& record, bool force) {
  // Init is placed after it is recorded: whoever is in there was not put there by this create.
  if (!MayHaveProcesses(record)) return {};
  const Cgroups owned = OwnedCgroups(record.cgroups);
  if (force || !record.private_pid_namespace) return KillCgroups(kernel_, owned, kDeathBound);
  // The death of a private pid namespace's init is the death of all in it: what stays in the cgroup
  // came from elsewhere, and is not killed unless that is asked for.
  const Deadline deadline(kernel_, kLeaveBound);
  Backoff backoff;
  for (;;) {
    auto processes = CgroupProcesses(kernel_, owned);
    if (!processes) return std::unexpected(Failure(processes.error()));
    if (processes->empty()) return {};
    if (deadline.Passed(kernel_)) {
      return Refuse(FailureKind::kStillAlive, "the container's cgroup holds processes that are not "
                                              "its own and are killed only with --force: " +
                                                  Listed(*processes));
    }
    backoff.Wait(kernel_);
  }
}

Outcome<void> Runtime::RemoveCgroupDirectories(const Record& record) {
  if (!MayHaveProcesses(record)) {
    // One with processes in it became another's before it was this one's, and stays.
    Cgroups empty;
    for (const CgroupDirectory& cgroup : record.cgroups) {
      auto processes = CgroupProcesses(kernel_, {cgroup});
      if (!processes) return std::unexpected(Failure(processes.error()));
      if (processes->empty()) empty.push_back(cgroup);
    }
    return RemoveCgroups(kernel_, empty, kRemoveBound);
  }
  auto removed = RemoveCgroups(kernel_, record.cgroups, kRemoveBound);
  if (removed) return removed;
  auto processes = CgroupProcesses(kernel_, record.cgroups);
  if (!processes || processes->empty()) return removed;
  return Refuse(removed.error().kind,
                removed.error().text + " (in it: " + Listed(*processes) + ")");
}

Outcome<void> Runtime::BuryRecord(const ContainerDirectory& container, Record& record) {
  if (!record.hooks_begun || record.poststop.empty()) return {};
  auto self = IdentifyProcess(kernel_, kernel_.GetPid());
  if (!self) return std::unexpected(Failure(self.error()));
  record.phase = Phase::kTombstone;
  record.invocation = *self;
  return SaveRecord(kernel_, container, record);
}

Outcome<void> Runtime::RunPoststop(const ContainerDirectory& container, Record& record) {
  if (!record.hooks_begun) return {};
  while (record.poststop_started < record.poststop.size()) {
    if (auto ran = RunNextPoststop(container, record); !ran) return ran;
  }
  return {};
}

Outcome<void> Runtime::RunNextPoststop(const ContainerDirectory& container, Record& record) {
  const Hook& hook = record.poststop[record.poststop_started];
  const std::string name = "poststop hook #" + std::to_string(record.poststop_started + 1);
  auto self = IdentifyProcess(kernel_, kernel_.GetPid());
  if (!self) return std::unexpected(Failure(self.error()));
  // Counted before it starts: a delete that is cut off here does not start it again.
  ++record.poststop_started;
  record.invocation = *self;
  if (auto noted = SaveRecord(kernel_, container, record); !noted) return noted;
  // A hook may take as long as it likes, and may look at the container: nobody is kept out.
  UnlockContainer(kernel_, container);
  auto ran = RunHook(kernel_, hook, OciStateText(record, Status::kStopped, Pid{0}), name);
  if (!ran) warn_(ran.error().text);
  return LockContainer(kernel_, container);
}

Outcome<void> Runtime::RemoveRecord(const ContainerDirectory& container) {
  return RemoveContainer(kernel_, container);
}

}  // namespace reapcheck
