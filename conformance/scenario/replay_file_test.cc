#include "conformance/scenario/replay_file.h"

#include <gtest/gtest.h>

namespace reapcheck::scenario {
namespace {

ReplayFile Example() {
  return {.scenario = "delete.stopped",
          .subject = "runc-2016",
          .invariant = "S8",
          .summary = "delete succeeded and left something",
          .choices = {sim::RunOf(0), sim::RunOf(0), sim::FaultOf(0, 16, true), sim::CrashOf(1)}};
}

TEST(ReplayFile, ReadsWhatItWrote) {
  const auto read = ParseReplay(ReplayText(Example()));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->scenario, "delete.stopped");
  EXPECT_EQ(read->subject, "runc-2016");
  EXPECT_EQ(read->invariant, "S8");
  EXPECT_EQ(read->summary, "delete succeeded and left something");
  EXPECT_EQ(read->choices, Example().choices);
}

TEST(ReplayFile, SaysWhereItIsBroken) {
  const auto read = ParseReplay("{\"reapcheckReplay\": 1,");
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), "is no JSON, from byte 23");
}

TEST(ReplayFile, AnotherVersionIsRefused) {
  std::string text = ReplayText(Example());
  text.replace(text.find(": 1"), 3, ": 2");
  const auto read = ParseReplay(text);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), "/reapcheckReplay: is not 1, the version that this one reads");
}

TEST(ReplayFile, AMissingPartIsNamed) {
  std::string text = ReplayText(Example());
  text.replace(text.find("\"scenario\""), 10, "\"scenarix\"");
  const auto read = ParseReplay(text);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error(), "/scenario: is missing");
}

TEST(ReplayFile, ABadChoiceIsNamedByItsPosition) {
  std::string text = ReplayText(Example());
  text.replace(text.find("a0*2"), 4, "a0*!");
  const auto read = ParseReplay(text);
  ASSERT_FALSE(read.has_value());
  EXPECT_TRUE(read.error().starts_with("/choices: position ")) << read.error();
}

}  // namespace
}  // namespace reapcheck::scenario
