// The properties in the simulator: they hold for the reference, each of them is broken by a planted
// bug, and a seed is repeated exactly. RC_PARAMS in the environment chooses other sequences.
#include "conformance/property/property.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "conformance/property/sim_machine.h"
#include "conformance/scenario/mutant_hunt.h"
#include "sim/hash.h"

namespace reapcheck::property {
namespace {

// A property is tried with each of them.
constexpr std::uint64_t kSeeds[] = {20161, 7};
constexpr int kSequences = 600;  // for each

// What many sequences did, all together.
struct Sum {
  StageSet reached;
  int disturbed = 0;
  std::uint64_t trace_hash = 0;
};

Finding TryIn(const Property& property, const scenario::Subject& subject, const Trial& trial,
              Sum& sum) {
  SimFloor floor(subject);
  return Try(property, trial, [&](const Setup& setup, const Commands& commands) {
    SimMachine machine(floor, setup);
    LifeCheck check(setup, machine);
    std::string wrong = RunSequence(setup, commands, check);
    sum.reached |= check.reached();
    sum.disturbed += check.disturbed();
    sum.trace_hash = sim::Combine(sum.trace_hash, check.trace_hash());
    return wrong;
  });
}

scenario::Subject MutantCalled(const std::string& name) {
  const auto mutants = mutants::AllMutants();
  const auto found = std::ranges::find(mutants, name, &mutants::Mutant::name);
  if (found == mutants.end()) ADD_FAILURE() << "there is no mutant " << name;
  return scenario::SubjectOf(*found).value();
}

class SimProperty : public testing::TestWithParam<Property> {};

TEST_P(SimProperty, Reference_Holds) {
  Sum sum;
  for (const std::uint64_t seed : kSeeds) {
    const Trial trial{.seed = seed, .sequences = kSequences};
    const Finding finding = TryIn(GetParam(), scenario::ProfileSubject("reference"), trial, sum);
    EXPECT_TRUE(finding.holds) << finding.text;
    if (std::getenv("RC_PARAMS") != nullptr) return;
    EXPECT_EQ(finding.sequences, kSequences);
  }
  // Sequences that get nowhere would hold too.
  StageSet wanted = {Stage::kCreated, Stage::kRunning, Stage::kPaused, Stage::kLeftover,
                     Stage::kStopped};
  if (GetParam().mixture.damage > 0) wanted |= {Stage::kAborted, Stage::kLost};
  EXPECT_EQ((sum.reached & wanted).ToString(), wanted.ToString());
  EXPECT_EQ(sum.disturbed > 0, GetParam().mixture.crashes > 0 || GetParam().mixture.errnos > 0);
}

TEST_P(SimProperty, PlantedBug_BreaksItAndIsRepeated) {
  if (std::getenv("RC_PARAMS") != nullptr) GTEST_SKIP() << "RC_PARAMS chooses the sequences";
  const scenario::Subject mutant = MutantCalled(GetParam().mutant);
  Sum sum;
  const Trial trial{.seed = kSeeds[0], .sequences = kSequences};
  const Finding finding = TryIn(GetParam(), mutant, trial, sum);
  ASSERT_FALSE(finding.holds) << GetParam().mutant << " is not noticed";
  EXPECT_NE(finding.text.find("\nsteps:\n"), std::string::npos) << finding.text;
  // What is printed last repeats the counterexample alone.
  const std::size_t line = finding.text.rfind("RC_PARAMS=\"");
  ASSERT_NE(line, std::string::npos) << finding.text;
  const std::size_t begin = line + std::string("RC_PARAMS=\"").size();
  setenv("RC_PARAMS", finding.text.substr(begin, finding.text.rfind('"') - begin).c_str(), 1);
  const Finding again = TryIn(GetParam(), mutant, trial, sum);
  unsetenv("RC_PARAMS");
  EXPECT_FALSE(again.holds);
  const std::size_t steps = finding.text.find("\nset-up:");
  EXPECT_EQ(finding.text.substr(steps, line - steps),
            again.text.substr(again.text.find("\nset-up:"), line - steps));
}

TEST_P(SimProperty, Seed_IsRepeatedExactly) {
  const Trial trial{.seed = kSeeds[1], .sequences = 60};
  Sum first, second, other;
  TryIn(GetParam(), scenario::ProfileSubject("reference"), trial, first);
  TryIn(GetParam(), scenario::ProfileSubject("reference"), trial, second);
  EXPECT_EQ(first.trace_hash, second.trace_hash);
  if (std::getenv("RC_PARAMS") != nullptr) return;
  TryIn(GetParam(), scenario::ProfileSubject("reference"), {.seed = 8, .sequences = 60}, other);
  EXPECT_NE(first.trace_hash, other.trace_hash);
}

INSTANTIATE_TEST_SUITE_P(All, SimProperty, testing::ValuesIn(AllProperties()),
                         [](const auto& info) { return info.param.name; });

// Between them the properties come to every stage that the model knows.
TEST(SimProperties, TogetherReachEveryStage) {
  if (std::getenv("RC_PARAMS") != nullptr) GTEST_SKIP() << "RC_PARAMS chooses the sequences";
  Sum sum;
  for (const Property& property : AllProperties()) {
    const Trial trial{.seed = kSeeds[0], .sequences = 300};
    EXPECT_TRUE(TryIn(property, scenario::ProfileSubject("reference"), trial, sum).holds);
  }
  for (int i = 0; i < kStageCount; ++i) {
    const StageSet stage = static_cast<Stage>(i);
    EXPECT_TRUE(sum.reached.HasAny(stage)) << stage.ToString();
  }
}

}  // namespace
}  // namespace reapcheck::property
