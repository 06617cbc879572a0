// The model's own words: what it takes for right and for wrong.
#include "conformance/property/life.h"

#include <gtest/gtest.h>

namespace reapcheck::property {
namespace {

using scenario::HookEnd;
using scenario::HookKind;
using scenario::Operation;
using scenario::Verb;

constexpr Answers kOk{.first = {.ok = true}};
constexpr Answers kRefused{.first = {.ok = false}};
constexpr Answers kCutOff{.first = {.came = false}, .is_disturbed = true};

const Step kCreate{.operation = {.verb = Verb::kCreate}};
const Step kDelete{.operation = {.verb = Verb::kDelete}};
const Step kForce{.operation = {.verb = Verb::kDelete, .force = true}};

Life In(StageSet stages, Setup setup = {}) { return {.setup = std::move(setup), .may = stages}; }

TEST(LifeTest, Delete_IsForWhatDoesNotRun) {
  EXPECT_EQ(Explain(In(Stage::kStopped), kDelete, kOk), Stage::kAbsent);
  EXPECT_EQ(Explain(In(Stage::kCreated), kDelete, kOk), Stage::kAbsent);
  EXPECT_TRUE(Explain(In(Stage::kRunning), kDelete, kOk).empty());
  EXPECT_EQ(Explain(In(Stage::kRunning), kDelete, kRefused), Stage::kRunning);
  EXPECT_TRUE(Explain(In(Stage::kAbsent), kDelete, kOk).empty());
}

TEST(LifeTest, ForcedDelete_AlwaysSucceeds) {
  for (int i = 0; i < kStageCount; ++i) {
    const Life life = In(static_cast<Stage>(i));
    EXPECT_EQ(Explain(life, kForce, kOk), Stage::kAbsent);
    EXPECT_TRUE(Explain(life, kForce, kRefused).empty());
  }
}

TEST(LifeTest, Create_IsForWhatIsAbsent) {
  EXPECT_EQ(Explain(In(Stage::kAbsent), kCreate, kOk), Stage::kCreated);
  EXPECT_TRUE(Explain(In(Stage::kAbsent), kCreate, kRefused).empty());
  EXPECT_EQ(Explain(In(Stage::kLost), kCreate, kRefused), Stage::kLost);
  EXPECT_TRUE(Explain(In(Stage::kLost), kCreate, kOk).empty());
}

TEST(LifeTest, Create_WhoseHookFailsLeavesNothing) {
  const property::Setup setup{.hooks = {{HookKind::kPrestart, HookEnd::kFails}}};
  EXPECT_EQ(Explain(In(Stage::kAbsent, setup), kCreate, kRefused), Stage::kAbsent);
  EXPECT_TRUE(Explain(In(Stage::kAbsent, setup), kCreate, kOk).empty());
}

TEST(LifeTest, Create_CutOffLeavesWhatForceFinds) {
  const StageSet left = Explain(In(Stage::kAbsent), kCreate, kCutOff);
  EXPECT_TRUE(left.Has(Stage::kAborted));
  EXPECT_TRUE(left.Has(Stage::kCreated));
  EXPECT_FALSE(left.Has(Stage::kLost));
  EXPECT_FALSE(left.Has(Stage::kRunning));
}

TEST(LifeTest, Kill_EndsAllWithoutAPidNamespace) {
  const Step kill{.operation = {.verb = Verb::kKill, .signal = "KILL"}};
  const property::Setup setup{.shares_pids = true, .others = 1};
  EXPECT_EQ(Explain(In(Stage::kLeftover, setup), kill, kOk), Stage::kStopped);
  EXPECT_TRUE(Explain(In(Stage::kStopped, setup), kill, kOk).empty());
  const Step dies{.kind = StepKind::kInitDies};
  EXPECT_EQ(Explain(In(Stage::kRunning, setup), dies, {}), Stage::kLeftover);
  EXPECT_EQ(Explain(In(Stage::kRunning), dies, {}), Stage::kStopped);
}

TEST(LifeTest, TwoDeletes_HaveOneWinner) {
  const Step both{.kind = StepKind::kTogether,
                  .operation = kDelete.operation,
                  .other = kDelete.operation};
  const Life life = In(Stage::kStopped);
  const auto says = [](bool first, bool second) {
    return Answers{.first = {.ok = first}, .second = {.ok = second}};
  };
  EXPECT_EQ(Explain(life, both, says(true, false)), Stage::kAbsent);
  EXPECT_EQ(Explain(life, both, says(false, true)), Stage::kAbsent);
  EXPECT_TRUE(Explain(life, both, says(true, true)).empty());
  EXPECT_TRUE(Explain(life, both, says(false, false)).empty());
}

TEST(LifeTest, Kill_DoesNotWaitForDeath) {
  const Operation kill{.verb = Verb::kKill, .signal = "KILL"};
  const Life life = In(Stage::kRunning);
  const Answers both_ok{.first = {.ok = true}, .second = {.ok = true}};
  const Step twice{.kind = StepKind::kTogether, .operation = kill, .other = kill};
  EXPECT_EQ(Explain(life, twice, both_ok), Stage::kStopped);
  const Step beside{.kind = StepKind::kTogether, .operation = kill, .other = kDelete.operation};
  EXPECT_EQ(Explain(life, beside, kOk), Stage::kStopped);
  EXPECT_EQ(Explain(life, beside, both_ok), Stage::kAbsent);
  EXPECT_TRUE(Explain(life, beside, kRefused).empty());
}

TEST(LifeTest, After_HoldsAllThatAnyAnswerLeaves) {
  Step step = kForce;
  step.fault = FaultKind::kCrash;
  const Life after = After(In(Stage::kRunning), step);
  EXPECT_TRUE(after.may.Has(Stage::kRunning));
  EXPECT_TRUE(after.may.Has(Stage::kStopped));
  EXPECT_TRUE(after.may.Has(Stage::kAbsent));
  EXPECT_FALSE(after.may.Has(Stage::kCreated));
}

TEST(LifeTest, DamageOfATombstone_IsNotTried) {
  const Step lost{.kind = StepKind::kStateLost};
  EXPECT_FALSE(IsPossible(In({Stage::kBuried, Stage::kStopped}), lost));
  EXPECT_TRUE(IsPossible(In(Stage::kStopped), lost));
}

}  // namespace
}  // namespace reapcheck::property
