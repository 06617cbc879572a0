// Frozen by somebody else than the runtime's pause: KILL stays pending in a frozen v1 cgroup, and
// who freezes has to thaw.
#include <chrono>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

using std::chrono::milliseconds;
using Words = std::vector<std::string>;

const char kNotJudged[] = "others judge its delete";

// Death by SIGKILL takes milliseconds: what has not died in this time does not.
bool DiesByKill(Lab& lab, const ProcessId& process) {
  return lab.Await("process " + std::to_string(process.pid) + " is dead",
                   [&] { return !lab.Alive(process); }, milliseconds(3000));
}

// A sub-cgroup "n" of the container with the process in it, frozen by itself. Its freezer's path.
std::string FreezeBelow(Lab& lab, const Container& container, pid_t pid) {
  for (const std::string& dir : lab.MakeSubCgroups(container, "n")) {
    EXPECT_TRUE(lab.MoveTo(pid, dir)) << dir;
  }
  std::string nested = lab.FreezerDir(container) + "/n";
  lab.SetFrozen(nested, true);
  EXPECT_EQ(lab.FreezerOf(nested), Freezer::kFrozen);
  EXPECT_EQ(lab.FreezerOf(lab.FreezerDir(container)), Freezer::kThawed);
  return nested;
}

// For a lab that has to clean up after a runtime that did not.
void ThawIfThere(Lab& lab, const std::string& dir) {
  if (!dir.empty() && lab.FreezerOf(dir) != Freezer::kNone) lab.SetFrozen(dir, false);
}

pid_t ChildOf(Lab& lab, const Container& container) {
  for (pid_t pid : lab.Members(container)) {
    if (pid != container.init.pid) return pid;
  }
  return 0;
}

CASE(Frozen, FromOutsideIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"L3", "S8", "C12"},
      .claim = "delete --force of a container that somebody froze without pause leaves nothing.",
      .needs = kNeedFreezer}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    Container c =
        lab.Running({.name = name, .pid_namespace = kind, .program = {"fork", "2", "sleep"}});
    lab.SetFrozen(lab.FreezerDir(c), true);
    ASSERT_TRUE(lab.Observe(c).frozen());
    ASSERT_OK(runtime.DeleteForce(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
}

CASE(Frozen, FromOutsideIsKilled,
     {.level = Level::kRobustness,
      .cites = {"A22", "L3", "C12"},
      .claim = "KILL really ends a container that somebody froze without pause.",
      .needs = kNeedFreezer}) {
  Container c = lab.Running();
  lab.SetFrozen(lab.FreezerDir(c), true);
  ASSERT_TRUE(lab.Observe(c).frozen());
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(DiesByKill(lab, c.init));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
}

CASE(Frozen, CreatedIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"L3", "S8", "S16", "C12"},
      .claim = "delete --force of a created container that somebody froze leaves nothing.",
      .needs = kNeedFreezer}) {
  Container c = lab.Created();
  lab.SetFrozen(lab.FreezerDir(c), true);
  ASSERT_TRUE(lab.Observe(c).frozen());
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Frozen, NestedIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"L5", "L3", "S8", "C12"},
      .claim = "delete --force thaws, kills and removes a sub-cgroup that froze itself.",
      .needs = kNeedFreezer}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    Container c =
        lab.Running({.name = name, .pid_namespace = kind, .program = {"fork", "1", "sleep"}});
    std::string nested = FreezeBelow(lab, c, ChildOf(lab, c));
    ASSERT_EQ(lab.Members(c).size(), 2u);
    // Longer than the 10 s after which a runtime may report that init lives on.
    Invocation gone =
        runtime.Run({"delete", "--force", c.id}, {.timeout = milliseconds(20000)});
    EXPECT_OK(gone);
    EXPECT_HOLDS(JudgeDelete({.ok = gone.ok()}, lab.Observe(c)));
    ThawIfThere(lab, nested);
    if (!gone.ok()) return;
  }
}

CASE(Frozen, NestedInitIsKilled,
     {.level = Level::kRobustness,
      .cites = {"A22", "L5", "C12"},
      .claim = "KILL really ends an init that sits in a frozen sub-cgroup.",
      .needs = kNeedFreezer}) {
  Container c = lab.Running();
  lab.Disown(c, kNotJudged);
  std::string nested = FreezeBelow(lab, c, c.init.pid);
  ASSERT_TRUE(lab.Alive(c.init));
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(DiesByKill(lab, c.init));
  ThawIfThere(lab, nested);
}

