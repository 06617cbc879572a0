// What a container is, found out wrongly: state, list, pause.
#include <dirent.h>
#include <fcntl.h>

#include <chrono>

#include "conformance/mutants/mutant.h"
#include "runtime/cgroup_freezer.h"
#include "runtime/deadline.h"
#include "runtime/file_text.h"
#include "runtime/process.h"

namespace reapcheck::mutants {
namespace {

class PidIsEnough : public Runtime {
  using Runtime::Runtime;
  Result<bool> IsInitAlive(const Record& record) override {
    auto stat = ReadProcStat(kernel(), record.init.pid);
    return stat && stat->state != 'Z';
  }
};

class ZombieIsAlive : public Runtime {
  using Runtime::Runtime;
  Result<bool> IsInitAlive(const Record& record) override {
    auto stat = ReadProcStat(kernel(), record.init.pid);
    return stat && stat->start_time == record.init.start_time;
  }
};

class BelievesTheRecord : public Runtime {
  using Runtime::Runtime;
  Result<bool> IsInitAlive(const Record& record) override { return record.init.pid.value > 0; }
};

// v2. Longer than the suite waits for a call.
class WaitsForTheFreezer : public Runtime {
  using Runtime::Runtime;
  Result<bool> IsInitAlive(const Record& record) override {
    const Deadline deadline(kernel(), std::chrono::seconds(20));
    for (Backoff backoff; IsFreezing(record.cgroups) && !deadline.Passed(kernel());) {
      backoff.Wait(kernel());
    }
    return Runtime::IsInitAlive(record);
  }
  bool IsFreezing(const Cgroups& cgroups) {
    const CgroupDirectory* freezer = FreezerOf(cgroups);
    if (freezer == nullptr) return false;
    auto dir = OpenCgroup(kernel(), *freezer);
    if (!dir || !*dir) return false;
    auto asked = ReadFileText(kernel(), dir->get(), "cgroup.freeze");
    auto frozen = IsFrozen(kernel(), cgroups);
    return asked && asked->starts_with("1") && frozen && !*frozen;
  }
};

class ListsSoundOnly : public Runtime {
  using Runtime::Runtime;
  Outcome<std::vector<ListedContainer>> List() override {
    auto dir = OpenRoot(kernel(), root(), /*make=*/false);
    if (!dir) return Runtime::List();
    auto entries = kernel().GetDirectoryEntries(dir->get());
    for (const DirectoryEntry& entry : entries ? *entries : std::vector<DirectoryEntry>()) {
      auto container = OpenContainer(kernel(), root(), entry.name);
      if (!container) return Forward(std::move(container));
      auto record = LoadRecord(kernel(), *container);
      if (!record || record->from_intent) {
        return Refuse(FailureKind::kCorruptRecord, "list: " + entry.name);
      }
    }
    return Runtime::List();
  }
};

class ListsTombstones : public Runtime {
  using Runtime::Runtime;
  Outcome<std::vector<ListedContainer>> List() override {
    auto listed = Runtime::List();
    if (listed) listed->push_back({.id = "one-that-is-not", .status = "stopped"});
    return listed;
  }
};

class ListForgetsStopped : public Runtime {
  using Runtime::Runtime;
  Outcome<std::vector<ListedContainer>> List() override {
    auto listed = Runtime::List();
    if (listed) std::erase_if(*listed, [](const auto& one) { return one.status == "stopped"; });
    return listed;
  }
};

class ListCleans : public Runtime {
  using Runtime::Runtime;
  Outcome<std::vector<ListedContainer>> List() override {
    auto listed = Runtime::List();
    for (const auto& one : listed ? *listed : std::vector<ListedContainer>()) {
      if (one.status == "stopped") static_cast<void>(Delete(one.id, {}));
    }
    return listed;
  }
};

// Writes the freezer's file in the way of each layout and returns.
Outcome<void> BeginFreeze(Kernel& kernel, const Cgroups& cgroups) {
  const CgroupDirectory* freezer = FreezerOf(cgroups);
  if (freezer == nullptr) return Refuse(FailureKind::kUnsupported, "no freezer");
  auto dir = OpenCgroup(kernel, *freezer);
  if (!dir) return std::unexpected(Failure(dir.error()));
  const bool v1 = freezer->hierarchy.version == CgroupVersion::kV1;
  return WriteControlFile(kernel, dir->get(), v1 ? "freezer.state" : "cgroup.freeze",
                          v1 ? "FROZEN" : "1");
}

class PausesAnything : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Pause(const std::string& id) override {
    auto loaded = LoadLocked(id);
    if (!loaded) return Forward(std::move(loaded));
    return BeginFreeze(kernel(), loaded->record().cgroups);
  }
};

class PauseByStop : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Pause(const std::string& id) override {
    return Kill(id, {.signal = "STOP", .all = true});
  }
};

class PauseFreezesTheParent : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Pause(const std::string& id) override {
    auto loaded = LoadLocked(id);
    if (!loaded) return Forward(std::move(loaded));
    Cgroups parents = loaded->record().cgroups;
    for (CgroupDirectory& cgroup : parents) cgroup.path.resize(cgroup.path.rfind('/'));
    auto frozen = BeginFreeze(kernel(), parents);
    return frozen ? frozen : Runtime::Pause(id);
  }
};

