// Each planted bug is found where its mutant says, and the reference is flagged by none of these
// scenarios. Needs no privileges: everything happens in the simulated kernel.
#include "conformance/scenario/mutant_hunt.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/scenario/explore.h"

namespace reapcheck::scenario {
namespace {

using mutants::Mutant;
using std::chrono::seconds;

constexpr int kThreads = 2;
constexpr int kLeastFound = 60;   // issue: every row of bugs.md that a simulator can show
constexpr int kLeastHidden = 20;  // of those, that no plain run shows

std::string Named(const std::string& list) { return " " + list + " "; }

std::vector<const Mutant*> Simulated(const std::vector<Mutant>& all) {
  std::vector<const Mutant*> simulated;
  for (const Mutant& mutant : all) {
    if (!mutant.scenario.empty()) simulated.push_back(&mutant);
  }
  return simulated;
}

std::vector<Hunt> HuntSimulated(const std::vector<Mutant>& all) {
  return HuntAll(Simulated(all), SelectScenarios("*"), {.budget = seconds(20), .jobs = kThreads},
                 [](const Hunt&) {});
}

TEST(MutantHunt, EachMutantNamesItsScenarioOrSaysWhyThereIsNone) {
  std::set<std::string> names;
  for (const Scenario& scenario : AllScenarios()) names.insert(scenario.name);
  for (const Mutant& mutant : mutants::AllMutants()) {
    EXPECT_NE(mutant.scenario.empty(), mutant.not_simulated.empty()) << mutant.name;
    if (mutant.scenario.empty()) continue;
    EXPECT_TRUE(names.contains(mutant.scenario)) << mutant.name << ": " << mutant.scenario;
    EXPECT_TRUE(SubjectOf(mutant)) << mutant.name << " has no part that the simulator runs";
  }
}

TEST(MutantHunt, EachIsFoundWithAnInvariantThatItBreaks) {
  const std::vector<Mutant> all = mutants::AllMutants();
  const std::vector<Hunt> hunts = HuntSimulated(all);
  for (const Hunt& hunt : hunts) {
    const Mutant& mutant = *hunt.mutant;
    ASSERT_TRUE(hunt.is_found()) << mutant.name << " at " << mutant.scenario << ": "
                                 << mutant.plants << " " << hunt.error;
    EXPECT_NE(Named(mutant.breaks).find(Named(hunt.invariant)), std::string::npos)
        << mutant.name << " is said to break " << mutant.breaks << ", not " << hunt.invariant;
  }
  const auto hidden =
      std::ranges::count_if(hunts, [](const Hunt& hunt) { return !hunt.needs.is_plain; });
  EXPECT_GE(hunts.size(), static_cast<std::size_t>(kLeastFound));
  EXPECT_GE(hidden, kLeastHidden) << "that only a fault, a crash or another order shows";
}

TEST(MutantHunt, ReferenceIsFlaggedByNoneOfTheirScenarios) {
  const std::vector<Mutant> all = mutants::AllMutants();
  std::set<std::string> names;
  for (const Mutant* mutant : Simulated(all)) names.insert(mutant->scenario);
  std::vector<const Scenario*> scenarios;
  for (const Scenario& scenario : AllScenarios()) {
    if (names.contains(scenario.name)) scenarios.push_back(&scenario);
  }
  ASSERT_EQ(scenarios.size(), names.size());
  const auto results =
      ExploreAll(scenarios, ProfileSubject("reference"), {.budget = seconds(3), .jobs = kThreads},
                 [](const ScenarioResult&) {});
  ASSERT_EQ(results.size(), scenarios.size());
  for (const ScenarioResult& result : results) {
    EXPECT_EQ(result.error, "") << result.scenario->name;
    EXPECT_GT(result.report.stats.schedules, 0u) << result.scenario->name;
    for (const sim::FoundViolation& found : result.report.violations) {
      ADD_FAILURE() << result.scenario->name << ": " << found.violation.invariant << " "
                    << found.violation.summary;
    }
  }
}

TEST(MutantHunt, SameMutantTwice_SameScheduleAndCount) {
  const std::vector<Mutant> all = mutants::AllMutants();
  const auto named = std::ranges::find(all, "kill-checks-first", &Mutant::name);
  ASSERT_NE(named, all.end());
  const auto scenarios = SelectScenarios("*");
  const Hunt first = HuntOne(*named, scenarios, {});
  const Hunt second = HuntOne(*named, scenarios, {});
  ASSERT_TRUE(first.is_found());
  EXPECT_EQ(first.choices, second.choices);
  EXPECT_EQ(first.schedules, second.schedules);
}

}  // namespace
}  // namespace reapcheck::scenario
