// Operations of one container at the same moment. Which one comes first is open; the world
// afterwards must be one that some order could have made, and every exit code must be true in it.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

// Enough to hit windows of a few hundred microseconds, few enough to stay within seconds.
constexpr int kRounds = 10;
constexpr int kFewRounds = 4;  // where eight calls run at once

// One round that fails says it all.
bool HasFailed() { return testing::Test::HasFailure(); }

ContainerPlan PlanOfRound(int round) {
  return {.name = "r" + std::to_string(round), .hooks = {{.kind = "poststop", .name = "p"}}};
}

std::vector<Arguments> Times(std::size_t count, const Arguments& call) {
  return std::vector<Arguments>(count, call);
}

std::vector<Outcome> Outcomes(const std::vector<Invocation>& calls) {
  std::vector<Outcome> outcomes;
  for (const Invocation& call : calls) outcomes.push_back({.ok = call.ok()});
  return outcomes;
}

// Success or an error: no signal, no hang, no panic.
void ExpectOrdinary(const std::vector<Invocation>& calls) {
  for (const Invocation& call : calls) {
    EXPECT_TRUE(call.ok() || call.refused()) << call.Describe();
  }
}

int Successes(const std::vector<Invocation>& calls) {
  return static_cast<int>(std::ranges::count_if(calls, &Invocation::ok));
}

// The end of each race: a delete --force that said 0 left nothing; one more leaves nothing in any
// case; poststop ran once, also where the first failed and the second did the rest.
void ExpectGoneAfterForce(Lab& lab, Subject& runtime, const Container& c, const Invocation& raced) {
  EXPECT_HOLDS(JudgeDelete({.ok = raced.ok()}, lab.Observe(c))) << raced.Describe();
  EXPECT_OK(runtime.DeleteForce(c.id));
  Observation after = lab.Observe(c);
  EXPECT_HOLDS(JudgeDelete({.ok = true}, after));
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, after.hooks));
}

// --- delete and delete ---

CASE(Concurrency, OneOfSeveralDeletesWins,
     {.level = Level::kRobustness,
      .cites = {"C4", "S14", "S22", "S23"},
      .claim = "Of four deletes of a stopped container one succeeds; poststop runs once, "
               "nothing is left."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container c = lab.Stopped(PlanOfRound(round));
    std::vector<Invocation> calls = runtime.AtOnce(Times(4, {"delete", c.id}));
    ExpectOrdinary(calls);
    Observation after = lab.Observe(c);
    EXPECT_HOLDS(JudgeConcurrentDeletes(Outcomes(calls), /*force=*/false, after));
    EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, after.hooks));
  }
}

CASE(Concurrency, EightForcedDeletes,
     {.level = Level::kRobustness,
      .cites = {"C4", "S14", "S22", "S23"},
      .claim = "Eight delete --force of a running container at once: poststop runs once, "
               "nothing is left."}) {
  for (int round = 0; round < kFewRounds && !HasFailed(); ++round) {
    Container c = lab.Running(PlanOfRound(round));
    std::vector<Invocation> calls = runtime.AtOnce(Times(8, {"delete", "--force", c.id}));
    ExpectOrdinary(calls);
    Observation after = lab.Observe(c);
    EXPECT_HOLDS(JudgeConcurrentDeletes(Outcomes(calls), /*force=*/true, after));
    EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, after.hooks));
  }
}

CASE(Concurrency, ForceOfEightContainers,
     {.level = Level::kRobustness,
      .cites = {"C4", "S10", "L10"},
      .claim = "delete --force of eight containers at the same moment: each exits 0, none of "
               "them is left, a ninth is not hurt."}) {
  Container ninth = lab.Running({.name = "ninth"});
  std::vector<Container> containers;
  std::vector<Arguments> deletes;
  for (int i = 0; i < 8; ++i) {
    containers.push_back(lab.Running(PlanOfRound(i)));
    deletes.push_back({"delete", "--force", containers.back().id});
  }
  for (const Invocation& call : runtime.AtOnce(deletes)) EXPECT_OK(call);
  for (const Container& c : containers) EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_TRUE(lab.Alive(ninth.init));
  EXPECT_EQ(runtime.Status(ninth.id), "running");
}

