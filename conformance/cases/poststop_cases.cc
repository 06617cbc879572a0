// Poststop hooks: after the container is deleted, before delete returns, whatever happens.
#include <cstdlib>
#include <utility>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

HookPlan Named(const std::string& name, std::vector<std::string> then = {}) {
  return {.kind = "poststop", .name = name, .then = std::move(then)};
}

// A hook that calls the runtime; the exit code comes to the file `code` in the share, and that of
// a call that can not be refused to `control`.
HookPlan Calling(const Subject& runtime, const Arguments& arguments) {
  std::vector<std::string> then;
  for (const auto& [file, words] : {std::pair<std::string, Arguments>{"control", {"--version"}},
                                    std::pair<std::string, Arguments>{"code", arguments}}) {
    Arguments call = runtime.CommandLine(words);
    then.insert(then.end(), {"call", file, std::to_string(call.size())});
    then.insert(then.end(), call.begin(), call.end());
  }
  return Named("calling", then);
}

// The runtime ran inside the hook, and its answer was an ordinary error.
void ExpectRefusedInside(const Lab& lab) {
  ASSERT_TRUE(lab.HasFile("code"));
  ASSERT_EQ(lab.ReadFile("control"), "0\n") << "no call works there: "
                                            << lab.ReadFile("control.out");
  int code = std::atoi(lab.ReadFile("code").c_str());
  constexpr int kNotExecuted = 126;  // 126, 127: not executed; above: ended by a signal
  EXPECT_NE(code, 0) << "it said: " << lab.ReadFile("code.out");
  EXPECT_LT(code, kNotExecuted) << "it said: " << lab.ReadFile("code.out");
}

// The same, once: the hook that a delete from inside starts again only leaves the file `again`.
HookPlan CallingOnce(const Lab& lab, const Subject& runtime, const Arguments& arguments) {
  const std::string script = "cd " + lab.share() +
                             " && if [ -e ran ]; then : > again; exit 0; fi;"
                             " : > ran; \"$@\" > out 2>&1; echo $? > code";
  HookPlan hook{
      .kind = "poststop", .path = "/bin/sh", .arguments = {"sh", "-c", script, "sh"}};
  for (const std::string& word : runtime.CommandLine(arguments)) hook.arguments.push_back(word);
  return hook;
}

CASE(Poststop, RunsForForceOnce,
     {.level = Level::kSpec,
      .cites = {"A34", "C11", "S12", "S13"},
      .claim = "delete --force of a running container runs each poststop hook once, when init "
               "is dead."}) {
  Container c = lab.Running({.hooks = {Named("1"), Named("2")}});
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"1", "2"}, lab.Hooks()));
  EXPECT_HOLDS(JudgePoststopState(lab.Hooks()));
}

CASE(Poststop, RunsForACreatedOne,
     {.level = Level::kSpec,
      .cites = {"A34", "C11", "S12"},
      .claim = "delete --force of a container that was never started runs its poststop hooks."}) {
  Container c = lab.Created({.hooks = {Named("1")}});
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"1"}, lab.Hooks()));
  EXPECT_HOLDS(JudgePoststopState(lab.Hooks()));
}

CASE(Poststop, RunsForAPausedOne,
     {.level = Level::kSpec,
      .cites = {"A34", "C11", "C12", "S12"},
      .claim = "delete --force of a paused container runs its poststop hooks, when init is "
               "dead.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused({.hooks = {Named("1")}});
  ASSERT_TRUE(lab.Observe(c).frozen());
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"1"}, lab.Hooks()));
  EXPECT_HOLDS(JudgePoststopState(lab.Hooks()));
}

