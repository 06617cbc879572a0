#include "conformance/sweep/sweep_result.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "conformance/sweep/failing_point.h"

namespace reapcheck::sweep {
namespace {

TEST(SweepGroups, AlikeFailuresAreOne) {
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

TEST(SweepGroups, ThePointThatFailsTheMostOftenShowsThem) {
  SweepResult sweep;
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left once"}}),
                  Failing("rmdir cgroup", 2, EPERM, {{"S8", "left always"}})};
  sweep.points[0].again = {{}, {}};
  sweep.points[1].again = {{{"S8", "left"}}, {{"S8", "left"}}};
  const auto groups = GroupsOf(sweep);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].first, "rmdir cgroup #2 EPERM");
  EXPECT_EQ(groups[0].summary, "left always");
  EXPECT_EQ(groups[0].failed, 3);
  EXPECT_TRUE(groups[0].is_certain());
}

using Indices = std::vector<std::size_t>;

// As after two more lives of the point.
void TryAgain(PointResult& point, std::vector<conformance::Violations> lives) {
  point.is_tried_again = true;
  point.again = std::move(lives);
}

TEST(SweepGroups, OfWhatMayBeARaceOthersAreTriedAgain) {
  SweepResult sweep;
  for (int i = 1; i <= 5; ++i) {
    sweep.points.push_back(Failing("rmdir cgroup", i, EBUSY, {{"S8", "left"}}));
  }
  EXPECT_FALSE(GroupsOf(sweep)[0].is_certain());
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({0}));
  TryAgain(sweep.points[0], {{}, {}});
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({4}));
  TryAgain(sweep.points[4], {{{"S8", "left"}}, {}});
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({2}));
  EXPECT_FALSE(GroupsOf(sweep)[0].is_certain());
  EXPECT_EQ(GroupsOf(sweep)[0].failed, 2);
  TryAgain(sweep.points[2], {{}, {}});
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({}));  // enough of it
}

TEST(SweepGroups, WhatFailsInAllLivesIsNotTriedAgain) {
  SweepResult sweep;
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left"}}),
                  Failing("rmdir cgroup", 2, EBUSY, {{"S8", "left"}, {"L9", "hangs on"}})};
  TryAgain(sweep.points[0], {{{"S8", "left"}}, {{"S8", "left"}}});
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({1}));  // for L9
  TryAgain(sweep.points[1], {{{"L9", "hangs on"}}, {{"L9", "hangs on"}}});
  EXPECT_TRUE(ToBeTriedAgain(sweep).empty());
}

TEST(SweepGroups, LivesThatDidNotReachTheCallProveNothing) {
  SweepResult sweep;
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left"}})};
  TryAgain(sweep.points[0], {{{"S8", "left"}}});
  EXPECT_FALSE(GroupsOf(sweep)[0].is_certain());
  EXPECT_TRUE(ToBeTriedAgain(sweep).empty());
}

TEST(SweepGroups, WhatShowsInALaterLifeIsFoundToo) {
  SweepResult sweep;
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left"}})};
  TryAgain(sweep.points[0], {{{"L9", "hangs on"}}, {}});
  const auto groups = GroupsOf(sweep);
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[1].invariant, "L9");
  EXPECT_EQ(groups[1].failed, 1);
}

TEST(SweepBaseline, OnlyWhatAlwaysFailsExcusesAPoint) {
  const auto baseline =
      BaselineOf({{{"L4", "2 left"}, {"L4", "3 left"}}, {{"L4", "1 left"}, {"A6", "wrong"}}});
  const std::vector<BaselineFailure> wanted{{"L4", "2 left", 2, 2}, {"A6", "wrong", 2, 1}};
  EXPECT_EQ(baseline, wanted);
  conformance::Violations found{{"A6", "wrong"}, {"L4", "2 left"}, {"S8", "left"}};
  EraseExcused(found, baseline);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].invariant, "A6");
  EXPECT_EQ(found[1].invariant, "S8");
}

}  // namespace
}  // namespace reapcheck::sweep
