// The steps by which delete takes a container apart, done wrongly.
#include <fcntl.h>
#include <signal.h>

#include <chrono>
#include <filesystem>

#include "conformance/mutants/mutant.h"
#include "runtime/cgroup_freezer.h"
#include "runtime/cgroup_kill.h"
#include "runtime/process.h"

namespace reapcheck::mutants {
namespace {

using std::chrono::seconds;

// These work on the machine itself.
constexpr char kPastTheKernel[] = "does its damage past the Kernel interface";

class EndsABarePid : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EndProcesses(const Record& record, bool force) override {
    if (IsOrdinary(record.init.pid)) {
      static_cast<void>(kernel().Kill(record.init.pid, Signal{SIGKILL}));
    }
    return Runtime::EndProcesses(record, force);
  }
};

class KillsTheProcessGroup : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EndProcesses(const Record& record, bool) override {
    if (IsOrdinary(record.init.pid)) {
      static_cast<void>(kernel().Kill(Pid{-record.init.pid.value}, Signal{SIGKILL}));
    }
    return {};
  }
};

class NoThaw : public Runtime {
  using Runtime::Runtime;
  Outcome<void> KillInit(const Record&, Fd pidfd) override {
    return kernel().PidfdSendSignal(pidfd, Signal{SIGKILL});
  }
};

class TermForKill : public Runtime {
  using Runtime::Runtime;
  Outcome<void> KillInit(const Record& record, Fd pidfd) override {
    auto sent = kernel().PidfdSendSignal(pidfd, Signal{SIGTERM});
    static_cast<void>(ThawAll(kernel(), record.cgroups));
    return sent;
  }
};

class WaitsForTheReaper : public Runtime {
  using Runtime::Runtime;
  Outcome<void> ObserveDeath(const Record& record, Fd pidfd) override {
    for (int i = 0; i < 30; ++i) {
      if (!kernel().PidfdSendSignal(pidfd, Signal{0})) return {};
      static_cast<void>(kernel().Nanosleep(std::chrono::milliseconds(100)));
    }
    return Refuse(FailureKind::kStillAlive, "container " + record.id + ": init still running");
  }
};

class KillsNoLeftovers : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EmptyCgroups(const Record&, bool) override { return {}; }
};

class KillsLeftoversByForceOnly : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EmptyCgroups(const Record& record, bool force) override {
    if (force) return Runtime::EmptyCgroups(record, force);
    return KillCgroups(kernel(), {}, seconds(1));
  }
};

class KillsOthers : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EmptyCgroups(const Record& record, bool) override {
    return KillCgroups(kernel(), record.cgroups, seconds(5));
  }
};

class KillsMembersOnce : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EmptyCgroups(const Record& record, bool) override {
    return SignalCgroups(kernel(), OwnedCgroups(record.cgroups), Signal{SIGKILL});
  }
};

class LooksInOneHierarchy : public Runtime {
  using Runtime::Runtime;
  Outcome<void> EmptyCgroups(const Record& record, bool) override {
    const CgroupDirectory* freezer = FreezerOf(record.cgroups);
    for (const CgroupDirectory& cgroup : record.cgroups) {
      if (&cgroup != freezer) return KillCgroups(kernel(), {cgroup}, seconds(5));
    }
    return {};
  }
};

class RemovesTopsOnly : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    for (int i = 0; i < 100; ++i) {
      bool left = false;
      for (const CgroupDirectory& cgroup : OwnedCgroups(record.cgroups)) {
        auto removed = kernel().UnlinkAt(kCwd, cgroup.FullPath(), AT_REMOVEDIR);
        left = left || FailedWith(removed, EBUSY);
      }
      if (!left) return {};
      static_cast<void>(kernel().Nanosleep(std::chrono::milliseconds(5)));
    }
    return Refuse(FailureKind::kSystem, "container " + record.id + ": its cgroup is busy");
  }
};

class GoneIsAnError : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    for (const CgroupDirectory& cgroup : OwnedCgroups(record.cgroups)) {
      auto dir = OpenCgroup(kernel(), cgroup);
      if (dir && !*dir) return Refuse(FailureKind::kSystem, cgroup.FullPath() + ": ENOENT");
    }
    return Runtime::RemoveCgroupDirectories(record);
  }
};