// --- kill ---

CASE(Concurrency, KillAndForcedDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "S8", "S23"},
      .claim = "kill KILL and delete --force at the same moment: nothing is left, poststop ran "
               "once."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container c = lab.Running(PlanOfRound(round));
    std::vector<Invocation> calls =
        runtime.AtOnce({{"kill", c.id, "KILL"}, {"delete", "--force", c.id}});
    ExpectOrdinary(calls);
    ExpectGoneAfterForce(lab, runtime, c, calls[1]);
  }
}

CASE(Concurrency, EveryOneOfEightSignalsArrives,
     {.level = Level::kSpec,
      .cites = {"A22", "C4"},
      .claim = "Eight kills with different signals at the same moment: those that exit 0 "
               "arrive, and all exit 0."}) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  std::set<int> sent = {1, 2, 3, 10, 12, 14, 15, 28};
  std::vector<Arguments> kills;
  for (int number : sent) kills.push_back({"kill", c.id, std::to_string(number)});
  for (const Invocation& call : runtime.AtOnce(kills)) EXPECT_OK(call);
  auto seen = [&] {
    std::vector<int> signals = lab.SignalsSeen(c);
    return std::set<int>(signals.begin(), signals.end());
  };
  lab.Await("all eight signals", [&] { return seen() == sent; });
  EXPECT_EQ(runtime.Status(c.id), "running");
}

