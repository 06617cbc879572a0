#include "conformance/glob.h"

#include <gtest/gtest.h>

namespace reapcheck::conformance {
namespace {

TEST(GlobMatches, StarsAndQuestionMarks) {
  EXPECT_TRUE(GlobMatches("Delete.*", "Delete.RunningIsRefused"));
  EXPECT_TRUE(GlobMatches("*.*Refused", "Delete.RunningIsRefused"));
  EXPECT_TRUE(GlobMatches("*a*b*c", "xxaxxbxbxxc"));
  EXPECT_TRUE(GlobMatches("a?c", "abc"));
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_TRUE(GlobMatches("**", ""));
}

TEST(GlobMatches, TheWholeTextMustFit) {
  EXPECT_FALSE(GlobMatches("Delete", "Delete.X"));
  EXPECT_FALSE(GlobMatches("*.Refused", "Delete.IsRefused"));
  EXPECT_FALSE(GlobMatches("a?c", "ac"));
  EXPECT_FALSE(GlobMatches("", "x"));
}

TEST(FilterMatches, ListsAndExclusions) {
  EXPECT_TRUE(FilterMatches("", "Kill.X"));
  EXPECT_TRUE(FilterMatches("Delete.*:Kill.*", "Kill.X"));
  EXPECT_TRUE(FilterMatches("Delete.*,Kill.*", "Kill.X"));
  EXPECT_FALSE(FilterMatches("Delete.*:Hooks.*", "Kill.X"));
  EXPECT_FALSE(FilterMatches("Kill.*-*.X", "Kill.X"));
  EXPECT_TRUE(FilterMatches("-Delete.*", "Kill.X"));
  EXPECT_FALSE(FilterMatches("-Delete.*:Kill.*", "Kill.X"));
}

}  // namespace
}  // namespace reapcheck::conformance
