#include "sim/random_search.h"

#include <gtest/gtest.h>

#include "sim/pct.h"
#include "sim/replay.h"
#include "sim/schedule_toy_programs.h"
#include "sim/schedule_toy_rules.h"

namespace reapcheck::sim {
namespace {

using Random = RandomSearch<ToyModel, ToyRules, ToyJudge>;
using ToyPct = Pct<ToyModel, ToyRules, ToyJudge>;

RandomOptions Schedules(std::uint64_t count, std::uint64_t seed = 1) {
  RandomOptions options;
  options.max_schedules = count;
  options.seed = seed;
  options.bounds.budget = {.faults = 2, .crashes = 1, .preemptions = Budget::kUnlimited};
  return options;
}

// Two deletes of the same things, a process that must die, a fault here and there.
struct Deletes : ToyLab {
  Deletes() : ToyLab({Remove(true), KillAndWait(), AddOne()}) {
    for (const int program : {1, 2, 3, 3}) start.AddActor(static_cast<ProgramId>(program));
    start.AddProcess(1);
    start.AddCgroup(1);
    start.AddCgroup(2);
    start.AddFile();
  }
  void JudgeUpdates() {
    judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
      if (model.counter(0) == 1 && !model.has_file()) {
        found.push_back(Violation{"T1", "an update is lost"});
      }
    };
  }
  SearchReport Search(const RandomOptions& options) {
    return Random(behavior, rules, judge, start, options).Search();
  }
  PctReport SearchByPct(const RandomOptions& options, int depth) {
    return ToyPct(behavior, rules, judge, start, options, depth).Search();
  }
};

TEST(RandomSearchTest, SameSeed_SameSearch) {
  Deletes one;
  Deletes other;
  const SearchReport first = one.Search(Schedules(500));
  const SearchReport second = other.Search(Schedules(500));
  EXPECT_EQ(first.stats.schedules, 500u);
  EXPECT_EQ(first.stats.fingerprint, second.stats.fingerprint);
  EXPECT_EQ(first.stats.kernel_calls, second.stats.kernel_calls);
  Deletes third;
  EXPECT_NE(third.Search(Schedules(500, 2)).stats.fingerprint, first.stats.fingerprint);
}

TEST(RandomSearchTest, IsNeverComplete) {
  Deletes lab;
  EXPECT_FALSE(lab.Search(Schedules(10)).stats.is_complete);
}

TEST(RandomSearchTest, FaultsFire) {
  Deletes lab;
  EXPECT_GT(lab.Search(Schedules(2000)).stats.faults.Of(Op::kUnlinkAt, EBUSY), 10u);
}

TEST(RandomSearchTest, WhatItFinds_ReplaysExactly) {
  Deletes lab;
  lab.JudgeUpdates();
  const SearchReport report = lab.Search(Schedules(2000));
  ASSERT_FALSE(report.violations.empty());
  for (const FoundViolation& found : report.violations) {
    const auto trace = Replay(lab.behavior, lab.rules, lab.judge, lab.start, Bounds{},
                              std::span<const Choice>(found.choices));
    ASSERT_TRUE(trace.has_value()) << trace.error().message;
    EXPECT_EQ(trace->violations, std::vector{found.violation});
    EXPECT_EQ(trace->choices, found.choices);
  }
}

TEST(RandomSearchTest, JobsShareOneSearch) {
  Deletes whole;
  Deletes even;
  Deletes odd;
  RandomOptions half = Schedules(200);
  half.stride = 2;
  const std::uint64_t evens = even.Search(half).stats.kernel_calls;
  half.first = 1;
  const std::uint64_t odds = odd.Search(half).stats.kernel_calls;
  EXPECT_EQ(whole.Search(Schedules(400)).stats.kernel_calls, evens + odds);
}

TEST(RandomSearchTest, WithoutBudget_NothingIsDisturbed) {
  Deletes lab;
  lab.JudgeUpdates();
  RandomOptions options = Schedules(500);
  options.bounds.budget = {};
  const SearchReport report = lab.Search(options);
  EXPECT_TRUE(report.violations.empty());
  EXPECT_EQ(report.stats.faults.Of(Op::kUnlinkAt, EBUSY), 0u);
}

TEST(PctTest, FindsTheRaceAndStatesItsBound) {
  Deletes lab;
  lab.JudgeUpdates();
  RandomOptions options = Schedules(3000);
  options.bounds.budget = {};
  const PctReport pct = lab.SearchByPct(options, 2);
  ASSERT_FALSE(pct.report.violations.empty());
  EXPECT_EQ(pct.actors, 4u + 2u);
  EXPECT_GE(pct.steps, 13u);
  EXPECT_DOUBLE_EQ(pct.found_by_one,
                   1.0 / (static_cast<double>(pct.actors) * static_cast<double>(pct.steps)));
  EXPECT_LT(pct.missed_by_all, 1e-9);
  // The bound is a lower one: at least so many of the schedules find it.
  EXPECT_GE(static_cast<double>(pct.report.violations[0].count), pct.found_by_one * 3000 / 2);
  const auto trace = Replay(lab.behavior, lab.rules, lab.judge, lab.start, Bounds{},
                            std::span<const Choice>(pct.report.violations[0].choices));
  ASSERT_TRUE(trace.has_value()) << trace.error().message;
}

// Without a change point every actor runs to its end: no update is lost.
TEST(PctTest, DepthOne_OnlyOrders) {
  Deletes lab;
  lab.JudgeUpdates();
  RandomOptions options = Schedules(1000);
  options.bounds.budget = {};
  EXPECT_TRUE(lab.SearchByPct(options, 1).report.violations.empty());
}

TEST(PctTest, SameSeed_SameSearch) {
  Deletes one;
  Deletes other;
  EXPECT_EQ(one.SearchByPct(Schedules(300), 3).report.stats.fingerprint,
            other.SearchByPct(Schedules(300), 3).report.stats.fingerprint);
}

TEST(RandomSourceTest, KnownNumbers) {
  RandomSource random(0);
  const std::uint64_t first = random.Next();
  RandomSource again(0);
  EXPECT_EQ(first, again.Next());
  EXPECT_NE(first, again.Next());
  int low = 0;
  for (int count = 0; count < 1000; ++count) {
    const std::uint32_t value = random.Below(10);
    ASSERT_LT(value, 10u);
    low += value < 5 ? 1 : 0;
  }
  EXPECT_GT(low, 400);
  EXPECT_LT(low, 600);
}

}  // namespace
}  // namespace reapcheck::sim
