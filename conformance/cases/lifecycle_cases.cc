// The plain life of a container: create, start, kill, delete, and what `state` says on the way.
#include <nlohmann/json.hpp>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

CASE(Lifecycle, CreateStartKillDelete,
     {.level = Level::kSpec,
      .cites = {"A1", "A6", "A25", "S8"},
      .claim = "A container is created, started, killed and deleted, and nothing of it is left."}) {
  Container c = lab.Created();
  EXPECT_EQ(runtime.Status(c.id), "created");
  EXPECT_FALSE(lab.HasFile("c1.ready")) << "the program ran before start";

  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_EQ(runtime.Status(c.id), "running");

  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));

  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_REFUSED(runtime.State(c.id));
}

CASE(Lifecycle, StateHasWhatTheSpecificationRequires,
     {.level = Level::kSpec,
      .cites = {"A3", "A5"},
      .claim = "`state` has ociVersion, id, status, the absolute bundle, and the pid."}) {
  Container c = lab.Running({.annotations = {{"org.example.key", "value"}}});
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state) << "state printed no JSON object";
  EXPECT_TRUE(state->contains("ociVersion"));
  EXPECT_EQ(state->value("id", ""), c.id);
  EXPECT_EQ(state->value("status", ""), "running");
  EXPECT_EQ(state->value("bundle", ""), c.bundle);
  EXPECT_EQ(state->value("pid", 0), c.init.pid);
  EXPECT_TRUE(lab.Alive(c.init));
}

CASE(Delete, RunningIsRefusedAndNothingChanges,
     {.level = Level::kSpec,
      .cites = {"A24", "A15", "S4", "C17"},
      .claim = "Delete of a running container without force is an error and changes nothing."}) {
  Container c = lab.Running({.hooks = {{.kind = "poststop", .name = "p"}}});
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Kill, EverySignalNameArrives,
     {.level = Level::kSpec,
      .cites = {"A22", "C7"},
      .claim = "kill sends the very signal that was named, to init."}) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  for (const auto& [name, number] :
       std::vector<std::pair<std::string, int>>{{"TERM", 15}, {"SIGUSR1", 10}, {"12", 12}}) {
    ASSERT_OK(runtime.Kill(c.id, name));
    lab.Await("signal " + name + " in the container", [&] {
      std::vector<int> seen = lab.SignalsSeen(c);
      return !seen.empty() && seen.back() == number;
    });
  }
  EXPECT_EQ(lab.SignalsSeen(c), (std::vector<int>{15, 10, 12}));
}

CASE(Hooks, PoststopRunsAfterDeathInOrderOnce,
     {.level = Level::kSpec,
      .cites = {"A14", "A29", "A34", "S12", "S13"},
      .claim = "Poststop hooks run in delete, in order, once each; a failing one stops no "
               "other."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "first"},
                                       {.kind = "poststop",
                                        .name = "second",
                                        .then = {"exit", "3"}},
                                       {.kind = "poststop", .name = "third"}}});
  EXPECT_OK(runtime.Delete(c.id));
  Observation after = lab.Observe(c);
  EXPECT_HOLDS(JudgeHooks("poststop", {"first", "second", "third"}, after.hooks));
  EXPECT_HOLDS(JudgePoststopState(after.hooks));
}

CASE(PidReuse, ForceDeleteNeverHitsTheNewOwnerOfThePid,
     {.level = Level::kRobustness,
      .cites = {"S1", "S10", "C5"},
      .claim = "Init died and its pid belongs to another process: delete --force does not hurt it.",
      .needs = kNeedSetTid}) {
  Container c = lab.Running();
  lab.KillInit(c);
  ProcessId other = lab.ReusePid(c.init.pid);
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_TRUE(lab.Alive(other)) << "process " << other.pid << " was killed: it was not ours";
}

}  // namespace
}  // namespace reapcheck::conformance
