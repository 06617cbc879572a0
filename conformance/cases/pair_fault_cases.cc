// A second operation on a container while the first is held in the middle of a call: whoever comes
// first or waits for the other, no process outlives its record, and in the end nothing is left.
#include <signal.h>

#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

void ExpectAnswers(const PairOfCalls& calls) {
  ExpectAnswer(calls.first);
  ExpectAnswer(calls.second);
}

// No record, yet something of it lives: S6.
void ExpectNothingIsOrphaned(Lab& lab, const Container& c) {
  const Observation now = lab.Observe(c);
  EXPECT_TRUE(now.record_exists() || now.gone())
      << "the record is gone, and there is left: " << now.Describe();
}

// A create that is held at the call, beside it the operation; then all goes.
void ExpectBesideCreate(Lab& lab, const Calls& calls,
                        const std::function<Arguments(const Container& c)>& words) {
  ForEachFault(OnceEach(calls, {0}), [&](const Injection& at, const std::string& name) {
    Container c = lab.MakeBundle({.name = name});
    HeldCall held(lab, c, CreateWords(c), at.call);
    ExpectAnswers(RunBeside(lab, held, words(c)));
    ExpectForceCleans(lab, c);
  });
}

Arguments Force(const Container& c) { return {"delete", "--force", c.id}; }
Arguments PlainDelete(const Container& c) { return {"delete", c.id}; }
Arguments KillHard(const Container& c) { return {"kill", c.id, "KILL"}; }
Arguments StartIt(const Container& c) { return {"start", c.id}; }

CASE(Pairs, ForceBesideCreateAtItsCgroup,
     {.level = Level::kRobustness,
      .cites = {"C4", "S19", "S23"},
      .claim = "delete --force while create is at its first cgroup: another delete --force leaves "
               "nothing."}) {
  ExpectBesideCreate(lab, {"mkdir cgroup"}, Force);
}

CASE(Pairs, ForceBesideCreateAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C4", "S19", "S23"},
      .claim = "delete --force while create is at its record: another delete --force leaves "
               "nothing."}) {
  ExpectBesideCreate(lab, {"rename record"}, Force);
}

CASE(Pairs, DeleteBesideCreate,
     {.level = Level::kRobustness,
      .cites = {"C4", "S19", "S23"},
      .claim = "delete while create is at its first cgroup or its record: delete --force leaves "
               "nothing."}) {
  ExpectBesideCreate(lab, {"mkdir cgroup", "rename record"}, PlainDelete);
}

CASE(Pairs, KillBesideCreate,
     {.level = Level::kRobustness,
      .cites = {"C4", "A21", "S23"},
      .claim = "kill while create is at its first cgroup or its record: delete --force leaves "
               "nothing."}) {
  ExpectBesideCreate(lab, {"mkdir cgroup", "rename record"}, KillHard);
}

CASE(Pairs, StartBesideCreate,
     {.level = Level::kRobustness,
      .cites = {"C4", "A19", "S23"},
      .claim = "start while create is at its record: the program does not run before create is "
               "done, and delete --force leaves nothing."}) {
  ExpectBesideCreate(lab, {"rename record"}, StartIt);
}

CASE(Pairs, CreateBesideCreate,
     {.level = Level::kRobustness,
      .cites = {"C4", "A18", "S25"},
      .claim = "A second create of the id while the first is at its first cgroup: at most one "
               "succeeds, and its container works."}) {
  Container c = lab.MakeBundle();
  HeldCall held(lab, c, CreateWords(c), "mkdir cgroup");
  const PairOfCalls calls = RunBeside(lab, held, CreateWords(c));
  ExpectAnswers(calls);
  EXPECT_LE(calls.first.ok() + calls.second.ok(), 1);
  if (calls.first.ok() != calls.second.ok()) {
    EXPECT_EQ(runtime.Status(c.id), "created");
  }
  ExpectForceCleans(lab, c);
}

CASE(Pairs, StateBesideCreate,
     {.level = Level::kRobustness,
      .cites = {"C4", "A6", "A17"},
      .claim = "state while create is at its first cgroup: an error, or creating or created; not "
               "running, not stopped."}) {
  Container c = lab.MakeBundle();
  HeldCall held(lab, c, CreateWords(c), "mkdir cgroup");
  const PairOfCalls calls = RunBeside(lab, held, {"state", c.id});
  ExpectAnswers(calls);
  EXPECT_OK(calls.first);
  for (const char* wrong : {"\"running\"", "\"stopped\""}) {
    EXPECT_EQ(calls.second.out.find(wrong), std::string::npos) << calls.second.out;
  }
}

