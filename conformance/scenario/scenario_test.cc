#include "conformance/scenario/scenario.h"

#include <gtest/gtest.h>

#include <set>

#include <nlohmann/json.hpp>

namespace reapcheck::scenario {
namespace {

TEST(Scenario, NamesAreUnique) {
  std::set<std::string> names;
  for (const Scenario& scenario : AllScenarios()) {
    EXPECT_TRUE(names.insert(scenario.name).second) << scenario.name;
  }
  EXPECT_GE(names.size(), 80u);
}

TEST(Scenario, EachSaysWhatItIsAboutAndWhatForAndWhatIsDone) {
  for (const Scenario& scenario : AllScenarios()) {
    SCOPED_TRACE(scenario.name);
    EXPECT_FALSE(scenario.summary.empty());
    EXPECT_FALSE(scenario.cites.empty());
    ASSERT_FALSE(scenario.operations.empty());
    for (const Operation& operation : scenario.operations) {
      bool known = false;
      for (const ContainerSetup& container : scenario.containers) {
        known = known || container.id == operation.id;
      }
      EXPECT_TRUE(known) << CommandText(operation);
    }
  }
}

TEST(Scenario, TextIsJsonWithWhatDiffersFromTheRest) {
  for (const Scenario& scenario : AllScenarios()) {
    const auto json = nlohmann::json::parse(ScenarioText(scenario), nullptr, false);
    ASSERT_FALSE(json.is_discarded()) << scenario.name;
    EXPECT_EQ(json["name"], scenario.name);
    EXPECT_EQ(json["operations"].size(), scenario.operations.size());
  }
}

TEST(Scenario, NoTwoAreTheSameButForTheirNames) {
  std::set<std::string> bodies;
  for (Scenario scenario : AllScenarios()) {
    const std::string name = scenario.name;
    scenario.name = scenario.summary = "";
    scenario.cites.clear();
    EXPECT_TRUE(bodies.insert(ScenarioText(scenario)).second) << name;
  }
}

TEST(Scenario, CommandsReadAsTheyAreTyped) {
  EXPECT_EQ(CommandText({.verb = Verb::kDelete, .force = true}), "delete --force c1");
  EXPECT_EQ(CommandText({.verb = Verb::kKill, .signal = "TERM", .all = true}),
            "kill --all c1 TERM");
}

}  // namespace
}  // namespace reapcheck::scenario
