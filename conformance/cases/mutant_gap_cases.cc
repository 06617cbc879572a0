// Behaviour that a planted bug broke (conformance/mutants) without any other case noticing it.
#include <signal.h>

#include <string>
#include <vector>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

// Writes how init is, by the pid file, to the share: "" when there is no such process.
HookPlan LooksForInit(const Lab& lab, const std::string& pid_file) {
  const std::string script = "cd " + lab.share() + "; read -r pid < " + pid_file +
                             "; : > init-was; [ -e /proc/$pid/status ] || exit 0;"
                             " while read -r key value rest; do"
                             " if [ \"$key\" = State: ]; then echo \"$value\" > init-was; fi;"
                             " done < /proc/$pid/status; exit 0";
  return {.kind = "poststop", .path = "/bin/sh", .arguments = {"sh", "-c", script}};
}

// What the hook reads on stdin is the runtime's word; this is the kernel's.
CASE(Poststop, InitIsDeadWhenItRuns,
     {.level = Level::kSpec,
      .cites = {"A34", "S12"},
      .claim = "When a poststop hook of delete --force runs, init is dead, not only said to be."}) {
  const std::string pid_file = lab.scratch() + "/pid";
  Container c = lab.MakeBundle({.hooks = {LooksForInit(lab, pid_file)}});
  ASSERT_OK(runtime.Create(c.id, c.bundle, {"--pid-file", pid_file}));
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  ASSERT_OK(runtime.DeleteForce(c.id));
  ASSERT_TRUE(lab.HasFile("init-was")) << "the poststop hook did not run";
  const std::string state = lab.ReadFile("init-was");
  EXPECT_TRUE(state == "" || state == "Z\n" || state == "X\n") << "init was in state " << state;
}

CASE(Cgroup, BystanderThatCameLaterSurvives,
     {.level = Level::kRobustness,
      .cites = {"A26", "S10", "C16", "C14"},
      .claim = "A process that enters a cgroup which create did not make outlives the "
               "container."}) {
  std::string path = lab.MakeForeignCgroup("before");
  Container c = lab.MakeBundle({.cgroups_path = path});
  if (!runtime.Create(c.id, c.bundle).ok()) return;  // Refused: nothing can happen to anybody.
  ProcessId bystander = lab.MakeForeignProcess();
  for (const std::string& dir : lab.DirsOf(path)) ASSERT_TRUE(lab.MoveTo(bystander.pid, dir));
  EXPECT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_TRUE(lab.Alive(bystander)) << "kill killed it";
  EXPECT_OK(runtime.DeleteForce(c.id));
  // A signal that was sent may still be on its way.
  lab.Nap(std::chrono::milliseconds(10));
  EXPECT_TRUE(lab.Alive(bystander)) << "delete --force killed it";
}

CASE(Aborted, DeleteKilledInPoststopRunsTheOtherHooksOnce,
     {.level = Level::kRobustness,
      .cites = {"C3", "C10", "S7", "S14", "L9"},
      .claim = "delete was killed in the first of two poststop hooks: the next delete runs the "
               "second, and the first not again."}) {
  HookPlan holds{
      .kind = "poststop", .name = "first", .then = {"touch", "in-hook", "wait", "go"}};
  Container c = lab.Stopped({.hooks = {holds, {.kind = "poststop", .name = "second"}}});
  PendingInvocation call = runtime.Begin({"delete", c.id});
  ASSERT_TRUE(lab.AwaitFile("in-hook"));
  call.Signal(SIGKILL);
  call.Finish();
  ProcessId hook = lab.Identify(lab.Hooks().back().pid);
  lab.WriteFile("go", "");
  ASSERT_TRUE(lab.AwaitDead(hook));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"first", "second"}, lab.Hooks()));
}

}  // namespace
}  // namespace reapcheck::conformance
