#include "tools/benchmark/series.h"

#include <gtest/gtest.h>

namespace reapcheck::benchmark {
namespace {

TEST(SpreadOf, OddAndEvenLengths) {
  EXPECT_DOUBLE_EQ(SpreadOf({5, 1, 9}).median, 5);
  EXPECT_DOUBLE_EQ(SpreadOf({4, 1, 2, 9}).median, 3);
  EXPECT_DOUBLE_EQ(SpreadOf({4, 1, 2, 9}).min, 1);
  EXPECT_DOUBLE_EQ(SpreadOf({4, 1, 2, 9}).max, 9);
}

TEST(SpreadOf, NothingIsZero) { EXPECT_DOUBLE_EQ(SpreadOf({}).median, 0); }

TEST(PairedRatio, IsNotTheRatioOfTheMedians) {
  // A machine that is ten times slower in one round leaves the ratio of that round as it is.
  EXPECT_DOUBLE_EQ(PairedRatio({1, 10, 2}, {2, 20, 4}), 0.5);
  EXPECT_DOUBLE_EQ(PairedRatio({1, 10, 3}, {2, 20, 4}), 0.5);
}

TEST(PairedRatio, LeavesOutWhatHasNoPartner) {
  EXPECT_DOUBLE_EQ(PairedRatio({1, 3, 5}, {4}), 0.25);
  EXPECT_DOUBLE_EQ(PairedRatio({1}, {0}), 0);
}

}  // namespace
}  // namespace reapcheck::benchmark
