#include "conformance/sweep/sweep_report.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

#include "conformance/sweep/failing_point.h"

namespace reapcheck::sweep {
namespace {

TEST(SweepReport, WhatWasNotReachedIsTold) {
  SweepResult sweep{.runtime = "runc", .operation = Operation::kDelete};
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {}), {}};
  sweep.points[0].reached = false;
  sweep.points[1].broken = "the lab: no";
  const Counts counts = CountsOf(sweep);
  EXPECT_EQ(counts.not_reached, 1);
  EXPECT_EQ(counts.broken, 1);
  const std::string text = PrettyReport({sweep}, "reapcheck");
  EXPECT_NE(text.find("never came in 3 lives: rmdir cgroup #1 EBUSY"), std::string::npos) << text;
  EXPECT_NE(text.find("the lab: no"), std::string::npos) << text;
}

TEST(SweepReport, JsonHasEveryPoint) {
  SweepResult sweep{.runtime = "runc", .operation = Operation::kDelete};
  sweep.points = {Failing("rmdir cgroup", 2, EBUSY, {{"S8", "left"}})};
  const auto json = nlohmann::json::parse(JsonReport({sweep}));
  const auto& point = json.at(0).at("points").at(0);
  EXPECT_EQ(point.at("call"), "rmdir cgroup");
  EXPECT_EQ(point.at("occurrence"), 2);
  EXPECT_EQ(point.at("fault"), "EBUSY");
  EXPECT_EQ(point.at("violations").at(0).at("invariant"), "S8");
  EXPECT_EQ(json.at(0).at("summary").at("failed"), 1);
}

TEST(SweepReport, HowOftenARaceShowedIsTold) {
  SweepResult sweep{.runtime = "crun", .operation = Operation::kDelete};
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left"}}),
                  Failing("unlink record", 1, EIO, {{"S8", "stays"}})};
  sweep.points[0].again = {{{"S8", "left"}}, {{"S8", "left"}}};
  sweep.points[1].again = {{}, {}};
  const std::string text = PrettyReport({sweep}, "reapcheck");
  EXPECT_NE(text.find("rmdir cgroup #1 EBUSY, in 3 of 3 lives: left"), std::string::npos) << text;
  EXPECT_NE(text.find("unlink record #1 EIO, in 1 of 3 lives: stays"), std::string::npos) << text;
  const auto json = nlohmann::json::parse(JsonReport({sweep})).at(0);
  EXPECT_EQ(json.at("groups").at(1).at("lives"), 3);
  EXPECT_EQ(json.at("groups").at(1).at("failed_lives"), 1);
  EXPECT_EQ(json.at("points").at(1).at("violations").at(0).at("failed_lives"), 1);
  EXPECT_EQ(AsReport({sweep}).runtimes.at(0).results.at(1).reason, "S8, in 1 of 3 lives: stays");
}

TEST(SweepReport, WhatFailsWithNothingWrongIsTold) {
  const SweepResult sweep{.runtime = "runc", .baseline = {{"L4", "2 processes are left", 3, 2}}};
  const std::string text = PrettyReport({sweep}, "reapcheck");
  EXPECT_NE(text.find("L4  with nothing wrong, in 2 of 3 lives: 2 processes"),
            std::string::npos)
      << text;
  const auto json = nlohmann::json::parse(JsonReport({sweep}));
  EXPECT_EQ(json.at(0).at("baseline").at(0).at("invariant"), "L4");
  EXPECT_EQ(AsReport({sweep}).runtimes.at(0).results.at(0).verdict, conformance::Verdict::kFail);
}

TEST(SweepReport, PointsAreCasesInTheFormatsOfTheSuite) {
  SweepResult sweep{.runtime = "runc", .operation = Operation::kDelete, .fault = FaultKind::kErrno};
  sweep.points = {Failing("rmdir cgroup", 2, EBUSY, {{"S8", "left"}, {"L9", "hangs"}}),
                  Failing("rmdir cgroup", 3, EBUSY, {}), Failing("rmdir cgroup", 4, EBUSY, {}),
                  {.broken = "the lab: no"}};
  sweep.points[2].reached = false;
  SweepResult other{.runtime = "runc", .operation = Operation::kStart, .problem = "no census"};
  const conformance::Report report = AsReport({sweep, other});
  ASSERT_EQ(report.runtimes.size(), 1u);
  const auto& cases = report.runtimes[0].results;
  ASSERT_EQ(cases.size(), 5u);
  EXPECT_EQ(cases[0].name, "delete-errno.rmdir cgroup #2 EBUSY");
  EXPECT_EQ(cases[0].verdict, conformance::Verdict::kFail);
  EXPECT_EQ(cases[0].reason, "S8: left\nL9: hangs");
  EXPECT_EQ(cases[1].verdict, conformance::Verdict::kPass);
  EXPECT_EQ(cases[2].verdict, conformance::Verdict::kSkip);
  EXPECT_EQ(cases[3].verdict, conformance::Verdict::kBroken);
  EXPECT_EQ(cases[4].verdict, conformance::Verdict::kBroken);
  EXPECT_EQ(cases[4].reason, "no census");
}

}  // namespace
}  // namespace reapcheck::sweep
