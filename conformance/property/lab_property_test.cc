// The properties on the real kernel, with the reference runtime's binary: they hold, and planted
// bugs break them. Needs root. RC_PARAMS in the environment chooses other sequences.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>

#include "conformance/case_end.h"
#include "conformance/lab_impl.h"
#include "conformance/property/lab_machine.h"
#include "conformance/property/property.h"
#include "conformance/run_tag.h"
#include "conformance/worker.h"

namespace reapcheck::property {
namespace {

using conformance::Lab;
using conformance::LabSettings;
using conformance::Worker;

constexpr std::uint64_t kSeed = 20161;
constexpr int kSequences = 20;
// Steps: each is a process or two. So few need not be shrunk, which takes long here.
constexpr int kLongest = 8;
// A mutant is looked for in at most so many.
constexpr int kMutantSequences = 200;

// Absolute: a lab has a working directory of its own.
std::string PathOf(const std::string& built) { return std::filesystem::canonical(built).string(); }

using Words = std::vector<std::string>;

Words Reference() { return {PathOf("runtime/reaprun")}; }
Words MutantCalled(const std::string& name) {
  return {PathOf("conformance/mutants/reaprun_mutant"), "--mutant", name};
}

// In the process of one lab.
std::string RunHere(const LabSettings& settings, const Setup& setup, const Commands& commands) {
  try {
    Lab lab(settings);
    std::string wrong;
    try {
      LabMachine machine(lab, setup);
      LifeCheck check(setup, machine);
      wrong = RunSequence(setup, commands, check);
    } catch (const conformance::CaseStopped&) {
      wrong = "the container did not get to where the lab wanted it";
    }
    const std::string problems = TearDown(lab);
    return wrong.empty() ? problems : wrong;
  } catch (const conformance::LabBroken& broken) {
    return std::string("the lab: ") + broken.what();
  }
}

class LabProperty : public testing::TestWithParam<Property> {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0) return;
    auto started = Worker::Start({.tag = conformance::OwnRunTag(),
                                  .layout = conformance::CgroupLayout::kV2,
                                  .subject = {.name = "reaprun", .argv = Reference()}});
    if (started) {
      worker_ = std::move(*started);
    } else {
      reason_ = started.error();
    }
  }
  static void TearDownTestSuite() { worker_.reset(); }

  void SetUp() override {
    if (worker_ == nullptr) GTEST_SKIP() << reason_;
  }

  Finding TryIn(const Words& binary, const Trial& trial) {
    Property property = GetParam();
    property.mixture.is_real = true;
    property.mixture.errnos = 0;
    return Try(property, trial, [&](const auto& setup, const Commands& commands) {
      auto wrong = worker_->RunInLab(++labs_, [&](LabSettings settings) {
        settings.subject.argv = binary;
        return RunHere(settings, setup, commands);
      });
      return wrong ? *wrong : wrong.error();
    });
  }

  static inline std::unique_ptr<Worker> worker_;
  static inline std::string reason_ = "needs root";
  static inline int labs_ = 0;
};

TEST_P(LabProperty, Reference_Holds) {
  const Trial trial{.seed = kSeed,
                    .sequences = kSequences,
                    .longest = kLongest,
                    .shrinks = false};
  const Finding finding = TryIn(Reference(), trial);
  EXPECT_TRUE(finding.holds) << finding.text;
  if (std::getenv("RC_PARAMS") != nullptr) return;
  EXPECT_EQ(finding.sequences, kSequences);
}

TEST_P(LabProperty, PlantedBug_BreaksIt) {
  if (std::getenv("RC_PARAMS") != nullptr) GTEST_SKIP() << "RC_PARAMS chooses the sequences";
  const Trial trial{.seed = kSeed,
                    .sequences = kMutantSequences,
                    .longest = kLongest,
                    .shrinks = false};
  const Finding finding = TryIn(MutantCalled(GetParam().real_mutant), trial);
  EXPECT_FALSE(finding.holds) << GetParam().real_mutant << " is not noticed";
  EXPECT_NE(finding.text.find(": "), std::string::npos) << finding.text;
}

INSTANTIATE_TEST_SUITE_P(All, LabProperty, testing::ValuesIn(AllProperties()),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace reapcheck::property
