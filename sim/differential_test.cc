// Random programs of kernel calls end alike on the simulated kernel and on Linux, and a difference
// would be seen: the comparison itself is tried on two kernels that differ.
//
// REAPCHECK_PROGRAMS and REAPCHECK_SEED in the environment choose how many, and which.
#include "sim/differential.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace reapcheck::sim {
namespace {

std::uint64_t FromEnvironment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

class DifferentialTest : public ::testing::TestWithParam<LabLayout> {
 protected:
  void SetUp() override {
    const std::string why = WhyNoLab(KernelKind::kLinux, GetParam());
    if (!why.empty()) GTEST_SKIP() << why;
  }
};

TEST_P(DifferentialTest, RandomPrograms_EndAlikeOnBothKernels) {
  const DifferentialRequest request{
      .layout = GetParam(),
      .programs = static_cast<int>(FromEnvironment("REAPCHECK_PROGRAMS", 500)),
      .seed = FromEnvironment("REAPCHECK_SEED", 20161)};
  std::int64_t calls = 0;
  EXPECT_EQ(FindDifference(request, calls), "");
  EXPECT_GE(calls, std::int64_t{request.programs} * kMinCalls);
}

// The same request draws the same programs: the number of calls is the same.
TEST_P(DifferentialTest, ASeedIsRepeated) {
  const DifferentialRequest request{.layout = GetParam(), .programs = 20, .seed = 7};
  std::int64_t first = 0, second = 0;
  EXPECT_EQ(FindDifference(request, first), "");
  EXPECT_EQ(FindDifference(request, second), "");
  EXPECT_EQ(first, second);
}

// Two kernels of which one ignores a call's effect: a difference in the world is told.
TEST_P(DifferentialTest, AWorldThatDiffersIsTold) {
  Differential differential(GetParam(), KernelKind::kSim, KernelKind::kLinux);
  const Program program = {{.verb = Verb::kMkdir}, {.verb = Verb::kClone}};
  EXPECT_EQ(differential.Compare(program), "");
  Differential planted(GetParam(), KernelKind::kSim, KernelKind::kLinux);
  planted.second().AddSymlink("planted", "x");
  const std::string difference = planted.Compare(program);
  EXPECT_NE(difference.find("  1. mkdirat(a) = ok\nthe world after it:"), std::string::npos)
      << difference;
  EXPECT_NE(difference.find("root/planted"), std::string::npos) << difference;
}

TEST_P(DifferentialTest, AResultThatDiffersIsTold) {
  Differential planted(GetParam(), KernelKind::kSim, KernelKind::kLinux);
  ASSERT_TRUE(planted.second().kernel().MkdirAt(kCwd, planted.second().root() + "/a", 0755));
  const std::string difference = planted.Compare({{.verb = Verb::kMkdir}});
  EXPECT_NE(difference.find("  1. mkdirat(a) = ok\nthe other kernel:\n  1. mkdirat(a) = EEXIST"),
            std::string::npos)
      << difference;
}

INSTANTIATE_TEST_SUITE_P(Layouts, DifferentialTest,
                         ::testing::Values(LabLayout::kV1, LabLayout::kV2),
                         [](const auto& info) { return std::string(NameOf(info.param)); });

}  // namespace
}  // namespace reapcheck::sim
