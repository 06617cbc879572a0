#include "conformance/scenario/explore.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "conformance/scenario/replay.h"

namespace reapcheck::scenario {
namespace {

const Scenario& Named(const std::string& name) {
  for (const Scenario& scenario : AllScenarios()) {
    if (scenario.name == name) return scenario;
  }
  ADD_FAILURE() << name;
  return AllScenarios().front();
}

std::vector<std::string> InvariantsOf(const ScenarioResult& result) {
  std::vector<std::string> invariants;
  for (const sim::FoundViolation& found : result.report.violations) {
    invariants.push_back(found.violation.invariant);
  }
  return invariants;
}

TEST(Explore, TheReferenceIsCleanAndTheSearchComplete) {
  const auto result = ExploreOne(Named("delete.stopped"), ProfileSubject("reference"), {});
  EXPECT_EQ(result.error, "");
  EXPECT_TRUE(result.report.stats.is_complete);
  EXPECT_TRUE(InvariantsOf(result).empty());
  EXPECT_TRUE(result.unreached.empty());
  EXPECT_GT(result.report.stats.schedules, 100u);
}

TEST(Explore, WhatRuncDidIn2016IsFoundAndRepeats) {
  const Scenario& scenario = Named("delete-force.all-missing.running");
  const Subject subject = ProfileSubject("runc-2016");
  const auto result = ExploreOne(scenario, subject, {});
  const auto& found = result.report.violations;
  const auto at = std::ranges::find_if(found, [](const sim::FoundViolation& violation) {
    return violation.violation.invariant == "S6" && violation.cost == 0;
  });
  ASSERT_NE(at, found.end());
  const auto replayed = ReplayChoices(scenario, subject, at->choices);
  ASSERT_TRUE(replayed.has_value()) << replayed.error();
  ASSERT_FALSE(replayed->trace.violations.empty());
  EXPECT_EQ(replayed->trace.violations.front().invariant, "S6");
}

TEST(Explore, ChoicesOfAnotherScenarioDoNotFit) {
  const auto replayed = ReplayChoices(Named("delete.absent"), ProfileSubject("reference"),
                                      {sim::RunOf(0), sim::RunOf(7)});
  ASSERT_FALSE(replayed.has_value());
  EXPECT_TRUE(replayed.error().starts_with("choice 2, a7, is not possible")) << replayed.error();
}

TEST(Explore, ABudgetThatEndsItEarlyIsSaid) {
  ExploreOptions options;
  options.budget = std::chrono::milliseconds(20);
  options.preemptions = 3;
  const auto result =
      ExploreOne(Named("delete-force.twice.running"), ProfileSubject("reference"), options);
  EXPECT_FALSE(result.report.stats.is_complete);
}

TEST(Explore, ASeedRunsTheSameEachTime) {
  for (const Strategy strategy : {Strategy::kRandom, Strategy::kPct}) {
    ExploreOptions options;
    options.strategy = strategy;
    options.seed = 7;
    options.max_schedules = 300;
    const Scenario& scenario = Named("kill.and.delete-force");
    const auto first = ExploreOne(scenario, ProfileSubject("reference"), options);
    const auto second = ExploreOne(scenario, ProfileSubject("reference"), options);
    EXPECT_EQ(first.report.stats.schedules, 300u);
    EXPECT_EQ(first.report.stats.kernel_calls, second.report.stats.kernel_calls);
    EXPECT_EQ(first.report.stats.depth, second.report.stats.depth);
    EXPECT_TRUE(InvariantsOf(first).empty());
    options.seed = 8;
    const auto other = ExploreOne(scenario, ProfileSubject("reference"), options);
    EXPECT_NE(first.report.stats.kernel_calls, other.report.stats.kernel_calls);
  }
}

// A runtime that looks at the wall clock behind the kernel's back.
class LooksAtTheClock : public Runtime {
 public:
  using Runtime::Runtime;
  Outcome<void> Kill(const std::string& id, const KillOptions& options) override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    static_cast<void>(kernel().Nanosleep(std::chrono::nanoseconds(now)));
    return Runtime::Kill(id, options);
  }
};

TEST(Explore, CodeThatDependsOnMoreThanTheKernelIsCaught) {
  Subject subject = ProfileSubject("reference");
  subject.make_runtime = [](Kernel& kernel, const std::string& root, WarningSink warn) {
    return std::make_unique<LooksAtTheClock>(kernel, root, std::move(warn));
  };
  const Scenario& scenario = Named("kill.and.delete-force");
  const auto result = ExploreOne(scenario, subject, {});
  const auto replayed = ReplayChoices(scenario, subject, {});
  EXPECT_TRUE(result.report.divergence.has_value() || !replayed.has_value());
}

TEST(Explore, AllAreReportedInTheirOrderWhateverTheJobs) {
  const auto scenarios = SelectScenarios("delete.*");
  ASSERT_GE(scenarios.size(), 5u);
  ExploreOptions options;
  options.faults = options.crashes = options.preemptions = 0;
  options.jobs = 3;
  std::size_t reported = 0;
  const auto results = ExploreAll(scenarios, ProfileSubject("reference"), options,
                                  [&reported](const ScenarioResult&) { ++reported; });
  ASSERT_EQ(results.size(), scenarios.size());
  EXPECT_EQ(reported, scenarios.size());
  for (std::size_t i = 0; i < results.size(); ++i) EXPECT_EQ(results[i].scenario, scenarios[i]);
}

}  // namespace
}  // namespace reapcheck::scenario
