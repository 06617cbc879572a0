#include "sim/explorer.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstddef>

#include "sim/schedule_toy_programs.h"
#include "sim/schedule_toy_rules.h"

namespace reapcheck::sim {
namespace {

// --- Counted by hand ---

// Each actor is before one of its 3 calls, before its exit, or over: 5 places.
TEST(ExplorerTest, TwoActors_EveryPairOfPlacesIsAState) {
  ToyLab lab({CountTo(0, 3), CountTo(1, 3)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  const SearchReport report = lab.Explore(AllInterleavings());
  EXPECT_TRUE(report.stats.is_complete);
  EXPECT_EQ(report.stats.states, 5u * 5u);
  EXPECT_EQ(report.stats.transitions, 2u * 4u * 5u);
  EXPECT_EQ(report.stats.schedules, 1u);
  EXPECT_EQ(report.stats.depth, 8u);
}

// A crash is possible at 4 places of either actor, with the other one at any of 5.
TEST(ExplorerTest, OneCrash_AddsTheStatesAfterIt) {
  ToyLab lab({CountTo(0, 3), CountTo(1, 3)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  ExplorerOptions options = AllInterleavings();
  options.bounds.budget.crashes = 1;
  const SearchReport report = lab.Explore(options);
  EXPECT_EQ(report.stats.states, 25u + 2u * 4u * 5u);
  // Without a crash left the other one moves on from 4 of its 5 places.
  EXPECT_EQ(report.stats.transitions, 40u + 2u * 4u * 5u + 2u * 4u * 4u);
}

// One runs to its end, then the other: 4 states each for the first one, the second one ends in
// a state that both orders share, and there is the start.
TEST(ExplorerTest, NoPreemptions_OneAfterTheOther) {
  ToyLab lab({CountTo(0, 3), CountTo(1, 3)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  const SearchReport report = lab.Explore({});
  EXPECT_TRUE(report.stats.is_complete);
  EXPECT_EQ(report.stats.states, 1u + 2u * 4u + 2u * 3u + 1u);
}

TEST(ExplorerTest, Faults_OnceAndForEver) {
  ToyLab lab({RemoveStubbornly(3)});
  lab.start.AddActor(1);
  lab.start.AddFile();
  ExplorerOptions options;
  options.bounds.budget.faults = 1;
  const SearchReport report = lab.Explore(options);
  // None; for ever. After a fault once the second attempt succeeds: that end is a known one.
  EXPECT_EQ(report.stats.schedules, 2u);
  EXPECT_EQ(report.stats.pruned, 1u);
  // The start and 2 after it; 2 after a fault once; 4 after one for ever: 3 attempts and an exit.
  EXPECT_EQ(report.stats.states, 3u + 2u + 4u);
  // In both rounds: the round at cost 0 has none.
  EXPECT_EQ(report.stats.faults.Of(Op::kUnlinkAt, EBUSY), 1u + 3u);
}

// The file is there, the exit is next, or it is over; with 0 to 3 faults left.
TEST(ExplorerTest, LoopThatForgets_HasAsManyStatesAsPlaces) {
  ToyLab lab({[](ProgramKernel& kernel) {
    for (;;) {
      Forget(kernel, 1);
      if (kernel.UnlinkAt(kCwd, "file", 0)) return 0;
    }
  }});
  lab.start.AddActor(1);
  lab.start.AddFile();
  ExplorerOptions options = AllInterleavings();
  options.bounds.budget.faults = 3;
  options.bounds.has_lasting_faults = false;
  const SearchReport report = lab.Explore(options);
  EXPECT_EQ(report.stats.states, 3u * 4u);
  EXPECT_EQ(report.stats.transitions, 4u + 3u + 4u);
}

TEST(ExplorerTest, StatesThatDifferOnlyInBudgets_AreSeenOnceWhenTheRicherComesFirst) {
  ToyLab lab({CountTo(0, 3), CountTo(1, 3)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  ExplorerOptions options;
  options.bounds.budget.preemptions = 6;
  const SearchReport bounded = lab.Explore(options);
  EXPECT_TRUE(bounded.stats.is_complete);
  // 3 of the 5 places of an actor come after a call and before its exit. Where one actor is at such
  // a place, it can have run last or not.
  EXPECT_LE(bounded.stats.states, 25u * 2u);
  EXPECT_GE(bounded.stats.states, 25u);
}

// --- What it finds ---

Violation Lost() { return Violation{"T1", "an update is lost"}; }

void JudgeUpdates(ToyLab& lab) {
  lab.start.AddActor(1);
  lab.start.AddActor(1);
  lab.judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
    if (model.counter(0) != 2) found.push_back(Lost());
  };
}

TEST(ExplorerTest, Race_IsFoundWithOnePreemption) {
  ToyLab lab({AddOne()});
  JudgeUpdates(lab);
  ExplorerOptions options;
  EXPECT_TRUE(lab.Explore(options).violations.empty());
  options.bounds.budget.preemptions = 3;
  const SearchReport report = lab.Explore(options);
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_EQ(report.violations[0].violation, Lost());
  EXPECT_EQ(report.violations[0].cost, 1);
  EXPECT_EQ(report.violations[0].last_effect, "pidfd_send_signal");
  EXPECT_TRUE(report.stats.is_complete);
}

TEST(ExplorerTest, LocksInTwoOrders_GetStuck) {
  ToyLab lab({TakeLocks(0, 1), TakeLocks(1, 0)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  lab.judge.on_end = [](const ToyModel&, End end, std::vector<Violation>& found) {
    if (end == End::kStuck) found.push_back(Violation{"T2", "stuck"});
  };
  ExplorerOptions options;
  options.bounds.budget.preemptions = 1;
  const SearchReport report = lab.Explore(options);
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_EQ(report.violations[0].cost, 1);
  EXPECT_EQ(report.violations[0].choices.size(), 2u);
}

TEST(ExplorerTest, SlowKernel_IsAFault) {
  ToyLab lab({KillAndWait()});
  lab.start.AddActor(1);
  lab.start.AddProcess(1);
  lab.start.AddCgroup(1);
  lab.rules.faultable = 0;
  lab.judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
    if (model.HasCgroups()) found.push_back(Violation{"T3", "cgroup left"});
  };
  ExplorerOptions options;
  EXPECT_TRUE(lab.Explore(options).violations.empty());
  options.bounds.budget.faults = 1;
  const SearchReport report = lab.Explore(options);
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_EQ(ToString(report.violations[0].choices), "a0 a0~ a0*2 k:die:0 a0");
  options.bounds.has_slow_kernel = false;
  EXPECT_TRUE(lab.Explore(options).violations.empty());
}

SearchReport CrashInRemove(bool is_record_last) {
  ToyLab lab({Remove(is_record_last)});
  lab.start.AddActor(1);
  lab.start.AddCgroup(2);
  lab.start.AddFile();
  lab.judge.continuation = 1;
  lab.judge.on_continued = [](const ToyModel& model, std::vector<Violation>& found) {
    if (model.HasCgroups()) found.push_back(Violation{"S9", "not cleaned by a second try"});
  };
  ExplorerOptions options;
  options.bounds.budget.crashes = 1;
  return lab.Explore(options);
}

TEST(ExplorerTest, CrashBeforeTheSecondRemoval_IsJudgedByAContinuation) {
  const SearchReport wrong = CrashInRemove(false);
  ASSERT_EQ(wrong.violations.size(), 1u);
  EXPECT_EQ(ToString(wrong.violations[0].choices), "a0 a0x");
  EXPECT_EQ(wrong.violations[0].last_effect, "unlinkat");
  EXPECT_GT(wrong.stats.continuations, 0u);
  EXPECT_TRUE(CrashInRemove(true).violations.empty());
}

TEST(ExplorerTest, ViolationAtACall_CutsTheScheduleThere) {
  ToyLab lab({CountTo(0, 3)});
  lab.start.AddActor(1);
  lab.judge.on_call = [](const ToyModel& model, const CallEvent&, ToyJudge::Ghost&,
                         std::vector<Violation>& found) {
    if (model.counter(0) >= 2) found.push_back(Violation{"T4", "two"});
  };
  const SearchReport report = lab.Explore({});
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_EQ(ToString(report.violations[0].choices), "a0*2");
  EXPECT_EQ(report.violations[0].count, 1u);
}

TEST(ExplorerTest, GhostIsPartOfTheState) {
  ToyLab lab({CountTo(0, 2), CountTo(1, 2)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  const std::uint64_t plain = lab.Explore(AllInterleavings()).stats.states;
  // Remembers which of the two made the first call.
  lab.judge.on_call = [](const ToyModel&, const CallEvent& event, ToyJudge::Ghost& ghost,
                         std::vector<Violation>&) {
    if (ghost.calls == 0) ghost.calls = event.actor + 1;
  };
  EXPECT_EQ(plain, 16u);
  // But for the start, and those where only one has moved, each state now is two.
  EXPECT_EQ(lab.Explore(AllInterleavings()).stats.states, 1u + 2u * 3u + 2u * 9u);
}

TEST(ExplorerTest, ProgramWithoutEnd_IsCutAndJudged) {
  ToyLab lab({[](ProgramKernel& kernel) -> int {
    for (;;) (void)kernel.StatFs(Fd{0});
  }});
  lab.start.AddActor(1);
  lab.judge.on_end = [](const ToyModel&, End end, std::vector<Violation>& found) {
    if (end == End::kLong) found.push_back(Violation{"L1", "does not end"});
  };
  ExplorerOptions options;
  options.limits.max_depth = 50;
  const SearchReport report = lab.Explore(options);
  ASSERT_EQ(report.violations.size(), 1u);
  EXPECT_EQ(report.violations[0].choices.size(), 50u);
}

TEST(ExplorerTest, ActorStartedOnTheWay_TakesPart) {
  ToyLab lab({[](ProgramKernel& kernel) {
                (void)kernel.Kill(Pid{-2}, Signal{});
                return 0;
              },
              CountTo(3, 1)});
  lab.start.AddActor(1);
  int seen = -1;
  lab.judge.on_end = [&](const ToyModel& model, End, std::vector<Violation>&) {
    seen = model.counter(3);
  };
  const SearchReport report = lab.Explore(AllInterleavings());
  EXPECT_EQ(seen, 1);
  // The start; then 2 places of the first one and 3 of the second.
  EXPECT_EQ(report.stats.states, 1u + 2u * 3u);
}

// --- Ends that come early, and determinism ---

TEST(ExplorerTest, LimitOfStates_IsNotComplete) {
  ToyLab lab({CountTo(0, 90), CountTo(1, 90)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  ExplorerOptions options = AllInterleavings();
  options.limits.max_states = 10;
  const SearchReport report = lab.Explore(options);
  EXPECT_FALSE(report.stats.is_complete);
  EXPECT_LT(report.stats.states, 92u * 92u);
}

TEST(ExplorerTest, StopFlag_KeepsWhatWasFound) {
  ToyLab lab({CountTo(0, 90), CountTo(1, 90)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  std::atomic<bool> stop = false;
  lab.judge.on_call = [&](const ToyModel& model, const CallEvent&, ToyJudge::Ghost&,
                          std::vector<Violation>& found) {
    if (model.counter(0) == 50) found.push_back(Violation{"T5", "fifty"});
    if (model.counter(0) == 50) stop = true;
  };
  ExplorerOptions options = AllInterleavings();
  options.limits.stop = &stop;
  const SearchReport report = lab.Explore(options);
  EXPECT_FALSE(report.stats.is_complete);
  EXPECT_EQ(report.violations.size(), 1u);
}

TEST(ExplorerTest, ProgramThatIsNotDeterministic_IsReported) {
  int starts = 0;
  ToyLab lab({[&starts](ProgramKernel& kernel) {
                const int first = ++starts % 2;
                (void)kernel.PidfdSendSignal(Fd{0}, Signal{1 + first});
                (void)kernel.StatFs(Fd{1});
                (void)kernel.StatFs(Fd{1});
                return 0;
              },
              CountTo(1, 2)});
  lab.start.AddActor(1);
  lab.start.AddActor(2);
  const SearchReport report = lab.Explore(AllInterleavings());
  ASSERT_TRUE(report.divergence.has_value());
  EXPECT_EQ(report.divergence->program, 1);
  EXPECT_EQ(report.divergence->position, 0u);
  EXPECT_NE(report.divergence->recorded, report.divergence->made);
  EXPECT_FALSE(report.stats.is_complete);
}

SearchReport RaceWith(Memory memory) {
  ToyLab lab({AddOne()}, memory);
  JudgeUpdates(lab);
  ExplorerOptions options;
  options.bounds.budget = {.faults = 0, .crashes = 1, .preemptions = 2};
  return lab.Explore(options);
}

TEST(ExplorerTest, WithAndWithoutMemory_TheSame) {
  const SearchReport with = RaceWith(Memory::kKept);
  const SearchReport without = RaceWith(Memory::kChecked);
  EXPECT_EQ(with.stats.states, without.stats.states);
  EXPECT_EQ(with.stats.transitions, without.stats.transitions);
  EXPECT_EQ(with.stats.kernel_calls, without.stats.kernel_calls);
  ASSERT_EQ(with.violations.size(), without.violations.size());
  for (std::size_t index = 0; index < with.violations.size(); ++index) {
    EXPECT_EQ(with.violations[index].choices, without.violations[index].choices);
    EXPECT_EQ(with.violations[index].count, without.violations[index].count);
  }
}

// Too large to be copied for every option: the search then walks in another way.
class LargeToyModel : public ToyModel {
 public:
  explicit LargeToyModel(const ToyModel& toy) : ToyModel(toy) {}

 private:
  std::array<std::byte, 4096> weight_{};
};

TEST(ExplorerTest, LargeModels_AreExploredTheSame) {
  ToyLab lab({Remove(false), KillAndWait(), AddOne()});
  for (const int program : {1, 2, 3, 3}) lab.start.AddActor(static_cast<ProgramId>(program));
  lab.start.AddProcess(1);
  lab.start.AddCgroup(1);
  lab.start.AddCgroup(2);
  lab.start.AddFile();
  lab.judge.on_end = [](const ToyModel& model, End, std::vector<Violation>& found) {
    if (model.HasCgroups()) found.push_back(Violation{"T3", "cgroup left"});
    if (model.counter(0) == 1) found.push_back(Violation{"T1", "an update is lost"});
  };
  ExplorerOptions options;
  options.bounds.budget = {.faults = 1, .crashes = 1, .preemptions = 2};
  const SearchReport small = lab.Explore(options);
  const LargeToyModel start(lab.start);
  Explorer<LargeToyModel, ToyRules, ToyJudge> explorer(lab.behavior, lab.rules, lab.judge,
                                                       options);
  const SearchReport large = explorer.Explore(start);
  EXPECT_GT(small.stats.states, 1000u);
  EXPECT_EQ(large.stats.states, small.stats.states);
  ASSERT_EQ(large.violations.size(), small.violations.size());
  EXPECT_GE(large.violations.size(), 2u);
  for (std::size_t index = 0; index < small.violations.size(); ++index) {
    EXPECT_EQ(large.violations[index].violation, small.violations[index].violation);
    EXPECT_EQ(large.violations[index].last_effect, small.violations[index].last_effect);
    EXPECT_EQ(large.violations[index].cost, small.violations[index].cost);
  }
}

}  // namespace
}  // namespace reapcheck::sim
