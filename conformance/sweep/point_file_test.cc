#include "conformance/sweep/point_file.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace reapcheck::sweep {
namespace {

PointFile Example() {
  return {.operation = Operation::kDeleteForce,
          .layout = conformance::CgroupLayout::kV1,
          .point = {.injection = {.call = "rmdir cgroup",
                                  .occurrence = 3,
                                  .action = inject::Action::kFail,
                                  .error = EBUSY,
                                  .lasting = true}},
          .invariant = "S8",
          .summary = "delete succeeded and left 1 cgroups"};
}

std::string Changed(const std::string& from, const std::string& to) {
  std::string text = PointText(Example());
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(PointFile, ReadsWhatItWrote) {
  const auto read = ParsePointFile(PointText(Example()));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->operation, Operation::kDeleteForce);
  EXPECT_EQ(read->layout, conformance::CgroupLayout::kV1);
  EXPECT_EQ(read->point.injection, Example().point.injection);
  EXPECT_EQ(read->invariant, "S8");
  EXPECT_EQ(read->summary, Example().summary);
}

TEST(PointFile, KeepsTheSecondOperation) {
  PointFile file = Example();
  file.point.injection = {.call = "unlink record", .action = inject::Action::kHold};
  file.point.second = Operation::kCreate;
  const auto read = ParsePointFile(PointText(file));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->point.second, Operation::kCreate);
  EXPECT_EQ(read->point.injection, file.point.injection);
}

TEST(PointFile, KeepsWhoIsKilled) {
  PointFile file = Example();
  file.point.injection = {
      .call = "spawn hook", .action = inject::Action::kKillAfter, .whole_tree = true};
  const auto read = ParsePointFile(PointText(file));
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->point.injection, file.point.injection);
}

TEST(PointFile, NamesTheScenarioInPlaceOfTheOperation) {
  PointFile file = Example();
  file.scenario = "delete.stopped";
  const std::string text = PointText(file);
  EXPECT_EQ(text.find("\"operation\""), std::string::npos);
  const auto read = ParsePointFile(text);
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->scenario, "delete.stopped");
  EXPECT_EQ(read->point.injection, file.point.injection);
}

TEST(PointFile, SaysWhatIsWrongAndWhere) {
  const auto error = [](const std::string& text) { return ParsePointFile(text).error(); };
  EXPECT_EQ(error("["), "is no JSON object");
  EXPECT_EQ(error(Changed("EBUSY", "EFOO")), "/errno: 'EFOO' is no errno");
  EXPECT_EQ(error(Changed("delete-force", "wipe")), "/operation: 'wipe' is no operation");
  EXPECT_EQ(error(Changed("\"call\"", "\"cal\"")), "/call: is missing");
  EXPECT_EQ(error(Changed(": 3", ": 0")), "/occurrence: is no whole number from 1 on");
  EXPECT_EQ(error(Changed("Point\": 1", "Point\": 2")),
            "/reapcheckSweepPoint: is not 1, the version that this one reads");
}

TEST(PointFile, IsToldFromOtherFiles) {
  EXPECT_TRUE(IsPointFile(PointText(Example())));
  EXPECT_FALSE(IsPointFile("{\"reapcheckReplay\": 1}"));
  EXPECT_FALSE(IsPointFile("no JSON"));
}

}  // namespace
}  // namespace reapcheck::sweep
