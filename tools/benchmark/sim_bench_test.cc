#include <gtest/gtest.h>

#include "tools/benchmark/sim_figures.h"
#include "tools/benchmark/sim_runs.h"
#include "tools/benchmark/spin_run.h"

namespace reapcheck::benchmark {
namespace {

constexpr char kPan[] =
    "State-vector 52 byte, depth reached 49, errors: 0\n"
    "   783457 states, stored\n"
    "  5324842 states, matched\n"
    "  6108299 transitions (= stored+matched)\n";

// The counts of tools/benchmark/toy.pml by SPIN 6.5.2, which counts the step into the initial
// state as a transition.
TEST(SimBench, Toy_HasTheStatesAndTransitionsThatSpinCounts) {
  const auto spin = ParsePan(kPan);
  ASSERT_TRUE(spin) << spin.error();
  const SearchRun toy = RunToy();
  EXPECT_EQ(toy.unfinished, 0);
  EXPECT_EQ(toy.violations, 0);
  EXPECT_EQ(toy.states, spin->states);
  EXPECT_EQ(toy.transitions + 1, spin->transitions);
}

TEST(SimBench, Pan_WithAnErrorOrWithoutCountsIsNoRun) {
  EXPECT_FALSE(ParsePan("depth reached 49, errors: 1\n 3 states, stored\n"));
  EXPECT_FALSE(ParsePan("depth reached 49, errors: 0\n"));
  EXPECT_FALSE(ParsePan(""));
}

TEST(SimBench, Life_ComesToItsEndWithTheCodeRunAnewToo) {
  for (const Code code : {Code::kRemembered, Code::kRun}) {
    const LivesRun run = RunLives(code, 3);
    EXPECT_TRUE(run.is_well);
    EXPECT_EQ(run.lives, 3u);
    EXPECT_GT(run.calls, 3 * 100u);
  }
}

TEST(SimBench, RandomRun_TwoThreadsDoTwiceTheWork) {
  EXPECT_EQ(RunRandom(1, 50).schedules, 50u);
  EXPECT_EQ(RunRandom(2, 50).schedules, 100u);
}

TEST(SimFigure, IsMissedWithoutARunAndBeyondItsLimit) {
  SimFigure figure{.name = "f", .at_least = 2.0};
  EXPECT_FALSE(figure.IsMet());
  figure.runs = {1, 3, 2};
  EXPECT_TRUE(figure.IsMet());
  figure.runs = {1, 3, 1.9};
  EXPECT_FALSE(figure.IsMet());
  const std::string report = SimReport({figure});
  EXPECT_NE(report.find("MISSED"), std::string::npos) << report;
  EXPECT_NE(report.find("0 of 1 limits met"), std::string::npos) << report;
  const std::string json = SimJson({figure});
  EXPECT_NE(json.find("\"met\": false"), std::string::npos) << json;
}

}  // namespace
}  // namespace reapcheck::benchmark
