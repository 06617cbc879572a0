// Hooks that take too long, and what they leave running. Every one waits for a timeout of 1 s, the
// shortest there is: so several containers wait side by side.
#include <signal.h>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

using std::chrono::milliseconds;

// One second of timeout, and what a busy machine may add.
constexpr milliseconds kInTime(3000);
constexpr milliseconds kGivenUp(6000);

HookPlan TooLong(const std::string& kind, std::vector<std::string> then) {
  return {.kind = kind, .name = "slow", .then = std::move(then), .timeout_seconds = 1};
}

struct Waiting {
  Container container;
  PendingInvocation call;
};

// Begins the operation for each, so that all of them wait for the same second.
std::vector<Waiting> BeginAll(Lab& lab, Subject& runtime, const std::vector<ContainerPlan>& plans,
                              bool start) {
  std::vector<Container> containers;
  for (const ContainerPlan& plan : plans) {
    containers.push_back(start ? lab.Created(plan) : lab.MakeBundle(plan));
  }
  std::vector<Waiting> waiting;
  for (const Container& c : containers) {
    Arguments operation = start ? Arguments{"start", c.id}
                                : Arguments{"create", "--bundle", c.bundle, c.id};
    waiting.push_back({c, runtime.Begin(operation, {.timeout = kGivenUp, .may_hang = true})});
  }
  return waiting;
}

// The processes that the lab did not make and that are no container's init.
std::vector<ProcessInfo> LeftBy(Lab& lab, const std::vector<Container>& containers) {
  std::vector<ProcessInfo> left = lab.Observe(containers.front()).descendants;
  for (const Container& c : containers) {
    std::erase_if(left, [&](const ProcessInfo& process) { return process.id == c.init; });
  }
  return left;
}

// What an abandoned hook left must not fail the next check of the case, nor outlive it.
void KillAll(Lab& lab, const std::vector<ProcessInfo>& processes) {
  for (const ProcessInfo& process : processes) {
    if (lab.Alive(process.id)) kill(process.id.pid, SIGKILL);
    lab.AwaitDead(process.id);
  }
}

std::string Describe(const std::vector<ProcessInfo>& processes) {
  std::string text;
  for (const ProcessInfo& process : processes) text += " " + process.Describe();
  return text;
}

void ExpectRefusedInTime(const Invocation& done) {
  EXPECT_REFUSED(done);
  EXPECT_LT(done.duration, kInTime) << done.Describe();
}

CASE(HookTimeout, CreateFailsInTimeAndNothingIsLeft,
     {.level = Level::kSpec,
      .cites = {"A8", "A11", "A28"},
      .claim = "A hook of create sleeps past its timeout: create is an error in time, the hook "
               "is dead, nothing is left."}) {
  std::vector<ContainerPlan> plans;
  for (const char* kind : {"prestart", "createRuntime", "createContainer"}) {
    plans.push_back({.name = kind, .hooks = {TooLong(kind, {"nap", "20000"})}});
  }
  std::vector<Container> containers;
  for (Waiting& one : BeginAll(lab, runtime, plans, /*start=*/false)) {
    SCOPED_TRACE(one.container.name);
    ExpectRefusedInTime(one.call.Finish());
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(one.container)));
    containers.push_back(one.container);
  }
  EXPECT_EQ(lab.Hooks().size(), 3u);
  std::vector<ProcessInfo> left = LeftBy(lab, containers);
  EXPECT_TRUE(left.empty()) << "still there:" << Describe(left);
  KillAll(lab, left);
}

CASE(HookTimeout, StartFailsInTimeAndNothingIsLeft,
     {.level = Level::kSpec,
      .cites = {"A11", "A12", "A28"},
      .claim = "A hook of start sleeps past its timeout: start is an error in time, the hook "
               "is dead, the container is destroyed."}) {
  std::vector<ContainerPlan> plans;
  for (const char* kind : {"startContainer", "poststart"}) {
    plans.push_back({.name = kind, .hooks = {TooLong(kind, {"nap", "20000"})}});
  }
  std::vector<Container> containers;
  for (Waiting& one : BeginAll(lab, runtime, plans, /*start=*/true)) {
    SCOPED_TRACE(one.container.name);
    ExpectRefusedInTime(one.call.Finish());
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(one.container)));
    containers.push_back(one.container);
  }
  EXPECT_EQ(lab.Hooks().size(), 2u);
}