class StopsAtTheFirstHierarchy : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    for (const CgroupDirectory& cgroup : OwnedCgroups(record.cgroups)) {
      if (!kernel().UnlinkAt(kCwd, cgroup.FullPath(), AT_REMOVEDIR)) break;
    }
    return {};
  }
};

class RemovesNoCgroup : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record&) override { return {}; }
};

class RemovesWhatWasThere : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    Record all = record;
    for (CgroupDirectory& cgroup : all.cgroups) cgroup.owned = true;
    return Runtime::RemoveCgroupDirectories(all);
  }
};

class RemovesTheParent : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveCgroupDirectories(const Record& record) override {
    Cgroups parents = record.cgroups;
    for (CgroupDirectory& cgroup : parents) cgroup.path.resize(cgroup.path.rfind('/'));
    std::erase_if(parents, [](const auto& cgroup) { return cgroup.path.empty(); });
    static_cast<void>(RemoveCgroups(kernel(), parents, std::chrono::milliseconds(0)));
    return Runtime::RemoveCgroupDirectories(record);
  }
};

class IgnoresErrors : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    static_cast<void>(EndProcesses(record, force));
    static_cast<void>(RemoveCgroups(kernel(), record.cgroups, std::chrono::milliseconds(0)));
    static_cast<void>(RunPoststop(container, record));
    return RemoveRecord(container);
  }
};

class RecordFirst : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    if (auto removed = RemoveRecord(container); !removed) return removed;
    if (auto ended = EndProcesses(record, force); !ended) return ended;
    return RemoveCgroupDirectories(record);
  }
};

class RecordStays : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveRecord(const ContainerDirectory&) override { return {}; }
};

class WipesWhatIsMounted : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveRecord(const ContainerDirectory& container) override {
    std::error_code error;
    std::filesystem::remove_all(container.path, error);
    return RemoveContainer(kernel(), container);
  }
};

class FollowsLinksInTheDirectory : public Runtime {
  using Runtime::Runtime;
  Outcome<void> RemoveRecord(const ContainerDirectory& container) override {
    namespace fs = std::filesystem;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator(
             container.path, fs::directory_options::follow_directory_symlink, error)) {
      // Only what a lab has laid out: a link may lead anywhere.
      const fs::path target = fs::canonical(entry.path(), error);
      const bool in_lab = target.string().find("reapcheck") != std::string::npos;
      if (in_lab && entry.is_regular_file(error)) fs::remove(target, error);
    }
    return RemoveContainer(kernel(), container);
  }
};

class TakesTheBundleAlong : public Runtime {
  using Runtime::Runtime;
  Outcome<void> DestroyInOrder(const ContainerDirectory& container, Record& record,
                               bool force) override {
    auto destroyed = Runtime::DestroyInOrder(container, record, force);
    std::error_code error;
    if (destroyed) std::filesystem::remove(record.bundle + "/config.json", error);
    return destroyed;
  }
};

