// A process that SIGKILL does not end for a while (slow_death.h), as one in uninterruptible sleep:
// nobody calls it dead before it is, its cgroup really is busy, and afterwards all goes.
#include <signal.h>

#include "conformance/cases/fault.h"
#include "conformance/cases/slow_death.h"

namespace reapcheck::conformance {
namespace {

ContainerPlan WithChildren(const std::string& name = "c1") {
  return {.name = name,
          .pid_namespace = PidNamespace::kHost,
          .program = {"fork", "1", "sleep"}};
}

// One that is not init.
ProcessId ChildOf(Lab& lab, const Container& c) {
  for (const pid_t pid : lab.Members(c)) {
    if (pid != c.init.pid) return lab.Identify(pid);
  }
  return {};
}

// Runs it until the process is dying, and for a moment more: it may end before the process does,
// but must not say that it is done. Then the process dies.
Invocation RunWhileItDies(Lab& lab, SlowDeath& slow, const Container& c, const Arguments& words) {
  constexpr int kSteps = 4;
  constexpr std::chrono::milliseconds kStep{10};
  PendingInvocation call = lab.runtime().Begin(words);
  lab.Await("KILL has reached the process", [&] { return slow.is_dying() || !call.Running(); });
  for (int i = 0; i < kSteps && call.Running(); ++i) lab.Nap(kStep);
  if (!call.Running()) {
    const Invocation early = call.Finish();
    EXPECT_FALSE(early.ok() && !lab.Observe(c).gone())
        << early.Describe() << "; there is left " << lab.Observe(c).Describe();
    EXPECT_TRUE(lab.Observe(c).record_exists()) << early.Describe() << "; the record is gone";
    slow.LetGo();
    return early;
  }
  slow.LetGo();
  return call.Finish();
}

// Delete, whether it waited or reported, was true; another one leaves nothing.
void ExpectEnd(Lab& lab, const Container& c, const Invocation& deleted) {
  lab.AwaitDead(c.init);
  ExpectDeleteTold(lab, c, deleted);
}

CASE(SlowDeath, ForceWaitsForInitOrReports,
     {.level = Level::kRobustness,
      .cites = {"C15", "S6", "S8", "S16", "L1"},
      .claim = "Init dies late: delete --force does not say that it is done while init is there, "
               "and ends when it is gone."}) {
  Container c = lab.Running();
  SlowDeath slow(lab, c.init);
  ExpectEnd(lab, c, RunWhileItDies(lab, slow, c, {"delete", "--force", c.id}));
}

CASE(SlowDeath, ForceOfACreatedOneWaitsOrReports,
     {.level = Level::kRobustness,
      .cites = {"C15", "S6", "S8", "S16"},
      .claim = "The init of a created container dies late: delete --force does not say that it is "
               "done while it is there."}) {
  Container c = lab.Created();
  SlowDeath slow(lab, c.init);
  ExpectEnd(lab, c, RunWhileItDies(lab, slow, c, {"delete", "--force", c.id}));
}

CASE(SlowDeath, ForceOfAPausedOneWaitsOrReports,
     {.level = Level::kRobustness,
      .cites = {"C15", "C12", "S6", "S8"},
      .claim = "The init of a paused container dies late: delete --force does not say that it is "
               "done while it is there.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused();
  SlowDeath slow(lab, c.init);
  ExpectEnd(lab, c, RunWhileItDies(lab, slow, c, {"delete", "--force", c.id}));
}

// Init of a pid namespace is dead only when everybody else in it is.
CASE(SlowDeath, ForceWaitsForAChildInThePidNamespace,
     {.level = Level::kRobustness,
      .cites = {"C15", "S6", "S8"},
      .claim = "A child in the pid namespace of init dies late: delete --force does not say that "
               "it is done while it is there."}) {
  Container c = lab.Running({.program = {"fork", "1", "sleep"}});
  SlowDeath slow(lab, ChildOf(lab, c));
  ExpectEnd(lab, c, RunWhileItDies(lab, slow, c, {"delete", "--force", c.id}));
}

CASE(SlowDeath, ForceWaitsForAProcessBesideInit,
     {.level = Level::kRobustness,
      .cites = {"C15", "C13", "L2", "L4", "S6", "S8"},
      .claim = "Without a pid namespace a process beside init dies late and keeps the cgroup "
               "busy: delete --force does not say that it is done while it is there."}) {
  Container c = lab.Running(WithChildren());
  SlowDeath slow(lab, ChildOf(lab, c));
  ExpectEnd(lab, c, RunWhileItDies(lab, slow, c, {"delete", "--force", c.id}));
}

CASE(SlowDeath, DeleteWaitsForALeftover,
     {.level = Level::kRobustness,
      .cites = {"C15", "C13", "L2", "S6", "S8"},
      .claim = "A process that outlived init dies late and keeps the cgroup busy: delete does not "
               "say that it is done while it is there."}) {
  Container c = lab.Running(WithChildren());
  SlowDeath slow(lab, ChildOf(lab, c));
  lab.KillInit(c);
  ExpectEnd(lab, c, RunWhileItDies(lab, slow, c, {"delete", c.id}));
}

CASE(SlowDeath, KillDoesNotMakeItStopped,
     {.level = Level::kRobustness,
      .cites = {"C15", "A6", "S3", "S17"},
      .claim = "Init was killed and dies late: state does not say stopped before it is dead."}) {
  Container c = lab.Running();
  SlowDeath slow(lab, c.init);
  ExpectAnswer(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.Await("KILL has reached init", [&] { return slow.is_dying(); }));
  EXPECT_NE(runtime.Status(c.id), "stopped");
  slow.LetGo();
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
}

CASE(SlowDeath, PlainDeleteOfADyingOneIsRefused,
     {.level = Level::kRobustness,
      .cites = {"C15", "A24", "S3", "S4", "S6"},
      .claim = "Init was killed and is not dead yet: delete without force is an error and leaves "
               "the record; when it is dead delete works."}) {
  Container c = lab.Running();
  SlowDeath slow(lab, c.init);
  ExpectAnswer(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.Await("KILL has reached init", [&] { return slow.is_dying(); }));
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_TRUE(lab.Observe(c).record_exists());
  slow.LetGo();
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(SlowDeath, KillOfADyingOneDoesNotHang,
     {.level = Level::kRobustness,
      .cites = {"C15", "L1", "A22"},
      .claim = "Init was killed and is not dead yet: a second kill ends in time, and changes "
               "nothing."}) {
  Container c = lab.Running();
  SlowDeath slow(lab, c.init);
  ExpectAnswer(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.Await("KILL has reached init", [&] { return slow.is_dying(); }));
  ExpectAnswer(runtime.Kill(c.id, "KILL"));
  ExpectAnswer(runtime.Kill(c.id, "TERM"));
  EXPECT_TRUE(lab.Observe(c).record_exists());
}

CASE(SlowDeath, ForceThatIsCancelledCanBeRepeated,
     {.level = Level::kRobustness,
      .cites = {"C15", "C19", "S6", "S9", "L9"},
      .claim = "delete --force waits for init, and its caller ends it by SIGTERM: the record is "
               "there, and the next one leaves nothing."}) {
  Container c = lab.Running();
  SlowDeath slow(lab, c.init);
  PendingInvocation call = runtime.Begin({"delete", "--force", c.id});
  lab.Await("KILL has reached init", [&] { return slow.is_dying() || !call.Running(); });
  call.Signal(SIGTERM);
  const Invocation deleted = call.Finish();
  EXPECT_TRUE(lab.Observe(c).record_exists()) << deleted.Describe();
  EXPECT_FALSE(deleted.ok());
  // The cgroup may be frozen by what was cut off: then the next one has to thaw it.
  slow.LetGo();
  ExpectForceCleans(lab, c);
}

CASE(SlowDeath, TwoForcedDeletesBothTellTheTruth,
     {.level = Level::kRobustness,
      .cites = {"C15", "C4", "S6", "S23"},
      .claim = "Two delete --force while init dies late: none says that it is done while init is "
               "there, and nothing is left."}) {
  Container c = lab.Running();
  SlowDeath slow(lab, c.init);
  PendingInvocation other = runtime.Begin({"delete", "--force", c.id});
  const Invocation first = RunWhileItDies(lab, slow, c, {"delete", "--force", c.id});
  ExpectAnswer(first);
  ExpectAnswer(other.Finish());
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ExpectForceCleans(lab, c);
}

CASE(SlowDeath, PoststopWaitsForDeath,
     {.level = Level::kRobustness,
      .cites = {"C15", "S12", "A34"},
      .claim = "Init dies late: the poststop hook of delete --force does not run before it is "
               "dead."}) {
  Container c = lab.Running({.hooks = {{.kind = "poststop", .name = "h"}}});
  SlowDeath slow(lab, c.init);
  PendingInvocation call = runtime.Begin({"delete", "--force", c.id});
  lab.Await("KILL has reached init", [&] { return slow.is_dying() || !call.Running(); });
  constexpr std::chrono::milliseconds kMoment{40};
  lab.Nap(kMoment);
  EXPECT_TRUE(lab.Hooks().empty()) << "the hook ran while init was there";
  slow.LetGo();
  ExpectEnd(lab, c, call.Finish());
}

// The busy cgroup is a real one: rmdir(2) is seen to fail before the process is let go.
CASE(SlowDeath, BusyCgroupIsTriedAgain,
     {.level = Level::kRobustness,
      .cites = {"C15", "L2", "S8"},
      .claim = "A cgroup is busy for some milliseconds because a process in it dies late: delete "
               "tries again, and leaves nothing."}) {
  Container c = lab.Stopped();
  HeldCall held(lab, c, {"delete", c.id}, "rmdir cgroup");
  // The container's own are gone by now: one that came late is in their place.
  const ProcessId late = lab.MakeForeignProcess();
  for (const std::string& dir : lab.CgroupDirs(c)) ASSERT_TRUE(lab.MoveTo(late.pid, dir)) << dir;
  SlowDeath slow(lab, late);
  kill(late.pid, SIGKILL);
  ASSERT_TRUE(lab.Await("it is dying", [&] { return slow.is_dying(); }));
  held.Release();
  lab.Await("rmdir has failed twice",
            [&] { return held.CountOf("rmdir cgroup") >= 3 || !held.Running(); });
  slow.LetGo();
  EXPECT_OK(held.LetGo());
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
