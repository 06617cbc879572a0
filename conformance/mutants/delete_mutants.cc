// What delete may be asked for, decided wrongly.
#include "conformance/mutants/mutant.h"
#include "runtime/lifecycle.h"

namespace reapcheck::mutants {
namespace {

// Deletes with force what runs: the check alone would leave init to the next step.
class AllowsDelete : public Runtime {
 public:
  AllowsDelete(Kernel& kernel, const std::string& root, WarningSink warn, Status allowed)
      : Runtime(kernel, root, std::move(warn)), allowed_(allowed) {}

 private:
  Outcome<void> CheckDeletable(const std::string& id, Status status, bool force) override {
    return status == allowed_ ? Outcome<void>() : Runtime::CheckDeletable(id, status, force);
  }
  Status allowed_;
};

class DeletesRunning : public AllowsDelete {
 public:
  DeletesRunning(Kernel& kernel, const std::string& root, WarningSink warn)
      : AllowsDelete(kernel, root, std::move(warn), Status::kRunning) {}
};

class DeletesPaused : public AllowsDelete {
 public:
  DeletesPaused(Kernel& kernel, const std::string& root, WarningSink warn)
      : AllowsDelete(kernel, root, std::move(warn), Status::kPaused) {}
};

class RefusesCreated : public Runtime {
  using Runtime::Runtime;
  Outcome<void> CheckDeletable(const std::string& id, Status status, bool force) override {
    if (status != Status::kCreated || force) return Runtime::CheckDeletable(id, status, force);
    return Refuse(FailureKind::kNotStopped, "container " + id + " is not stopped");
  }
};

class ForceNeedsStopped : public Runtime {
  using Runtime::Runtime;
  Outcome<void> CheckDeletable(const std::string& id, Status status, bool) override {
    return Runtime::CheckDeletable(id, status, /*force=*/false);
  }
};

class ForceOfMissingFails : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteMissing(const std::string&, const Failure& missing, bool) override {
    return std::unexpected(missing);
  }
};

class DeleteOfMissingSucceeds : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteMissing(const std::string&, const Failure&, bool) override { return {}; }
};

class StopsAtTheFirstFailure : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Delete(const std::string& id, const DeleteOptions& options) override {
    if (failed_) return Refuse(FailureKind::kSystem, "not tried after the first failure");
    auto deleted = Runtime::Delete(id, options);
    failed_ = !deleted;
    return deleted;
  }
  bool failed_ = false;
};

class StopsAtTheFirstMiss : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Delete(const std::string& id, const DeleteOptions& options) override {
    if (missed_) return {};
    missed_ = !OpenContainer(kernel(), root(), id);
    return Runtime::Delete(id, options);
  }
  bool missed_ = false;
};

class ResolvesPrefixes : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Delete(const std::string& id, const DeleteOptions& options) override {
    auto dir = OpenRoot(kernel(), root(), /*make=*/false);
    if (!id.empty() && dir && !OpenContainer(kernel(), root(), id)) {
      auto entries = kernel().GetDirectoryEntries(dir->get());
      for (const DirectoryEntry& entry : entries ? *entries : std::vector<DirectoryEntry>()) {
        if (entry.name.starts_with(id)) return Runtime::Delete(entry.name, options);
      }
    }
    return Runtime::Delete(id, options);
  }
};

// (To join such an id to a path, as youki did, would be no planted bug but damage to the machine.)
class InvalidIdIsNothing : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Delete(const std::string& id, const DeleteOptions& options) override {
    return CheckContainerId(id) ? Runtime::Delete(id, options) : Outcome<void>();
  }
};

class ReadsStdin : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Delete(const std::string& id, const DeleteOptions& options) override {
    char buffer[256];
    while (auto count = kernel().Read(Fd{0}, buffer)) {
      if (*count == 0) break;
    }
    return Runtime::Delete(id, options);
  }
};

class DropsAborted : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteAborted(const ContainerDirectory& container, LoadedRecord&, bool) override {
    return RemoveContainer(kernel(), container);
  }
};

class DropsAbortedWithoutForce : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteAborted(const ContainerDirectory& container, LoadedRecord& loaded,
                              bool force) override {
    return force ? Runtime::DeleteAborted(container, loaded, force)
                 : RemoveContainer(kernel(), container);
  }
};

