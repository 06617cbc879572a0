// Cgroups and processes that the runtime finds and did not make: it may refuse them, use them and
// leave them, never take them.
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

void MoveToAll(Lab& lab, pid_t pid, const std::vector<std::string>& dirs) {
  for (const std::string& dir : dirs) {
    ASSERT_TRUE(lab.MoveTo(pid, dir)) << "process " << pid << " could not be moved to " << dir;
  }
}

CASE(Cgroup, ThatWasThereBeforeStays,
     {.level = Level::kSpec,
      .cites = {"A26", "C16"},
      .claim = "An empty cgroup at cgroupsPath is refused by create, or is there after delete."}) {
  std::string path = lab.MakeForeignCgroup("before");
  std::vector<std::string> dirs = lab.DirsOf(path);
  ASSERT_FALSE(dirs.empty());
  Container c = lab.MakeBundle({.cgroups_path = path});
  Snapshot before = lab.TakeSnapshot();
  Invocation create = runtime.Create(c.id, c.bundle);
  if (!create.ok()) {
    EXPECT_REFUSED(create);
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
    return;
  }
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_EQ(lab.DirsOf(path), dirs) << "cgroups that create did not make are gone";
  EXPECT_TRUE(lab.Observe(c).files.empty());
}

CASE(Cgroup, BystanderInItSurvives,
     {.level = Level::kSpec,
      .cites = {"A26", "S10", "C16", "C14"},
      .claim = "A process that is in the cgroup before the container is made outlives it."}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    std::string path = lab.MakeForeignCgroup(name);
    ProcessId bystander = lab.MakeForeignProcess();
    MoveToAll(lab, bystander.pid, lab.DirsOf(path));
    Container c = lab.MakeBundle({.name = name, .pid_namespace = kind, .cgroups_path = path});
    if (runtime.Create(c.id, c.bundle).ok()) {
      EXPECT_TRUE(lab.Unhurt(bystander)) << "create killed it";
      ASSERT_OK(runtime.Start(c.id));
      ASSERT_TRUE(lab.AwaitReady(c));
      EXPECT_OK(runtime.Kill(c.id, "KILL"));
      EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
      EXPECT_TRUE(lab.Unhurt(bystander)) << "kill killed it";
    }
    runtime.DeleteForce(c.id);
    EXPECT_TRUE(lab.Unhurt(bystander)) << "delete --force killed it";
    EXPECT_TRUE(lab.Observe(c).files.empty()) << "the container is there still";
  }
}

CASE(Cgroup, SharedByTwoContainers,
     {.level = Level::kRobustness,
      .cites = {"A26", "S10", "C16"},
      .claim = "A second container with the same cgroupsPath is refused, or spares the first."}) {
  std::string path = "/" + lab.Id("both");
  Container a = lab.Running({.name = "a", .cgroups_path = path});
  Container b = lab.MakeBundle({.name = "b", .cgroups_path = path});
  if (runtime.Create(b.id, b.bundle).ok()) {
    EXPECT_TRUE(lab.Unhurt(a.init)) << "create of b killed a";
    EXPECT_OK(runtime.Start(b.id));
    EXPECT_TRUE(lab.AwaitReady(b));
    EXPECT_OK(runtime.Kill(b.id, "KILL"));
    EXPECT_TRUE(lab.AwaitStatus(b, "stopped"));
    runtime.DeleteForce(b.id);
  }
  EXPECT_TRUE(lab.Unhurt(a.init)) << "a process of a was killed with b";
  EXPECT_EQ(runtime.Status(a.id), "running");
  EXPECT_EQ(lab.Members(a), std::vector<pid_t>{a.init.pid});
  EXPECT_OK(runtime.DeleteForce(a.id));
  EXPECT_OK(runtime.DeleteForce(b.id));
}

CASE(Cgroup, ForeignProcessThatMovedInIsNotForgotten,
     {.level = Level::kRobustness,
      .cites = {"S7", "S8", "S9", "C14"},
      .claim = "With a foreign process in the cgroup delete leaves nothing, or can be retried."}) {
  Container c = lab.Stopped();
  ProcessId foreign = lab.MakeForeignProcess();
  MoveToAll(lab, foreign.pid, lab.CgroupDirs(c));
  ASSERT_EQ(lab.Members(c), std::vector<pid_t>{foreign.pid});
  Invocation first = runtime.Delete(c.id);
  Observation after = lab.Observe(c);
  EXPECT_HOLDS(JudgeDelete({.ok = first.ok()}, after));
  if (!first.ok()) {
    EXPECT_REFUSED(first);
    EXPECT_HOLDS(JudgeFailedDelete(after));
  }
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
