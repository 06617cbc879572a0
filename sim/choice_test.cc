#include "sim/choice.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cerrno>

namespace reapcheck::sim {
namespace {

std::vector<Choice> Parsed(std::string_view text) {
  const auto choices = ParseChoices(text);
  EXPECT_TRUE(choices.has_value()) << text << ": " << choices.error().message;
  return choices.value_or(std::vector<Choice>{});
}

TEST(ChoiceTest, EveryKindHasAToken) {
  const std::vector<Choice> choices = {RunOf(1),
                                       RunOf(1),
                                       StepOf({StepKind::kDie, 4}),
                                       FaultOf(2, EBUSY, false),
                                       FaultOf(2, EBUSY, true),
                                       CrashOf(1),
                                       TimeOf(10),
                                       Choice{.kind = ChoiceKind::kPowerFailure}};
  EXPECT_EQ(ToString(choices), "a1*2 k:die:4 a2!EBUSY a2!EBUSY! a1x a10~ power");
  EXPECT_EQ(Parsed(ToString(choices)), choices);
}

TEST(ChoiceTest, Counts) {
  EXPECT_EQ(Parsed(" a0*3  k:reap:1*2 "),
            (std::vector<Choice>{RunOf(0), RunOf(0), RunOf(0), StepOf({StepKind::kReap, 1}),
                                 StepOf({StepKind::kReap, 1})}));
  EXPECT_TRUE(Parsed("").empty());
}

struct Wrong {
  const char* text;
  std::size_t position;
};

class ChoiceErrorTest : public testing::TestWithParam<Wrong> {};

TEST_P(ChoiceErrorTest, NamesThePosition) {
  const auto choices = ParseChoices(GetParam().text);
  ASSERT_FALSE(choices.has_value());
  EXPECT_EQ(choices.error().position, GetParam().position);
  EXPECT_NE(choices.error().message, "");
}

INSTANTIATE_TEST_SUITE_P(All, ChoiceErrorTest,
                         testing::Values(Wrong{"b1", 0}, Wrong{"a1 a", 4}, Wrong{"a12", 1},
                                         Wrong{"a1*0", 3}, Wrong{"a1*2000000", 3},
                                         Wrong{"a1!", 3}, Wrong{"a1!EWHAT", 3}, Wrong{"k:eat:1", 2},
                                         Wrong{"k:die:", 6}, Wrong{"a1xa2", 3}, Wrong{"a-1", 1},
                                         Wrong{"a1!EBUSY?", 3}, Wrong{"power*", 6}));

Choice Arbitrary() {
  const auto actor = static_cast<ActorId>(*rc::gen::inRange(0, kMaxActors));
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return RunOf(actor);
    case 1:
      return StepOf({static_cast<StepKind>(*rc::gen::inRange(0, 5)),
                     *rc::gen::inRange<std::int16_t>(0, INT16_MAX)});
    case 2:
      return TimeOf(actor);
    case 3:
      return CrashOf(actor);
    default:
      return FaultOf(actor, *rc::gen::element(EBUSY, ENOENT, EINTR, EIO, EPERM, ENODEV),
                     *rc::gen::arbitrary<bool>());
  }
}

RC_GTEST_PROP(ChoiceTest, WhatIsPrintedIsReadBack, ()) {
  std::vector<Choice> choices;
  const int count = *rc::gen::inRange(0, 40);
  for (int index = 0; index < count; ++index) choices.push_back(Arbitrary());
  const auto read = ParseChoices(ToString(choices));
  RC_ASSERT(read.has_value());
  RC_ASSERT(*read == choices);
}

RC_GTEST_PROP(ChoiceTest, AnyTextIsReadOrRefused, (const std::string& text)) {
  const auto read = ParseChoices(text);
  if (!read) RC_ASSERT(read.error().position <= text.size());
}

}  // namespace
}  // namespace reapcheck::sim
