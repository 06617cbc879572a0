// delete --force: from each state, of trees that do not want to die, nothing is left.
#include <algorithm>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

using Words = std::vector<std::string>;

// Deletes a container that is alive, and judges that all of it is gone, and nothing that was in it
// escaped: a process that left the cgroups is still a descendant of the case.
void ExpectGoneByForce(Lab& lab, Subject& runtime, const Container& c, std::size_t processes) {
  ASSERT_TRUE(lab.Alive(c.init));
  ASSERT_GE(lab.Members(c).size(), processes);
  ASSERT_OK(runtime.DeleteForce(c.id));
  Observation after = lab.Observe(c);
  EXPECT_HOLDS(JudgeDelete({.ok = true}, after));
  EXPECT_TRUE(after.descendants.empty()) << after.descendants.front().Describe() << " lives on";
  EXPECT_REFUSED(runtime.State(c.id));
}

CASE(ForceDelete, CreatedLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "L3", "S8", "S16"},
      .claim = "delete --force of a created container ends its init and leaves nothing."}) {
  ExpectGoneByForce(lab, runtime, lab.Created(), 1);
  EXPECT_FALSE(lab.HasFile("c1.ready")) << "its program ran";
}

CASE(ForceDelete, RunningLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "L3", "S8"},
      .claim = "delete --force of a running container kills it and leaves nothing."}) {
  ExpectGoneByForce(lab, runtime, lab.Running({.program = {"fork", "2", "sleep"}}), 3);
}

CASE(ForceDelete, PausedLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "L3", "S8", "C12"},
      .claim = "delete --force of a paused container kills it and leaves nothing.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused({.program = {"fork", "2", "sleep"}});
  ASSERT_TRUE(lab.Observe(c).frozen());
  ExpectGoneByForce(lab, runtime, c, 3);
}

CASE(ForceDelete, PausedWithoutAPidNamespaceLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "L3", "S8", "C12", "C13"},
      .claim = "delete --force of a paused container in the host's pid namespace leaves nothing.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c =
      lab.Paused({.pid_namespace = PidNamespace::kHost, .program = {"fork", "2", "sleep"}});
  ASSERT_TRUE(lab.Observe(c).frozen());
  ExpectGoneByForce(lab, runtime, c, 3);
}

CASE(ForceDelete, StoppedLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "S8"},
      .claim = "delete --force of a stopped container succeeds and leaves nothing."}) {
  Container c = lab.Stopped();
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(ForceDelete, MissingSucceeds,
     {.level = Level::kConvention,
      .cites = {"S22", "C23"},
      .claim = "delete --force of a container that does not exist succeeds and changes nothing."}) {
  Container bystander = lab.Running({.name = "c"});
  Snapshot before = lab.TakeSnapshot();
  for (const std::string& id : {lab.Id("nobody"), bystander.id + "x",
                                bystander.id.substr(0, bystander.id.size() - 1)}) {
    EXPECT_OK(runtime.DeleteForce(id));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(ForceDelete, TwiceSucceedsTwice,
     {.level = Level::kConvention,
      .cites = {"S22", "C23"},
      .claim = "delete --force may be repeated; the poststop hook runs once."}) {
  Container c = lab.Running({.hooks = {{.kind = "poststop", .name = "p"}}});
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_EQ(lab.Observe(c).HooksOf("poststop").size(), 1u);
}

CASE(ForceDelete, TreeThatIgnoresTermLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"L3", "S8"},
      .claim = "Children, daemons and threads that ignore TERM all go with delete --force."}) {
  Words program = {"ignore", "TERM", "ignore", "HUP", "fork", "5", "detach", "5", "threads", "4",
                   "sleep"};
  ExpectGoneByForce(lab, runtime, lab.Running({.program = program}), 11);
}

CASE(ForceDelete, TreeWithoutAPidNamespaceLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"L3", "S8", "C13"},
      .claim = "The same in the host's pid namespace, where init's death ends nobody else."}) {
  Words program = {"ignore", "TERM", "ignore", "HUP", "fork", "5", "detach", "5", "threads", "4",
                   "sleep"};
  ExpectGoneByForce(
      lab, runtime, lab.Running({.pid_namespace = PidNamespace::kHost, .program = program}), 11);
}

CASE(ForceDelete, ForkStormLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"L3", "L4", "S8"},
      .claim = "delete --force ends a container that forks without end."}) {
  ExpectGoneByForce(lab, runtime, lab.Running({.program = {"storm", "8"}}), 2);
}

CASE(ForceDelete, ForkStormWithoutAPidNamespaceLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"L3", "L4", "S8", "C13"},
      .claim = "delete --force ends one that forks without end in the host's pid namespace."}) {
  Words program = {"storm", "8"};
  ExpectGoneByForce(
      lab, runtime, lab.Running({.pid_namespace = PidNamespace::kHost, .program = program}), 2);
}

CASE(ForceDelete, ProcessesStoppedBySignalLeaveNothing,
     {.level = Level::kRobustness,
      .cites = {"L3", "S8"},
      .claim = "delete --force ends a container whose init is stopped by SIGSTOP."}) {
  Container c =
      lab.Running({.pid_namespace = PidNamespace::kHost, .program = {"fork", "2", "sleep"}});
  ASSERT_OK(runtime.Kill(c.id, "STOP"));
  ASSERT_TRUE(lab.Await("init is stopped", [&] { return lab.Inspect(c.init.pid)->state == 'T'; }));
  ExpectGoneByForce(lab, runtime, c, 3);
}

CASE(ForceDelete, ZombieChildrenDoNotMatter,
     {.level = Level::kRobustness,
      .cites = {"L3", "L6", "S8"},
      .claim = "Children that nobody waited for do not keep delete --force from anything."}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    Container c = lab.Running(
        {.name = name, .pid_namespace = kind, .program = {"zombies", "5", "fork", "1", "sleep"}});
    ExpectGoneByForce(lab, runtime, c, 2);
  }
}

CASE(ForceDelete, HurtsNobodyElse,
     {.level = Level::kSpec,
      .cites = {"A26", "S10"},
      .claim = "delete --force of one container leaves its neighbour and other processes alone."}) {
  Words program = {"fork", "2", "sleep"};
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "p1" : "h1";
    SCOPED_TRACE(name);
    Container c = lab.Running({.name = name, .pid_namespace = kind, .program = program});
    Container neighbour =
        lab.Running({.name = name + "0", .pid_namespace = kind, .program = program});
    lab.Disown(c, "others judge that it leaves nothing");
    lab.Disown(neighbour, "others judge that it leaves nothing");
    ProcessId outside = lab.MakeForeignProcess();
    Observation before = lab.Observe(neighbour);
    ASSERT_EQ(before.processes.size(), 3u);
    EXPECT_OK(runtime.DeleteForce(c.id));
    Observation after = lab.Observe(neighbour);
    EXPECT_EQ(after.processes.size(), 3u);
    EXPECT_EQ(after.cgroups.size(), before.cgroups.size());
    EXPECT_EQ(after.files.size(), before.files.size());
    EXPECT_TRUE(lab.Alive(neighbour.init));
    EXPECT_TRUE(lab.Alive(outside));
    EXPECT_EQ(runtime.Status(neighbour.id), "running");
  }
}

}  // namespace
}  // namespace reapcheck::conformance
