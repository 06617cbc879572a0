// Operations that are killed half way, at a moment that a waiting hook holds open, and what a
// directory ROOT/ID may hold when delete comes.
#include <signal.h>
#include <unistd.h>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

const std::vector<std::string> kHoldOpen = {"touch", "in-hook", "wait", "go"};

// Runs the operation until its hook is reached, kills the runtime there, lets the hook end.
// Returns false, with a failure, when it does not come so far.
bool CutOff(Lab& lab, Subject& runtime, const Arguments& operation) {
  PendingInvocation call = runtime.Begin(operation);
  if (!lab.AwaitFile("in-hook")) return false;
  EXPECT_TRUE(call.Running()) << "the operation did not wait for its hook";
  call.Signal(SIGKILL);
  EXPECT_EQ(call.Finish().signal, SIGKILL);
  return true;
}

// Of a hook in the runtime's namespaces: it is no part of the container.
bool EndHook(Lab& lab) {
  ProcessId hook = lab.Identify(lab.Hooks().back().pid);
  lab.WriteFile("go", "");
  return lab.AwaitDead(hook);
}

// A create that was cut off in its createRuntime hook.
Container CutOffCreate(Lab& lab, Subject& runtime, const char* kind = "createRuntime") {
  Container c = lab.MakeBundle({.hooks = {{.kind = kind, .name = "h", .then = kHoldOpen}}});
  EXPECT_TRUE(CutOff(lab, runtime, {"create", "--bundle", c.bundle, c.id}));
  lab.Disown(c, "the create of it never ended");
  EXPECT_FALSE(lab.CgroupDirs(c).empty()) << "killed too early: it has no cgroup yet";
  EXPECT_TRUE(EndHook(lab));
  return c;
}

CASE(Aborted, CreateKilledInAHookIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"C3", "S8", "S19", "L9"},
      .claim = "create was killed in its createRuntime hook: delete --force removes all of it."}) {
  Container c = CutOffCreate(lab, runtime);
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Aborted, CreateKilledInAHookAndPlainDelete,
     {.level = Level::kRobustness,
      .cites = {"C3", "S8", "S9", "S19"},
      .claim = "create was killed in its createRuntime hook: delete removes all of it, or is "
               "an error after which it can be tried again."}) {
  Container c = CutOffCreate(lab, runtime);
  Invocation deleted = runtime.Delete(c.id);
  EXPECT_TRUE(deleted.ok() || deleted.refused()) << deleted.Describe();
  Observation after = lab.Observe(c);
  EXPECT_HOLDS(deleted.ok() ? JudgeDelete({.ok = true}, after) : JudgeFailedDelete(after))
      << deleted.Describe();
}

CASE(Aborted, IdOfAKilledCreateIsUsableAfterForce,
     {.level = Level::kRobustness,
      .cites = {"C3", "A27", "S19"},
      .claim = "create was killed in a hook: after delete --force the id is created and "
               "started."}) {
  Container cut = CutOffCreate(lab, runtime);
  ASSERT_OK(runtime.DeleteForce(cut.id));
  Container again = lab.Running({.name = "again", .id = cut.id});
  EXPECT_EQ(runtime.Status(again.id), "running");
}

CASE(Aborted, CreateOfAKilledCreateIsRefused,
     {.level = Level::kRobustness,
      .cites = {"C3", "A18", "S25"},
      .claim = "create was killed in a hook: a create of the id is an error and leaves the "
               "record that delete needs."}) {
  Container c = CutOffCreate(lab, runtime);
  std::vector<FileInfo> before = lab.Observe(c).files;
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle));
  EXPECT_EQ(lab.Observe(c).files.size(), before.size());
  EXPECT_EQ(lab.Hooks().size(), 1u) << "the hook ran again";
}

CASE(Aborted, StartKilledInAHookIsDeletedByForce,
     {.level = Level::kRobustness,
      .cites = {"C3", "S8", "L9"},
      .claim = "start was killed in its poststart hook: delete --force removes all of it."}) {
  Container c = lab.Created(
      {.hooks = {{.kind = "poststart", .name = "h", .then = kHoldOpen, .timeout_seconds = 2}}});
  ASSERT_FALSE(lab.HasFile("in-hook")) << "poststart ran before start";
  ASSERT_TRUE(CutOff(lab, runtime, {"start", c.id}));
  ASSERT_TRUE(EndHook(lab));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Aborted, DeleteKilledInPoststopIsCompletedByTheNext,
     {.level = Level::kRobustness,
      .cites = {"C3", "S9", "L9"},
      .claim = "delete was killed in its poststop hook: delete --force ends with nothing left."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "h", .then = kHoldOpen}}});
  ASSERT_TRUE(CutOff(lab, runtime, {"delete", c.id}));
  ASSERT_TRUE(EndHook(lab));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Aborted, IdIsUsableAfterADeleteKilledInPoststop,
     {.level = Level::kRobustness,
      .cites = {"C3", "A27", "L9"},
      .claim = "delete was killed in its poststop hook: after the next the id can be used "
               "again."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "h", .then = kHoldOpen}}});
  ASSERT_TRUE(CutOff(lab, runtime, {"delete", c.id}));
  ASSERT_TRUE(EndHook(lab));
  ASSERT_OK(runtime.DeleteForce(c.id));
  Container again = lab.Running({.name = "again", .id = c.id});
  EXPECT_EQ(runtime.Status(again.id), "running");
}

// --- What ROOT/ID may hold ---

CASE(Aborted, EveryFileOfTheRecordDirectoryGoes,
     {.level = Level::kRobustness,
      .cites = {"C18", "S8", "S10"},
      .claim = "Whatever lies in ROOT/ID goes with the container, and links in it are not "
               "followed."}) {
  Container c = lab.Running();
  std::string directory = lab.RecordDirectory(c), precious = lab.scratch() + "/precious";
  ASSERT_TRUE(MakeDirectories(precious));
  ASSERT_TRUE(WriteText(precious + "/file", "x"));
  ASSERT_TRUE(MakeDirectories(directory + "/deep/deeper"));
  ASSERT_TRUE(WriteText(directory + "/deep/deeper/file", "x"));
  ASSERT_TRUE(WriteText(directory + "/state.json.tmp", "{"));
  ASSERT_EQ(symlink(precious.c_str(), (directory + "/deep/link").c_str()), 0);
  ASSERT_EQ(symlink("nowhere", (directory + "/dangling").c_str()), 0);
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_TRUE(Exists(precious + "/file")) << "a link was followed out of the root";
}

CASE(Aborted, LinkInPlaceOfTheDirectoryIsNotFollowed,
     {.level = Level::kRobustness,
      .cites = {"S10", "S11"},
      .claim = "A link ROOT/ID to a directory elsewhere: delete --force does not empty that "
               "one."}) {
  std::string precious = lab.scratch() + "/precious", link = lab.root() + "/" + lab.Id("link");
  ASSERT_TRUE(MakeDirectories(precious));
  ASSERT_TRUE(WriteText(precious + "/file", "x"));
  ASSERT_EQ(symlink(precious.c_str(), link.c_str()), 0);
  for (const Arguments& operation :
       {Arguments{"state"}, Arguments{"delete"}, Arguments{"delete", "--force"}}) {
    Arguments call = operation;
    call.push_back(lab.Id("link"));
    Invocation done = runtime.Run(call);
    EXPECT_TRUE(done.ok() || done.refused()) << done.Describe();
    EXPECT_TRUE(Exists(precious + "/file")) << "removed by " << done.Describe();
  }
  unlink(link.c_str());
}

}  // namespace
}  // namespace reapcheck::conformance
