#include "sim/replay.h"

#include <gtest/gtest.h>

#include "sim/explorer.h"
#include "sim/schedule_toy_programs.h"
#include "sim/schedule_toy_rules.h"

namespace reapcheck::sim {
namespace {

std::expected<Trace, ReplayError> ReplayIn(ToyLab& lab, std::string_view text) {
  const auto choices = ParseChoices(text);
  return Replay(lab.behavior, lab.rules, lab.judge, lab.start, Bounds{}, *choices);
}

void PrepareRace(ToyLab& lab) {
  lab.start.AddActor(1);
  lab.start.AddActor(1);
  lab.judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
    if (model.counter(0) != 2) found.push_back(Violation{"T1", "an update is lost"});
  };
}

TEST(ReplayTest, NoChoices_TheDefaultScheduleToItsEnd) {
  ToyLab lab({AddOne()});
  PrepareRace(lab);
  const auto trace = ReplayIn(lab, "");
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(ToString(trace->choices), "a0*3 a1*3");
  EXPECT_EQ(trace->end, End::kOver);
  EXPECT_TRUE(trace->violations.empty());
  ASSERT_EQ(trace->steps.size(), 6u);
  EXPECT_EQ(trace->steps[1].call.op, Op::kPidfdSendSignal);
  EXPECT_EQ(trace->steps[3].result.value, 1);
}

TEST(ReplayTest, WhatTheExplorerFound_ComesAgainExactly) {
  ToyLab lab({AddOne()});
  PrepareRace(lab);
  ExplorerOptions options;
  options.bounds.budget.preemptions = 2;
  const SearchReport report = lab.Explore(options);
  ASSERT_EQ(report.violations.size(), 1u);
  const std::string text = ToString(report.violations[0].choices);
  const auto first = ReplayIn(lab, text);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->violations, std::vector{report.violations[0].violation});
  EXPECT_EQ(ToString(first->choices), text);
  // In another lab, where nothing is remembered.
  ToyLab other({AddOne()});
  PrepareRace(other);
  const auto second = ReplayIn(other, text);
  ASSERT_TRUE(second.has_value());
  EXPECT_EQ(HashOf(lab.texts, *first), HashOf(other.texts, *second));
  const auto different = ReplayIn(other, "a1");
  EXPECT_NE(HashOf(other.texts, *different), HashOf(other.texts, *second));
}

TEST(ReplayTest, ChoiceThatIsNotPossible_FailsWithPlaceAndAlternatives) {
  ToyLab lab({AddOne()});
  PrepareRace(lab);
  const auto trace = ReplayIn(lab, "a0*2 a5 a0");
  ASSERT_FALSE(trace.has_value());
  EXPECT_EQ(trace.error().position, 2u);
  EXPECT_NE(trace.error().message.find("a5"), std::string::npos);
  EXPECT_NE(trace.error().message.find(" a0 "), std::string::npos);
  const auto late = ReplayIn(lab, "a0*3 a1*4");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().position, 6u);
}

TEST(ReplayTest, FaultsCrashesStepsAndTime_AreInTheTrace) {
  ToyLab lab({KillAndWait(), RemoveStubbornly(3)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  lab.start.AddProcess(1);
  lab.start.AddCgroup(1);
  lab.start.AddFile();
  const auto trace = ReplayIn(lab, "a1!EBUSY a0 a0~ a1x a0 k:die:0 a0");
  ASSERT_TRUE(trace.has_value()) << trace.error().message;
  ASSERT_EQ(trace->steps.size(), 8u);
  EXPECT_TRUE(trace->steps[0].is_fault);
  EXPECT_EQ(trace->steps[0].result.error, EBUSY);
  EXPECT_FALSE(trace->steps[2].is_call);
  EXPECT_EQ(trace->steps[2].time, 1'000'000'000);
  EXPECT_EQ(trace->steps[5].text, "k:die:0");
  EXPECT_EQ(trace->steps[6].result.error, 0);
  EXPECT_EQ(trace->end, End::kOver);
}

TEST(ReplayTest, Continuation_IsTraced) {
  ToyLab lab({Remove(false)});
  lab.start.AddActor(1);
  lab.start.AddCgroup(2);
  lab.start.AddFile();
  lab.judge.continuation = 1;
  lab.judge.on_continued = [](const ToyModel& model, std::vector<Violation>& found) {
    if (model.HasCgroups()) found.push_back(Violation{"S9", "not cleaned"});
  };
  const auto trace = ReplayIn(lab, "a0 a0x");
  ASSERT_TRUE(trace.has_value());
  EXPECT_EQ(trace->violations.size(), 1u);
  EXPECT_EQ(ToString(trace->choices), "a0 a0x");
  ASSERT_GT(trace->steps.size(), 2u);
  EXPECT_EQ(trace->steps[1].continuation, -1);
  EXPECT_EQ(trace->steps[2].continuation, 0);
  EXPECT_EQ(trace->steps[2].actor, 1);
}

}  // namespace
}  // namespace reapcheck::sim
