#include "tools/benchmark/figures.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tools/benchmark/report.h"

namespace reapcheck::benchmark {
namespace {

// Every operation takes so long; death comes 1 ms after kill.
Life LifeOf(double wall_ms, long peak_kb) {
  Life life{.wait_ms = 1, .waiting_init_kb = 500};
  life.operations.fill({.wall_ms = wall_ms, .cpu_ms = wall_ms / 2, .peak_kb = peak_kb});
  return life;
}

Measurements TwoRounds(double reaprun_ms) {
  return {.rounds = 2,
          .warm_ups = 1,
          .runtimes = {{.name = "reaprun",
                        .version = "0.1",
                        .lives = {LifeOf(reaprun_ms, 4096), LifeOf(reaprun_ms * 2, 5120)}},
                       {.name = "crun",
                        .version = "1.8.1",
                        .lives = {LifeOf(10, 3000), LifeOf(20, 3000)}}},
          .floor = {{.wall_ms = 0.5}, {.wall_ms = 0.7}}};
}

const Limit& Find(const Figures& figures, const std::string& name) {
  for (const Limit& limit : figures.limits) {
    if (limit.figure == name) return limit;
  }
  throw std::runtime_error("no limit " + name);
}

TEST(Figures, LifeIsAllButState) {
  EXPECT_DOUBLE_EQ(LifeOf(10, 1).WholeWallMs(), 41);
  EXPECT_DOUBLE_EQ(LifeOf(10, 1).WholeCpuMs(), 20);
}

TEST(Figures, RatiosAreJudgedByOperation) {
  Figures figures = FiguresOf(TwoRounds(4.5));
  EXPECT_DOUBLE_EQ(Find(figures, "kill: reaprun/crun").value, 0.45);
  EXPECT_FALSE(Find(figures, "kill: reaprun/crun").met());
  EXPECT_TRUE(Find(figures, "create: reaprun/crun").met());
  EXPECT_FALSE(figures.AllMet());
  EXPECT_TRUE(FiguresOf(TwoRounds(3)).AllMet());
}

TEST(Figures, MemoryIsThatOfTheWorstRound) {
  EXPECT_DOUBLE_EQ(Find(FiguresOf(TwoRounds(3)), "kill: reaprun's memory").value, 5);
}

TEST(Figures, WithoutCrunNothingIsSaidOfIt) {
  Measurements alone = TwoRounds(3);
  alone.runtimes.pop_back();
  for (const Limit& limit : FiguresOf(alone).limits) {
    EXPECT_EQ(limit.figure.find("crun"), std::string::npos) << limit.figure;
  }
}

TEST(Figures, SuiteIsJudgedWhenItRan) {
  Measurements measured = TwoRounds(3);
  measured.suite = SuiteRun{.seconds = 21, .harness_share = 0.19, .peak_sum_kb = 1024};
  Figures figures = FiguresOf(measured);
  EXPECT_FALSE(Find(figures, "suite: time").met());
  EXPECT_TRUE(Find(figures, "suite: time outside the runtime").met());
  EXPECT_TRUE(Find(figures, "suite: memory").met());
}

TEST(Measurements, SurviveTheWayBetweenProcesses) {
  auto parsed = ParseMeasurements(ToText(TwoRounds(3)));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(ToText(*parsed), ToText(TwoRounds(3)));
  EXPECT_EQ(ParseMeasurements(ProblemText("no v1")).error(), "no v1");
  EXPECT_FALSE(ParseMeasurements(""));
}

TEST(Report, SaysWhichLimitIsMissed) {
  Measurements measured = TwoRounds(4.5);
  const std::string text = TextReport(measured, FiguresOf(measured));
  EXPECT_NE(text.find("0.45 > 0.40 MISSED"), std::string::npos) << text;
  EXPECT_NE(text.find("0.45 <= 0.50 ok"), std::string::npos) << text;
  auto json = nlohmann::json::parse(JsonReport(measured, FiguresOf(measured)));
  EXPECT_EQ(json["limits"].size(), 9u);
  EXPECT_EQ(json["limits"][0]["met"], true);
  EXPECT_EQ(json["summary"]["missed"], 2);
}

}  // namespace
}  // namespace reapcheck::benchmark
