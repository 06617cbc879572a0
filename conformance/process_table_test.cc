#include "conformance/process_table.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace reapcheck::conformance {
namespace {

// A child that sleeps under a name that is hard to parse, killed with the object.
class Child {
 public:
  Child() : pid_(fork()) {
    if (pid_ != 0) return;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (true) pause();
  }
  ~Child() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

TEST(ReadProcess, OwnProcessWithAnOddName) {
  char before[16];
  prctl(PR_GET_NAME, before);
  prctl(PR_SET_NAME, "a) Z 1 (b");
  std::optional<ProcessInfo> info = ReadProcess(getpid());
  prctl(PR_SET_NAME, before);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->name, "a) Z 1 (b");
  EXPECT_EQ(info->parent, getppid());
  EXPECT_EQ(info->state, 'R');
  EXPECT_GT(info->id.start_time, 0u);
}

TEST(ReadProcess, AbsentIsNothing) { EXPECT_FALSE(ReadProcess(1 << 30)); }

TEST(Descendants, FindsChildren) {
  Child child;
  std::vector<ProcessInfo> found = Descendants(getpid());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].id.pid, child.pid());
  EXPECT_EQ(found[0].parent, getpid());
}

TEST(SendSignal, OnlyToTheVerySameProcess) {
  Child child;
  ProcessId id = ReadProcess(child.pid())->id;
  EXPECT_FALSE(SendSignal({.pid = id.pid, .start_time = id.start_time + 1}, SIGKILL));
  EXPECT_TRUE(ReadProcess(child.pid())->alive());
  EXPECT_TRUE(SendSignal(id, SIGKILL));
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child.pid()), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(info.si_status, SIGKILL);
}

}  // namespace
}  // namespace reapcheck::conformance