CASE(Pairs, ListBesideCreateAndDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "L10"},
      .claim = "list while another container is half made or half deleted: it succeeds and has "
               "the one that runs.",
      .needs = kNeedList}) {
  Container whole = lab.Running({.name = "whole"});
  const auto expect_listed = [&](HeldCall& held) {
    const PairOfCalls calls = RunBeside(lab, held, {"list"});
    EXPECT_OK(calls.first);
    EXPECT_OK(calls.second);
    EXPECT_NE(calls.second.out.find(whole.id), std::string::npos) << calls.second.out;
  };
  Container c = lab.MakeBundle({.name = "half"});
  HeldCall create(lab, c, CreateWords(c), "mkdir cgroup");
  expect_listed(create);
  Container gone = lab.Stopped({.name = "gone"});
  HeldCall deletion(lab, gone, {"delete", gone.id}, "rmdir container");
  expect_listed(deletion);
}

CASE(Pairs, KillBesideStart,
     {.level = Level::kRobustness,
      .cites = {"C4", "A22", "S23"},
      .claim = "kill while start is at the fifo: both end, init dies, and delete leaves "
               "nothing."}) {
  Container c = lab.Created();
  HeldCall held(lab, c, {"start", c.id}, "open gate");
  const PairOfCalls calls = RunBeside(lab, held, KillHard(c));
  ExpectAnswers(calls);
  if (calls.second.ok()) {
    EXPECT_TRUE(lab.AwaitDead(c.init));
  }
  ExpectForceCleans(lab, c);
}

CASE(Pairs, ForceBesideStart,
     {.level = Level::kRobustness,
      .cites = {"C4", "S6", "S23", "L1"},
      .claim = "delete --force while start is at the fifo: both end, and nothing is left."}) {
  Container c = lab.Created();
  HeldCall held(lab, c, {"start", c.id}, "open gate");
  ExpectAnswers(RunBeside(lab, held, Force(c)));
  ExpectNothingIsOrphaned(lab, c);
  ExpectForceCleans(lab, c);
}

CASE(Pairs, StartBesideStart,
     {.level = Level::kRobustness,
      .cites = {"C4", "A19", "L1"},
      .claim = "A second start while the first is at the fifo: both end, one succeeds, and the "
               "program runs."}) {
  Container c = lab.Created();
  HeldCall held(lab, c, {"start", c.id}, "open gate");
  const PairOfCalls calls = RunBeside(lab, held, StartIt(c));
  ExpectAnswers(calls);
  EXPECT_EQ(calls.first.ok() + calls.second.ok(), 1)
      << calls.first.Describe() << "; " << calls.second.Describe();
  EXPECT_TRUE(lab.AwaitReady(c));
}

CASE(Pairs, DeleteBesideDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "S14", "S23"},
      .claim = "A second delete while the first is at a cgroup: nothing is left, and the poststop "
               "hook has run once."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "h"}}});
  HeldCall held(lab, c, {"delete", c.id}, "rmdir cgroup");
  const PairOfCalls calls = RunBeside(lab, held, PlainDelete(c));
  ExpectAnswers(calls);
  EXPECT_TRUE(calls.first.ok() || calls.second.ok());
  ExpectForceCleans(lab, c);
  EXPECT_HOLDS(JudgeHooks("poststop", {"h"}, lab.Hooks()));
}

