// Which hook runs in which operation and phase, and in which order.
#include <nlohmann/json.hpp>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

std::vector<std::string> KindsOf(const std::vector<HookRecord>& records) {
  std::vector<std::string> kinds;
  for (const HookRecord& record : records) kinds.push_back(record.kind);
  return kinds;
}

// Two hooks of each kind, listed in config.json from the last kind to the first.
std::vector<HookPlan> TwoOfEach(const std::vector<std::string>& kinds) {
  std::vector<HookPlan> hooks;
  for (auto kind = kinds.rbegin(); kind != kinds.rend(); ++kind) {
    hooks.push_back({.kind = *kind, .name = "1"});
    hooks.push_back({.kind = *kind, .name = "2"});
  }
  return hooks;
}

const std::vector<std::string> kAllKinds = {"prestart",       "createRuntime", "createContainer",
                                            "startContainer", "poststart",     "poststop"};

CASE(Hooks, KindsOfCreateRunInCreateInOrder,
     {.level = Level::kSpec,
      .cites = {"A29", "A31", "S13"},
      .claim = "create runs prestart, then createRuntime, then createContainer hooks, each "
               "kind in the listed order."}) {
  Container c = lab.Created({.hooks = TwoOfEach(kAllKinds)});
  Observation after = lab.Observe(c);
  std::vector<HookRecord> ran = after.hooks;
  std::erase_if(ran, [](const HookRecord& r) { return r.kind == "poststart"; });  // its own case
  EXPECT_EQ(KindsOf(ran),
            (std::vector<std::string>{"prestart", "prestart", "createRuntime", "createRuntime",
                                      "createContainer", "createContainer"}));
  for (const char* kind : {"prestart", "createRuntime", "createContainer"}) {
    EXPECT_HOLDS(JudgeHooks(kind, {"1", "2"}, after.hooks));
  }
}

CASE(Hooks, KindsOfStartRunInStartOnce,
     {.level = Level::kSpec,
      .cites = {"A29", "A32", "A33", "S13"},
      .claim = "start runs the startContainer and the poststart hooks, each kind in the listed "
               "order, and none of another kind."}) {
  std::vector<HookPlan> hooks = TwoOfEach(kAllKinds);
  for (HookPlan& hook : hooks) {
    // Slow, so that who does not wait for it is seen not to.
    if (hook.kind == "startContainer") hook.then = {"nap", "20"};
  }
  Container c = lab.Created({.hooks = hooks});
  std::size_t at_create = lab.Hooks().size();
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  std::vector<HookRecord> ran = lab.Hooks();
  ran.erase(ran.begin(), ran.begin() + static_cast<long>(at_create));
  EXPECT_EQ(KindsOf(ran), (std::vector<std::string>{"startContainer", "startContainer",
                                                    "poststart", "poststart"}));
  EXPECT_HOLDS(JudgeHooks("startContainer", {"1", "2"}, lab.Hooks()));
  EXPECT_HOLDS(JudgeHooks("poststart", {"1", "2"}, lab.Hooks()));
}

CASE(Hooks, EachRunsOnceInAWholeLife,
     {.level = Level::kSpec,
      .cites = {"A14", "A29", "S13", "S14"},
      .claim = "From create to delete every hook of the six kinds runs exactly once."}) {
  Container c = lab.Stopped({.hooks = TwoOfEach(kAllKinds)});
  ASSERT_OK(runtime.Delete(c.id));
  for (const std::string& kind : kAllKinds) {
    EXPECT_HOLDS(JudgeHooks(kind, {"1", "2"}, lab.Hooks()));
  }
}

CASE(Hooks, PoststartDoesNotRunAtCreate,
     {.level = Level::kSpec,
      .cites = {"A33"},
      .claim = "poststart hooks run after the program was executed: not in create."}) {
  Container c = lab.Created({.hooks = {{.kind = "poststart", .name = "h"}}});
  EXPECT_TRUE(lab.Observe(c).HooksOf("poststart").empty()) << "poststart ran in create";
}

