// Without a pid namespace of its own a container's processes outlive its init: kill and delete have
// to find them.
#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

using Words = std::vector<std::string>;
using Processes = std::vector<ProcessId>;

Processes MembersOf(Lab& lab, const Container& container) {
  Processes members;
  for (pid_t pid : lab.Members(container)) members.push_back(lab.Identify(pid));
  return members;
}

// Death by SIGKILL takes milliseconds: what has not died in this time does not.
constexpr std::chrono::seconds kDeath{3};

std::size_t CountAlive(Lab& lab, const Processes& processes) {
  return static_cast<std::size_t>(
      std::ranges::count_if(processes, [&](const ProcessId& id) { return lab.Alive(id); }));
}

bool AwaitAllDead(Lab& lab, const Processes& processes) {
  return lab.Await("all are dead", [&] { return CountAlive(lab, processes) == 0; }, kDeath);
}

ContainerPlan Joining(const std::string& name, const Container& owner, const Words& program) {
  return {.name = name,
          .pid_namespace = PidNamespace::kJoined,
          .pid_namespace_path = "/proc/" + std::to_string(owner.init.pid) + "/ns/pid",
          .program = program};
}

// A stopped container of which three processes live on, in the host's pid namespace.
struct Leftovers {
  Container container;
  Processes processes;
};

Leftovers MakeLeftovers(Lab& lab) {
  Leftovers made{lab.Running({.pid_namespace = PidNamespace::kHost,
                              .program = {"ignore", "TERM", "fork", "2", "detach", "1", "sleep"}}),
                 {}};
  lab.KillInit(made.container);
  made.processes = MembersOf(lab, made.container);
  return made;
}

const char kNotJudged[] = "the cases of delete judge that";

CASE(PidNamespace, LeftoversAreStopped,
     {.level = Level::kSpec,
      .cites = {"A6", "C13"},
      .claim = "A container whose init has exited is stopped, also while others of it live."}) {
  Leftovers made = MakeLeftovers(lab);
  lab.Disown(made.container, kNotJudged);
  ASSERT_EQ(CountAlive(lab, made.processes), 3u);
  EXPECT_TRUE(lab.AwaitStatus(made.container, "stopped"));
  EXPECT_EQ(CountAlive(lab, made.processes), 3u);
}

CASE(PidNamespace, KillOfAStoppedContainerReachesLeftovers,
     {.level = Level::kRobustness,
      .cites = {"L4", "C13"},
      .claim = "KILL of a container whose init is gone ends the processes that it left."}) {
  Leftovers made = MakeLeftovers(lab);
  lab.Disown(made.container, kNotJudged);
  ASSERT_EQ(CountAlive(lab, made.processes), 3u);
  EXPECT_OK(runtime.Kill(made.container.id, "KILL"));
  EXPECT_TRUE(AwaitAllDead(lab, made.processes));
}

CASE(PidNamespace, KillAllOfAStoppedContainerReachesLeftovers,
     {.level = Level::kConvention,
      .cites = {"L4", "C13"},
      .claim = "kill --all KILL of a container whose init is gone ends what it left."}) {
  if (!runtime.Can(Capability::kKillAll)) SKIP("the runtime has no kill --all");
  Leftovers made = MakeLeftovers(lab);
  lab.Disown(made.container, kNotJudged);
  ASSERT_EQ(CountAlive(lab, made.processes), 3u);
  EXPECT_OK(runtime.KillAll(made.container.id, "KILL"));
  EXPECT_TRUE(AwaitAllDead(lab, made.processes));
}

CASE(PidNamespace, OtherSignalsToAStoppedContainerAreRefused,
     {.level = Level::kSpec,
      .cites = {"A21", "S5", "C13"},
      .claim = "A signal other than KILL, init being gone, is an error and reaches nobody."}) {
  Leftovers made = MakeLeftovers(lab);
  lab.Disown(made.container, kNotJudged);
  ASSERT_EQ(CountAlive(lab, made.processes), 3u);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Kill(made.container.id, "USR1"));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(PidNamespace, DeleteKillsLeftovers,
     {.level = Level::kConvention,
      .cites = {"A25", "S8", "C13"},
      .claim = "delete of a stopped container ends what it left, and leaves nothing."}) {
  Leftovers made = MakeLeftovers(lab);
  ASSERT_EQ(CountAlive(lab, made.processes), 3u);
  ASSERT_OK(runtime.Delete(made.container.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(made.container)));
  EXPECT_EQ(CountAlive(lab, made.processes), 0u);
}

CASE(PidNamespace, ForceDeleteKillsLeftovers,
     {.level = Level::kConvention,
      .cites = {"A25", "S8", "C13"},
      .claim = "delete --force of a stopped container ends what it left, and leaves nothing."}) {
  Leftovers made = MakeLeftovers(lab);
  ASSERT_EQ(CountAlive(lab, made.processes), 3u);
  ASSERT_OK(runtime.DeleteForce(made.container.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(made.container)));
  EXPECT_EQ(CountAlive(lab, made.processes), 0u);
}

CASE(PidNamespace, KillReachesTheWholeContainer,
     {.level = Level::kRobustness,
      .cites = {"L4", "C13"},
      .claim = "KILL of a container without a pid namespace ends init and all the others."}) {
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost,
                             .program = {"fork", "2", "detach", "1", "sleep"}});
  lab.Disown(c, kNotJudged);
  Processes members = MembersOf(lab, c);
  ASSERT_EQ(members.size(), 4u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(AwaitAllDead(lab, members));
}

