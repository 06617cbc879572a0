// exec: what it adds to a container belongs to it, and ends with it.
#include "conformance/case.h"
#include "conformance/cases/paused_container.h"

namespace reapcheck::conformance {
namespace {

CASE(Exec, ExitCodeIsThatOfTheProgram,
     {.level = Level::kConvention,
      .cites = {"A1"},
      .claim = "exec waits for its program and exits with its code; the container runs on.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  Snapshot before = lab.TakeSnapshot();
  for (int code : {0, 1, 7, 42}) {
    Invocation exec = runtime.Run({"exec", c.id, "/payload", "exit", std::to_string(code)});
    EXPECT_EQ(exec.exit_code, code) << exec.Describe();
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Exec, ProcessIsAMemberOfTheContainer,
     {.level = Level::kConvention,
      .cites = {"A1", "L4"},
      .claim = "A process of exec is in the container's cgroups: else nothing would find it.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  ASSERT_EQ(lab.Members(c), std::vector<pid_t>{c.init.pid});
  ASSERT_OK(runtime.ExecDetached(c.id, {"sleep"}));
  ASSERT_TRUE(lab.AwaitFile("exec.ready"));
  EXPECT_EQ(lab.Members(c).size(), 2u);
  EXPECT_EQ(runtime.Status(c.id), "running");
  // In every hierarchy: one that is left out is one that can not be removed.
  for (const CgroupInfo& cgroup : lab.Observe(c).cgroups) {
    EXPECT_EQ(cgroup.processes.size(), 2u) << cgroup.path;
  }
}

CASE(Exec, ProcessDiesWithTheContainer,
     {.level = Level::kConvention,
      .cites = {"A25", "C13", "S8"},
      .claim = "When init of a private pid namespace is killed the processes of exec die too, and "
               "delete cleans.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  ASSERT_OK(runtime.ExecDetached(c.id, {"fork", "2", "sleep"}));
  ASSERT_TRUE(lab.AwaitFile("exec.ready"));
  ASSERT_EQ(lab.Members(c).size(), 4u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  lab.Await("all processes of exec are dead", [&] { return lab.Members(c).empty(); });
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Exec, ProcessDiesWithForceDeleteInAHostPidNamespace,
     {.level = Level::kConvention,
      .cites = {"C13", "L4", "S8"},
      .claim = "delete --force kills processes of exec though no pid namespace ends with init.",
      .needs = kNeedExec}) {
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost});
  ASSERT_OK(runtime.ExecDetached(c.id, {"fork", "2", "sleep"}));
  ASSERT_TRUE(lab.AwaitFile("exec.ready"));
  ASSERT_EQ(lab.Members(c).size(), 4u);
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Exec, AttachedEndsWhenTheContainerIsKilled,
     {.level = Level::kConvention,
      .cites = {"A25", "L1"},
      .claim = "An exec that waits for its program returns when the container is force deleted.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  PendingInvocation exec = runtime.Begin(
      {"exec", c.id, "/payload", "as", "exec", "lab", "/lab", "sleep"});
  ASSERT_TRUE(lab.AwaitFile("exec.ready"));
  EXPECT_OK(runtime.DeleteForce(c.id));
  Invocation ended = exec.Finish();
  EXPECT_FALSE(ended.timed_out);
  EXPECT_NE(ended.exit_code, 0) << "its program was killed";
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Exec, InNothingIsAnError,
     {.level = Level::kConvention,
      .cites = {"A15"},
      .claim = "exec in an id that does not exist is an error and makes nothing.",
      .needs = kNeedExec}) {
  lab.Running();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.ExecDetached(lab.Id("none"), {"sleep"}));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Exec, InStoppedIsAnErrorWithoutEffect,
     {.level = Level::kConvention,
      .cites = {"A15", "C17"},
      .claim = "exec in a stopped container is an error, and nothing runs.",
      .needs = kNeedExec}) {
  Container c = lab.Stopped();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.ExecDetached(c.id, {"touch", "ran"}));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_FALSE(lab.HasFile("ran"));
}

CASE(Exec, InPausedIsAnErrorWithoutEffect,
     {.level = Level::kConvention,
      .cites = {"A15", "C12", "C17"},
      .claim = "exec in a paused container is an error: it does not wait, and leaves no process.",
      .needs = kNeedExec | kNeedPause | kNeedFreezer}) {
  Container c = PausedAndFrozen(lab);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Run({"exec", "--detach", c.id, "/payload", "as", "exec", "lab", "/lab",
                              "touch", "ran"},
                             {.timeout = std::chrono::seconds(3)}));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_OK(runtime.Resume(c.id));
  EXPECT_FALSE(lab.HasFile("ran"));
}

}  // namespace
}  // namespace reapcheck::conformance
