// create and start when a system call of them fails: done, or as if never attempted.
#include <sys/stat.h>
#include <unistd.h>

#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

// A created container or nothing, and the id is usable.
void ExpectCreateIsWhole(Lab& lab, const Faults& faults, const ContainerPlan& plan = {}) {
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    ContainerPlan named = plan;
    named.name = name;
    Container c = lab.MakeBundle(named);
    ExpectCreateTold(lab, c, RunFaulted(lab, c, CreateWords(c), fault));
  });
}

// The same, and what it could not do is no success.
void ExpectCreateFails(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.MakeBundle({.name = name});
    const Invocation created = RunFaulted(lab, c, CreateWords(c), fault);
    EXPECT_REFUSED(created);
    ExpectCreateTold(lab, c, created);
  });
}

void ExpectCreateAbsorbs(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.MakeBundle({.name = name});
    const Invocation created = RunFaulted(lab, c, CreateWords(c), fault);
    EXPECT_OK(created);
    ExpectCreateTold(lab, c, created);
  });
}

// --- create: the record ---

CASE(Faults, DirectoryOfTheRecordThatCanNotBeMade,
     {.level = Level::kConvention,
      .cites = {"A8", "A15", "A18"},
      .claim = "mkdir of ROOT/ID fails: create is an error and leaves nothing."}) {
  ExpectCreateFails(lab, OnceEach({"mkdir container"}, {ENOSPC, EROFS, EACCES}));
}

CASE(Faults, DiskThatIsFullAtCreateLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15", "S18"},
      .claim = "The record can not be written: create is an error and leaves nothing."}) {
  Faults faults = AlwaysEach({"write temporary", "write record"}, {ENOSPC, EIO});
  ExpectCreateFails(lab, faults);
}

CASE(Faults, RecordThatCanNotBePutInPlaceLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15", "S18"},
      .claim = "rename of the record fails: create is an error and leaves nothing."}) {
  ExpectCreateFails(lab, AlwaysEach({"rename record"}, {ENOSPC, EROFS, EIO}));
}

CASE(Faults, RecordThatCanNotBeOpenedAtCreateLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "The record can not be opened for writing: create is an error and leaves "
               "nothing."}) {
  ExpectCreateFails(lab, AlwaysEach({"open temporary"}, {ENOSPC, EROFS, EMFILE}));
}

CASE(Faults, RecordThatIsNotOnDiskLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15", "S18"},
      .claim = "fsync of the record fails: create is done, or is an error that leaves nothing."}) {
  ExpectCreateIsWhole(lab, AlwaysEach({"fsync temporary"}, {EIO, ENOSPC}));
}

CASE(Faults, GateThatCanNotBeMadeLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "The fifo for start can not be made: create is an error and leaves nothing."}) {
  ExpectCreateFails(lab, OnceEach({"mkfifo gate"}, {ENOSPC, EROFS}));
}

CASE(Faults, CreateMayBeInterrupted,
     {.level = Level::kRobustness,
      .cites = {"L7", "A8"},
      .claim = "create succeeds when a read of its configuration or a write of its record is "
               "interrupted once."}) {
  ExpectCreateAbsorbs(lab, OnceEach({"read config", "write temporary"}, {EINTR}));
}

CASE(Faults, ConfigThatCanNotBeReadLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A8", "A15"},
      .claim = "config.json can not be read: create is an error and leaves nothing."}) {
  ExpectCreateFails(lab, {Once("read config", EIO), Once("open config", EMFILE),
                          Once("open config", EACCES)});
}

// --- create: cgroups, the root file system ---

CASE(Faults, CgroupThatCanNotBeMadeLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15", "C19"},
      .claim = "mkdir of a cgroup fails: create is done without it or leaves nothing."}) {
  ExpectCreateIsWhole(lab, OnceEach({"mkdir cgroup"}, {ENOSPC, EACCES, EROFS}));
}

