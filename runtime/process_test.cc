#include "runtime/process.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string>

#include "runtime/interposed_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {
namespace {

using std::chrono::milliseconds;

// A line of /proc/PID/stat whose start time (field 22) is 4711.
std::string StatLine(const std::string& comm, char state = 'S') {
  return "17 (" + comm + ") " + state +
         " 5 17 17 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4711 2490368 200 18446744073709551615 0\n";
}

// A child that waits to be killed; killed and reaped with the object.
class Child {
 public:
  Child() : pid{::fork()} {
    if (pid.value != 0) return;
    for (;;) ::pause();
  }
  ~Child() {
    ::kill(pid.value, SIGKILL);
    Reap();
  }
  void Reap() {
    if (!reaped_) ::waitpid(pid.value, nullptr, 0);
    reaped_ = true;
  }
  // Dead, and not waited for.
  void BecomeZombie() {
    ::kill(pid.value, SIGKILL);
    siginfo_t info{};
    ::waitid(P_PID, pid.value, &info, WEXITED | WNOWAIT);
  }
  const Pid pid;

 private:
  bool reaped_ = false;
};

class ProcessTest : public ::testing::Test {
 protected:
  LinuxKernel linux_;
  InterposedKernel kernel_{linux_};

  // Every read of a file fails with this.
  void FailOpens(int code) {
    kernel_.OnCall([code](std::string_view call, const std::string&) {
      return call == "OpenAt" ? code : 0;
    });
  }
};

TEST(ParseProcStat, FieldsOfAnOrdinaryLine) {
  const auto stat = ParseProcStat(StatLine("cat"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, "cat");
  EXPECT_EQ(stat->state, 'S');
  EXPECT_EQ(stat->parent, Pid{5});
  EXPECT_EQ(stat->start_time, 4711u);
}

TEST(ParseProcStat, CommMayLookLikeTheRest) {
  for (const char* comm : {"a) b", ") ", ") Z 1 2 3", "((", "))", "", " ", "x)\n(y", "1 (a) S 3"}) {
    const auto stat = ParseProcStat(StatLine(comm, 'D'));
    ASSERT_TRUE(stat) << comm;
    EXPECT_EQ(stat->comm, comm);
    EXPECT_EQ(stat->state, 'D') << comm;
    EXPECT_EQ(stat->start_time, 4711u) << comm;
  }
}

TEST(ParseProcStat, AnyCommIsToldFromTheFields) {
  EXPECT_TRUE(rc::check([](const std::string& comm) {
    const auto stat = ParseProcStat(StatLine(comm, 'Z'));
    RC_ASSERT(stat.has_value());
    RC_ASSERT(stat->comm == comm);
    RC_ASSERT(stat->state == 'Z' && stat->parent.value == 5 && stat->start_time == 4711);
  }));
}

TEST(ParseProcStat, WhatIsNoneIsRefused) {
  const std::string line = StatLine("cat");
  EXPECT_TRUE(FailedWith(ParseProcStat(""), EINVAL));
  EXPECT_TRUE(FailedWith(ParseProcStat("17 cat S 5"), EINVAL));
  EXPECT_TRUE(FailedWith(ParseProcStat("17 (cat)"), EINVAL));
  EXPECT_TRUE(FailedWith(ParseProcStat("17 (cat) "), EINVAL));
  EXPECT_TRUE(FailedWith(ParseProcStat(") ("), EINVAL));
  for (std::size_t cut = 0; cut < line.find("4711"); ++cut) {
    EXPECT_TRUE(FailedWith(ParseProcStat(line.substr(0, cut)), EINVAL)) << cut;
  }
}

TEST(ParseProcStat, IsTotal) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    static_cast<void>(ParseProcStat(text).has_value());
  }));
}

TEST_F(ProcessTest, IsAlive_ThatVeryProcess) {
  Child child;
  const ProcessIdentity identity = IdentifyProcess(kernel_, child.pid).value();
  EXPECT_TRUE(IsAlive(kernel_, identity).value());
  EXPECT_FALSE(IsAlive(kernel_, {child.pid, identity.start_time + 1}).value());
  child.BecomeZombie();
  EXPECT_FALSE(IsAlive(kernel_, identity).value());
  child.Reap();
  EXPECT_FALSE(IsAlive(kernel_, identity).value());
}

TEST_F(ProcessTest, IsAlive_NoPidIsDead) {
  EXPECT_FALSE(IsAlive(kernel_, {}).value());
  EXPECT_FALSE(IsAlive(kernel_, {Pid{-1}, 1}).value());
}

TEST_F(ProcessTest, IsAlive_UnknownIsNotDead) {
  Child child;
  const ProcessIdentity identity = IdentifyProcess(kernel_, child.pid).value();
  for (int code : {EIO, EMFILE, ENOMEM, EACCES, EPERM}) {
    FailOpens(code);
    EXPECT_TRUE(FailedWith(IsAlive(kernel_, identity), code)) << code;
    EXPECT_FALSE(OpenProcess(kernel_, identity)) << code;
  }
}