class NeverDeletesAborted : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteAborted(const ContainerDirectory&, LoadedRecord& loaded, bool) override {
    return Refuse(FailureKind::kCorruptRecord, loaded.unusable);
  }
};

class NeverDeletesUnrecorded : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteUnrecorded(const ContainerDirectory&, const Failure& unusable,
                                 bool) override {
    return std::unexpected(unusable);
  }
};

class ForcesAborted : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DeleteAborted(const ContainerDirectory& container, LoadedRecord& loaded,
                              bool) override {
    return Runtime::DeleteAborted(container, loaded, /*force=*/true);
  }
};

std::vector<Mutant> Allowed() {
  return {
      {.name = "delete-running",
       .plants = "delete without force kills and deletes a running container.",
       .bug = "runc#1774",
       .breaks = "S4 A24",
       .caught_by = {"Delete.RunningIsRefusedAndNothingChanges", "Atomicity.Running",
                     "Hooks.NoneRunsInStateKillOrARefusedOperation"},
       .part = MakeRuntimeOf<DeletesRunning>,
       .scenario = "delete.running"},
      {.name = "delete-paused",
       .plants = "delete without force kills and deletes a paused container.",
       .bug = "runc#1774",
       .breaks = "S4 A24",
       .caught_by = {"Delete.PausedIsRefusedAndNothingChanges", "Atomicity.Paused"},
       .part = MakeRuntimeOf<DeletesPaused>,
       .scenario = "delete.paused"},
      {.name = "delete-created-refused",
       .plants = "delete without force refuses a created container.",
       .bug = "crun#837",
       .breaks = "S16",
       .caught_by = {"Delete.CreatedIsKilledAndDeleted"},
       .part = MakeRuntimeOf<RefusesCreated>,
       .scenario = "delete.created"},
      {.name = "force-needs-stopped",
       .plants = "delete --force refuses what plain delete refuses.",
       .bug = "youki#1129",
       .breaks = "L3",
       .caught_by = {"ForceDelete.RunningLeavesNothing", "ForceDelete.PausedLeavesNothing",
                     "Bundle.RemovedBeforeForceDeleteOfRunning",
                     "Leaks.ForceDeleteOfARunningOneLeavesNothing"},
       .part = MakeRuntimeOf<ForceNeedsStopped>,
       .scenario = "delete-force.running"},
      {.name = "force-missing-fails",
       .plants = "delete --force of a container that does not exist is an error.",
       .bug = "runc#1451, kata#1219",
       .breaks = "S22",
       .caught_by = {"ForceDelete.MissingSucceeds", "ForceDelete.TwiceSucceedsTwice",
                     "Idempotence.SecondForceDeleteSucceedsWithoutEffect"},
       .part = MakeRuntimeOf<ForceOfMissingFails>,
       .scenario = "delete-force.absent"},
      {.name = "delete-missing",
       .plants = "delete of a container that does not exist exits 0.",
       .bug = "runc#1003 (turned round)",
       .breaks = "S22",
       .caught_by = {"Delete.MissingIsRefused", "Delete.TwiceTheSecondIsRefused",
                     "Idempotence.SecondDeleteIsAnErrorWithoutEffect",
                     "Idempotence.DeleteAfterForceDeleteIsAnError",
                     "Concurrency.OneOfSeveralDeletesWins"},
       .part = MakeRuntimeOf<DeleteOfMissingSucceeds>,
       .scenario = "delete.absent"},
      {.name = "delete-stops-at-failure",
       .plants = "Of several ids none is treated after the first that fails.",
       .bug = "runsc (C21)",
       .breaks = "L10",
       .caught_by = {"Delete.OneBadIdOfSeveralSkipsNoOther"},
       .part = MakeRuntimeOf<StopsAtTheFirstFailure>,
       .not_simulated = "an operation of a scenario names one id"},
      {.name = "delete-stops-at-miss",
       .plants = "delete --force of several ids ends, exit 0, at the first that does not exist.",
       .bug = "runsc (C21)",
       .breaks = "L10",
       .caught_by = {"Delete.MissingIdOfSeveralIsNoErrorWithForce"},
       .part = MakeRuntimeOf<StopsAtTheFirstMiss>,
       .not_simulated = "an operation of a scenario names one id"},
      {.name = "delete-prefix",
       .plants = "An id is completed to the first container that begins with it.",
       .bug = "runsc (C20)",
       .breaks = "S10",
       .caught_by = {"Ids.PrefixIsNotResolved"},
       .part = MakeRuntimeOf<ResolvesPrefixes>,
       .scenario = "siblings.prefix"},
      {.name = "delete-invalid-id",
       .plants = "delete of an id that can not be one exits 0.",
       .bug = "youki (C20)",
       .breaks = "S11",
       .caught_by = {"Ids.InvalidIsRefusedByDelete"},
       .part = MakeRuntimeOf<InvalidIdIsNothing>,
       .not_simulated = "every id of a scenario is valid"},
      {.name = "delete-reads-stdin",
       .plants = "delete reads its standard input to the end before it begins.",
       .bug = "A38",
       .breaks = "A38",
       .caught_by = {"Cli.StdinIsNotRead"},
       .part = MakeRuntimeOf<ReadsStdin>,
       .not_simulated = "an operation of a scenario has no standard input"},
  };
}

