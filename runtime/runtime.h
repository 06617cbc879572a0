// The operations on containers that exist: state, list, ps, kill, delete, pause, resume.
// (create, start, run and exec are in builder.h: they need the second door to the kernel.)
//
// A Runtime borrows the kernel, keeps nothing between calls, and is used by one thread. Each
// operation is in a file of its own and reads like its paragraph of runtime.md; the steps that they
// are made of are virtual, so that a mutant is this class with one step overridden.
#ifndef REAPCHECK_RUNTIME_RUNTIME_H_
#define REAPCHECK_RUNTIME_RUNTIME_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/container_directory.h"
#include "runtime/failure.h"
#include "runtime/kernel.h"
#include "runtime/lifecycle.h"
#include "runtime/record.h"

namespace reapcheck {

struct KillOptions {
  std::string signal = "SIGTERM";
  bool all = false;
};

struct DeleteOptions {
  bool force = false;
  // Only the container whose init this is: by now the id may be another's, which is kNotFound.
  std::optional<Pid> only_with_init = std::nullopt;
};

struct ListedContainer {
  std::string id;
  Pid pid;
  std::string status;  // of StatusName, or "unusable" when there is no record that can be read
  std::string bundle;
  std::string oci_version;
  std::chrono::nanoseconds created{0};  // since the epoch
  uid_t owner = 0;
};

// What was noticed and changes nothing: a poststop hook that failed (runtime.md#lifecycle, 13).
using WarningSink = std::function<void(const std::string&)>;

class Runtime {
 public:
  Runtime(Kernel& kernel, std::string root, WarningSink warn)
      : kernel_(kernel), root_(std::move(root)), warn_(std::move(warn)) {}
  virtual ~Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // runtime.md#query-state: the state document. kNotFound, kCorruptRecord, kInvalidId.
  Outcome<std::string> State(const std::string& id);
  // Every directory of the root; one that vanishes meanwhile is left out.
  virtual Outcome<std::vector<ListedContainer>> List();
  // The pids of the container's processes as the runtime sees them.
  Outcome<std::set<Pid>> Ps(const std::string& id);
  // runtime.md#kill. kInvalidSignal, kNotFound, kNotRunning: nothing was sent.
  virtual Outcome<void> Kill(const std::string& id, const KillOptions& options);
  // runtime.md#delete. Success means that nothing of the container is left.
  virtual Outcome<void> Delete(const std::string& id, const DeleteOptions& options);
  virtual Outcome<void> Pause(const std::string& id);
  Outcome<void> Resume(const std::string& id);

  Kernel& kernel() { return kernel_; }
  const std::string& root() const { return root_; }
  void Warn(const std::string& text) { warn_(text); }

  // A container with what it is now.
  struct Loaded {
    ContainerDirectory container;
    LoadedRecord loaded;
    Status status = Status::kStopped;
    Record& record() { return loaded.record; }
  };
  // kNotFound for a tombstone, kCorruptRecord without a usable state.json.
  Outcome<Loaded> Load(const std::string& id);
  // The same under the container's lock, which goes with `container`.
  Outcome<Loaded> LoadLocked(const std::string& id);

  // The other container of this root whose record names this cgroup, one in it or one around it, or
  // "".
  Outcome<std::string> FindCgroupOwner(const std::string& path, const std::string& but_not);

  // All that Delete does once it may: shared with a create or start that failed. Under the lock.
  Outcome<void> Destroy(const ContainerDirectory& container, Record& record, bool force);

 protected:
  // --- What a container is (state.cc) ---
  virtual Result<bool> IsInitAlive(const Record& record);

  // --- Steps of kill (kill.cc) ---
  virtual std::optional<Signal> SignalFrom(const std::string& text);
  virtual Outcome<void> CheckKillable(Loaded& container, Signal signal);
  virtual Outcome<void> SendToInit(const Record& record, Signal signal);
  virtual Outcome<void> SendToAll(const Record& record, Signal signal);
  virtual Outcome<void> ThawForKill(const Record& record);
  virtual void AfterKill(Loaded& container, Signal signal);

  // --- Steps of delete (delete.cc) ---
  // Another delete may be at the container's poststop hooks: waits for its end.
  virtual Outcome<void> AwaitOtherDelete(const ContainerDirectory& container,
                                         LoadedRecord& loaded, bool force);
  virtual Outcome<void> CheckDeletable(const std::string& id, Status status, bool force);
  virtual Outcome<void> DeleteMissing(const std::string& id, const Failure& missing, bool force);
  // Without a usable state.json: from intent.json (`record`).
  virtual Outcome<void> DeleteAborted(const ContainerDirectory& container, LoadedRecord& loaded,
                                      bool force);
  // Without any record.
  virtual Outcome<void> DeleteUnrecorded(const ContainerDirectory& container,
                                         const Failure& unusable, bool force);
  virtual Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                                       bool force);
  virtual Outcome<void> EndProcesses(const Record& record, bool force);
  virtual Outcome<void> KillInit(const Record& record, Fd pidfd);
  virtual Outcome<void> ObserveDeath(const Record& record, Fd pidfd);
  virtual Outcome<void> EmptyCgroups(const Record& record, bool force);
  virtual Outcome<void> RemoveCgroupDirectories(const Record& record);
  virtual Outcome<void> BuryRecord(const ContainerDirectory& container, Record& record);
  virtual Outcome<void> RunPoststop(const ContainerDirectory& container, Record& record);
  // Runs the next hook that was not started; under the lock but for the hook itself.
  virtual Outcome<void> RunNextPoststop(const ContainerDirectory& container, Record& record);
  virtual Outcome<void> RemoveRecord(const ContainerDirectory& container);

 private:
  Outcome<Loaded> LoadOpened(ContainerDirectory container, bool trusted);

  Kernel& kernel_;
  std::string root_;
  WarningSink warn_;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_RUNTIME_H_