CASE(Faults, LastCgroupThatCanNotBeMadeTakesTheOthersAlong,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15", "C19"},
      .claim = "mkdir of the fifth cgroup fails: create is done without it or leaves nothing."}) {
  ExpectCreateIsWhole(lab, {Once("mkdir cgroup", ENOSPC, 5), Once("mkdir cgroup", EROFS, 5)});
}

CASE(Faults, CgroupThatSomebodyMakesMeanwhile,
     {.level = Level::kRobustness,
      .cites = {"A8", "A26", "S10"},
      .claim = "Somebody makes the cgroup just before create does: it works, or is an error that "
               "leaves nothing of its own."}) {
  Container c = lab.MakeBundle();
  HeldCall held(lab, c, CreateWords(c), "mkdir cgroup");
  const std::string made = held.path();
  ASSERT_EQ(mkdir(made.c_str(), 0755), 0) << made;
  const Invocation created = held.LetGo();
  ExpectAnswer(created);
  if (created.ok()) {
    EXPECT_EQ(runtime.Status(c.id), "created");
  }
  EXPECT_OK(runtime.DeleteForce(c.id));
  // Whose it is nobody can say.
  const Observation after = lab.Observe(c);
  EXPECT_TRUE(after.processes.empty() && !after.record_exists()) << after.Describe();
  for (const std::string& dir : lab.CgroupDirs(c)) EXPECT_EQ(dir, made);
  rmdir(made.c_str());
}

CASE(Faults, InitThatCanNotBePutIntoItsCgroupLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "Init can not be moved into a cgroup: create is done in another way or leaves "
               "nothing."}) {
  ExpectCreateIsWhole(lab, OnceEach({"write cgroup.procs", "write cgroup file"}, {EPERM, EBUSY}));
}

CASE(Faults, LimitThatCanNotBeSetLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "A file of a cgroup can not be opened: create is done or leaves nothing."}) {
  ExpectCreateIsWhole(lab, AlwaysEach({"open cgroup file", "open cgroup"}, {EACCES, EMFILE}));
}

CASE(Faults, DeviceThatCanNotBeMadeLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "A device node can not be made in the root file system: create is an error and "
               "leaves nothing."}) {
  ExpectCreateFails(lab, OnceEach({"mkfifo bundle"}, {ENOSPC, EROFS}));
}

// --- create: hooks ---

CASE(Faults, HookOfCreateThatCanNotBeExecutedFailsIt,
     {.level = Level::kSpec,
      .cites = {"A11", "A8", "C19"},
      .claim = "A createRuntime hook can not be executed: create is an error and leaves "
               "nothing."}) {
  const auto plan = [](const std::string& name) {
    return ContainerPlan{.name = name, .hooks = {{.kind = "createRuntime", .name = name}}};
  };
  const Container alike = lab.MakeBundle(plan("alike"));
  const int nth = SpawnOfHook(lab, alike, CreateWords(alike));
  ForEachFault({Once("spawn hook", ENOENT, nth), Once("spawn hook", EACCES, nth),
                Once("spawn hook", ENOMEM, nth)},
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.MakeBundle(plan(name));
                 const Invocation created = RunFaulted(lab, c, CreateWords(c), fault);
                 EXPECT_REFUSED(created);
                 ExpectCreateTold(lab, c, created);
               });
}

// --- start ---

// Start is done, or it is an error after which the container is as it was, or is stopped.
void ExpectStartTold(Lab& lab, const Container& c, const Invocation& started) {
  ExpectAnswer(started);
  const std::string status = lab.runtime().Status(c.id);
  if (started.ok()) {
    EXPECT_TRUE(lab.AwaitReady(c));
    EXPECT_EQ(status, "running");
  } else {
    EXPECT_NE(status, "running") << started.Describe();
    if (status != "created") return ExpectForceCleans(lab, c);
    constexpr std::chrono::milliseconds kMoment{30};
    lab.Nap(kMoment);
    const bool runs = lab.HasFile(c.name + ".ready");
    EXPECT_FALSE(runs) << "called created, and the program runs: " << started.Describe();
    if (runs) return;
    // Init may have been on its way out: then it is stopped by now.
    const Invocation again = lab.runtime().Start(c.id);
    if (again.ok()) {
      EXPECT_TRUE(lab.AwaitReady(c));
    } else {
      EXPECT_TRUE(lab.AwaitStatus(c, "stopped")) << again.Describe();
    }
  }
  if (!testing::Test::HasFailure()) ExpectForceCleans(lab, c);
}

