// kill, pause, resume and state when a system call of them fails: success means that it was done,
// and what is not known is not called dead.
#include <signal.h>

#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

bool Dies(Lab& lab, const Container& c) {
  constexpr std::chrono::milliseconds kDeath{2000};
  return lab.Await("init is dead", [&] { return !lab.Alive(c.init); }, kDeath);
}

// kill KILL with the fault is done or refused; then kill without it works.
void ExpectKillTold(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&lab](const Injection& fault, const std::string& name) {
    Container c = lab.Running({.name = name});
    const Invocation killed = RunFaulted(lab, c, {"kill", c.id, "KILL"}, fault);
    ExpectAnswer(killed);
    EXPECT_TRUE(lab.Observe(c).record_exists()) << "the record is gone: " << killed.Describe();
    if (!killed.ok()) {
      EXPECT_OK(lab.runtime().Kill(c.id, "KILL"));
    }
    EXPECT_TRUE(Dies(lab, c)) << "though " << killed.Describe();
    EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  });
}

// An error, and nothing has happened.
void ExpectKillRefused(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&lab](const Injection& fault, const std::string& name) {
    Container c = lab.Running({.name = name});
    const Snapshot before = lab.TakeSnapshot();
    const Invocation killed = RunFaulted(lab, c, {"kill", c.id, "KILL"}, fault);
    EXPECT_REFUSED(killed);
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
    EXPECT_TRUE(lab.Unhurt(c.init)) << killed.Describe();
  });
}

void ExpectKillAbsorbs(Lab& lab, const Faults& faults) {
  ForEachFault(faults, [&lab](const Injection& fault, const std::string& name) {
    Container c = lab.Running({.name = name});
    EXPECT_OK(RunFaulted(lab, c, {"kill", c.id, "KILL"}, fault));
    EXPECT_TRUE(Dies(lab, c));
  });
}

// --- kill ---

CASE(Faults, DeniedSignalIsAnError,
     {.level = Level::kConvention,
      .cites = {"A22", "A37", "S3", "C7"},
      .claim = "A security module denies the signal: kill is an error and changes nothing."}) {
  ExpectKillRefused(lab, AlwaysEach({"signal init"}, {EPERM, EACCES}));
}

CASE(Faults, ReadsOfKillMayBeInterrupted,
     {.level = Level::kRobustness,
      .cites = {"L7", "A22"},
      .claim = "kill succeeds when a read of the record or of /proc is interrupted once."}) {
  ExpectKillAbsorbs(lab, OnceEach({"read record", "read proc stat"}, {EINTR}));
}

CASE(Faults, PidfdThatCanNotBeOpenedIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S2", "A22", "S3"},
      .claim = "pidfd_open fails: kill works without it, or is an error; success means that it "
               "was sent."}) {
  ExpectKillTold(lab, AlwaysEach({"pidfd_open init"}, {ENOSYS, EINVAL, EMFILE, ENOMEM, EPERM}));
}

CASE(Faults, PidfdThatCanNotBeSignalledIsNoSuccess,
     {.level = Level::kRobustness,
      .cites = {"S2", "A22"},
      .claim = "pidfd_send_signal does not exist: kill works without it, or is an error."}) {
  ExpectKillTold(lab, {Once("signal init", ENOSYS)});
}

CASE(Faults, SignalThatDoesNotKillIsToldToo,
     {.level = Level::kRobustness,
      .cites = {"A22", "S17"},
      .claim = "kill USR1 without pidfd_open: the program gets it, or kill is an error."}) {
  ForEachFault(AlwaysEach({"pidfd_open init"}, {ENOSYS}), [&](const Injection& fault,
                                                              const std::string& name) {
    Container c = lab.Running({.name = name, .program = {"trap", "sleep"}});
    const Invocation killed = RunFaulted(lab, c, {"kill", c.id, "USR1"}, fault);
    ExpectAnswer(killed);
    if (killed.ok()) {
      EXPECT_TRUE(lab.Await("USR1", [&] { return !lab.SignalsSeen(c).empty(); }));
    }
    EXPECT_EQ(runtime.Status(c.id), "running");
  });
}

CASE(Faults, UnknownInitIsNotCalledStopped,
     {.level = Level::kRobustness,
      .cites = {"S3", "S1", "A22"},
      .claim = "/proc/PID/stat can not be read: kill works all the same, or is an error; it does "
               "not report what it did not do."}) {
  Faults faults = AlwaysEach({"open proc stat"}, {EACCES, EMFILE});
  faults.push_back(Always("read proc stat", EIO));
  ExpectKillTold(lab, faults);
}

CASE(Faults, RecordThatCanNotBeReadKillsNobody,
     {.level = Level::kRobustness,
      .cites = {"S5", "S20", "A15"},
      .claim = "The record can not be read: kill is an error and changes nothing."}) {
  ExpectKillRefused(lab, {Once("read record", EIO), Once("open record", EMFILE),
                          Once("open record", EACCES)});
}

CASE(Faults, KillOfAllThatMissesOneIsAnError,
     {.level = Level::kRobustness,
      .cites = {"L4", "C19"},
      .claim = "kill of all processes: one of them could not be signalled. It is an error, or all "
               "die."}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  // The first costs the patience of a runtime that tries again: with reaprun 2 s.
  const Faults faults{Always("signal process", EPERM), Once("pidfd_open process", EMFILE)};
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.Running(SeveralProcesses(name));
    const Invocation killed = RunFaulted(lab, c, {"kill", "--all", c.id, "KILL"}, fault);
    ExpectAnswer(killed);
    if (killed.ok()) {
      lab.Await("all are dead", [&] { return lab.Members(c).empty(); },
                std::chrono::milliseconds(2000));
    }
  });
}