class PauseDoesNothing : public Runtime {
  using Runtime::Runtime;
  Outcome<void> Pause(const std::string& id) override {
    auto loaded = Load(id);
    return loaded ? Outcome<void>() : Forward(std::move(loaded));
  }
};

}  // namespace

std::vector<Mutant> StateMutants() {
  return {
      {.name = "state-pid-only",
       .plants = "Init is alive while any process has its pid: the start time is not compared.",
       .bug = "youki (C5), runc#1934",
       .breaks = "S1 L8",
       .caught_by = {"PidReuse.StatusIsStopped", "PidReuse.CreatedContainerIsStoppedAndDeleted",
                     "PidReuse.DeleteNeverHitsTheNewOwner"},
       .part = MakeRuntimeOf<PidIsEnough>,
       .not_simulated = "no plain delete of a scenario meets a pid that is used again"},
      {.name = "state-zombie-alive",
       .plants = "A zombie init counts as alive.",
       .bug = "runc#2892 (C6)",
       .breaks = "L6 S4",
       .caught_by = {"Zombie.StatusIsStopped", "Zombie.DeleteDoesNotWaitForTheReaper",
                     "Zombie.CreatedContainerIsStoppedAndDeleted"},
       .part = MakeRuntimeOf<ZombieIsAlive>,
       .scenario = "delete.zombie"},
      {.name = "state-from-record",
       .plants = "Status is what the record says: nobody looks whether init lives.",
       .bug = "podman#16641",
       .breaks = "A6 L8",
       .caught_by = {"State.StoppedWhenTheProgramExits", "State.StoppedWhenInitDiedBeforeStart",
                     "State.FitsTheSchemaInEveryState", "PidNamespace.LeftoversAreStopped"},
       .part = MakeRuntimeOf<BelievesTheRecord>,
       .scenario = "delete.stopped"},
      {.name = "list-all-or-none",
       .plants = "One entry of the root that is no sound container fails list.",
       .bug = "crun#1373, runc#1592",
       .breaks = "L10",
       .caught_by = {"List.ToleratesAStrayFile", "List.ToleratesAnEmptyDirectory",
                     "List.ToleratesACorruptRecord", "Aborted.ListCopesWithWhatIsLeftOver"},
       .part = MakeRuntimeOf<ListsSoundOnly>,
       .not_simulated = "no operation of a scenario lists"},
      {.name = "list-phantom",
       .plants = "list names a container that does not exist.",
       .bug = "cri-o#3712 (turned round)",
       .breaks = "S22",
       .caught_by = {"List.NamesExactlyTheContainers"},
       .part = MakeRuntimeOf<ListsTombstones>,
       .not_simulated = "no operation of a scenario lists"},
      {.name = "list-no-stopped",
       .plants = "list leaves stopped containers out.",
       .bug = "cri-o#3712",
       .breaks = "S22",
       .caught_by = {"List.NamesExactlyTheContainers", "List.HasTheStatusOfEach"},
       .part = MakeRuntimeOf<ListForgetsStopped>,
       .not_simulated = "no operation of a scenario lists"},
      {.name = "list-cleans",
       .plants = "list deletes what it finds dead.",
       .bug = "C17",
       .breaks = "A15",
       .caught_by = {"List.ChangesNothing"},
       .part = MakeRuntimeOf<ListCleans>,
       .not_simulated = "no operation of a scenario lists"},
      {.name = "status-waits-for-freezer",
       .plants = "Whoever asks for a status waits until the freezer is done.",
       .bug = "runc#2774",
       .breaks = "L1",
       .caught_by = {"Frozen.OneThatFreezesForEverHasAState"},
       .part = MakeRuntimeOf<WaitsForTheFreezer>,
       .not_simulated = "all processes of the simulator can be frozen in the end"},
      {.name = "pause-anything",
       .plants = "pause freezes whatever the container is, and does not wait.",
       .bug = "runc#2774",
       .breaks = "S15",
       .caught_by = {"Pause.OfStoppedIsAnErrorWithoutEffect",
                     "Frozen.PauseThatCanNotSucceedIsAnErrorInTime"},
       .part = MakeRuntimeOf<PausesAnything>,
       .scenario = "pause.stopped"},
      {.name = "pause-by-stop",
       .plants = "pause sends STOP instead of freezing.",
       .bug = "crun 1.19 NEWS",
       .breaks = "S15",
       .caught_by = {"Pause.IsDoneWhenItReturns", "Pause.CreatedIsCreatedAgainAfterResume"},
       .part = MakeRuntimeOf<PauseByStop>,
       .not_simulated = "what pause is for is not judged"},
      {.name = "pause-parent",
       .plants = "pause freezes the cgroup above the container's.",
       .bug = "runc#2105",
       .breaks = "S10",
       .caught_by = {"Pause.OnlyTheOneThatIsNamed"},
       .part = MakeRuntimeOf<PauseFreezesTheParent>,
       .not_simulated = "what pause is for is not judged"},
      {.name = "pause-nothing",
       .plants = "pause exits 0 and freezes nothing.",
       .bug = "crun 1.19 NEWS",
       .breaks = "S15",
       .caught_by = {"Pause.ProcessesDoNotRunUntilResume", "Pause.IsDoneWhenItReturns"},
       .part = MakeRuntimeOf<PauseDoesNothing>,
       .not_simulated = "what pause is for is not judged"},
  };
}

}  // namespace reapcheck::mutants