TEST_F(ProcessTest, OpenProcess_IsTheProcess) {
  Child child;
  auto pidfd = OpenProcess(kernel_, IdentifyProcess(kernel_, child.pid).value());
  ASSERT_TRUE(pidfd && *pidfd);
  EXPECT_TRUE(kernel_.PidfdSendSignal(pidfd->get(), Signal{0}));
}

TEST_F(ProcessTest, OpenProcess_AnotherProcessOfThatPidIsNotOpened) {
  Child child;
  ProcessIdentity earlier = IdentifyProcess(kernel_, child.pid).value();
  --earlier.start_time;
  const auto pidfd = OpenProcess(kernel_, earlier);
  ASSERT_TRUE(pidfd);
  EXPECT_FALSE(*pidfd);
}

TEST_F(ProcessTest, OpenProcess_ReapedIsProvenDead) {
  Child child;
  const ProcessIdentity identity = IdentifyProcess(kernel_, child.pid).value();
  child.BecomeZombie();
  child.Reap();
  const auto pidfd = OpenProcess(kernel_, identity);
  ASSERT_TRUE(pidfd);
  EXPECT_FALSE(*pidfd);
}

// The window that verify-after-open closes: between the open and the look at it.
TEST_F(ProcessTest, OpenProcess_DiesBetweenOpenAndVerify) {
  Child child;
  const ProcessIdentity identity = IdentifyProcess(kernel_, child.pid).value();
  bool opened = false;
  kernel_.OnCall([&](std::string_view call, const std::string&) {
    if (call == "PidfdOpen") opened = true;
    if (call == "OpenAt" && opened) {
      child.BecomeZombie();
      child.Reap();
    }
    return 0;
  });
  const auto pidfd = OpenProcess(kernel_, identity);
  ASSERT_TRUE(opened);
  ASSERT_TRUE(pidfd);
  EXPECT_FALSE(*pidfd);
}

TEST_F(ProcessTest, OpenProcess_RefusalOfALiveOneStands) {
  Child child;
  const ProcessIdentity identity = IdentifyProcess(kernel_, child.pid).value();
  for (int code : {EINVAL, EMFILE, ENOMEM}) {
    kernel_.OnCall([code](std::string_view call, const std::string&) {
      return call == "PidfdOpen" ? code : 0;
    });
    EXPECT_TRUE(FailedWith(OpenProcess(kernel_, identity), code)) << code;
  }
}

TEST_F(ProcessTest, WaitForExit_SeesAZombie) {
  Child child;
  auto pidfd = OpenProcess(kernel_, IdentifyProcess(kernel_, child.pid).value());
  ASSERT_TRUE(pidfd && *pidfd);
  EXPECT_FALSE(WaitForExit(kernel_, pidfd->get(), milliseconds(0)).value());
  child.BecomeZombie();
  EXPECT_TRUE(WaitForExit(kernel_, pidfd->get(), milliseconds(0)).value());
}

TEST_F(ProcessTest, WaitForExit_ReturnsAfterItsBound) {
  Child child;
  auto pidfd = OpenProcess(kernel_, IdentifyProcess(kernel_, child.pid).value());
  ASSERT_TRUE(pidfd && *pidfd);
  const ClockTime start = kernel_.ClockGettime();
  EXPECT_FALSE(WaitForExit(kernel_, pidfd->get(), milliseconds(30)).value());
  const auto took = kernel_.ClockGettime().since_boot - start.since_boot;
  EXPECT_GE(took, milliseconds(30));
  EXPECT_LT(took, milliseconds(3000));
}

TEST_F(ProcessTest, WaitForExit_InterruptionsDoNotMakeItLongerOrShorter) {
  Child child;
  auto pidfd = OpenProcess(kernel_, IdentifyProcess(kernel_, child.pid).value());
  ASSERT_TRUE(pidfd && *pidfd);
  int polls = 0;
  kernel_.OnCall([&polls](std::string_view call, const std::string&) {
    return call == "Poll" && ++polls <= 10 ? EINTR : 0;
  });
  const ClockTime start = kernel_.ClockGettime();
  EXPECT_FALSE(WaitForExit(kernel_, pidfd->get(), milliseconds(20)).value());
  EXPECT_GE(kernel_.ClockGettime().since_boot - start.since_boot, milliseconds(20));
  EXPECT_GT(polls, 10);
}

TEST_F(ProcessTest, WaitForExit_InterruptedForEverIsAnError) {
  Child child;
  auto pidfd = OpenProcess(kernel_, IdentifyProcess(kernel_, child.pid).value());
  ASSERT_TRUE(pidfd && *pidfd);
  kernel_.OnCall([](std::string_view call, const std::string&) {
    return call == "Poll" ? EINTR : 0;
  });
  EXPECT_TRUE(FailedWith(WaitForExit(kernel_, pidfd->get(), std::chrono::hours(1)), EINTR));
}

TEST_F(ProcessTest, ListProcesses_HasThisOne) {
  const auto pids = ListProcesses(kernel_);
  ASSERT_TRUE(pids);
  EXPECT_EQ(std::ranges::count(*pids, kernel_.GetPid()), 1);
}

}  // namespace
}  // namespace reapcheck
