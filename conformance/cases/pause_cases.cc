// pause and resume: what is paused does not run, and what can not be paused is left alone.
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/cases/paused_container.h"

namespace reapcheck::conformance {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kNeedsPausing = kNeedPause | kNeedFreezer;

CASE(Pause, ProcessesDoNotRunUntilResume,
     {.level = Level::kConvention,
      .cites = {"A4", "C12"},
      .claim = "A paused container is \"paused\" and does not run; resumed it goes on.",
      .needs = kNeedsPausing}) {
  Container c =
      PausedAndFrozen(lab, {.program = {"ready", "wait", "go", "touch", "went", "sleep"}});
  EXPECT_EQ(runtime.Status(c.id), "paused");
  EXPECT_TRUE(lab.Observe(c).frozen());
  lab.WriteFile("go", "");
  lab.Nap(milliseconds(50));  // the program looks every millisecond
  EXPECT_FALSE(lab.HasFile("went")) << "a paused container runs";
  EXPECT_TRUE(lab.Alive(c.init));

  EXPECT_OK(runtime.Resume(c.id));
  EXPECT_TRUE(lab.AwaitFile("went"));
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_FALSE(lab.Observe(c).frozen());
}

CASE(Pause, IsDoneWhenItReturns,
     {.level = Level::kConvention,
      .cites = {"A4", "C12"},
      .claim = "When pause returns every process of the container is frozen, not about to be.",
      .needs = kNeedsPausing}) {
  Container c = lab.Running({.program = {"fork", "10", "threads", "10", "sleep"}});
  for (int round = 0; round < 5; ++round) {
    ASSERT_OK(runtime.Pause(c.id));
    EXPECT_EQ(lab.FreezerOf(lab.FreezerDir(c)), Freezer::kFrozen);
    ASSERT_OK(runtime.Resume(c.id));
    EXPECT_EQ(lab.FreezerOf(lab.FreezerDir(c)), Freezer::kThawed);
  }
  EXPECT_EQ(runtime.Status(c.id), "running");
}

CASE(Pause, SecondPauseHasNoEffect,
     {.level = Level::kRobustness,
      .cites = {"A15", "C17"},
      .claim = "pause of a paused container changes nothing, whatever it exits with; one resume "
               "is enough.",
      .needs = kNeedsPausing}) {
  Container c = PausedAndFrozen(lab);
  Snapshot before = lab.TakeSnapshot();
  Invocation second = runtime.Pause(c.id);
  EXPECT_TRUE(second.ok() || second.refused()) << second.Describe();
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_OK(runtime.Resume(c.id));
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_FALSE(lab.Observe(c).frozen());
}

CASE(Pause, ResumeOfRunningIsAnErrorWithoutEffect,
     {.level = Level::kRobustness,
      .cites = {"A15", "C17"},
      .claim = "resume of a container that is not paused is an error and changes nothing.",
      .needs = kNeedsPausing}) {
  Container c = lab.Running();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Resume(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Pause, ResumeOfCreatedIsAnErrorWithoutEffect,
     {.level = Level::kRobustness,
      .cites = {"A15", "C17"},
      .claim = "resume of a created container is an error, and it is created as before.",
      .needs = kNeedsPausing}) {
  Container c = lab.Created();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Resume(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "created");
}

CASE(Pause, OfStoppedIsAnErrorWithoutEffect,
     {.level = Level::kRobustness,
      .cites = {"A15", "C12", "C17"},
      .claim = "pause and resume of a stopped container are errors: its cgroup must not be frozen.",
      .needs = kNeedsPausing}) {
  Container c = lab.Stopped();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Pause(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_REFUSED(runtime.Resume(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "stopped");
  EXPECT_OK(runtime.Delete(c.id));
}

CASE(Pause, OfNothingIsAnError,
     {.level = Level::kConvention,
      .cites = {"A15"},
      .claim = "pause and resume of an id that does not exist are errors and make nothing.",
      .needs = kNeedsPausing}) {
  lab.Running();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Pause(lab.Id("none")));
  EXPECT_REFUSED(runtime.Resume(lab.Id("none")));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Pause, CreatedIsCreatedAgainAfterResume,
     {.level = Level::kRobustness,
      .cites = {"A6", "A9", "C8"},
      .claim = "A created container can not be paused, or after resume it is created and starts.",
      .needs = kNeedsPausing}) {
  Container c = lab.Created();
  Snapshot before = lab.TakeSnapshot();
  Invocation pause = runtime.Pause(c.id);
  if (pause.ok()) {
    EXPECT_EQ(runtime.Status(c.id), "paused");
    EXPECT_REFUSED(runtime.Start(c.id));
    EXPECT_OK(runtime.Resume(c.id));
  } else {
    EXPECT_REFUSED(pause);
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "created");
  EXPECT_FALSE(lab.HasFile("c1.ready"));
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.AwaitReady(c));
}

CASE(Pause, StateChangesNothing,
     {.level = Level::kRobustness,
      .cites = {"A17", "C8", "S15"},
      .claim = "state of a paused container says so, has its pid, and leaves it frozen.",
      .needs = kNeedsPausing}) {
  Container c = PausedAndFrozen(lab);
  Snapshot before = lab.TakeSnapshot();
  std::optional<Json> state = runtime.ReadState(c.id);
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  ASSERT_TRUE(state);
  EXPECT_EQ(state->value("status", ""), "paused");
  EXPECT_EQ(state->value("pid", 0), c.init.pid);
}

CASE(Pause, OnlyTheOneThatIsNamed,
     {.level = Level::kConvention,
      .cites = {"C12", "S10"},
      .claim = "pause of one container freezes no other.",
      .needs = kNeedsPausing}) {
  Container other = lab.Running({.name = "other"});
  Container c = PausedAndFrozen(lab);
  EXPECT_FALSE(lab.Observe(other).frozen());
  EXPECT_EQ(runtime.Status(other.id), "running");
  EXPECT_TRUE(lab.Observe(c).frozen());
}

}  // namespace
}  // namespace reapcheck::conformance