// Init of a pid namespace is dead only when everybody else in it is.
CASE(Frozen, NestedChildDoesNotKeepInitAlive,
     {.level = Level::kRobustness,
      .cites = {"A22", "L5", "C12"},
      .claim = "KILL really ends a container with a child in a frozen sub-cgroup.",
      .needs = kNeedFreezer}) {
  Container c = lab.Running({.program = {"fork", "1", "sleep"}});
  lab.Disown(c, kNotJudged);
  ProcessId child = lab.Identify(ChildOf(lab, c));
  std::string nested = FreezeBelow(lab, c, child.pid);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(DiesByKill(lab, child));
  EXPECT_TRUE(DiesByKill(lab, c.init));
  ThawIfThere(lab, nested);
}

CASE(Frozen, LeftoversAreDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"L3", "S8", "C12", "C13"},
      .claim = "delete --force ends frozen processes of a container whose init is gone.",
      .needs = kNeedFreezer}) {
  Container c =
      lab.Running({.pid_namespace = PidNamespace::kHost, .program = {"fork", "2", "sleep"}});
  lab.KillInit(c);
  lab.SetFrozen(lab.FreezerDir(c), true);
  ASSERT_EQ(lab.Members(c).size(), 2u);
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Frozen, StoppedInAFrozenCgroupIsDeleted,
     {.level = Level::kRobustness,
      .cites = {"A6", "A25", "S8", "C12"},
      .claim = "A container whose init has exited is stopped and deleted, also when frozen.",
      .needs = kNeedFreezer}) {
  Container c = lab.Stopped();
  lab.SetFrozen(lab.FreezerDir(c), true);
  EXPECT_EQ(runtime.Status(c.id), "stopped");
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

// Nobody but the ancestor's owner may thaw it. On v1 nothing can die until then, so that the only
// right answers are to wait and to report; on v2 KILL works in spite of it.
CASE(Frozen, AncestorIsWaitedForOrReported,
     {.level = Level::kRobustness,
      .cites = {"L1", "S8", "S9", "S10", "C12", "C15"},
      .claim = "delete --force below a frozen ancestor does not claim success while init lives.",
      .needs = kNeedFreezer}) {
  std::string parent = lab.MakeForeignCgroup("parent");
  Container c = lab.Running({.cgroups_path = parent + "/c"});
  std::string frozen = lab.FreezerDir({.cgroups_path = parent});
  lab.SetFrozen(frozen, true);
  PendingInvocation call =
      runtime.Begin({"delete", "--force", c.id}, {.timeout = milliseconds(20000)});
  auto judge = [&] {
    bool ok = call.Finish().ok();
    Observation after = lab.Observe(c);
    EXPECT_HOLDS(ok ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after));
  };
  for (int i = 0; i < 20 && call.Running(); ++i) lab.Nap(milliseconds(5));
  bool early = !call.Running();  // it has answered before anything changed
  if (early) judge();
  EXPECT_EQ(lab.FreezerOf(frozen), Freezer::kFrozen) << "it thawed what it had not frozen";
  lab.SetFrozen(frozen, false);
  if (!early) judge();
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Frozen, NothingIsLeftFrozenByASignal,
     {.level = Level::kRobustness,
      .cites = {"S15", "S21"},
      .claim = "After kill, also after one that is refused, nothing is frozen that was not.",
      .needs = kNeedFreezer}) {
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost,
                             .program = {"ignore", "TERM", "fork", "2", "sleep"}});
  lab.Disown(c, kNotJudged);
  std::string nested = FreezeBelow(lab, c, ChildOf(lab, c));
  Observation before = lab.Observe(c);
  for (const Words& call : {Words{"kill", c.id, "TERM"}, Words{"kill", "--all", c.id, "TERM"},
                            Words{"kill", c.id, "SIGNOPE"}, Words{"delete", c.id}}) {
    SCOPED_TRACE(call.front() + " " + call.back());
    runtime.Run(call);
    EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));
  }
  EXPECT_EQ(lab.Members(c).size(), 3u);
  ThawIfThere(lab, nested);
}

CASE(Frozen, KillAllLeavesPausedPaused,
     {.level = Level::kRobustness,
      .cites = {"S17", "C8", "C12"},
      .claim = "kill --all with a signal that does not kill leaves a paused container paused.",
      .needs = kNeedPause | kNeedFreezer}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  Container c = lab.Paused({.pid_namespace = PidNamespace::kHost,
                            .program = {"trap", "fork", "1", "sleep"}});
  lab.Disown(c, kNotJudged);
  ASSERT_TRUE(lab.Observe(c).frozen());
  EXPECT_OK(runtime.KillAll(c.id, "USR1"));
  EXPECT_EQ(runtime.Status(c.id), "paused");
  EXPECT_TRUE(lab.Observe(c).frozen());
  EXPECT_OK(runtime.Resume(c.id));
  EXPECT_TRUE(lab.Await("USR1 twice", [&] { return lab.SignalsSeen(c).size() == 2; }));
  ThawIfThere(lab, lab.FreezerDir(c));
}

}  // namespace
}  // namespace reapcheck::conformance
