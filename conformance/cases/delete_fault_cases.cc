// delete when a system call of it fails: what could not be removed is not forgotten, and what was a
// moment's trouble is nobody's business.
#include <unistd.h>

#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

constexpr char kRmdir[] = "rmdir cgroup";

// A stopped container is deleted with the fault, and delete has to succeed in spite of it.
void ExpectAbsorbed(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&lab](const Injection& fault, const std::string& name) {
    Container c = lab.Stopped({.name = name});
    EXPECT_OK(RunFaulted(lab, c, {"delete", c.id}, fault));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  });
}

void ExpectStoppedTold(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&lab](const Injection& fault, const std::string& name) {
    Container c = lab.Stopped({.name = name});
    ExpectDeleteTold(lab, c, RunFaulted(lab, c, {"delete", c.id}, fault));
  });
}

void ExpectForceTold(Lab& lab, const Faults& faults, const ContainerPlan& plan = {}) {
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    ContainerPlan named = plan;
    named.name = name;
    Container c = lab.Running(named);
    ExpectDeleteTold(lab, c, RunFaulted(lab, c, {"delete", "--force", c.id}, fault));
  });
}

// Nothing that goes wrong makes a running container one that may be deleted without force.
void ExpectRunningIsKept(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&lab](const Injection& fault, const std::string& name) {
    Container c = lab.Running({.name = name});
    const Invocation deleted = RunFaulted(lab, c, {"delete", c.id}, fault);
    EXPECT_REFUSED(deleted);
    EXPECT_TRUE(lab.Unhurt(c.init)) << deleted.Describe();
    EXPECT_TRUE(lab.Observe(c).record_exists()) << "the record is gone: " << deleted.Describe();
    if (!testing::Test::HasFailure()) ExpectForceCleans(lab, c);
  });
}

// --- Cgroups ---

CASE(Faults, CgroupThatIsBusyOnceIsRemoved,
     {.level = Level::kRobustness,
      .cites = {"L2", "S8", "C15"},
      .claim = "A cgroup that is busy once, the first or the last, does not fail delete."}) {
  ExpectAbsorbed(lab, {Once(kRmdir, EBUSY), Once(kRmdir, EBUSY, lab.pure_v2() ? 1 : 9)});
}

CASE(Faults, CgroupThatIsNotEmptyOnceIsRemoved,
     {.level = Level::kRobustness,
      .cites = {"L2", "S8", "C15"},
      .claim = "A cgroup that had something below it a moment ago does not fail delete."}) {
  ExpectAbsorbed(lab, {Once(kRmdir, ENOTEMPTY)});
}

CASE(Faults, RemovalOfACgroupMayBeInterrupted,
     {.level = Level::kRobustness,
      .cites = {"L7", "S8"},
      .claim = "delete succeeds when rmdir of a cgroup is interrupted once."}) {
  ExpectAbsorbed(lab, {Once(kRmdir, EINTR)});
}