CASE(Poststop, DeleteReturnsAfterIt,
     {.level = Level::kSpec,
      .cites = {"A34"},
      .claim = "delete returns when its poststop hooks have ended, and they ended one after "
               "the other."}) {
  Container c = lab.Stopped({.hooks = {Named("1", {"nap", "20", "hook", "poststop", "1 ended"}),
                                       Named("2", {"nap", "20", "hook", "poststop", "2 ended"})}});
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"1", "1 ended", "2", "2 ended"}, lab.Hooks()));
}

CASE(Poststop, CgroupsAreGoneBeforeIt,
     {.level = Level::kSpec,
      .cites = {"A34", "A25", "S8"},
      .claim = "Poststop hooks run after the container is deleted: its cgroups are gone by "
               "then."}) {
  // It reads its stdin: whether a hook must is another case's question.
  std::string script = "cat > /dev/null;"
                       " for d in \"$@\"; do [ -e \"$d\" ] && echo \"$d\"; done > " +
                       lab.share() + "/left; exit 0";
  Container plain = lab.Created({.name = "plain"});
  std::vector<std::string> arguments = {"sh", "-c", script, "sh"};
  std::vector<std::string> dirs = lab.CgroupDirs(plain);
  ASSERT_FALSE(dirs.empty());
  arguments.insert(arguments.end(), dirs.begin(), dirs.end());
  ASSERT_OK(runtime.DeleteForce(plain.id));
  // The same cgroups, now that their names are known.
  HookPlan looks{.kind = "poststop", .path = "/bin/sh", .arguments = arguments};
  Container c = lab.Stopped({.cgroups_path = plain.cgroups_path, .hooks = {looks}});
  ASSERT_EQ(lab.CgroupDirs(c), dirs);
  ASSERT_OK(runtime.Delete(c.id));
  ASSERT_TRUE(lab.HasFile("left"));
  EXPECT_EQ(lab.ReadFile("left"), "");
}

CASE(Poststop, StateInsideFails,
     {.level = Level::kSpec,
      .cites = {"A17", "A34", "C10"},
      .claim = "Poststop hooks run after the container is deleted: `state` inside one is an "
               "error."}) {
  Container c = lab.Stopped({.hooks = {Calling(runtime, {"state", lab.Id("c1")})}});
  EXPECT_OK(runtime.Delete(c.id));
  ExpectRefusedInside(lab);
}

CASE(Poststop, KillInsideFails,
     {.level = Level::kSpec,
      .cites = {"A21", "A34", "S5"},
      .claim = "`kill` inside a poststop hook is an error: there is nothing any more to kill."}) {
  Container c = lab.Stopped({.hooks = {Calling(runtime, {"kill", lab.Id("c1"), "KILL"})}});
  EXPECT_OK(runtime.Delete(c.id));
  ExpectRefusedInside(lab);
}

void JudgeDeleteFromInside(Lab& lab, Subject& runtime, const Arguments& inside) {
  Container c = lab.Stopped({.hooks = {CallingOnce(lab, runtime, inside), Named("next")}});
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_TRUE(lab.HasFile("ran"));
  EXPECT_TRUE(lab.HasFile("code")) << "the delete inside never ended";
  EXPECT_FALSE(lab.HasFile("again")) << "the delete inside ran the hook again";
  EXPECT_HOLDS(JudgeHooks("poststop", {"next"}, lab.Hooks()));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Poststop, DeleteInsideRunsNothingTwice,
     {.level = Level::kRobustness,
      .cites = {"S14", "S23", "L1"},
      .claim = "A poststop hook that deletes its own container hangs nothing and runs no hook "
               "twice."}) {
  JudgeDeleteFromInside(lab, runtime, {"delete", lab.Id("c1")});
}

CASE(Poststop, ForceDeleteInsideRunsNothingTwice,
     {.level = Level::kRobustness,
      .cites = {"S14", "S23", "L1"},
      .claim = "A poststop hook that deletes its own container by force hangs nothing and runs "
               "no hook twice."}) {
  JudgeDeleteFromInside(lab, runtime, {"delete", "--force", lab.Id("c1")});
}