std::vector<Mutant> Processes() {
  return {
      {.name = "delete-bare-pid",
       .plants = "delete kills the recorded pid, whoever has it now.",
       .bug = "crun#1200, podman#25104",
       .breaks = "S1 S10",
       .caught_by = {"PidReuse.DeleteNeverHitsTheNewOwner",
                     "PidReuse.ForceDeleteOfLeftoversSparesTheNewOwner",
                     "PidReuse.ForceDeleteNeverHitsTheNewOwnerOfThePid"},
       .part = MakeRuntimeOf<EndsABarePid>,
       .scenario = "delete-force.pid-reused"},
      {.name = "delete-process-group",
       .plants = "delete kills init's process group and takes that for all.",
       .bug = "runc#2036",
       .breaks = "L4 S8",
       .caught_by = {"PidNamespace.DeleteKillsLeftovers",
                     "Exec.ProcessDiesWithForceDeleteInAHostPidNamespace"},
       .part = MakeRuntimeOf<KillsTheProcessGroup>,
       .not_simulated = "all processes of a scenario are in the process group of init"},
      {.name = "delete-no-thaw",
       .plants = "delete --force waits for the death of an init that is frozen.",
       .bug = "runc#3134",
       .breaks = "L3",
       .caught_by = {"ForceDelete.PausedLeavesNothing"},
       .cgroup = "v1",
       .part = MakeRuntimeOf<NoThaw>,
       .scenario = "delete-force.paused.v1"},
      {.name = "delete-by-term",
       .plants = "delete --force sends TERM.",
       .bug = "runc#2805",
       .breaks = "L3",
       .caught_by = {"ForceDelete.TreeThatIgnoresTermLeavesNothing"},
       .part = MakeRuntimeOf<TermForKill>,
       .scenario = "delete-force.ignores-term"},
      {.name = "delete-waits-for-reaper",
       .plants = "A zombie init counts as alive: delete --force waits until somebody reaps it.",
       .bug = "runc#2892, runc#2861",
       .breaks = "L6",
       .caught_by = {"Zombie.ForceDeleteDoesNotWaitForTheReaper"},
       .part = MakeRuntimeOf<WaitsForTheReaper>,
       .not_simulated = "an engine of a scenario reaps init at once, or before it is deleted"},
      {.name = "delete-no-leftovers",
       .plants = "What outlived init in a shared pid namespace is not killed.",
       .bug = "runc#2344, runc#2085",
       .breaks = "S8 L4",
       .caught_by = {"PidNamespace.DeleteKillsLeftovers", "PidNamespace.ExecedLeftoverIsDeleted",
                     "Cgroup.LeftoversInSubCgroupsGoWithDelete"},
       .part = MakeRuntimeOf<KillsNoLeftovers>,
       .scenario = "delete.shared-pids.init-gone"},
      {.name = "delete-leftovers-by-force",
       .plants = "What outlived init in a shared pid namespace is killed with --force alone.",
       .bug = "runc#2036",
       .breaks = "S8 L4",
       .caught_by = {"PidNamespace.DeleteKillsLeftovers",
                     "PidNamespace.DeleteInAJoinedOneKillsLeftovers"},
       .part = MakeRuntimeOf<KillsLeftoversByForceOnly>,
       .scenario = "delete.shared-pids.init-gone"},
      {.name = "delete-kills-others",
       .plants = "Processes of a cgroup that was there before are killed.",
       .bug = "runc#2805",
       .breaks = "S10 A26",
       .caught_by = {"Cgroup.BystanderThatCameLaterSurvives"},
       .part = MakeRuntimeOf<KillsOthers>,
       .not_simulated = "no stranger is in a cgroup of a scenario"},
      {.name = "delete-kills-once",
       .plants = "The members are signalled once: what forks meanwhile lives on.",
       .bug = "runc#2036",
       .breaks = "L4 L3",
       .caught_by = {"ForceDelete.ForkStormWithoutAPidNamespaceLeavesNothing"},
       .most_runs = 60,
       .part = MakeRuntimeOf<KillsMembersOnce>,
       .scenario = "delete-force.forking"},
      {.name = "delete-one-hierarchy",
       .plants = "Members are looked for in one v1 hierarchy alone.",
       .bug = "gvisor#11981",
       .breaks = "S8",
       .caught_by = {"Cgroup.LeftoverInOneHierarchyOnly"},
       .cgroup = "v1",
       .part = MakeRuntimeOf<LooksInOneHierarchy>,
       .not_simulated = "processes of a scenario are in the same cgroup of every hierarchy"},
  };
}

