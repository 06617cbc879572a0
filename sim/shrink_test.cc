#include "sim/shrink.h"

#include <gtest/gtest.h>

#include "sim/random_search.h"
#include "sim/schedule_toy_programs.h"
#include "sim/schedule_toy_rules.h"

namespace reapcheck::sim {
namespace {

using ToyShrinker = Shrinker<ToyModel, ToyRules, ToyJudge>;

// Two that race, and two that have nothing to do with it.
struct NoisyRace : ToyLab {
  NoisyRace() : ToyLab({AddOne(), Remove(true), CountTo(5, 6)}) {
    for (const int program : {3, 1, 2, 1}) start.AddActor(static_cast<ProgramId>(program));
    start.AddCgroup(2);
    start.AddFile();
    judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
      if (model.counter(0) == 1) found.push_back(Violation{"T1", "an update is lost"});
    };
  }
  Shrunk Shrink(std::string_view text, const std::string& invariant) {
    return ToyShrinker(behavior, rules, judge, start, Bounds{})
        .Shrink(*ParseChoices(text), invariant);
  }
};

TEST(ShrinkTest, FaultsAndSwitchesThatDoNotMatter_Go) {
  NoisyRace lab;
  const Shrunk shrunk =
      lab.Shrink("a0*2 a2!EBUSY! a0 a1 a3 a0*2 a3 a2 a1 a0*2 a1 a3", "T1");
  EXPECT_EQ(shrunk.disturbances, 0);
  EXPECT_EQ(shrunk.preemptions, 1);
  EXPECT_EQ(shrunk.violation.invariant, "T1");
  EXPECT_GT(shrunk.attempts, 3u);
}

TEST(ShrinkTest, CrashThatIsNeeded_Stays) {
  ToyLab lab({Remove(false), CountTo(0, 5)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  lab.start.AddCgroup(2);
  lab.start.AddFile();
  lab.judge.continuation = 1;
  lab.judge.on_continued = [](const ToyModel& model, std::vector<Violation>& found) {
    if (model.HasCgroups()) found.push_back(Violation{"S9", "not cleaned"});
  };
  ToyShrinker shrinker(lab.behavior, lab.rules, lab.judge, lab.start, Bounds{});
  const Shrunk shrunk = shrinker.Shrink(*ParseChoices("a1*2 a0 a1 a0x a1 a1x"), "S9");
  EXPECT_EQ(shrunk.disturbances, 1);
  EXPECT_EQ(shrunk.preemptions, 0);
  EXPECT_EQ(ToString(shrunk.choices), "a0 a0x a1*6");
}

TEST(ShrinkTest, FaultForEver_BecomesOnceWhereThatIsEnough) {
  ToyLab lab({Remove(true)});
  lab.start.AddActor(1);
  lab.start.AddCgroup(2);
  lab.start.AddFile();
  lab.judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
    if (model.HasCgroups()) found.push_back(Violation{"T6", "cgroup left"});
  };
  ToyShrinker shrinker(lab.behavior, lab.rules, lab.judge, lab.start, Bounds{});
  const Shrunk shrunk = shrinker.Shrink(*ParseChoices("a0!EBUSY!"), "T6");
  EXPECT_EQ(ToString(shrunk.choices), "a0!EBUSY a0");
  EXPECT_EQ(shrunk.disturbances, 1);
}

TEST(ShrinkTest, NoViolation_NoChoices) {
  NoisyRace lab;
  EXPECT_TRUE(lab.Shrink("a0", "T1").choices.empty());
  EXPECT_TRUE(lab.Shrink("a1 a3", "another").choices.empty());
}

// Whatever a random search finds shrinks to the known smallest one.
TEST(ShrinkTest, RandomFindings_ShrinkToOnePreemption) {
  NoisyRace lab;
  RandomOptions options;
  options.max_schedules = 300;
  options.bounds.budget = {.faults = 3, .crashes = 0, .preemptions = Budget::kUnlimited};
  RandomSearch<ToyModel, ToyRules, ToyJudge> search(lab.behavior, lab.rules, lab.judge, lab.start,
                                                    options);
  const SearchReport report = search.Search();
  ASSERT_FALSE(report.violations.empty());
  for (const FoundViolation& found : report.violations) {
    const Shrunk shrunk = lab.Shrink(ToString(found.choices), "T1");
    EXPECT_EQ(shrunk.disturbances, 0) << ToString(shrunk.choices);
    EXPECT_EQ(shrunk.preemptions, 1) << ToString(shrunk.choices);
    const auto trace = Replay(lab.behavior, lab.rules, lab.judge, lab.start, Bounds{},
                              std::span<const Choice>(shrunk.choices));
    ASSERT_TRUE(trace.has_value()) << trace.error().message;
    EXPECT_EQ(trace->violations, std::vector{shrunk.violation});
  }
}

}  // namespace
}  // namespace reapcheck::sim
