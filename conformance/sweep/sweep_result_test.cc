#include "conformance/sweep/sweep_result.h"

#include <gtest/gtest.h>

#include <cerrno>

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
  sweep.points[0].again = {{{"L9", "another"}}, {}};
  sweep.points[1].again = {{{"S8", "left"}}, {{"S8", "left"}}};
  const auto groups = GroupsOf(sweep);
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0].first, "rmdir cgroup #2 EPERM");
  EXPECT_EQ(groups[0].summary, "left always");
  EXPECT_EQ(groups[0].failed, 3);
  EXPECT_TRUE(groups[0].is_certain());
}

TEST(SweepGroups, OfWhatMayBeARaceAnotherPointIsTriedAgain) {
  SweepResult sweep;
  for (int i = 1; i <= kTries + 1; ++i) {
    sweep.points.push_back(Failing("rmdir cgroup", i, EBUSY, {{"S8", "left"}}));
  }
  using Indices = std::vector<std::size_t>;
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({0}));
  sweep.points[0].again = {{}, {}};
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({1}));
  sweep.points[1].again = {{{"S8", "left"}}, {}};
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({2}));
  EXPECT_FALSE(GroupsOf(sweep)[0].is_certain());
  EXPECT_EQ(GroupsOf(sweep)[0].failed, 2);
  sweep.points[2].again = {{}, {}};
  EXPECT_EQ(ToBeTriedAgain(sweep), Indices({}));  // enough of it
}

TEST(SweepGroups, WhatFailsInAllLivesIsNotTriedAgain) {
  SweepResult sweep;
  sweep.points = {Failing("rmdir cgroup", 1, EBUSY, {{"S8", "left"}}),
                  Failing("rmdir cgroup", 2, EBUSY, {{"S8", "left"}, {"L9", "hangs on"}})};
  sweep.points[0].again = {{{"S8", "left"}}, {{"S8", "left"}}};
  EXPECT_EQ(ToBeTriedAgain(sweep), std::vector<std::size_t>({1}));  // for L9
  sweep.points[1].again = {{{"L9", "hangs on"}}, {{"L9", "hangs on"}}};
  EXPECT_TRUE(ToBeTriedAgain(sweep).empty());
}

}  // namespace
}  // namespace reapcheck::sweep