CASE(Faults, KillOfAllThatCanNotListThemIsAnError,
     {.level = Level::kRobustness,
      .cites = {"L4", "S3", "C19"},
      .claim = "kill of all processes: cgroup.procs can not be read. It is an error, or all "
               "die."}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  ForEachFault(AlwaysEach({"open cgroup.procs", "read cgroup.procs"}, {EACCES}),
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Running(SeveralProcesses(name));
                 const Arguments words{"kill", "--all", c.id, "KILL"};
                 const Invocation killed = RunFaulted(lab, c, words, fault);
                 ExpectAnswer(killed);
                 if (!killed.ok()) return;
                 lab.Await("all are dead", [&] { return lab.Members(c).empty(); },
                           std::chrono::milliseconds(2000));
               });
}

CASE(Faults, KillOfAllThatFailsLeavesNothingFrozen,
     {.level = Level::kRobustness,
      .cites = {"S15", "C12", "C19"},
      .claim = "kill of all processes fails half way: nothing is left frozen.",
      .needs = kNeedFreezer}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  Faults faults = OnceEach({"signal process"}, {EPERM});
  faults.push_back(Once("pidfd_open process", EMFILE));
  faults.push_back(Once("read cgroup.procs", EIO));
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.Running(SeveralProcesses(name));
    const Observation before = lab.Observe(c);
    ExpectAnswer(RunFaulted(lab, c, {"kill", "--all", c.id, "KILL"}, fault));
    EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  });
}

CASE(Faults, KillOfAPausedOneThatCanNotThawIsAnError,
     {.level = Level::kRobustness,
      .cites = {"A22", "L3", "C12"},
      .claim = "kill KILL of a paused container can not thaw it: it is an error, or init dies.",
      .needs = kNeedPause | kNeedFreezer}) {
  ForEachFault(AlwaysEach({"write freezer.state", "write cgroup.freeze"}, {EPERM}),
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Paused({.name = name});
                 const Invocation killed = RunFaulted(lab, c, {"kill", c.id, "KILL"}, fault);
                 ExpectAnswer(killed);
                 if (killed.ok()) {
                   EXPECT_TRUE(Dies(lab, c)) << killed.Describe();
                 }
               });
}

// --- state, pause, resume ---

CASE(Faults, StateOfAnUnreadableRecordIsAnError,
     {.level = Level::kConvention,
      .cites = {"A17", "S20"},
      .claim = "The record can not be read: state is an error, and nothing has changed."}) {
  ForEachFault({Once("read record", EIO), Once("open record", EMFILE),
                Once("open record", EACCES)},
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 EXPECT_REFUSED(RunFaulted(lab, c, {"state", c.id}, fault));
                 EXPECT_EQ(runtime.Status(c.id), "running");
               });
}

CASE(Faults, StateDoesNotCallTheUnknownStopped,
     {.level = Level::kRobustness,
      .cites = {"A6", "S3"},
      .claim = "/proc/PID/stat of a running init can not be read: state is an error or says "
               "running."}) {
  Faults faults = AlwaysEach({"open proc stat"}, {EACCES, EMFILE});
  faults.push_back(Always("read proc stat", EIO));
  ForEachFault(faults, [&](const Injection& fault, const std::string& name) {
    Container c = lab.Running({.name = name});
    const Invocation state = RunFaulted(lab, c, {"state", c.id}, fault);
    ExpectAnswer(state);
    EXPECT_EQ(state.out.find("\"stopped\""), std::string::npos) << state.out;
  });
}

CASE(Faults, PauseThatFailsLeavesNothingFrozen,
     {.level = Level::kRobustness,
      .cites = {"S15", "A15", "C12"},
      .claim = "The freezer can not be written: pause is an error, and the container runs.",
      .needs = kNeedPause | kNeedFreezer}) {
  ForEachFault(AlwaysEach({"write freezer.state", "write cgroup.freeze"}, {EPERM, EBUSY}),
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 const Observation before = lab.Observe(c);
                 EXPECT_REFUSED(RunFaulted(lab, c, {"pause", c.id}, fault));
                 EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
                 EXPECT_EQ(runtime.Status(c.id), "running");
               });
}

CASE(Faults, ResumeThatFailsCanBeRepeated,
     {.level = Level::kRobustness,
      .cites = {"A15", "C12"},
      .claim = "The freezer can not be written: resume is an error, the container stays paused, "
               "and the next resume works.",
      .needs = kNeedPause | kNeedFreezer}) {
  ForEachFault(AlwaysEach({"write freezer.state", "write cgroup.freeze"}, {EPERM}),
               [&](const Injection& fault, const std::string& name) {
                 Container c = lab.Paused({.name = name});
                 EXPECT_REFUSED(RunFaulted(lab, c, {"resume", c.id}, fault));
                 EXPECT_EQ(runtime.Status(c.id), "paused");
                 EXPECT_OK(runtime.Resume(c.id));
                 EXPECT_EQ(runtime.Status(c.id), "running");
               });
}

}  // namespace
}  // namespace reapcheck::conformance