CASE(Faults, CgroupThatIsGoneAtItsRemovalIsNoError,
     {.level = Level::kRobustness,
      .cites = {"L8", "S8", "C15"},
      .claim = "Somebody removes all cgroups just before delete does: it succeeds."}) {
  Container c = lab.Stopped();
  HeldCall held(lab, c, {"delete", c.id}, kRmdir);
  for (const std::string& dir : lab.CgroupDirs(c)) ASSERT_EQ(rmdir(dir.c_str()), 0) << dir;
  EXPECT_OK(held.LetGo());
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

// read(2) of a file in a cgroup that was removed meanwhile says ENODEV.
CASE(Faults, CgroupThatVanishesWhileItsProcessesAreReadIsNoError,
     {.level = Level::kRobustness,
      .cites = {"L8", "S8", "C15"},
      .claim = "The cgroup vanishes between open and read of cgroup.procs: delete succeeds."}) {
  ForEachFault(OnceEach({"open cgroup.procs", "read cgroup.procs"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Running({.name = name, .pid_namespace = PidNamespace::kHost});
                 lab.KillInit(c);
                 HeldCall held(lab, c, {"delete", c.id}, at.call);
                 for (const std::string& dir : lab.CgroupDirs(c)) {
                   ASSERT_EQ(rmdir(dir.c_str()), 0) << dir;
                 }
                 EXPECT_OK(held.LetGo());
                 EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
               });
}

CASE(Faults, CgroupThatCanNotBeRemovedIsNotForgotten,
     {.level = Level::kRobustness,
      .cites = {"S7", "S8", "S9", "C15"},
      .claim = "rmdir of the cgroups fails for good: delete is an error that can be repeated."}) {
  ExpectStoppedTold(lab, AlwaysEach({kRmdir}, {EPERM, EACCES, EROFS}));
}

CASE(Faults, CgroupThatCanNotBeRemovedIsNotForgottenByForce,
     {.level = Level::kRobustness,
      .cites = {"S7", "S8", "S9", "C15"},
      .claim = "rmdir of the cgroups fails for good: delete --force is an error that can be "
               "repeated."}) {
  ExpectForceTold(lab, AlwaysEach({kRmdir}, {EPERM, EROFS}));
}

CASE(Faults, OneCgroupThatFailsDoesNotKeepTheOthers,
     {.level = Level::kRobustness,
      .cites = {"S7", "S8", "L10"},
      .claim = "One of several cgroups can not be removed: the others go, and delete says so.",
      .needs = kNeedCgroupV1}) {
  if (lab.pure_v2()) SKIP("there is one hierarchy");
  Container c = lab.Stopped();
  const Invocation deleted = RunFaulted(lab, c, {"delete", c.id}, Once(kRmdir, EPERM));
  EXPECT_LE(lab.CgroupDirs(c).size(), 1u) << deleted.Describe();
  ExpectDeleteTold(lab, c, deleted);
}

// Takes as long as the runtime tries: with reaprun 5 s.
CASE(Faults, CgroupThatStaysBusyIsReportedInTime,
     {.level = Level::kRobustness,
      .cites = {"L1", "S8", "S9", "C15"},
      .claim = "A cgroup that is busy for ever: delete ends in time with an error, and can be "
               "repeated."}) {
  ExpectStoppedTold(lab, {Always(kRmdir, EBUSY)});
}

CASE(Faults, CgroupThatCanNotBeLookedIntoIsNotForgotten,
     {.level = Level::kRobustness,
      .cites = {"S3", "S8", "S9"},
      .claim = "The cgroups can not be opened or listed: delete --force does not report success "
               "and leave them."}) {
  ExpectForceTold(lab, AlwaysEach({"open cgroup", "open cgroup.procs", "stat cgroup"},
                                  {EACCES}));
}

CASE(Faults, ProcessesThatCanNotBeListedAreNotForgotten,
     {.level = Level::kRobustness,
      .cites = {"S3", "S6", "S8", "L4"},
      .claim = "cgroup.procs can not be read: delete --force does not report success and leave "
               "processes."}) {
  ExpectForceTold(lab, AlwaysEach({"open cgroup.procs", "read cgroup.procs"}, {EACCES, EIO}),
                  SeveralProcesses("c1"));
}

CASE(Faults, CgroupKillThatIsDeniedIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"L4", "S8", "S9"},
      .claim = "cgroup.kill can not be written: delete --force kills otherwise, or is an error."}) {
  ExpectForceTold(lab, AlwaysEach({"write cgroup.kill"}, {EPERM, EOPNOTSUPP}),
                  SeveralProcesses("c1"));
}

CASE(Faults, FreezerThatFailsIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"L3", "S6", "S8", "C12"},
      .claim = "A paused container can not be thawed: delete --force does not report success and "
               "leave it.",
      .needs = kNeedPause | kNeedFreezer}) {
  const Faults faults = AlwaysEach({"write freezer.state", "write cgroup.freeze"}, {EPERM, EBUSY});
  ForEachFault({faults[0], faults[2]}, [&](const Injection& fault, const std::string& name) {
    // Where KILL can not act before the thaw, a runtime waits for death: that takes its time.
    if (!lab.pure_v2()) SKIP("KILL waits for the thaw on v1");
    Container c = lab.Paused({.name = name});
    ExpectDeleteTold(lab, c, RunFaulted(lab, c, {"delete", "--force", c.id}, fault));
  });
}

CASE(Faults, ThawMayBeInterrupted,
     {.level = Level::kRobustness,
      .cites = {"L7", "L3", "C12"},
      .claim = "delete --force of a paused container succeeds when the thaw is interrupted once.",
      .needs = kNeedPause | kNeedFreezer}) {
  ForEachFault(OnceEach({"write freezer.state", "write cgroup.freeze"}, {EINTR}),
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Paused({.name = name});
                 EXPECT_OK(RunFaulted(lab, c, {"delete", "--force", c.id}, fault));
                 EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
               });
}