CASE(Pairs, DeleteBesideDeleteAtItsRecord,
     {.level = Level::kRobustness,
      .cites = {"C4", "S22", "S23", "L8"},
      .claim = "A second delete while the first removes the record: nothing is left, and one of "
               "them has succeeded."}) {
  ForEachFault(OnceEach({"unlink record", "rmdir container"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Stopped({.name = name});
                 HeldCall held(lab, c, {"delete", c.id}, at.call);
                 const PairOfCalls calls = RunBeside(lab, held, Force(c));
                 ExpectAnswers(calls);
                 EXPECT_TRUE(calls.first.ok() || calls.second.ok());
                 EXPECT_TRUE(lab.Observe(c).gone()) << lab.Observe(c).Describe();
               });
}

// The new container is another one: what the delete has yet to do is not to be done to it.
CASE(Pairs, CreateBesideDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "C23", "S23", "A27"},
      .claim = "create of the id while delete is at its record: it is refused, or makes a whole "
               "container that the delete does not touch."}) {
  ForEachFault(OnceEach({"unlink record", "rmdir container", "rmdir cgroup"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Stopped({.name = name});
                 HeldCall held(lab, c, {"delete", c.id}, at.call);
                 const PairOfCalls calls = RunBeside(lab, held, CreateWords(c));
                 ExpectAnswers(calls);
                 if (calls.second.ok()) {
                   EXPECT_EQ(runtime.Status(c.id), "created");
                   EXPECT_OK(runtime.Start(c.id));
                 }
                 ExpectForceCleans(lab, c);
               });
}

CASE(Pairs, KillBesideForce,
     {.level = Level::kRobustness,
      .cites = {"C4", "S23", "L1"},
      .claim = "kill while delete --force is at init or at a cgroup: both end, and nothing is "
               "left."}) {
  ForEachFault(OnceEach({"signal init", "rmdir cgroup"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 HeldCall held(lab, c, Force(c), at.call);
                 const PairOfCalls calls = RunBeside(lab, held, KillHard(c));
                 ExpectAnswers(calls);
                 EXPECT_OK(calls.first);
                 EXPECT_TRUE(lab.Observe(c).gone()) << lab.Observe(c).Describe();
               });
}

CASE(Pairs, StateBesideForce,
     {.level = Level::kRobustness,
      .cites = {"C4", "A6", "L1"},
      .claim = "state while delete --force removes the cgroups: both end, and it does not say "
               "running."}) {
  Container c = lab.Running();
  HeldCall held(lab, c, Force(c), "rmdir cgroup");
  ASSERT_TRUE(lab.AwaitDead(c.init));
  const PairOfCalls calls = RunBeside(lab, held, {"state", c.id});
  ExpectAnswers(calls);
  EXPECT_OK(calls.first);
  EXPECT_EQ(calls.second.out.find("\"running\""), std::string::npos) << calls.second.out;
}

CASE(Pairs, PauseBesideForce,
     {.level = Level::kRobustness,
      .cites = {"C4", "C12", "L1", "S23"},
      .claim = "pause while delete --force is about to kill init: both end, and nothing is left, "
               "frozen or not.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Running();
  HeldCall held(lab, c, Force(c), "signal init");
  ExpectAnswers(RunBeside(lab, held, {"pause", c.id}));
  ExpectNothingIsOrphaned(lab, c);
  ExpectForceCleans(lab, c);
}

CASE(Pairs, ForceBesidePause,
     {.level = Level::kRobustness,
      .cites = {"C4", "C12", "L1", "S23"},
      .claim = "delete --force while pause is at the freezer: both end, and nothing is left, "
               "frozen or not.",
      .needs = kNeedPause | kNeedFreezer}) {
  ForEachFault(OnceEach({"write freezer.state", "write cgroup.freeze"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 HeldCall held(lab, c, {"pause", c.id}, at.call);
                 ExpectAnswers(RunBeside(lab, held, Force(c)));
                 ExpectNothingIsOrphaned(lab, c);
                 ExpectForceCleans(lab, c);
               });
}

// Held where it has seen who init is and has not signalled it yet; then the pid is another's.
ProcessId ReuseInit(Lab& lab, const Container& c) {
  lab.KillInit(c);
  lab.Await("init is reaped", [&] { return !lab.Inspect(c.init.pid); });
  return lab.ReusePid(c.init.pid);
}

CASE(Pairs, PidIsReusedWhileKillIsUnderWay,
     {.level = Level::kRobustness,
      .cites = {"C5", "S1", "S2", "C4"},
      .claim = "Init dies and its pid is used again while kill opens its pidfd or signals it: the "
               "new process is not hurt.",
      .needs = kNeedSetTid}) {
  ForEachFault(OnceEach({"pidfd_open init", "signal init"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 HeldCall held(lab, c, KillHard(c), at.call);
                 const ProcessId other = ReuseInit(lab, c);
                 ExpectAnswer(held.LetGo());
                 EXPECT_TRUE(lab.Unhurt(other)) << "kill hit another process";
               });
}

CASE(Pairs, PidIsReusedWhileForceIsUnderWay,
     {.level = Level::kRobustness,
      .cites = {"C5", "S1", "S2", "S8"},
      .claim = "Init dies and its pid is used again while delete --force opens its pidfd or "
               "signals it: the new process is not hurt, and nothing is left.",
      .needs = kNeedSetTid}) {
  ForEachFault(OnceEach({"pidfd_open init", "signal init"}, {0}),
               [&](const Injection& at, const std::string& name) {
                 Container c = lab.Running({.name = name});
                 HeldCall held(lab, c, Force(c), at.call);
                 const ProcessId other = ReuseInit(lab, c);
                 EXPECT_OK(held.LetGo());
                 EXPECT_TRUE(lab.Unhurt(other)) << "delete --force hit another process";
                 const Observation after = lab.Observe(c);
                 EXPECT_TRUE(after.cgroups.empty() && !after.record_exists()) << after.Describe();
               });
}

}  // namespace
}  // namespace reapcheck::conformance
