// Create that succeeds, and the id that is taken: ids, bundles, pid file, what does not run yet.
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/cases/paused_container.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

using std::chrono::milliseconds;

CASE(Create, ProgramDoesNotRunBeforeStart,
     {.level = Level::kSpec,
      .cites = {"A6", "A9"},
      .claim = "After create the program is not executed; it is at start."}) {
  Container c = lab.Created({.program = {"touch", "ran", "sleep"}});
  std::optional<ProcessInfo> init = lab.Inspect(c.init.pid);
  ASSERT_TRUE(init);
  EXPECT_NE(init->name, "payload") << "process.args was executed before start";
  lab.Nap(milliseconds(20));
  EXPECT_FALSE(lab.HasFile("ran"));
  EXPECT_TRUE(lab.Alive(c.init));

  ASSERT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.AwaitFile("ran"));
}

CASE(Create, BundleDefaultsToTheWorkingDirectory,
     {.level = Level::kConvention,
      .cites = {"A3", "A39"},
      .claim = "create without --bundle takes the working directory, and state has its path."}) {
  Container c = lab.MakeBundle();
  ASSERT_OK(runtime.Run({"create", c.id}, {.working_directory = c.bundle}));
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->value("bundle", ""), c.bundle);
}

CASE(Create, RelativeBundleBecomesAbsolute,
     {.level = Level::kSpec,
      .cites = {"A3"},
      .claim = "state has the absolute path of a bundle that was given by a relative one."}) {
  Container c = lab.MakeBundle();
  std::size_t slash = c.bundle.rfind('/');
  ASSERT_OK(runtime.Run({"create", "--bundle", c.bundle.substr(slash + 1), c.id},
                        {.working_directory = c.bundle.substr(0, slash)}));
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->value("bundle", ""), c.bundle);

  // The path is not resolved again: neither start nor delete depends on where it is called.
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Create, PidFileHasThePidOfInit,
     {.level = Level::kConvention,
      .cites = {"A39"},
      .claim = "--pid-file holds init's pid in digits and nothing else when create returns."}) {
  Container c = lab.MakeBundle();
  std::string file = lab.scratch() + "/pid";
  ASSERT_OK(runtime.Create(c.id, c.bundle, {"--pid-file", file}));
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state);
  pid_t pid = state->value("pid", 0);
  ASSERT_GT(pid, 0);
  EXPECT_TRUE(lab.Alive(lab.Identify(pid)));
  // containerd parses the whole file as a number: a newline would be an error.
  EXPECT_EQ(ReadText(file), std::to_string(pid));
}

CASE(Create, OldPidFileIsReplaced,
     {.level = Level::kRobustness,
      .cites = {"A39"},
      .claim = "A longer pid file of an earlier container is replaced, not written over."}) {
  Container c = lab.MakeBundle();
  std::string file = lab.scratch() + "/pid";
  ASSERT_TRUE(WriteText(file, "123456789012345678\n"));
  ASSERT_OK(runtime.Create(c.id, c.bundle, {"--pid-file", file}));
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state);
  EXPECT_EQ(ReadText(file), std::to_string(state->value("pid", 0)));
}

// With the same bundle, hence the same cgroup, and with another: both must leave `first` alone.
void ExpectIdIsTaken(Lab& lab, Subject& runtime, const Container& first) {
  Container other = lab.MakeBundle({.name = "other",
                                    .hooks = {{.kind = "createRuntime", .name = "other"},
                                              {.kind = "poststop", .name = "other"}}});
  for (const std::string& bundle : {other.bundle, first.bundle}) {
    SCOPED_TRACE(bundle == first.bundle ? "with the same bundle" : "with another bundle");
    Snapshot before = lab.TakeSnapshot();
    EXPECT_REFUSED(runtime.Create(first.id, bundle));
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

CASE(Create, IdOfACreatedContainerIsTaken,
     {.level = Level::kSpec,
      .cites = {"A2", "A15", "A18", "S25"},
      .claim = "create with the id of a created container is an error that does not touch it."}) {
  Container c = lab.Created();
  ExpectIdIsTaken(lab, runtime, c);
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.AwaitReady(c));
}

CASE(Create, IdOfARunningContainerIsTaken,
     {.level = Level::kSpec,
      .cites = {"A2", "A15", "A18", "S25"},
      .claim = "create with the id of a running container is an error that does not touch it."}) {
  Container c = lab.Running({.program = {"fork", "2", "sleep"}});
  ExpectIdIsTaken(lab, runtime, c);
  EXPECT_EQ(runtime.Status(c.id), "running");
}

CASE(Create, IdOfAStoppedContainerIsTaken,
     {.level = Level::kSpec,
      .cites = {"A2", "A15", "A18", "S25"},
      .claim = "create with the id of a stopped container is an error that does not touch it."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "p"}}});
  ExpectIdIsTaken(lab, runtime, c);
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, lab.Hooks()));
}

CASE(Create, IdOfAPausedContainerIsTaken,
     {.level = Level::kSpec,
      .cites = {"A2", "A15", "A18", "S25"},
      .claim = "create with the id of a paused container is an error; it stays paused.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = PausedAndFrozen(lab);
  ExpectIdIsTaken(lab, runtime, c);
  EXPECT_EQ(runtime.Status(c.id), "paused");
}

}  // namespace
}  // namespace reapcheck::conformance