CASE(Concurrency, SeveralKillsOfOneContainer,
     {.level = Level::kRobustness,
      .cites = {"C4", "S5", "S17"},
      .claim = "Four kill KILL at the same moment: one at least succeeds, init dies, delete "
               "works."}) {
  for (int round = 0; round < kFewRounds && !HasFailed(); ++round) {
    Container c = lab.Running(PlanOfRound(round));
    std::vector<Invocation> calls = runtime.AtOnce(Times(4, {"kill", c.id, "KILL"}));
    ExpectOrdinary(calls);
    EXPECT_GE(Successes(calls), 1);
    ASSERT_TRUE(lab.AwaitDead(c.init));
    ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
    EXPECT_OK(runtime.Delete(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
}

// --- start ---

CASE(Concurrency, OneOfSeveralStartsWins,
     {.level = Level::kSpec,
      .cites = {"A19", "C4"},
      .claim = "Of four starts of one container one succeeds, and the program runs once."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    ContainerPlan plan = PlanOfRound(round);
    plan.program = {"hook", "program", plan.name, "sleep"};
    Container c = lab.Created(plan);
    std::vector<Invocation> calls = runtime.AtOnce(Times(4, {"start", c.id}));
    ExpectOrdinary(calls);
    ASSERT_EQ(Successes(calls), 1);
    ASSERT_TRUE(lab.AwaitReady(c));
    EXPECT_EQ(runtime.Status(c.id), "running");
    std::vector<HookRecord> runs = lab.Hooks();
    std::erase_if(runs, [&](const HookRecord& r) { return r.name != plan.name; });
    EXPECT_EQ(runs.size(), 1u);
  }
}

CASE(Concurrency, StartAndKill,
     {.level = Level::kRobustness,
      .cites = {"C4", "A22", "S17"},
      .claim = "start and kill KILL at the same moment: a kill that exits 0 ends init, and "
               "delete removes all."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container c = lab.Created(PlanOfRound(round));
    std::vector<Invocation> calls = runtime.AtOnce({{"start", c.id}, {"kill", c.id, "KILL"}});
    ExpectOrdinary(calls);
    EXPECT_OK(calls[1]);  // allowed before start and after it
    ASSERT_TRUE(lab.AwaitDead(c.init));
    ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
    EXPECT_OK(runtime.Delete(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
}

CASE(Concurrency, StartAndForcedDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "S8", "S23"},
      .claim = "start and delete --force at the same moment: nothing is left, poststop ran "
               "once."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container c = lab.Created(PlanOfRound(round));
    std::vector<Invocation> calls = runtime.AtOnce({{"start", c.id}, {"delete", "--force", c.id}});
    ExpectOrdinary(calls);
    ExpectGoneAfterForce(lab, runtime, c, calls[1]);
  }
}

// --- create ---

void ExpectUsable(Lab& lab, Subject& runtime, const Container& c) {
  EXPECT_EQ(runtime.Status(c.id), "created");
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_EQ(lab.Members(c).size(), 1u);
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Concurrency, OneOfEightCreatesWins,
     {.level = Level::kSpec,
      .cites = {"A2", "A18", "S25", "C4"},
      .claim = "Of eight creates of one id one succeeds, and the others do not touch that "
               "container, which can be used."}) {
  for (int round = 0; round < kFewRounds && !HasFailed(); ++round) {
    Container c = lab.MakeBundle({.name = "r" + std::to_string(round)});
    std::vector<Invocation> calls =
        runtime.AtOnce(Times(8, {"create", "--bundle", c.bundle, c.id}));
    ExpectOrdinary(calls);
    ASSERT_EQ(Successes(calls), 1);
    ExpectUsable(lab, runtime, c);
  }
}

CASE(Concurrency, LosersOfCreateLeaveNothing,
     {.level = Level::kSpec,
      .cites = {"A8", "A18", "S25", "C4"},
      .claim = "Eight creates of one id, each with a cgroup of its own: those that fail leave "
               "no cgroup and no process."}) {
  std::vector<Container> bundles;
  std::vector<Arguments> creates;
  for (int i = 0; i < 8; ++i) {
    bundles.push_back(lab.MakeBundle({.name = "b" + std::to_string(i), .id = lab.Id("c1")}));
    creates.push_back({"create", "--bundle", bundles.back().bundle, lab.Id("c1")});
  }
  std::vector<Invocation> calls = runtime.AtOnce(creates);
  ExpectOrdinary(calls);
  ASSERT_EQ(Successes(calls), 1);
  std::size_t winner = 0;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].ok()) {
      winner = i;
    } else {
      EXPECT_EQ(lab.CgroupDirs(bundles[i]), std::vector<std::string>{});
    }
  }
  EXPECT_EQ(lab.Observe(bundles[winner]).descendants.size(), 1u) << "more than one init";
  ExpectUsable(lab, runtime, bundles[winner]);
}

CASE(Concurrency, CreatesOfEightContainers,
     {.level = Level::kSpec,
      .cites = {"A1", "A2", "C4"},
      .claim = "Eight creates of different ids at the same moment all succeed, and each can be "
               "used."}) {
  std::vector<Container> containers;
  std::vector<Arguments> creates;
  for (int i = 0; i < 8; ++i) {
    containers.push_back(lab.MakeBundle({.name = "c" + std::to_string(i)}));
    creates.push_back({"create", "--bundle", containers.back().bundle, containers.back().id});
  }
  for (const Invocation& call : runtime.AtOnce(creates)) ASSERT_OK(call);
  for (const Container& c : containers) ExpectUsable(lab, runtime, c);
}

// What create said must be true, whether the delete came before it, after it or in between.
void JudgeCreateAgainstForce(Lab& lab, Subject& runtime, const Container& c) {
  std::vector<Invocation> calls = runtime.AtOnce(
      {{"create", "--bundle", c.bundle, c.id}, {"delete", "--force", c.id}});
  ExpectOrdinary(calls);
  std::string status = runtime.Status(c.id);
  if (!calls[0].ok() || status.empty()) {
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)))
        << calls[0].Describe() << "; " << calls[1].Describe();
  } else {
    ExpectUsable(lab, runtime, c);
  }
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Concurrency, CreateAndForcedDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "A8", "S23"},
      .claim = "create and delete --force of one new id at the same moment: a container that "
               "is there can be used, and one that is not has left nothing."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    JudgeCreateAgainstForce(lab, runtime, lab.MakeBundle({.name = "r" + std::to_string(round)}));
  }
}