void ExpectStartIsWhole(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.Created({.name = name});
    ExpectStartTold(lab, c, RunFaulted(lab, c, {"start", c.id}, fault));
  });
}

CASE(Faults, GateThatCanNotBeOpenedStartsNothing,
     {.level = Level::kRobustness,
      .cites = {"A15", "A19"},
      .claim = "The fifo can not be opened: start is an error, the program does not run, and the "
               "next start works."}) {
  ExpectStartIsWhole(lab, AlwaysEach({"open gate"}, {EACCES, EMFILE}));
}

CASE(Faults, GateThatFailsStartsNothing,
     {.level = Level::kRobustness,
      .cites = {"A15", "A19", "A6"},
      .claim = "The fifo can not be read, written or removed: start is done, or an error without "
               "effect."}) {
  ExpectStartIsWhole(lab, {Always("read gate", EIO), Always("write gate", EIO),
                           Always("unlink gate", EROFS)});
}

CASE(Faults, RecordThatCanNotBeReadStartsNothing,
     {.level = Level::kRobustness,
      .cites = {"A15", "A19", "S20"},
      .claim = "The record can not be read: start is an error without effect."}) {
  ExpectStartIsWhole(lab, {Once("read record", EIO), Once("open record", EMFILE)});
}

CASE(Faults, UnknownInitIsNotStartedTwice,
     {.level = Level::kRobustness,
      .cites = {"A15", "S3", "A19"},
      .claim = "/proc/PID/stat of init can not be read: start is done, or an error without "
               "effect."}) {
  ExpectStartIsWhole(lab, AlwaysEach({"open proc stat"}, {EACCES, EMFILE}));
}

CASE(Faults, DiskThatIsFullAtStart,
     {.level = Level::kRobustness,
      .cites = {"A15", "A6", "S18"},
      .claim = "start can not write what it notes: it is done, or an error without effect."}) {
  ExpectStartIsWhole(lab, AlwaysEach({"write temporary", "rename record"}, {ENOSPC, EROFS}));
}

CASE(Faults, StartMayBeInterrupted,
     {.level = Level::kRobustness,
      .cites = {"L7", "A19"},
      .claim = "start succeeds when a read or a write of it is interrupted once."}) {
  ForEachFault(OnceEach({"read record", "read proc stat", "write gate", "read gate",
                         "write temporary"},
                        {EINTR}),
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Created({.name = name});
                 EXPECT_OK(RunFaulted(lab, c, {"start", c.id}, fault));
                 EXPECT_TRUE(lab.AwaitReady(c));
               });
}

CASE(Faults, PoststartThatCanNotBeExecutedFailsStart,
     {.level = Level::kSpec,
      .cites = {"A12", "C19"},
      .claim = "A poststart hook can not be executed: start is an error, and delete --force "
               "leaves nothing."}) {
  const auto plan = [](const std::string& name) {
    return ContainerPlan{.name = name, .hooks = {{.kind = "poststart", .name = name}}};
  };
  const Container alike = lab.Created(plan("alike"));
  const int nth = SpawnOfHook(lab, alike, {"start", alike.id});
  ForEachFault({Once("spawn hook", ENOENT, nth), Once("spawn hook", ENOMEM, nth)},
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Created(plan(name));
                 EXPECT_REFUSED(RunFaulted(lab, c, {"start", c.id}, fault));
                 ExpectForceCleans(lab, c);
               });
}

}  // namespace
}  // namespace reapcheck::conformance
