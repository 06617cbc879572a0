// Init died, and its pid is another's by now: the start time tells them apart, and nothing that the
// runtime does may reach the new owner.
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

// What init leaves has sessions of its own: a pid that is a session's or a group's is not free.
ContainerPlan LeavingTwo() {
  return {.pid_namespace = PidNamespace::kHost, .program = {"detach", "2", "sleep"}};
}

// The container with its init dead, and a process that is not its own with init's very pid.
struct Reused {
  Container container;
  ProcessId other;
};

Reused Reuse(Lab& lab, const Container& container) {
  lab.KillInit(container);
  Reused made{container, lab.ReusePid(container.init.pid)};
  EXPECT_EQ(made.other.pid, container.init.pid);
  EXPECT_NE(made.other.start_time, container.init.start_time);
  return made;
}

CASE(PidReuse, StatusIsStopped,
     {.level = Level::kSpec,
      .cites = {"A6", "S1", "C5"},
      .claim = "A container whose init has exited is stopped, whoever has its pid now.",
      .needs = kNeedSetTid}) {
  Reused made = Reuse(lab, lab.Running());
  EXPECT_EQ(runtime.Status(made.container.id), "stopped");
}

CASE(PidReuse, KillIsRefused,
     {.level = Level::kSpec,
      .cites = {"A21", "S1", "S5", "S10", "C5"},
      .claim = "kill of the stopped container is an error; the pid's new owner gets nothing.",
      .needs = kNeedSetTid}) {
  Reused made = Reuse(lab, lab.Running());
  Snapshot before = lab.TakeSnapshot();
  for (const std::string signal : {"0", "STOP", "TERM", "USR1", "HUP", "KILL"}) {
    EXPECT_REFUSED(runtime.Kill(made.container.id, signal));
    ASSERT_TRUE(lab.Unhurt(made.other)) << signal << " reached process " << made.other.pid;
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(PidReuse, KillWithoutAPidNamespaceSparesTheNewOwner,
     {.level = Level::kRobustness,
      .cites = {"S1", "S10", "C5", "C13"},
      .claim = "kill, and kill --all, of what init left never reach the new owner of its pid.",
      .needs = kNeedSetTid}) {
  Reused made = Reuse(lab, lab.Running(LeavingTwo()));
  ASSERT_EQ(lab.Members(made.container).size(), 2u);
  lab.Disown(made.container, "others judge its delete");
  // Whether they reach what is left is told by the cases of PidNamespace.
  for (const std::string signal : {"TERM", "KILL"}) {
    runtime.Kill(made.container.id, signal);
    EXPECT_TRUE(lab.Unhurt(made.other)) << "kill reached it with " << signal;
    runtime.KillAll(made.container.id, signal);
    EXPECT_TRUE(lab.Unhurt(made.other)) << "kill --all reached it with " << signal;
  }
}

CASE(PidReuse, DeleteNeverHitsTheNewOwner,
     {.level = Level::kRobustness,
      .cites = {"A25", "S1", "S8", "S10", "C5"},
      .claim = "delete of the stopped container succeeds and the new owner of the pid lives.",
      .needs = kNeedSetTid}) {
  Reused made = Reuse(lab, lab.Running());
  EXPECT_OK(runtime.Delete(made.container.id));
  EXPECT_TRUE(lab.Unhurt(made.other));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(made.container)));
}

CASE(PidReuse, ForceDeleteOfLeftoversSparesTheNewOwner,
     {.level = Level::kRobustness,
      .cites = {"S1", "S8", "S10", "C5", "C13"},
      .claim = "delete --force ends what init left, and not the new owner of its pid.",
      .needs = kNeedSetTid}) {
  Reused made = Reuse(lab, lab.Running(LeavingTwo()));
  ASSERT_EQ(lab.Members(made.container).size(), 2u);
  EXPECT_OK(runtime.DeleteForce(made.container.id));
  EXPECT_TRUE(lab.Unhurt(made.other));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(made.container)));
}

// Its exec.fifo is there still, by which some runtimes know a created container.
CASE(PidReuse, CreatedContainerIsStoppedAndDeleted,
     {.level = Level::kRobustness,
      .cites = {"A6", "A19", "S1", "S8", "S10", "C5"},
      .claim = "A created container whose init died is not started, is deleted, and hurts nobody.",
      .needs = kNeedSetTid}) {
  Reused made = Reuse(lab, lab.Created());
  EXPECT_EQ(runtime.Status(made.container.id), "stopped");
  EXPECT_REFUSED(runtime.Start(made.container.id));
  EXPECT_REFUSED(runtime.Kill(made.container.id, "KILL"));
  EXPECT_TRUE(lab.Unhurt(made.other));
  EXPECT_OK(runtime.Delete(made.container.id));
  EXPECT_TRUE(lab.Unhurt(made.other));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(made.container)));
}

CASE(PidReuse, ExecDoesNotEnterTheNewOwner,
     {.level = Level::kRobustness,
      .cites = {"S1", "S10", "C5"},
      .claim = "exec into the stopped container is an error: the pid is another's now.",
      .needs = kNeedSetTid | kNeedExec}) {
  Reused made = Reuse(lab, lab.Running());
  EXPECT_REFUSED(runtime.ExecDetached(made.container.id, {"touch", "entered"}));
  EXPECT_FALSE(lab.HasFile("entered"));
  EXPECT_TRUE(lab.Unhurt(made.other));
}

}  // namespace
}  // namespace reapcheck::conformance