CASE(Poststop, SecondDeleteRunsNothing,
     {.level = Level::kRobustness,
      .cites = {"C11", "S14", "S22"},
      .claim = "Deletes after a delete, by force or not, run no poststop hook again."}) {
  Container c = lab.Stopped({.hooks = {Named("1"), Named("2")}});
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"1", "2"}, lab.Hooks()));
}

// A bad hook between two good ones, which must not notice.
void JudgeBadPoststop(Lab& lab, Subject& runtime, const HookPlan& bad) {
  Container c = lab.Stopped({.hooks = {Named("before"), bad, Named("after")}});
  EXPECT_OK(runtime.Delete(c.id));
  std::vector<std::string> listed = {"before", "after"};
  if (bad.path.empty()) listed.insert(listed.begin() + 1, bad.name);
  EXPECT_HOLDS(JudgeHooks("poststop", listed, lab.Hooks()));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_REFUSED(runtime.State(c.id));
}

CASE(Poststop, DeathBySignalIsOnlyAWarning,
     {.level = Level::kSpec,
      .cites = {"A14", "C10", "S13"},
      .claim = "A poststop hook dies by a signal: the next runs, delete exits 0, nothing is "
               "left."}) {
  JudgeBadPoststop(lab, runtime, Named("bad", {"raise", "KILL"}));
}

CASE(Poststop, MissingBinaryIsOnlyAWarning,
     {.level = Level::kSpec,
      .cites = {"A14", "C10", "S13"},
      .claim = "A poststop hook does not exist: the next runs, delete exits 0, nothing is left."}) {
  JudgeBadPoststop(lab, runtime,
                   {.kind = "poststop", .path = "/nonexistent/hook", .arguments = {"hook"}});
}

CASE(Poststop, BinaryThatIsNotExecutableIsOnlyAWarning,
     {.level = Level::kSpec,
      .cites = {"A14", "C10", "S13"},
      .claim = "A poststop hook can not be executed: the next runs, delete exits 0, nothing is "
               "left."}) {
  std::string path = lab.scratch() + "/not-executable";
  ASSERT_TRUE(WriteText(path, "#!/bin/sh\n", 0644));
  JudgeBadPoststop(lab, runtime, {.kind = "poststop", .path = path, .arguments = {"hook"}});
}

CASE(Poststop, FailureIsOnlyAWarningForForceToo,
     {.level = Level::kSpec,
      .cites = {"A14", "C10", "C11"},
      .claim = "A poststop hook exits 1 in delete --force: the next runs, exit 0, nothing is "
               "left."}) {
  Container c = lab.Running({.hooks = {Named("bad", {"exit", "1"}), Named("next")}});
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"bad", "next"}, lab.Hooks()));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Poststop, MuchOutputDoesNotBlock,
     {.level = Level::kRobustness,
      .cites = {"L1", "S13"},
      .claim = "Hooks that print a megabyte are not blocked by it, nor is the runtime."}) {
  std::vector<std::string> words = {"print", "1000000"};
  Container c = lab.Created({.hooks = {{.kind = "createRuntime", .name = "loud", .then = words},
                                       Named("loud", words), Named("next")}});
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeHooks("createRuntime", {"loud"}, lab.Hooks()));
  EXPECT_HOLDS(JudgeHooks("poststop", {"loud", "next"}, lab.Hooks()));
}

CASE(Poststop, OtherContainersHooksDoNotRun,
     {.level = Level::kRobustness,
      .cites = {"S10", "S13"},
      .claim = "delete runs the poststop hooks of its container and of no other."}) {
  Container other = lab.Running({.name = "other", .hooks = {Named("of other")}});
  Container c = lab.Stopped({.hooks = {Named("of c1")}});
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"of c1"}, lab.Hooks()));
  EXPECT_TRUE(lab.Alive(other.init));
}

}  // namespace
}  // namespace reapcheck::conformance
