// Hooks that fail: the operation is an error, the container is destroyed, poststop runs.
#include <sys/stat.h>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

const std::vector<std::string> kCreateKinds = {"prestart", "createRuntime", "createContainer"};

HookPlan ExitsWithOne(const std::string& kind) {
  return {.kind = kind, .name = "bad", .then = {"exit", "1"}};
}

// first, bad, never, and a poststop hook.
ContainerPlan PlanWith(const HookPlan& bad) {
  return {.program = {"hook", "program", "p", "sleep"},
          .hooks = {{.kind = bad.kind, .name = "first"},
                    bad,
                    {.kind = bad.kind, .name = "never"},
                    {.kind = "poststop", .name = "p"}}};
}

// What A11 and A12 say after the operation that ran the hook.
void ExpectDestroyed(Lab& lab, Subject& runtime, const Container& c, const std::string& kind) {
  Observation after = lab.Observe(c);
  EXPECT_TRUE(after.gone()) << "the operation that failed left " << after.Describe();
  EXPECT_REFUSED(runtime.State(c.id));
  for (const HookRecord& record : after.HooksOf(kind)) {
    EXPECT_NE(record.name, "never") << "a hook was run after one that failed";
  }
}

bool ProgramRan(Lab& lab) {
  for (const HookRecord& record : lab.Hooks()) {
    if (record.kind == "program") return true;
  }
  return false;
}

void JudgeFailureInCreate(Lab& lab, Subject& runtime, const HookPlan& bad) {
  Container c = lab.MakeBundle(PlanWith(bad));
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle));
  EXPECT_FALSE(lab.Observe(c).HooksOf(bad.kind).empty()) << "the first hook was not run";
  EXPECT_FALSE(ProgramRan(lab));
  ExpectDestroyed(lab, runtime, c, bad.kind);
}

void JudgeFailureInStart(Lab& lab, Subject& runtime, const HookPlan& bad) {
  Container c = lab.Created(PlanWith(bad));
  EXPECT_REFUSED(runtime.Start(c.id));
  ExpectDestroyed(lab, runtime, c, bad.kind);
}

// --- Hooks of create ---

CASE(HookFailure, PrestartFailsCreate,
     {.level = Level::kSpec,
      .cites = {"A8", "A11"},
      .claim = "A prestart hook exits 1: create is an error and leaves nothing, no later hook "
               "runs."}) {
  JudgeFailureInCreate(lab, runtime, ExitsWithOne("prestart"));
}

CASE(HookFailure, CreateRuntimeFailsCreate,
     {.level = Level::kSpec,
      .cites = {"A8", "A11"},
      .claim = "A createRuntime hook exits 1: create is an error and leaves nothing, no later "
               "hook runs."}) {
  JudgeFailureInCreate(lab, runtime, ExitsWithOne("createRuntime"));
}

CASE(HookFailure, CreateContainerFailsCreate,
     {.level = Level::kSpec,
      .cites = {"A8", "A11"},
      .claim = "A createContainer hook exits 1: create is an error and leaves nothing, no "
               "later hook runs."}) {
  JudgeFailureInCreate(lab, runtime, ExitsWithOne("createContainer"));
}

// The ways not to exit 0, for hooks of the runtime's namespaces.
HookPlan KilledBySignal(const std::string& kind) {
  return {.kind = kind, .name = "bad", .then = {"raise", "KILL"}};
}

HookPlan NotThere(const std::string& kind) {
  return {.kind = kind, .path = "/nonexistent/hook", .arguments = {"hook"}};
}

HookPlan NotExecutable(Lab& lab, const std::string& kind) {
  std::string path = lab.scratch() + "/not-executable";
  EXPECT_TRUE(WriteText(path, "#!/bin/sh\n", 0644));
  return {.kind = kind, .path = path, .arguments = {"hook"}};
}