std::vector<Mutant> Directories() {
  return {
      {.name = "cgroup-top-only",
       .plants = "A cgroup is removed without those below it, and what stays is an error.",
       .bug = "runc#2403, runc#3225",
       .breaks = "L5 L3 S8",
       .caught_by = {"Cgroup.EmptySubCgroupsAreRemoved"},
       .part = MakeRuntimeOf<RemovesTopsOnly>,
       .scenario = "delete-force.nested"},
      {.name = "cgroup-gone-is-error",
       .plants = "A cgroup that is gone already fails delete.",
       .bug = "crun#197",
       .breaks = "L8 L9",
       .caught_by = {"Cgroup.GoneBeforeDelete", "Cgroup.GoneBeforeForceDelete"},
       .part = MakeRuntimeOf<GoneIsAnError>,
       .scenario = "delete.stopped"},
      {.name = "cgroup-first-failure",
       .plants = "The first hierarchy that fails keeps the others from being removed.",
       .bug = "gvisor#6446",
       .breaks = "S7 S8 L8",
       .caught_by = {"Cgroup.OneHierarchyGone"},
       .cgroup = "v1",
       .part = MakeRuntimeOf<StopsAtTheFirstHierarchy>,
       .scenario = "delete.stopped.v1"},
      {.name = "cgroup-left",
       .plants = "No cgroup is removed.",
       .bug = "youki#165, crun 1.8.1 NEWS",
       .breaks = "S7 S8 A25",
       .caught_by = {"Delete.EndedByItselfLeavesNothing", "ForceDelete.StoppedLeavesNothing",
                     "Cgroup.DefaultPathIsCleaned", "Poststop.CgroupsAreGoneBeforeIt",
                     "Lifecycle.CreateStartKillDelete",
                     "UserNamespace.WholeLifeLeavesNothing"},
       .part = MakeRuntimeOf<RemovesNoCgroup>,
       .scenario = "delete.stopped"},
      {.name = "cgroup-there-removed",
       .plants = "A cgroup that was there before create is removed.",
       .bug = "crun#657 (C16)",
       .breaks = "S10 A26",
       .caught_by = {"Cgroup.ThatWasThereBeforeStays"},
       .part = MakeRuntimeOf<RemovesWhatWasThere>,
       .scenario = "delete-force.foreign-cgroup"},
      {.name = "cgroup-parent-removed",
       .plants = "The cgroup above the container's goes too, with all in it.",
       .bug = "C16",
       .breaks = "S10 A26",
       .caught_by = {"Cgroup.ParentsAndSiblingsStay"},
       .part = MakeRuntimeOf<RemovesTheParent>,
       .scenario = "siblings.nested"},
      {.name = "delete-ignores-errors",
       .plants = "Whatever can not be removed is left, the record goes, exit 0.",
       .bug = "crun#1981, gvisor 1775a0e11",
       .breaks = "S7 S8 S9",
       .caught_by = {"Cgroup.ForeignProcessThatMovedInIsNotForgotten",
                     "Faults.CgroupThatIsBusySeveralTimesIsNotForgotten",
                     "Faults.CgroupThatIsBusySeveralTimesIsNotForgottenByForce"},
       .part = MakeRuntimeOf<IgnoresErrors>,
       .scenario = "delete.stopped"},
      {.name = "record-first",
       .plants = "The record is removed before anything else, and with it the hooks.",
       .bug = "cri-o#3712, runc#4363",
       .breaks = "S7 S12",
       .caught_by = {"Poststop.RunsForForceOnce", "Hooks.EachRunsOnceInAWholeLife",
                     "SlowDeath.ForceThatIsCancelledCanBeRepeated", "Cancelled.ForceAtItsKill"},
       .part = MakeRuntimeOf<RecordFirst>,
       .scenario = "delete.stopped"},
      {.name = "record-stays",
       .plants = "The record of a deleted container stays.",
       .bug = "podman#14720, youki f07d0fdf",
       .breaks = "S8 A27",
       .caught_by = {"Delete.IdIsFreeAtOnce", "Ids.ReusableAtOnceAfterForceDelete",
                     "Idempotence.DeleteOfStoppedRepeatsAfterCreate"},
       .part = MakeRuntimeOf<RecordStays>,
       .scenario = "delete.stopped"},
      {.name = "record-wipes-mounts",
       .plants = "What is mounted in the record's directory is removed with it.",
       .bug = "containerd#802",
       .breaks = "S10",
       .caught_by = {"HostPaths.DeleteDoesNotWipeWhatIsMountedInTheStateDirectory"},
       .part = MakeRuntimeOf<WipesWhatIsMounted>,
       .not_simulated = kPastTheKernel},
      {.name = "record-follows-links",
       .plants = "Links in the record's directory are followed when it is removed.",
       .bug = "S10 (no symlink following)",
       .breaks = "S10",
       .caught_by = {"HostPaths.DeleteRemovesLinksInTheStateDirectoryNotTheirTargets",
                     "Aborted.EveryFileOfTheRecordDirectoryGoes"},
       .part = MakeRuntimeOf<FollowsLinksInTheDirectory>,
       .not_simulated = kPastTheKernel},
      {.name = "bundle-removed",
       .plants = "delete removes the bundle's config.json.",
       .bug = "containerd#4538 (turned round)",
       .breaks = "A26 S10",
       .caught_by = {"Delete.KeepsTheBundle"},
       .part = MakeRuntimeOf<TakesTheBundleAlong>,
       .not_simulated = kPastTheKernel},
  };
}

}  // namespace

std::vector<Mutant> DestroyMutants() {
  std::vector<Mutant> all = Processes();
  std::vector<Mutant> directories = Directories();
  all.insert(all.end(), directories.begin(), directories.end());
  return all;
}

}  // namespace reapcheck::mutants