CASE(Concurrency, CreateAgainAndForcedDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "A27", "S23", "S25"},
      .claim = "create of an id while delete --force removes its old container: a new "
               "container that is there can be used, and one that is not has left nothing."}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container old = lab.Running({.name = "r" + std::to_string(round)});
    JudgeCreateAgainstForce(lab, runtime, old);
    EXPECT_FALSE(lab.Alive(old.init));
  }
}

// --- state, list, pause, exec ---

CASE(Concurrency, StateWhileDeleted,
     {.level = Level::kRobustness,
      .cites = {"C4", "A3", "S18", "S23"},
      .claim = "`state` during delete --force prints a whole state or is an error; delete "
               "exits 0."}) {
  const std::set<std::string> known = {"created", "running", "stopped"};
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container c = lab.Running(PlanOfRound(round));
    std::vector<Arguments> calls = Times(4, {"state", c.id});
    calls.insert(calls.begin(), {"delete", "--force", c.id});
    std::vector<Invocation> done = runtime.AtOnce(calls);
    ExpectOrdinary(done);
    EXPECT_OK(done[0]);
    for (std::size_t i = 1; i < done.size(); ++i) {
      if (!done[i].ok()) continue;
      Json state = Json::parse(done[i].out, nullptr, /*allow_exceptions=*/false);
      ASSERT_TRUE(state.is_object()) << done[i].out;
      EXPECT_EQ(state.value("id", ""), c.id);
      EXPECT_TRUE(known.contains(state.value("status", ""))) << done[i].out;
    }
    ExpectGoneAfterForce(lab, runtime, c, done[0]);
  }
}

CASE(Concurrency, ListWhileContainersComeAndGo,
     {.level = Level::kRobustness,
      .cites = {"C4", "S18", "S23"},
      .claim = "list succeeds while others are created and deleted, and names the one that "
               "stays.",
      .needs = kNeedList}) {
  Container stays = lab.Running({.name = "stays"});
  for (int round = 0; round < kFewRounds && !HasFailed(); ++round) {
    Container goes = lab.Running({.name = "goes" + std::to_string(round)});
    Container comes = lab.MakeBundle({.name = "comes" + std::to_string(round)});
    std::vector<Arguments> calls = Times(4, {"list", "--format", "json"});
    calls.insert(calls.begin(), {{"delete", "--force", goes.id},
                                 {"create", "--bundle", comes.bundle, comes.id}});
    std::vector<Invocation> done = runtime.AtOnce(calls);
    for (const Invocation& call : done) EXPECT_OK(call);
    for (std::size_t i = 2; i < done.size(); ++i) {
      EXPECT_NE(done[i].out.find(stays.id), std::string::npos) << done[i].out;
    }
  }
}

CASE(Concurrency, PauseAndForcedDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "C12", "S15", "S23", "L3"},
      .claim = "pause and delete --force at the same moment: nothing is left, frozen or not.",
      .needs = kNeedPause | kNeedFreezer}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    Container c = lab.Running(PlanOfRound(round));
    std::vector<Invocation> calls = runtime.AtOnce({{"pause", c.id}, {"delete", "--force", c.id}});
    ExpectOrdinary(calls);
    ExpectGoneAfterForce(lab, runtime, c, calls[1]);
  }
}

CASE(Concurrency, ExecAndForcedDelete,
     {.level = Level::kRobustness,
      .cites = {"C4", "C13", "S8", "S23"},
      .claim = "exec and delete --force at the same moment: no process of the exec survives.",
      .needs = kNeedExec}) {
  for (int round = 0; round < kRounds && !HasFailed(); ++round) {
    ContainerPlan plan = PlanOfRound(round);
    // Every other one without a pid namespace, whose end would be the end of all.
    if (round % 2 == 1) plan.pid_namespace = PidNamespace::kHost;
    Container c = lab.Running(plan);
    std::vector<Invocation> calls = runtime.AtOnce(
        {{"exec", "--detach", c.id, "/payload", "sleep"}, {"delete", "--force", c.id}});
    ExpectOrdinary(calls);
    ExpectGoneAfterForce(lab, runtime, c, calls[1]);
    EXPECT_TRUE(lab.Observe(c).descendants.empty()) << "a process of the exec lives";
  }
}

}  // namespace
}  // namespace reapcheck::conformance