void JudgeWayInCreate(Lab& lab, Subject& runtime, const HookPlan& bad) {
  SCOPED_TRACE(bad.kind);
  ContainerPlan plan = PlanWith(bad);
  plan.name = bad.kind;
  Container c = lab.MakeBundle(plan);
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle));
  EXPECT_FALSE(lab.Observe(c).HooksOf(bad.kind).empty()) << "the first hook was not run";
  ExpectDestroyed(lab, runtime, c, bad.kind);
}

CASE(HookFailure, DeathBySignalIsAFailure,
     {.level = Level::kSpec,
      .cites = {"A8", "A11"},
      .claim = "A hook of create that dies by a signal has failed: create is an error, nothing "
               "is left."}) {
  for (const std::string& kind : kCreateKinds) JudgeWayInCreate(lab, runtime, KilledBySignal(kind));
}

CASE(HookFailure, MissingBinaryIsAFailure,
     {.level = Level::kSpec,
      .cites = {"A8", "A11"},
      .claim = "A hook of create whose path does not exist: create is an error, nothing is "
               "left."}) {
  for (const std::string& kind : kCreateKinds) JudgeWayInCreate(lab, runtime, NotThere(kind));
}

CASE(HookFailure, BinaryThatIsNotExecutableIsAFailure,
     {.level = Level::kSpec,
      .cites = {"A8", "A11"},
      .claim = "A hook of create that can not be executed: create is an error, nothing is left."}) {
  for (const std::string& kind : kCreateKinds) {
    JudgeWayInCreate(lab, runtime, NotExecutable(lab, kind));
  }
}

CASE(HookFailure, IdIsUsableAfterAFailedCreate,
     {.level = Level::kSpec,
      .cites = {"A8", "A11", "A27"},
      .claim = "After a create that failed in a hook the same id is created at once."}) {
  Container failed = lab.MakeBundle(PlanWith(ExitsWithOne("createRuntime")));
  ASSERT_REFUSED(runtime.Create(failed.id, failed.bundle));
  Container again = lab.Running({.name = "again", .id = failed.id});
  EXPECT_EQ(runtime.Status(again.id), "running");
}

CASE(HookFailure, PoststopRunsAfterAFailedCreate,
     {.level = Level::kSpec,
      .cites = {"A11", "C11", "S12"},
      .claim = "A hook of create failed: the poststop hooks run, once, with status stopped."}) {
  for (const std::string& kind : kCreateKinds) {
    SCOPED_TRACE(kind);
    ContainerPlan plan = PlanWith(ExitsWithOne(kind));
    plan.name = kind;
    Container c = lab.MakeBundle(plan);
    ASSERT_REFUSED(runtime.Create(c.id, c.bundle));
    runtime.DeleteForce(c.id);  // what it does not find it must not run again
    Observation after = lab.Observe(c);
    EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, after.hooks));
    EXPECT_HOLDS(JudgePoststopState(after.hooks));
  }
}

CASE(HookFailure, SiblingSurvivesAFailedCreate,
     {.level = Level::kRobustness,
      .cites = {"A15", "S10", "S25"},
      .claim = "A create that failed in a hook hurts neither another container nor, when it "
               "was refused for its id, the one that has it."}) {
  Container sibling = lab.Running({.name = "sibling"});
  Container failed = lab.MakeBundle(PlanWith(ExitsWithOne("createRuntime")));
  Container same = lab.MakeBundle({.name = "same",
                                   .id = sibling.id,
                                   .cgroups_path = sibling.cgroups_path,
                                   .hooks = {ExitsWithOne("prestart")}});
  ASSERT_REFUSED(runtime.Create(failed.id, failed.bundle));
  ASSERT_REFUSED(runtime.Create(same.id, same.bundle));
  EXPECT_TRUE(lab.Alive(sibling.init));
  EXPECT_EQ(runtime.Status(sibling.id), "running");
  EXPECT_TRUE(lab.Observe(sibling).HooksOf("prestart").empty()) << "a hook of a refused create ran";
  EXPECT_OK(runtime.DeleteForce(sibling.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(sibling)));
}

// --- Hooks of start ---

