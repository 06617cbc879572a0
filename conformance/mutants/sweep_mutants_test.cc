// Planted bugs that show under a fault alone, each found by a sweep of one kind of call on the real
// kernel; the reference runtime is clean at the same points.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "conformance/sweep/sweep.h"
#include "conformance/sweep/sweep_report.h"

namespace reapcheck::mutants {
namespace {

using sweep::FaultKind;
using sweep::Operation;

struct Planted {
  const char* mutant;
  Operation operation;
  FaultKind fault;
  const char* call;
  const char* invariant;  // that it is seen to break
  conformance::CgroupLayout layout = conformance::CgroupLayout::kV2;
};

// On v2 cgroup.kill reaches all processes at once.
constexpr auto kV1 = conformance::CgroupLayout::kV1;

constexpr Planted kPlanted[] = {
    {"kill-one-pass", Operation::kKillShared, FaultKind::kErrno, "signal init", "L4", kV1},
    {"kill-all-forgets-errors", Operation::kKillShared, FaultKind::kErrno, "signal init", "A22",
     kV1},
    {"kill-fails-frozen", Operation::kKillShared, FaultKind::kErrno, "pidfd_open process", "S15"},
    {"kill-interrupted", Operation::kKill, FaultKind::kErrno, "signal init", "L7"},
    {"kill-interrupted-for-ever", Operation::kKill, FaultKind::kErrno, "signal init", "L1"},
    {"kill-denied-is-done", Operation::kKill, FaultKind::kErrno, "pidfd_open init", "A22"},
    {"unknown-is-dead", Operation::kDeleteRunning, FaultKind::kErrno, "open proc stat", "S4"},
    {"delete-kill-interrupted", Operation::kDeleteForce, FaultKind::kErrno, "signal init", "L7"},
    {"delete-ignores-errors", Operation::kDelete, FaultKind::kErrno, "rmdir cgroup", "S8"},
    {"cgroup-gone-is-error", Operation::kDelete, FaultKind::kCrash, "rmdir cgroup", "L9"},
    {"cgroup-first-failure", Operation::kDelete, FaultKind::kErrno, "rmdir cgroup", "S8"},
    {"cgroup-error-is-gone", Operation::kDelete, FaultKind::kErrno, "rmdir cgroup", "S8"},
    {"record-before-cgroups", Operation::kDelete, FaultKind::kCrash, "rmdir cgroup", "S9"},
    {"record-may-stay", Operation::kDelete, FaultKind::kErrno, "unlink result", "S8"},
    {"tombstone-first", Operation::kDeleteForce, FaultKind::kCrash, "signal init", "L9"},
    {"poststop-no-wait", Operation::kDelete, FaultKind::kCrash, "spawn hook", "S14"},
    {"poststop-not-noted", Operation::kDelete, FaultKind::kCrash, "spawn hook", "S14"},
    {"poststop-noted-late", Operation::kDelete, FaultKind::kCrash, "spawn hook", "S14"},
    {"create-no-intent", Operation::kCreate, FaultKind::kCrash, "mkdir cgroup", "L9"},
    {"create-undoes-directory", Operation::kCreate, FaultKind::kErrno, "open temporary", "L9"},
};

std::string PathOf(const std::string& built) { return std::filesystem::canonical(built).string(); }

sweep::SweepResult SweepOf(const std::string& runtime, const Planted& planted) {
  auto results = sweep::Sweep({.runtimes = {runtime},
                               .layouts = {planted.layout},
                               .operations = {planted.operation},
                               .faults = {planted.fault},
                               .call = planted.call,
                               // Longer than reaprun tries to remove a cgroup that stays busy.
                               .timeout = std::chrono::seconds(20)},
                              [](const std::string&) {});
  if (!results || results->size() != 1) {
    ADD_FAILURE() << (results ? "not one result" : results.error());
    return {};
  }
  return results->front();
}

class SweepFinds : public testing::TestWithParam<Planted> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "real containers need root";
  }
};

TEST_P(SweepFinds, ThePlantedBugAndNothingInReaprun) {
  const Planted& planted = GetParam();
  const std::string mutant = PathOf("conformance/mutants/reaprun_mutant");
  const auto found = SweepOf("mutant=" + mutant + " --mutant " + planted.mutant, planted);
  const auto groups = GroupsOf(found);
  EXPECT_TRUE(std::ranges::any_of(groups, [&planted](const sweep::Group& group) {
    return group.invariant == planted.invariant;
  })) << sweep::PrettyReport({found}, "tools/reapcheck");

  const auto clean = SweepOf("reaprun=" + PathOf("runtime/reaprun"), planted);
  const sweep::Counts counts = CountsOf(clean);
  EXPECT_GT(counts.reached, 0);
  EXPECT_EQ(counts.failed, 0) << sweep::PrettyReport({clean}, "tools/reapcheck");
  EXPECT_EQ(counts.broken, 0) << sweep::PrettyReport({clean}, "tools/reapcheck");
}

INSTANTIATE_TEST_SUITE_P(Mutants, SweepFinds, testing::ValuesIn(kPlanted), [](const auto& test) {
  std::string name = test.param.mutant;
  std::ranges::replace(name, '-', '_');
  return name;
});

}  // namespace
}  // namespace reapcheck::mutants
