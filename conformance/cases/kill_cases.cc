// kill in each state of a container, and whom KILL reaches.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

std::vector<ProcessId> MembersOf(Lab& lab, const Container& container) {
  std::vector<ProcessId> members;
  for (pid_t pid : lab.Members(container)) members.push_back(lab.Identify(pid));
  return members;
}

// Death by SIGKILL takes milliseconds: what has not died in this time does not.
constexpr std::chrono::seconds kDeath{3};

bool AwaitAllDead(Lab& lab, const std::vector<ProcessId>& processes) {
  auto alive = [&](const ProcessId& id) { return lab.Alive(id); };
  return lab.Await("all its processes are dead",
                   [&] { return std::ranges::none_of(processes, alive); }, kDeath);
}

// A storm has other processes by the time that its list is read: one look tells nothing.
bool AwaitCalm(Lab& lab, const Container& container) {
  auto calm = [&] {
    for (int look = 0; look < 5; ++look) {
      if (!lab.Members(container).empty()) return false;
    }
    return lab.Observe(container).descendants.empty();
  };
  return lab.Await("the storm is over", calm, kDeath);
}

const char kNotJudged[] = "delete without a pid namespace is judged by others";

CASE(Kill, CreatedIsKilled,
     {.level = Level::kSpec,
      .cites = {"A21", "A22", "A6"},
      .claim = "KILL ends a created container: it is stopped, never ran, and is deleted."}) {
  Container c = lab.Created();
  ASSERT_TRUE(lab.Alive(c.init));
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_FALSE(lab.HasFile("c1.ready")) << "its program ran";
  EXPECT_REFUSED(runtime.Kill(c.id, "KILL"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Kill, InitThatIgnoresTermDiesByKill,
     {.level = Level::kSpec,
      .cites = {"A22", "S17"},
      .claim = "TERM does not end a program that ignores it; KILL does."}) {
  Container c = lab.Running({.program = {"ignore", "TERM", "sleep"}});
  EXPECT_OK(runtime.Kill(c.id, "TERM"));
  EXPECT_EQ(runtime.Status(c.id), "running");
  ASSERT_TRUE(lab.Alive(c.init));
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
}

CASE(Kill, PausedIsKilled,
     {.level = Level::kConvention,
      .cites = {"A22", "L3", "C12"},
      .claim = "KILL really ends a paused container, without a resume.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused({.program = {"fork", "2", "sleep"}});
  std::vector<ProcessId> members = MembersOf(lab, c);
  ASSERT_EQ(members.size(), 3u);
  ASSERT_TRUE(lab.Observe(c).frozen());
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(AwaitAllDead(lab, members));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Kill, TermToPausedArrivesAfterResume,
     {.level = Level::kConvention,
      .cites = {"A22", "S17", "C12"},
      .claim = "TERM to a paused container waits, and arrives once it is resumed.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused({.program = {"trap", "sleep"}});
  EXPECT_OK(runtime.Kill(c.id, "TERM"));
  EXPECT_EQ(runtime.Status(c.id), "paused");
  EXPECT_TRUE(lab.Alive(c.init));
  EXPECT_TRUE(lab.SignalsSeen(c).empty());
  EXPECT_OK(runtime.Resume(c.id));
  ASSERT_TRUE(lab.Await("TERM", [&] { return !lab.SignalsSeen(c).empty(); }));
  EXPECT_EQ(lab.SignalsSeen(c), std::vector<int>{15});
}

CASE(Kill, StoppedIsRefusedAndNothingChanges,
     {.level = Level::kSpec,
      .cites = {"A21", "A15", "S5", "C17"},
      .claim = "kill of a stopped container, by any signal, is an error and changes nothing."}) {
  Container c = lab.Stopped();
  Snapshot before = lab.TakeSnapshot();
  for (const std::string signal : {"TERM", "KILL", "SIGHUP", "9", "28", "64"}) {
    EXPECT_REFUSED(runtime.Kill(c.id, signal));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "stopped");
}

CASE(Kill, EndedByItselfIsRefused,
     {.level = Level::kSpec,
      .cites = {"A21", "A6", "S5"},
      .claim = "A container whose program has exited is stopped, and can not be killed."}) {
  Container c = lab.Running({.program = {"exit-when", "go", "3"}});
  lab.WriteFile("go", "");
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_REFUSED(runtime.Kill(c.id, "TERM"));
  EXPECT_REFUSED(runtime.Kill(c.id, "KILL"));
}

CASE(Kill, MissingIsRefused,
     {.level = Level::kSpec,
      .cites = {"A21", "S5", "C17"},
      .claim = "kill of a container that does not exist is an error and makes nothing."}) {
  Container bystander = lab.Running({.name = "c"});
  Snapshot before = lab.TakeSnapshot();
  // An id that begins another's, and one that goes on where another ends.
  for (const std::string& id : {lab.Id("nobody"), bystander.id + "x",
                                bystander.id.substr(0, bystander.id.size() - 1)}) {
    EXPECT_REFUSED(runtime.Kill(id, "KILL"));
    EXPECT_REFUSED(runtime.Kill(id, "0"));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Kill, TermReachesInitOnly,
     {.level = Level::kSpec,
      .cites = {"A22"},
      .claim = "A signal goes to the container's process, not to its children."}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    // The children are made before the handlers: TERM would end them.
    Container c = lab.Running(
        {.name = name, .pid_namespace = kind, .program = {"fork", "2", "trap", "sleep"}});
    lab.Disown(c, kNotJudged);
    ASSERT_EQ(lab.Members(c).size(), 3u);
    EXPECT_OK(runtime.Kill(c.id, "TERM"));
    ASSERT_TRUE(lab.Await("TERM", [&] { return !lab.SignalsSeen(c).empty(); }));
    EXPECT_EQ(lab.SignalsSeen(c), std::vector<int>{15});
    EXPECT_EQ(lab.Members(c).size(), 3u);
  }
}

CASE(Kill, WholeTreeDiesWithItsPidNamespace,
     {.level = Level::kConvention,
      .cites = {"A22", "L4"},
      .claim = "KILL ends children, daemons and threads of a private pid namespace."}) {
  Container c = lab.Running(
      {.program = {"ignore", "TERM", "fork", "3", "detach", "3", "threads", "4", "sleep"}});
  std::vector<ProcessId> members = MembersOf(lab, c);
  ASSERT_EQ(members.size(), 7u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(AwaitAllDead(lab, members));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
}

CASE(Kill, ForkStormDies,
     {.level = Level::kConvention,
      .cites = {"L4", "A22"},
      .claim = "KILL ends a container that forks without end, in a private pid namespace."}) {
  Container c = lab.Running({.program = {"storm", "8"}});
  ASSERT_GT(lab.Members(c).size(), 1u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(AwaitCalm(lab, c));
}

CASE(Kill, ForkStormDiesWithoutAPidNamespace,
     {.level = Level::kRobustness,
      .cites = {"L4", "C13"},
      .claim = "KILL ends a container that forks without end in the host's pid namespace."}) {
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost, .program = {"storm", "8"}});
  ASSERT_GT(lab.Members(c).size(), 1u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(AwaitCalm(lab, c));
}

CASE(Kill, ReachesNobodyElse,
     {.level = Level::kSpec,
      .cites = {"A22", "A26", "S10"},
      .claim = "KILL of one container leaves its neighbour and other processes alone."}) {
  // Names of which one begins the other, with cgroups of which one begins the other.
  std::vector<std::string> program = {"fork", "2", "sleep"};
  Container c = lab.Running(
      {.name = "c1", .pid_namespace = PidNamespace::kHost, .program = program});
  Container neighbour = lab.Running(
      {.name = "c10", .pid_namespace = PidNamespace::kHost, .program = program});
  lab.Disown(c, kNotJudged);
  lab.Disown(neighbour, kNotJudged);
  ProcessId outside = lab.MakeForeignProcess();
  std::vector<ProcessId> others = MembersOf(lab, neighbour);
  ASSERT_EQ(others.size(), 3u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(lab.Unhurt(outside));
  for (const ProcessId& other : others) EXPECT_TRUE(lab.Unhurt(other)) << other.pid;
  EXPECT_EQ(runtime.Status(neighbour.id), "running");
}

CASE(Kill, ExecedProcessDiesWithInit,
     {.level = Level::kConvention,
      .cites = {"L4", "C13"},
      .claim = "KILL ends what was exec'd into the container's pid namespace.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  ASSERT_OK(runtime.ExecDetached(c.id, {"ignore", "TERM", "sleep"}));
  ASSERT_TRUE(lab.Await("a second process", [&] { return lab.Members(c).size() == 2; }));
  std::vector<ProcessId> members = MembersOf(lab, c);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(AwaitAllDead(lab, members));
}

CASE(Kill, AllReachesEveryProcess,
     {.level = Level::kConvention,
      .cites = {"C13", "L4"},
      .claim = "kill --all sends the signal to every process of the container."}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  // The children inherit the handlers.
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost,
                             .program = {"trap", "fork", "2", "sleep"}});
  lab.Disown(c, kNotJudged);
  ASSERT_EQ(lab.Members(c).size(), 3u);
  Observation before = lab.Observe(c);
  EXPECT_OK(runtime.KillAll(c.id, "TERM"));
  EXPECT_TRUE(lab.Await("TERM three times", [&] { return lab.SignalsSeen(c).size() == 3; }));
  EXPECT_EQ(lab.SignalsSeen(c), (std::vector<int>{15, 15, 15}));
  EXPECT_HOLDS(JudgeThawed(before, lab.Observe(c)));

  EXPECT_OK(runtime.KillAll(c.id, "KILL"));
  EXPECT_TRUE(lab.Await("nobody is left", [&] { return lab.Members(c).empty(); }));
}

CASE(Kill, AllOfAStoppedContainerSucceeds,
     {.level = Level::kConvention,
      .cites = {"C23"},
      .claim = "kill --all of a stopped container with nothing left finds nobody, and succeeds."}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  Container c = lab.Stopped();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_OK(runtime.KillAll(c.id, "KILL"));
  EXPECT_OK(runtime.KillAll(c.id, "TERM"));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

}  // namespace
}  // namespace reapcheck::conformance