CASE(HookFailure, StartContainerFailsStart,
     {.level = Level::kSpec,
      .cites = {"A11"},
      .claim = "A startContainer hook exits 1: start is an error, the container is destroyed."}) {
  JudgeFailureInStart(lab, runtime, ExitsWithOne("startContainer"));
}

CASE(HookFailure, ProgramDoesNotRunAfterAFailedStartContainer,
     {.level = Level::kSpec,
      .cites = {"A11", "A32"},
      .claim = "A startContainer hook failed: the program is not run, no later hook either, "
               "and the container's process ends."}) {
  ContainerPlan plan = PlanWith(ExitsWithOne("startContainer"));
  plan.program = {"hook", "program", "p"};  // ends by itself where it is run
  Container c = lab.Created(plan);
  runtime.Start(c.id);
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_HOLDS(JudgeHooks("startContainer", {"first", "bad"}, lab.Hooks()));
  EXPECT_FALSE(ProgramRan(lab));
}

CASE(HookFailure, PoststartFailsStart,
     {.level = Level::kSpec,
      .cites = {"A12"},
      .claim = "A poststart hook exits 1: start is an error, the container is stopped and "
               "destroyed."}) {
  JudgeFailureInStart(lab, runtime, ExitsWithOne("poststart"));
}

CASE(HookFailure, HookOfStartThatCanNotBeRunIsAFailure,
     {.level = Level::kSpec,
      .cites = {"A11", "A12"},
      .claim = "A hook of start that is killed, missing or not executable: start is an error, "
               "the container is destroyed."}) {
  std::vector<HookPlan> ways = {NotThere("startContainer"), KilledBySignal("poststart"),
                                NotThere("poststart"), NotExecutable(lab, "poststart")};
  for (std::size_t i = 0; i < ways.size(); ++i) {
    SCOPED_TRACE(ways[i].kind + " " + ways[i].path);
    ContainerPlan plan = PlanWith(ways[i]);
    plan.name = "way" + std::to_string(i);
    Container c = lab.Created(plan);
    EXPECT_REFUSED(runtime.Start(c.id));
    ExpectDestroyed(lab, runtime, c, ways[i].kind);
  }
}

CASE(HookFailure, PoststopRunsAfterAFailedStart,
     {.level = Level::kSpec,
      .cites = {"A11", "A12", "C11", "S12"},
      .claim = "A hook of start failed: the poststop hooks run, once, with status stopped."}) {
  for (const std::string kind : {"startContainer", "poststart"}) {
    SCOPED_TRACE(kind);
    ContainerPlan plan = PlanWith(ExitsWithOne(kind));
    plan.name = kind;
    Container c = lab.MakeBundle(plan);
    runtime.Create(c.id, c.bundle);
    runtime.Start(c.id);
    lab.Await("the hook that fails", [&] { return lab.Observe(c).HooksOf(kind).size() >= 2; });
    runtime.DeleteForce(c.id);  // what it does not find it must not run again
    Observation after = lab.Observe(c);
    EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, after.hooks));
    EXPECT_HOLDS(JudgePoststopState(after.hooks));
  }
}

CASE(HookFailure, ForceCleansWhateverAFailedStartLeft,
     {.level = Level::kRobustness,
      .cites = {"A11", "A12", "S8"},
      .claim = "After a start that failed in a hook delete --force exits 0 and nothing is left."}) {
  for (const std::string kind : {"startContainer", "poststart"}) {
    SCOPED_TRACE(kind);
    ContainerPlan plan = PlanWith(ExitsWithOne(kind));
    plan.name = kind;
    Container c = lab.MakeBundle(plan);
    // Which of the two runs the hook, and whether it says so, is for other cases to judge.
    runtime.Create(c.id, c.bundle);
    runtime.Start(c.id);
    lab.Await("the hook that fails", [&] { return lab.Observe(c).HooksOf(kind).size() >= 2; });
    EXPECT_OK(runtime.DeleteForce(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
}

}  // namespace
}  // namespace reapcheck::conformance