CASE(PidNamespace, ExecedLeftoverIsDeleted,
     {.level = Level::kConvention,
      .cites = {"A25", "S8", "C13"},
      .claim = "What was exec'd into a container without a pid namespace goes with its delete.",
      .needs = kNeedExec}) {
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost});
  ASSERT_OK(runtime.ExecDetached(c.id, {"ignore", "TERM", "sleep"}));
  ASSERT_TRUE(lab.AwaitFile("exec.ready"));
  lab.KillInit(c);
  Processes left = MembersOf(lab, c);
  ASSERT_EQ(left.size(), 1u);
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_EQ(CountAlive(lab, left), 0u);
}

CASE(PidNamespace, ForceDeleteInAJoinedOneSparesItsOwner,
     {.level = Level::kConvention,
      .cites = {"A26", "S10", "S8", "C13"},
      .claim = "delete --force in another's pid namespace leaves nothing, and spares the other."}) {
  Container a = lab.Running({.name = "a", .program = {"fork", "2", "sleep"}});
  Container b = lab.Running(Joining("b", a, {"fork", "2", "detach", "1", "sleep"}));
  Processes of_a = MembersOf(lab, a), of_b = MembersOf(lab, b);
  ASSERT_EQ(of_a.size(), 3u);
  ASSERT_EQ(of_b.size(), 4u);
  ASSERT_OK(runtime.DeleteForce(b.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(b)));
  EXPECT_EQ(CountAlive(lab, of_b), 0u);
  EXPECT_EQ(CountAlive(lab, of_a), 3u);
  EXPECT_EQ(runtime.Status(a.id), "running");
}

CASE(PidNamespace, DeleteInAJoinedOneKillsLeftovers,
     {.level = Level::kConvention,
      .cites = {"A26", "S10", "S8", "C13"},
      .claim = "delete in another's pid namespace ends what the container left, nobody else."}) {
  Container a = lab.Running({.name = "a"});
  Container b = lab.Running(Joining("b", a, {"fork", "2", "sleep"}));
  lab.KillInit(b);
  Processes left = MembersOf(lab, b);
  ASSERT_EQ(left.size(), 2u);
  ASSERT_TRUE(lab.AwaitStatus(b, "stopped"));
  ASSERT_OK(runtime.Delete(b.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(b)));
  EXPECT_EQ(CountAlive(lab, left), 0u);
  EXPECT_TRUE(lab.Alive(a.init));
}

CASE(PidNamespace, KillInAJoinedOneReachesTheWholeContainer,
     {.level = Level::kRobustness,
      .cites = {"L4", "S10", "C13"},
      .claim = "KILL of a container in another's pid namespace ends all of it, and nobody else."}) {
  Container a = lab.Running({.name = "a", .program = {"fork", "1", "sleep"}});
  Container b = lab.Running(Joining("b", a, {"fork", "2", "sleep"}));
  lab.Disown(b, kNotJudged);
  Processes of_a = MembersOf(lab, a), of_b = MembersOf(lab, b);
  ASSERT_EQ(of_a.size(), 2u);
  ASSERT_EQ(of_b.size(), 3u);
  EXPECT_OK(runtime.Kill(b.id, "KILL"));
  EXPECT_TRUE(AwaitAllDead(lab, of_b));
  EXPECT_EQ(CountAlive(lab, of_a), 2u);
}

CASE(PidNamespace, ExecedLeftoverInAJoinedOneIsDeleted,
     {.level = Level::kConvention,
      .cites = {"S8", "S10", "C13"},
      .claim = "What was exec'd into a container in another's pid namespace goes with its delete.",
      .needs = kNeedExec}) {
  Container a = lab.Running({.name = "a"});
  Container b = lab.Running(Joining("b", a, {"sleep"}));
  ASSERT_OK(runtime.ExecDetached(b.id, {"sleep"}));
  ASSERT_TRUE(lab.AwaitFile("exec.ready"));
  Processes of_b = MembersOf(lab, b);
  ASSERT_EQ(of_b.size(), 2u);
  ASSERT_OK(runtime.DeleteForce(b.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(b)));
  EXPECT_EQ(CountAlive(lab, of_b), 0u);
  EXPECT_TRUE(lab.Alive(a.init));
}

CASE(PidNamespace, OwnerDiesFirst,
     {.level = Level::kConvention,
      .cites = {"A6", "A25", "S8", "C13"},
      .claim = "With the owner of the pid namespace die those who joined; both can be deleted."}) {
  Container a = lab.Running({.name = "a"});
  Container b = lab.Running(Joining("b", a, {"fork", "2", "sleep"}));
  ASSERT_EQ(lab.Members(b).size(), 3u);
  EXPECT_OK(runtime.Kill(a.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(a.init));
  ASSERT_TRUE(lab.AwaitDead(b.init));
  EXPECT_TRUE(lab.AwaitStatus(a, "stopped"));
  EXPECT_TRUE(lab.AwaitStatus(b, "stopped"));
  EXPECT_REFUSED(runtime.Kill(b.id, "TERM"));
  for (const Container* c : {&a, &b}) {
    ASSERT_OK(runtime.Delete(c->id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(*c)));
  }
}

}  // namespace
}  // namespace reapcheck::conformance
