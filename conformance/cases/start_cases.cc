// Start of what can not be started: an error, and no effect.
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/cases/paused_container.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

CASE(Start, OfNothingIsAnError,
     {.level = Level::kSpec,
      .cites = {"A15", "A19"},
      .claim = "start of an id that does not exist is an error and makes nothing."}) {
  lab.Created();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Start(lab.Id("none")));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Start, OfRunningIsAnErrorWithoutEffect,
     {.level = Level::kSpec,
      .cites = {"A15", "A19"},
      .claim = "A second start is an error, and the program is not run again."}) {
  Container c = lab.Running({.program = {"touch", "ran", "sleep"},
                             .hooks = {{.kind = "poststart", .name = "p"}}});
  ASSERT_TRUE(lab.HasFile("ran"));
  ASSERT_EQ(std::remove((lab.share() + "/ran").c_str()), 0);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_FALSE(lab.HasFile("ran"));
  EXPECT_EQ(runtime.Status(c.id), "running");
}

CASE(Start, OfStoppedIsAnErrorWithoutEffect,
     {.level = Level::kSpec,
      .cites = {"A15", "A19"},
      .claim = "start of a stopped container is an error; its program does not run again."}) {
  Container c = lab.Stopped({.program = {"touch", "ran", "sleep"},
                             .hooks = {{.kind = "poststart", .name = "p"}}});
  ASSERT_EQ(std::remove((lab.share() + "/ran").c_str()), 0);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_FALSE(lab.HasFile("ran"));
  EXPECT_EQ(runtime.Status(c.id), "stopped");
}

CASE(Start, OfPausedIsAnErrorWithoutEffect,
     {.level = Level::kSpec,
      .cites = {"A15", "A19"},
      .claim = "start of a paused container is an error, and it stays paused.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = PausedAndFrozen(lab);
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "paused");
}

CASE(Start, OfCreatedWhoseInitDiedIsAnError,
     {.level = Level::kSpec,
      .cites = {"A15", "A19", "L1"},
      .claim = "start of a container whose process died after create is an error: it does not "
               "wait for it, and delete cleans."}) {
  Container c = lab.Created();
  lab.KillInit(c);
  EXPECT_REFUSED(runtime.Start(c.id));
  EXPECT_FALSE(lab.HasFile("c1.ready"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Start, WithoutProcessIsAnError,
     {.level = Level::kSpec,
      .cites = {"A8", "A19"},
      .claim = "Without process in config.json create, or else start, is an error; "
               "nothing stays behind."}) {
  Container c = lab.MakeBundle({.without_process = true});
  Snapshot before = lab.TakeSnapshot();
  Invocation create = runtime.Create(c.id, c.bundle);
  if (create.ok()) {
    EXPECT_REFUSED(runtime.Start(c.id));
    EXPECT_OK(runtime.DeleteForce(c.id));
  } else {
    EXPECT_REFUSED(create);
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Start, EachContainerOnItsOwn,
     {.level = Level::kSpec,
      .cites = {"A9", "A19"},
      .claim = "start of one container starts no other that is created."}) {
  Container first = lab.Created({.name = "c1"});
  Container second = lab.Created({.name = "c2"});
  ASSERT_OK(runtime.Start(second.id));
  ASSERT_TRUE(lab.AwaitReady(second));
  EXPECT_FALSE(lab.HasFile("c1.ready"));
  EXPECT_EQ(runtime.Status(first.id), "created");
  EXPECT_EQ(runtime.Status(second.id), "running");
}

}  // namespace
}  // namespace reapcheck::conformance