// --- The record ---

CASE(Faults, RecordThatCanNotBeRemovedIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S7", "S8", "S9"},
      .claim = "unlink of the record fails: delete is an error that can be repeated."}) {
  ExpectStoppedTold(lab, AlwaysEach({"unlink record"}, {EACCES, EROFS, EIO}));
}

CASE(Faults, RecordThatCanNotBeRemovedIsNoSuccessOfForce,
     {.level = Level::kRobustness,
      .cites = {"S7", "S8", "S9"},
      .claim = "unlink of the record fails: delete --force is an error that can be repeated."}) {
  ExpectForceTold(lab, AlwaysEach({"unlink record"}, {EPERM, EROFS}));
}

CASE(Faults, DirectoryOfTheRecordThatStaysIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S8", "S9"},
      .claim = "rmdir of ROOT/ID fails: delete is an error that can be repeated."}) {
  ExpectStoppedTold(lab, AlwaysEach({"rmdir container"}, {EBUSY, EPERM}));
}

CASE(Faults, DirectoryOfTheRecordThatCanNotBeListedIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S8", "S9"},
      .claim = "getdents of ROOT/ID fails: delete is an error that can be repeated."}) {
  ExpectStoppedTold(lab, AlwaysEach({"getdents container"}, {EIO}));
}

CASE(Faults, MountThatCanNotBeTakenAwayIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S8", "S9", "S10"},
      .claim = "umount below ROOT/ID fails: delete tells, or did not need it."}) {
  ExpectStoppedTold(lab, AlwaysEach({"umount container", "umount file"}, {EBUSY, EPERM}));
}

CASE(Faults, RecordThatCanNotBeReadIsNoLicenceToDelete,
     {.level = Level::kRobustness,
      .cites = {"S3", "S4", "S20", "C1"},
      .claim = "The disk fails to give the record of a running container: delete without force is "
               "refused."}) {
  ExpectRunningIsKept(lab, OnceEach({"read record"}, {EIO}));
}

CASE(Faults, RecordThatCanNotBeOpenedIsNoLicenceToDelete,
     {.level = Level::kRobustness,
      .cites = {"S3", "S4", "S20"},
      .claim = "The record of a running container can not be opened: delete without force is "
               "refused."}) {
  ExpectRunningIsKept(lab, OnceEach({"open record"}, {EMFILE, EACCES, EIO}));
}

CASE(Faults, RecordThatCanNotBeReadIsNotDroppedByForce,
     {.level = Level::kRobustness,
      .cites = {"S6", "S8", "S20", "C1"},
      .claim = "The record can not be read: delete --force cleans all the same, or is an error "
               "that can be repeated."}) {
  ExpectForceTold(lab, {Once("read record", EIO), Once("open record", EMFILE),
                        Once("open record", EACCES)});
}

CASE(Faults, ReadOfTheRecordMayBeInterrupted,
     {.level = Level::kRobustness,
      .cites = {"L7"},
      .claim = "delete succeeds when a read of the record is interrupted once."}) {
  ExpectAbsorbed(lab, {Once("read record", EINTR)});
}

CASE(Faults, LockThatCanNotBeTakenIsAnError,
     {.level = Level::kRobustness,
      .cites = {"S9", "S23"},
      .claim = "flock fails: delete is an error that can be repeated."}) {
  ExpectStoppedTold(lab, AlwaysEach({"flock lock"}, {ENOLCK}));
}

CASE(Faults, DiskThatIsFullAtDeleteIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S9", "S14", "S18"},
      .claim = "delete can not write what it notes: it succeeds, or is repeated, and the poststop "
               "hook runs once."}) {
  Faults faults = AlwaysEach({"write temporary", "rename record"}, {ENOSPC});
  faults.push_back(Always("rename record", EROFS));
  faults.push_back(Always("fsync temporary", EIO));
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.Stopped({.name = name, .hooks = {{.kind = "poststop", .name = name}}});
    ExpectDeleteTold(lab, c, RunFaulted(lab, c, {"delete", c.id}, fault));
    EXPECT_HOLDS(JudgeHooks("poststop", {name}, lab.Observe(c).HooksOf("poststop")));
  });
}

// --- Processes ---

