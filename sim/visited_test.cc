#include "sim/visited.h"

#include <gtest/gtest.h>

#include "sim/hash.h"

namespace reapcheck::sim {
namespace {

using Outcome = Visited::Outcome;

TEST(VisitedTest, KnowsWhatItHasSeen) {
  Visited visited;
  EXPECT_EQ(visited.Insert(5, {}), Outcome::kNew);
  EXPECT_EQ(visited.Insert(5, {}), Outcome::kCovered);
  EXPECT_EQ(visited.Insert(0, {}), Outcome::kNew);
  EXPECT_EQ(visited.Insert(0, {}), Outcome::kCovered);
  EXPECT_EQ(visited.size(), 2u);
}

TEST(VisitedTest, BudgetsThatAreAllAtLeastThese_Cover) {
  Visited visited;
  EXPECT_EQ(visited.Insert(7, {1, 0, 2}), Outcome::kNew);
  EXPECT_EQ(visited.Insert(7, {1, 0, 1}), Outcome::kCovered);
  EXPECT_EQ(visited.Insert(7, {0, 1, 0}), Outcome::kRicher);
  // Neither of the two covers it, although each number was there.
  EXPECT_EQ(visited.Insert(7, {1, 1, 0}), Outcome::kRicher);
  EXPECT_EQ(visited.Insert(7, {0, 1, 0}), Outcome::kCovered);
  EXPECT_EQ(visited.Insert(7, {2, 2, Budget::kUnlimited}), Outcome::kRicher);
  EXPECT_EQ(visited.Insert(7, {1, 0, 30}), Outcome::kCovered);
  EXPECT_EQ(visited.size(), 1u);
}

TEST(VisitedTest, GrowsAndForgetsNothing) {
  Visited visited;
  constexpr std::uint64_t kCount = 200'000;
  for (std::uint64_t index = 0; index < kCount; ++index) {
    ASSERT_EQ(visited.Insert(Mix(index + 1), {1, 1, 1}), Outcome::kNew);
  }
  EXPECT_EQ(visited.size(), kCount);
  for (std::uint64_t index = 0; index < kCount; ++index) {
    ASSERT_EQ(visited.Insert(Mix(index + 1), {1, 1, 1}), Outcome::kCovered);
  }
  visited.Clear();
  EXPECT_EQ(visited.size(), 0u);
  EXPECT_EQ(visited.Insert(Mix(1), {}), Outcome::kNew);
}

}  // namespace
}  // namespace reapcheck::sim