// The hook's own process is not all there is: runc waits for whoever holds the output open, crun
// kills the hook and lets its children live.
void JudgeTreeOfHook(Lab& lab, Subject& runtime, const std::vector<std::string>& then) {
  Container c = lab.MakeBundle({.hooks = {TooLong("createRuntime", then)}});
  Invocation done = runtime.Run({"create", "--bundle", c.bundle, c.id},
                                {.timeout = kGivenUp, .may_hang = true});
  ExpectRefusedInTime(done);
  EXPECT_EQ(lab.Hooks().size(), 1u);
  std::vector<ProcessInfo> left = LeftBy(lab, {c});
  EXPECT_TRUE(left.empty()) << "the hook is over and there lives:" << Describe(left);
  KillAll(lab, left);
}

CASE(HookTimeout, ChildrenOfTheHookDieWithIt,
     {.level = Level::kRobustness,
      .cites = {"A28", "C9", "L1"},
      .claim = "A hook with two children sleeps past its timeout: create ends in time, and "
               "none of the three lives."}) {
  JudgeTreeOfHook(lab, runtime, {"fork", "2", "nap", "20000"});
}

CASE(HookTimeout, DetachedChildrenOfTheHookDieWithIt,
     {.level = Level::kRobustness,
      .cites = {"A28", "C9", "L1"},
      .claim = "A hook with an orphan in a session of its own sleeps past its timeout: create "
               "ends in time, and neither lives."}) {
  JudgeTreeOfHook(lab, runtime, {"detach", "1", "nap", "20000"});
}

CASE(HookTimeout, PoststopThatIsLateIsOnlyAWarning,
     {.level = Level::kSpec,
      .cites = {"A14", "A28", "S13"},
      .claim = "A poststop hook sleeps past its timeout: the next one runs, delete exits 0 in "
               "time, nothing is left, nor is the hook."}) {
  Container c = lab.Stopped({.hooks = {TooLong("poststop", {"nap", "20000"}),
                                       {.kind = "poststop", .name = "next"}}});
  Invocation done = runtime.Run({"delete", c.id}, {.timeout = kGivenUp, .may_hang = true});
  EXPECT_OK(done);
  EXPECT_LT(done.duration, kInTime) << done.Describe();
  EXPECT_HOLDS(JudgeHooks("poststop", {"slow", "next"}, lab.Hooks()));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  std::vector<ProcessInfo> left = LeftBy(lab, {c});
  EXPECT_TRUE(left.empty()) << "still there:" << Describe(left);
  KillAll(lab, left);
}

CASE(HookTimeout, CountsSeconds,
     {.level = Level::kSpec,
      .cites = {"A28"},
      .claim = "A hook that takes 60 ms of its timeout of 1 s is not cut short, of any kind."}) {
  std::vector<HookPlan> hooks;
  for (const char* kind : {"createRuntime", "createContainer", "startContainer", "poststart",
                           "poststop"}) {
    HookPlan hook = TooLong(kind, {"nap", "60", "hook", kind, "ended"});
    hooks.push_back(hook);
  }
  Container c = lab.Running({.hooks = hooks});
  ASSERT_OK(runtime.DeleteForce(c.id));
  for (const HookPlan& hook : hooks) {
    EXPECT_HOLDS(JudgeHooks(hook.kind, {"slow", "ended"}, lab.Hooks()));
  }
}

CASE(HookTimeout, HookThatLeavesADaemonIsNotWaitedFor,
     {.level = Level::kRobustness,
      .cites = {"A31", "A34", "C9", "L1"},
      .claim = "A hook exits 0 and leaves a process with its output open: the operation goes "
               "on."}) {
  for (const char* kind : {"createRuntime", "poststop"}) {
    SCOPED_TRACE(kind);
    Container c = lab.MakeBundle(
        {.name = kind, .hooks = {{.kind = kind, .name = "h", .then = {"detach", "1"}}}});
    InvocationOptions options{.timeout = std::chrono::seconds(2), .may_hang = true};
    Invocation created = runtime.Run({"create", "--bundle", c.bundle, c.id}, options);
    EXPECT_OK(created);
    Invocation deleted = runtime.Run({"delete", "--force", c.id}, options);
    EXPECT_OK(deleted);
    KillAll(lab, LeftBy(lab, {c}));
  }
}

}  // namespace
}  // namespace reapcheck::conformance