CASE(Faults, UnknownIsNotDead,
     {.level = Level::kRobustness,
      .cites = {"S3", "S4"},
      .claim = "/proc/PID/stat of a running init can not be read: delete without force is "
               "refused."}) {
  Faults faults = AlwaysEach({"open proc stat"}, {EACCES, EMFILE});
  // Once: the next look would have told.
  faults.push_back(Once("open proc stat", EACCES));
  faults.push_back(Always("read proc stat", EIO));
  ExpectRunningIsKept(lab, faults);
}

CASE(Faults, UnknownIsNotDeadForForce,
     {.level = Level::kRobustness,
      .cites = {"S3", "S6", "S8"},
      .claim = "/proc/PID/stat can not be read: delete --force does not report success and leave "
               "init."}) {
  Faults faults = AlwaysEach({"open proc stat"}, {EACCES, EMFILE});
  faults.push_back(Always("read proc stat", EIO));
  ExpectForceTold(lab, faults);
}

// proc_pid_stat(5) of a process that is reaped between open(2) and read(2) says ESRCH.
CASE(Faults, ZombieThatIsReapedMeanwhileIsNoError,
     {.level = Level::kRobustness,
      .cites = {"L6", "L8", "S3"},
      .claim = "Init is a zombie and reaped between open and read of its stat: delete succeeds."}) {
  ForEachFault(OnceEach({"read proc stat"}, {ESRCH}), [&](const Injection& at,
                                                          const std::string& name) {
    Container c = lab.Running({.name = name});
    lab.SetReaping(false);
    lab.KillInit(c);
    HeldCall held(lab, c, {"delete", c.id}, at.call);
    lab.SetReaping(true);
    ASSERT_TRUE(lab.Await("init is reaped", [&] { return !lab.Inspect(c.init.pid); }));
    EXPECT_OK(held.LetGo());
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  });
}

CASE(Faults, KernelWithoutPidfdIsToldOrWorkedAround,
     {.level = Level::kRobustness,
      .cites = {"S2", "S8", "S9", "L3"},
      .claim = "pidfd_open fails: delete --force works without it, or is an error that can be "
               "repeated."}) {
  ExpectForceTold(lab, AlwaysEach({"pidfd_open init"}, {ENOSYS, EINVAL, EMFILE, ENOMEM, EPERM}));
}

CASE(Faults, DeniedKillIsNoSuccessOfForce,
     {.level = Level::kRobustness,
      .cites = {"S3", "S6", "S8", "S16"},
      .claim = "A security module denies every signal to init: delete --force does not drop a "
               "live container."}) {
  ExpectForceTold(lab, AlwaysEach({"signal init"}, {EPERM, EACCES}));
}

CASE(Faults, DeniedKillIsNoSuccessForCreated,
     {.level = Level::kRobustness,
      .cites = {"S3", "S6", "S8", "S16"},
      .claim = "A security module denies every signal to the init of a created container: delete "
               "--force does not drop it."}) {
  ForEachFault(AlwaysEach({"signal init"}, {EACCES}), [&](const Injection& fault,
                                                          const std::string& name) {
    Container c = lab.Created({.name = name});
    ExpectDeleteTold(lab, c, RunFaulted(lab, c, {"delete", "--force", c.id}, fault));
  });
}

CASE(Faults, DeniedKillOfAChildIsNoSuccessOfForce,
     {.level = Level::kRobustness,
      .cites = {"L4", "S6", "S8"},
      .claim = "A signal to a process beside init is denied: delete --force does not report "
               "success and leave it."}) {
  ExpectForceTold(lab, {Once("signal process", EPERM), Once("pidfd_open process", EMFILE)},
                  SeveralProcesses("c1"));
}

// --- Hooks ---

CASE(Faults, PoststopThatCanNotBeExecutedIsOnlyAWarning,
     {.level = Level::kSpec,
      .cites = {"A14", "S8", "S13"},
      .claim = "A poststop hook can not be executed for want of memory: delete succeeds."}) {
  const auto plan = [](const std::string& name) {
    return ContainerPlan{.name = name, .hooks = {{.kind = "poststop", .name = name}}};
  };
  const Container alike = lab.Stopped(plan("alike"));
  const int nth = SpawnOfHook(lab, alike, {"delete", alike.id});
  ForEachFault({Once("spawn hook", ENOMEM, nth), Once("spawn hook", EACCES, nth)},
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Stopped(plan(name));
                 EXPECT_OK(RunFaulted(lab, c, {"delete", c.id}, fault));
                 EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
               });
}

}  // namespace
}  // namespace reapcheck::conformance