std::vector<Mutant> Aborted() {
  return {
      {.name = "aborted-dropped",
       .plants = "Without a usable state.json the directory is removed, exit 0, and all lives on.",
       .bug = "runc#4534",
       .breaks = "S6 S19",
       .caught_by = {"Aborted.ForceCleansARunningOne", "Aborted.ForceTellsTheTruth",
                     "Corrupt.UnparsableAndForceTellsTheTruth"},
       .part = MakeRuntimeOf<DropsAborted>,
       .scenario = "delete-force.state-missing.running"},
      {.name = "aborted-dropped-unforced",
       .plants = "Plain delete of a container with a broken state.json drops its record.",
       .bug = "crun 1.8.1 (C1)",
       .breaks = "S20 S6",
       .caught_by = {"Aborted.PlainDeleteOfALiveOneIsRefusedAndPreserves",
                     "Corrupt.UnparsableLiveOneIsNotDeletedWithoutForce",
                     "Corrupt.WrongShapeLiveOneIsNotDeletedWithoutForce"},
       .part = MakeRuntimeOf<DropsAbortedWithoutForce>,
       .scenario = "delete.state-missing.running"},
      {.name = "aborted-forced",
       .plants = "Plain delete of a container with a broken state.json kills it.",
       .bug = "crun (C1)",
       .breaks = "S20",
       .caught_by = {"Aborted.PlainDeleteOfALiveOneIsRefusedAndPreserves",
                     "Corrupt.UnreadableLiveOneIsNotDeletedWithoutForce"},
       .part = MakeRuntimeOf<ForcesAborted>,
       .scenario = "delete.state-missing.running"},
      {.name = "aborted-never-deleted",
       .plants = "A container with a broken state.json can never be deleted.",
       .bug = "runc 1.1.5 (C1), runc#703",
       .breaks = "S9 S20",
       .caught_by = {"Corrupt.UnparsableAndForceCleans", "Corrupt.UnparsableDeadOneIsDeleted",
                     "Corrupt.UnreadableAndForceCleans", "Corrupt.WrongShapeAndForceCleans",
                     "Aborted.PlainDeleteOfADeadOneCleans"},
       .part = MakeRuntimeOf<NeverDeletesAborted>,
       .scenario = "delete.state-missing.running"},
      {.name = "unrecorded-never-deleted",
       .plants = "An empty directory of a container can never be deleted.",
       .bug = "runc#703",
       .breaks = "S19 S20",
       .caught_by = {"Aborted.EmptyDirectoryIsDeletedAndTheIdUsable"},
       .part = MakeRuntimeOf<NeverDeletesUnrecorded>,
       .scenario = "delete-force.all-missing.running"},
  };
}

}  // namespace

std::vector<Mutant> DeleteMutants() {
  std::vector<Mutant> all = Allowed();
  std::vector<Mutant> aborted = Aborted();
  all.insert(all.end(), aborted.begin(), aborted.end());
  return all;
}

}  // namespace reapcheck::mutants