CASE(Hooks, PoststartSeesTheProgramRun,
     {.level = Level::kSpec,
      .cites = {"A33"},
      .claim = "A poststart hook that waits for something that the program does comes to its "
               "end."}) {
  // Where the hook is run first the two wait for each other until the timeout fails the hook.
  Container c = lab.MakeBundle({.program = {"touch", "program-ran", "sleep"},
                                .hooks = {{.kind = "poststart",
                                           .name = "h",
                                           .then = {"wait", "program-ran"},
                                           .timeout_seconds = 2}}});
  ASSERT_OK(runtime.Create(c.id, c.bundle));
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.HasFile("program-ran"));
}

CASE(Hooks, StartReturnsAfterPoststart,
     {.level = Level::kSpec,
      .cites = {"A33"},
      .claim = "start returns when its poststart hooks have ended."}) {
  Container c = lab.Created({.hooks = {{.kind = "poststart",
                                        .name = "begun",
                                        .then = {"nap", "20", "hook", "poststart", "ended"}}}});
  ASSERT_OK(runtime.Start(c.id));
  std::vector<HookRecord> ran = lab.Observe(c).HooksOf("poststart");
  ASSERT_EQ(ran.size(), 2u) << "the hook had not ended when start returned";
  EXPECT_EQ(ran[1].name, "ended");
}

CASE(Hooks, ProgramBeginsAfterStartContainerHasEnded,
     {.level = Level::kSpec,
      .cites = {"A32", "A9"},
      .claim = "The program is executed when the startContainer hooks have ended."}) {
  HookPlan hook{.kind = "startContainer",
                .name = "begun",
                .then = {"nap", "20", "hook", "startContainer", "ended"}};
  lab.Running({.program = {"hook", "program", "begun", "sleep"}, .hooks = {hook}});
  EXPECT_EQ(KindsOf(lab.Hooks()),
            (std::vector<std::string>{"startContainer", "startContainer", "program"}));
}

CASE(Hooks, CreateReturnsAfterItsHooks,
     {.level = Level::kSpec,
      .cites = {"A31"},
      .claim = "create returns when its hooks have ended, and they ended one after the other."}) {
  std::vector<HookPlan> hooks;
  for (const char* kind : {"prestart", "createRuntime", "createContainer"}) {
    hooks.push_back({.kind = kind, .name = "begun", .then = {"nap", "10", "hook", kind, "ended"}});
  }
  Container c = lab.Created({.hooks = hooks});
  EXPECT_EQ(KindsOf(lab.Hooks()),
            (std::vector<std::string>{"prestart", "prestart", "createRuntime", "createRuntime",
                                      "createContainer", "createContainer"}));
}

CASE(Hooks, NoneRunsInStateKillOrARefusedOperation,
     {.level = Level::kSpec,
      .cites = {"A15", "A31", "A32", "A34"},
      .claim = "state, kill, a second start and a refused delete run no hook."}) {
  Container c = lab.Running(
      {.program = {"ignore", "TERM", "sleep"}, .hooks = TwoOfEach(kAllKinds)});
  std::size_t before = lab.Hooks().size();
  ASSERT_GE(before, 6u);
  EXPECT_OK(runtime.State(c.id));
  EXPECT_OK(runtime.Kill(c.id, "TERM"));
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_EQ(lab.Hooks().size(), before);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_EQ(lab.Hooks().size(), before) << "poststop belongs to delete";
}

CASE(Hooks, ConfigEditedAfterCreateChangesNoHook,
     {.level = Level::kSpec,
      .cites = {"A10"},
      .claim = "Hooks put into config.json after create are not run; those that were there are."}) {
  Container c = lab.Created({.hooks = {{.kind = "poststart", .name = "old"},
                                       {.kind = "poststop", .name = "old"}}});
  lab.EditConfig(c, [](Json& config) {
    for (const char* kind : {"poststart", "poststop"}) {
      for (Json& word : config["hooks"][kind][0]["args"]) {
        if (word == "old") word = "new";
      }
    }
  });
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststart", {"old"}, lab.Hooks()));
  EXPECT_HOLDS(JudgeHooks("poststop", {"old"}, lab.Hooks()));
}

}  // namespace
}  // namespace reapcheck::conformance
