// The same again: delete twice, kill of what is dead, delete in a hurry after kill.
#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

CASE(Idempotence, SecondDeleteIsAnErrorWithoutEffect,
     {.level = Level::kConvention,
      .cites = {"A14", "A15", "C23", "S22"},
      .claim = "delete; delete: the first succeeds, the second is an error and runs no hook."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "p"}}});
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, lab.Hooks()));
}

CASE(Idempotence, SecondForceDeleteSucceedsWithoutEffect,
     {.level = Level::kConvention,
      .cites = {"C23", "S22"},
      .claim = "delete --force twice succeeds twice; hooks run once."}) {
  Container c = lab.Running({.hooks = {{.kind = "poststop", .name = "p"}}});
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  Snapshot before = lab.TakeSnapshot();
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, lab.Hooks()));
}

CASE(Idempotence, DeleteAfterForceDeleteIsAnError,
     {.level = Level::kConvention,
      .cites = {"A15", "A17", "A23", "S22"},
      .claim = "After delete --force there is no container: state, kill and delete are errors."}) {
  Container c = lab.Running();
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_REFUSED(runtime.State(c.id));
  EXPECT_REFUSED(runtime.Kill(c.id, "KILL"));
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_REFUSED(runtime.Delete(c.id));
}

CASE(Idempotence, SecondKillIsHarmless,
     {.level = Level::kRobustness,
      .cites = {"A22", "C23", "S17"},
      .claim = "kill KILL right after kill KILL succeeds or is refused; the container stops."}) {
  Container c = lab.Running({.program = {"fork", "20", "sleep"}});
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  Invocation again = runtime.Kill(c.id, "KILL");
  EXPECT_TRUE(again.ok() || again.refused()) << again.Describe();
  ASSERT_TRUE(lab.AwaitDead(c.init));
  lab.Await("all its processes are dead", [&] { return lab.Members(c).empty(); });
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Idempotence, DeleteOfStoppedRepeatsAfterCreate,
     {.level = Level::kSpec,
      .cites = {"A14", "A27", "S22"},
      .claim = "Each life of an id runs its own poststop hooks, once."}) {
  for (const char* name : {"first", "second", "third"}) {
    std::remove((lab.share() + "/c1.ready").c_str());
    Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = name}}});
    EXPECT_OK(runtime.Delete(c.id));
  }
  EXPECT_HOLDS(JudgeHooks("poststop", {"first", "second", "third"}, lab.Hooks()));
}

}  // namespace
}  // namespace reapcheck::conformance
