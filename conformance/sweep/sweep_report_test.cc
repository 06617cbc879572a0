#include "conformance/sweep/sweep_report.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <nlohmann/json.hpp>

namespace reapcheck::sweep {
namespace {

PointResult Failing(const std::string& call, int occurrence, int error,
                    conformance::Violations violations) {
  return {.point = {.injection = {.call = call,
                                  .occurrence = occurrence,
                                  .action = inject::Action::kFail,
                                  .error = error}},
          .reached = true,
          .violations = std::move(violations)};
}

TEST(SweepReport, AlikeFailuresAreOneGroup) {
  SweepResult sweep;
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left"}, {"S8", "more"}}),
                  Failing("rmdir cgroup", 2, EPERM, {{"S8", "left"}}),
                  Failing("unlink record", 1, EIO, {{"S8", "left"}, {"L9", "hangs on"}}),
                  Failing("rmdir cgroup", 3, EBUSY, {})};
  const auto groups = GroupsOf(sweep);
  ASSERT_EQ(groups.size(), 3u);
  EXPECT_EQ(groups[0].call, "rmdir cgroup");
  EXPECT_EQ(groups[0].points, 2);
  EXPECT_EQ(groups[0].happened, (std::vector<std::string>{"EBUSY", "EPERM"}));
  EXPECT_EQ(groups[0].first, "rmdir cgroup #1 EBUSY");
  EXPECT_EQ(groups[2].invariant, "L9");
  EXPECT_EQ(CountsOf(sweep).failed, 3);
}

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

TEST(Points, CrashesComeAtEffectsOnBothSides) {
  const std::vector<inject::SeenCall> seen = {{.call = "read record"},
                                              {.call = "rmdir cgroup", .is_effect = true}};
  const auto points = PointsOf(seen, FaultKind::kCrash);
  ASSERT_EQ(points.size(), 2u);
  EXPECT_EQ(points[0].Describe(), "rmdir cgroup #1 killed before");
  EXPECT_EQ(points[1].Describe(), "rmdir cgroup #1 killed after");
}

TEST(Points, ErrorsComeFromTheTableOfTheSimulator) {
  const std::vector<inject::SeenCall> seen = {{.call = "rename record", .is_effect = true},
                                              {.call = "read other"}};
  const auto points = PointsOf(seen, FaultKind::kErrno);
  ASSERT_EQ(points.size(), 6u);
  EXPECT_EQ(points[0].Describe(), "rename record #1 ENOSPC");
  EXPECT_EQ(points[1].Describe(), "rename record #1 ENOSPC for ever");
}

TEST(Points, APollIsFailedAtItsFirstRepetitions) {
  std::vector<inject::SeenCall> seen;
  for (int i = 1; i <= 10; ++i) {
    seen.push_back({.call = "read cgroup.procs", .occurrence = i, .path = "/sys/fs/cgroup/a"});
  }
  const std::size_t one = PointsOf({seen.front()}, FaultKind::kErrno).size();
  EXPECT_GT(one, 0u);
  EXPECT_EQ(PointsOf(seen, FaultKind::kErrno).size(), kRepetitions * one);
  seen.push_back({.call = "read cgroup.procs", .occurrence = 11, .path = "/sys/fs/cgroup/b"});
  EXPECT_EQ(PointsOf(seen, FaultKind::kErrno).size(), (kRepetitions + 1) * one);
}

}  // namespace
}  // namespace reapcheck::sweep
