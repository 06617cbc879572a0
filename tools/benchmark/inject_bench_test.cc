#include <gtest/gtest.h>

#include <algorithm>

#include "tools/benchmark/inject_figures.h"
#include "tools/benchmark/launched_call.h"
#include "tools/benchmark/sweep_run.h"

namespace reapcheck::benchmark {
namespace {

TracedLives Lives(const std::string& runtime) {
  TracedLives lives{.runtime = runtime};
  lives.by_tracer[0] = {{20, 4, 2, 2, 4}, {10, 4, 2, 2, 4}, {20, 4, 2, 2, 4}};
  lives.by_tracer[1] = {{22, 5, 2, 2, 4}, {11, 5, 2, 2, 4}, {40, 5, 2, 2, 4}};
  lives.by_tracer[2] = {{44, 5, 1, 2, 8}, {44, 5, 1, 2, 8}, {44, 5, 1, 2, 8}};
  lives.by_tracer[3] = {{21, 4, 2, 2, 4}, {11, 4, 2, 2, 4}, {21, 4, 2, 2, 4}};
  lives.stops = {300, 100, 90, 80, 70};
  return lives;
}

const SimFigure& Named(const std::vector<SimFigure>& figures, const std::string& name) {
  static const SimFigure kNone;
  const auto found = std::ranges::find(figures, name, &SimFigure::name);
  EXPECT_NE(found, figures.end()) << name;
  return found == figures.end() ? kNone : *found;
}

TEST(InjectFigures, RatiosAreTakenWithinARoundAndTheMedianIsJudged) {
  const auto figures = LifeFigures(Lives("crun"));
  EXPECT_EQ(figures.size(), 18u);
  const SimFigure& create = Named(figures, "crun create: injector / alone");
  EXPECT_DOUBLE_EQ(create.Median(), 1.1);
  EXPECT_TRUE(create.IsMet());
  const SimFigure& start = Named(figures, "crun start: injector / alone");
  EXPECT_DOUBLE_EQ(start.Median(), 1.25);
  EXPECT_FALSE(start.IsMet());
  EXPECT_TRUE(Named(figures, "crun start: injector / strace").IsMet());
  EXPECT_FALSE(Named(figures, "crun state: injector / strace").IsMet());
  EXPECT_DOUBLE_EQ(Named(figures, "crun create: one point / alone").Median(), 1.05);
}

TEST(InjectFigures, LifeIsAllButState) {
  const auto figures = LifeFigures(Lives("crun"));
  const SimFigure& life = Named(figures, "crun life: injector / alone");
  EXPECT_DOUBLE_EQ(life.runs.at(0), 33.0 / 30);
  EXPECT_NE(life.note.find("550 stops"), std::string::npos) << life.note;
}

TEST(InjectFigures, ReaprunHasNoLimits) {
  for (const SimFigure& figure : LifeFigures(Lives("reaprun"))) {
    EXPECT_FALSE(figure.at_most.has_value()) << figure.name;
  }
}

TEST(InjectFigures, LivesAreReadAsTheyWereWritten) {
  const auto read = ParseTracedLives(ToText({Lives("crun"), Lives("runc")}));
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ(read->at(1).runtime, "runc");
  EXPECT_EQ(read->at(1).by_tracer, Lives("runc").by_tracer);
  EXPECT_EQ(read->at(1).stops, Lives("runc").stops);
}

TEST(InjectFigures, WhatIsNoLifeIsTheProblem) {
  const auto read = ParseTracedLives("runc create: no init in its pid file");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), "runc create: no init in its pid file");
  EXPECT_FALSE(ParseTracedLives(""));
}

TEST(InjectFigures, StopIsTheDifferenceForEachCall) {
  EXPECT_DOUBLE_EQ(MicrosecondsOfStop(62, 2, 10'000), 6);
}

TEST(SweepSummary, IsTheLastLineOfOneThatRan) {
  const auto summary = SweepSummary("runc ...\n\n32 points, 32 reached, 0 failed, 0 broken\n");
  ASSERT_TRUE(summary) << summary.error();
  EXPECT_EQ(*summary, "32 points, 32 reached, 0 failed, 0 broken");
  EXPECT_FALSE(SweepSummary("sweep: no runtime found\n"));
  EXPECT_FALSE(SweepSummary(""));
}

TEST(StraceWords, NameEachWatchedCall) {
  const std::string calls = "," + StraceWords().back().substr(6) + ",";
  for (const char* name : {",read,", ",unlinkat,", ",pidfd_send_signal,", ",execveat,"}) {
    EXPECT_NE(calls.find(name), std::string::npos) << name << calls;
  }
}

}  // namespace
}  // namespace reapcheck::benchmark
