// What a recorded schedule asks of a real kernel.
#include "conformance/sweep/replay_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

#include "conformance/sweep/scenario_sweep.h"

namespace reapcheck::sweep {
namespace {

using inject::Action;
using inject::Injection;
using scenario::Scenario;

const Scenario& Named(const std::string& name) {
  return *std::ranges::find(scenario::AllScenarios(), name, &Scenario::name);
}

// Under the profile that the choices were recorded with.
std::expected<ReplayPlan, std::string> Plan(const std::string& scenario,
                                            const std::string& choices,
                                            const std::string& profile = "reference") {
  return PlanOf(Named(scenario), scenario::ProfileSubject(profile),
                sim::ParseChoices(choices).value());
}

TEST(ReplayPlan, AFaultIsInjectedAtTheCallOfThatName) {
  const auto plan = Plan("delete.stopped", "a0*6 a0!EACCES a0*11", "runc-2016");
  ASSERT_TRUE(plan) << plan.error();
  ASSERT_EQ(plan->invocations.size(), 1u);
  const Injection fault{.call = "open record", .action = Action::kFail, .error = EACCES};
  EXPECT_EQ(plan->invocations[0].injections, std::vector{fault});
  EXPECT_EQ(plan->turns, std::vector{Turn{}});
  EXPECT_EQ(plan->Describe(Named("delete.stopped")), "delete c1: open record #1 EACCES");
}

TEST(ReplayPlan, AnErrorForEverStaysOne) {
  const auto plan = Plan("delete.stopped", "a0*6 a0!EACCES!", "runc-2016");
  ASSERT_TRUE(plan) << plan.error();
  ASSERT_EQ(plan->invocations[0].injections.size(), 1u);
  EXPECT_TRUE(plan->invocations[0].injections[0].lasting);
}

TEST(ReplayPlan, ACrashIsBeforeTheCallThatWasPending) {
  const auto plan = Plan("delete.stopped", "a0*6 a0x");
  ASSERT_TRUE(plan) << plan.error();
  const Injection crash{.call = "flock lock", .action = Action::kKillBefore};
  EXPECT_EQ(plan->invocations[0].injections, std::vector{crash});
}

TEST(ReplayPlan, WhoeverWasPreemptedIsHeldAndGoesOnInTurn) {
  const auto plan = Plan("delete.twice.stopped", "a0*3 a1*2 a0*2");
  ASSERT_TRUE(plan) << plan.error();
  ASSERT_EQ(plan->invocations.size(), 2u);
  ASSERT_EQ(plan->turns.size(), 3u);
  EXPECT_EQ(plan->turns[0], (Turn{.invocation = 0, .end = TurnEnd::kHeld}));
  EXPECT_EQ(plan->turns[1], (Turn{.invocation = 1, .end = TurnEnd::kHeld}));
  EXPECT_EQ(plan->turns[2].invocation, 0u);
  for (const InvocationPlan& invocation : plan->invocations) {
    ASSERT_EQ(invocation.injections.size(), 1u);
    EXPECT_EQ(invocation.injections[0].action, Action::kHold);
  }
}

TEST(ReplayPlan, WhatNoKernelCanBeMadeToDoIsNamed) {
  EXPECT_EQ(Plan("delete-force.power-failure", "a0*5 power").error(), "a power failure");
  EXPECT_FALSE(SweptOf(Named("delete-force.uninterruptible")));
  EXPECT_FALSE(SweptOf(Named("kill.pid-reused")));
}

TEST(ReplayPlan, AnAbortedCreateIsCutOffAtANamedCall) {
  const auto at = CutOffOf(Named("delete-force.aborted-again"), 0,
                           scenario::ProfileSubject("reference"));
  ASSERT_TRUE(at) << at.error();
  EXPECT_TRUE(at->action == Action::kKillBefore || at->action == Action::kKillAfter);
  EXPECT_FALSE(at->call.empty());
}

TEST(ScenarioSweep, NearlyAllThatShipCanBeTried) {
  const auto& all = scenario::AllScenarios();
  const auto tried = std::ranges::count_if(
      all, [](const Scenario& scenario) { return SweptOf(scenario).has_value(); });
  EXPECT_GE(tried, static_cast<std::ptrdiff_t>(all.size()) - 5);
}

TEST(ScenarioSweep, APairIsWithTheOperationThatTheScenarioHas) {
  const std::vector<inject::SeenCall> seen = {{.call = "rmdir cgroup", .is_effect = true}};
  const Scenario& two = Named("create.and.delete");
  const auto points = ScenarioPoints(two, seen, FaultKind::kPair);
  ASSERT_EQ(points.size(), 1u);
  EXPECT_EQ(points[0].second, Operation::kDelete);
  const ReplayPlan plan = PlanAt(two, points[0]);
  ASSERT_EQ(plan.turns.size(), 2u);
  EXPECT_EQ(plan.turns[0].end, TurnEnd::kHeld);
  EXPECT_TRUE(ScenarioPoints(Named("delete.stopped"), seen, FaultKind::kPair).empty());
}

}  // namespace
}  // namespace reapcheck::sweep
