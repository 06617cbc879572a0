#include "conformance/sweep/point.h"

#include <gtest/gtest.h>
#include <sys/syscall.h>

#include <algorithm>

namespace reapcheck::sweep {
namespace {

using inject::SeenCall;

std::vector<std::string> Described(const std::vector<SeenCall>& seen, FaultKind kind) {
  std::vector<std::string> texts;
  for (const Point& point : PointsOf(seen, kind)) {
    EXPECT_EQ(FaultKindOf(point), kind) << point.Describe();
    texts.push_back(point.Describe());
  }
  return texts;
}

using Texts = std::vector<std::string>;

const SeenCall kRemoved{.call = "rmdir cgroup", .occurrence = 2, .is_effect = true,
                        .number = SYS_rmdir};
const SeenCall kRead{.call = "read cgroup.procs", .number = SYS_read};
const SeenCall kWritten{.call = "write temporary", .is_effect = true};

TEST(PointsOf, KillsBeforeAndAfterEachEffect) {
  EXPECT_EQ(Described({kRead, kRemoved}, FaultKind::kCrash),
            (Texts{"rmdir cgroup #2 killed before", "rmdir cgroup #2 killed after"}));
  EXPECT_EQ(Described({kRead, kRemoved}, FaultKind::kCrashTree),
            (Texts{"rmdir cgroup #2 all killed before", "rmdir cgroup #2 all killed after"}));
}

TEST(PointsOf, FailsWithWhatLinuxCanGiveOnceAndForEver) {
  const Texts faults = Described({kRemoved}, FaultKind::kErrno);
  EXPECT_EQ(std::ranges::count(faults, "rmdir cgroup #2 EBUSY"), 1);
  EXPECT_EQ(std::ranges::count(faults, "rmdir cgroup #2 EBUSY for ever"), 1);
  EXPECT_EQ(std::ranges::count(faults, "rmdir cgroup #2 ENOSPC"), 0);
}

// kill(2) is never interrupted, and was always there.
TEST(PointsOf, ErrorsAreThoseOfTheCallThatIsMade) {
  const SeenCall killed{.call = "signal init", .is_effect = true, .number = SYS_kill};
  EXPECT_EQ(Described({killed}, FaultKind::kErrno),
            (Texts{"signal init #1 EPERM", "signal init #1 EPERM for ever",
                   "signal init #1 EACCES", "signal init #1 EACCES for ever"}));
  SeenCall by_pidfd = killed;
  by_pidfd.number = SYS_pidfd_send_signal;
  const Texts faults = Described({by_pidfd}, FaultKind::kErrno);
  EXPECT_EQ(std::ranges::count(faults, "signal init #1 ENOSYS"), 1);
}

TEST(PointsOf, NoSignalInterruptsForEver) {
  const Texts faults = Described({kRead}, FaultKind::kErrno);
  EXPECT_EQ(std::ranges::count(faults, "read cgroup.procs #1 EINTR"), 1);
  EXPECT_EQ(std::ranges::count(faults, "read cgroup.procs #1 EINTR for ever"), 0);
}

TEST(PointsOf, TakesPollsAtTheirFirstRepetitions) {
  std::vector<SeenCall> polls;
  for (int i = 1; i <= 10; ++i) {
    polls.push_back({.call = "write cgroup.kill",
                     .occurrence = i,
                     .path = "c",
                     .is_effect = true,
                     .number = SYS_write});
  }
  for (const FaultKind kind : {FaultKind::kErrno, FaultKind::kCrash, FaultKind::kDelay}) {
    const auto points = PointsOf(polls, kind);
    ASSERT_FALSE(points.empty());
    EXPECT_EQ(points.back().injection.occurrence, kRepetitions);
  }
}

TEST(PointsOf, AnotherPathIsNoRepetition) {
  std::vector<SeenCall> reads;
  for (int i = 1; i <= 10; ++i) {
    reads.push_back(kRead);
    reads.back().occurrence = i;
  }
  const std::size_t one = PointsOf({reads.front()}, FaultKind::kErrno).size();
  EXPECT_GT(one, 0u);
  reads.push_back(kRead);
  reads.back().path = "b";
  EXPECT_EQ(PointsOf(reads, FaultKind::kErrno).size(), (kRepetitions + 1) * one);
}

TEST(PointsOf, SignalsAreNoPolls) {
  std::vector<SeenCall> signals;
  for (int i = 1; i <= 10; ++i) {
    signals.push_back({.call = "signal process", .occurrence = i, .is_effect = true});
  }
  EXPECT_EQ(PointsOf(signals, FaultKind::kDelay).size(), 10u);
}

TEST(PointsOf, ShortensWritesToFilesOnDiskOnly) {
  const SeenCall control{.call = "write cgroup.procs", .is_effect = true};
  EXPECT_EQ(Described({kRemoved, control, kWritten}, FaultKind::kShort),
            (Texts{"write temporary #1 written in part"}));
}

TEST(PointsOf, TerminatesAndDelaysAtEffects) {
  EXPECT_EQ(Described({kRead, kRemoved}, FaultKind::kTerm), (Texts{"rmdir cgroup #2 SIGTERM"}));
  EXPECT_EQ(Described({kRead, kRemoved}, FaultKind::kDelay), (Texts{"rmdir cgroup #2 delayed"}));
}

TEST(PointsOf, HoldsEffectsForEachSecondOperation) {
  EXPECT_EQ(Described({kRead, kRemoved}, FaultKind::kPair),
            (Texts{"rmdir cgroup #2 held for kill", "rmdir cgroup #2 held for delete",
                   "rmdir cgroup #2 held for delete-force", "rmdir cgroup #2 held for create"}));
}

}  // namespace
}  // namespace reapcheck::sweep
