#include "runtime/hooks.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "runtime/interposed_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using std::chrono::steady_clock;

constexpr char kState[] = R"({"id":"c1","status":"stopped"})";

class HooksTest : public ::testing::Test {
 protected:
  HooksTest() {
    char name[] = "/tmp/reapcheck-hooks.XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~HooksTest() override {
    while (::waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    fs::remove_all(directory_);
  }

  // A hook that is a shell script with $D for this test's directory.
  Hook Shell(const std::string& script) const {
    return {.path = "/bin/sh",
            .arguments = {"sh", "-c", script},
            .environment = {"D=" + directory_, "PATH=/usr/bin:/bin"}};
  }
  Hook ShellWithin(seconds timeout, const std::string& script) const {
    Hook hook = Shell(script);
    hook.timeout = timeout;
    return hook;
  }
  std::string Read(const std::string& file) const {
    std::ifstream in(directory_ + "/" + file);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  Outcome<void> Run(const Hook& hook) { return RunHook(kernel_, hook, kState, "poststop hook"); }

  // Dead, or a zombie, within 5 s.
  static bool Dies(const std::string& pid) {
    for (int i = 0; i < 5000; ++i) {
      std::ifstream in("/proc/" + std::to_string(std::stoi(pid)) + "/stat");
      const std::string text{std::istreambuf_iterator<char>(in), {}};
      if (text.empty() || text.find(") Z") != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }

  LinuxKernel linux_;
  InterposedKernel kernel_{linux_};
  std::string directory_;
};

void ExpectHookFailure(const Outcome<void>& outcome, const std::string& says) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(static_cast<int>(outcome.error().kind), static_cast<int>(FailureKind::kHook));
  EXPECT_NE(outcome.error().text.find(says), std::string::npos) << outcome.error().text;
}

TEST_F(HooksTest, GetsTheStateWholeOnStdin) {
  EXPECT_TRUE(Run(Shell("cat >$D/in")));
  EXPECT_EQ(Read("in"), kState);
}

TEST_F(HooksTest, ALargeStateIsGivenWholeToo) {
  const std::string large(1 << 20, 'x');
  EXPECT_TRUE(RunHook(kernel_, Shell("cat >$D/in"), large, "hook"));
  EXPECT_EQ(Read("in"), large);
}

TEST_F(HooksTest, OneThatDoesNotReadStdinIsNoFailureAndDoesNotHang) {
  const std::string large(1 << 20, 'x');
  EXPECT_TRUE(RunHook(kernel_, Shell("exit 0"), large, "hook"));
}

TEST_F(HooksTest, ArgumentsAndEnvironmentAreThoseGivenAndNoOther) {
  ASSERT_EQ(::setenv("REAPCHECK_LEAK", "1", 1), 0);
  EXPECT_TRUE(Run(Shell("echo $0 $REAPCHECK_LEAK >$D/out")));
  EXPECT_EQ(Read("out"), "sh\n");
}

TEST_F(HooksTest, InheritsNoDescriptorsButTheFirstThree) {
  // Far from the descriptor with which the shell reads the directory.
  const int leaked = ::fcntl(1, F_DUPFD, 57);
  ASSERT_GE(leaked, 57);
  EXPECT_TRUE(Run(Shell("for f in /proc/$$/fd/*; do echo ${f##*/}; done | sort -n >$D/out")));
  ::close(leaked);
  const std::string out = Read("out");
  EXPECT_TRUE(out.starts_with("0\n1\n2\n")) << out;
  EXPECT_EQ(out.find("\n" + std::to_string(leaked) + "\n"), std::string::npos) << out;
}

TEST_F(HooksTest, ExitCodesAndSignalsAreFailures) {
  EXPECT_TRUE(Run(Shell("exit 0")));
  ExpectHookFailure(Run(Shell("exit 1")), "exit status 1");
  ExpectHookFailure(Run(Shell("exit 255")), "exit status 255");
  ExpectHookFailure(Run(Shell("kill -USR1 $$")), "signal " + std::to_string(SIGUSR1));
}

TEST_F(HooksTest, OneThatCanNotBeExecutedIsAFailureWithoutAChild) {
  ExpectHookFailure(Run({.path = "/none", .arguments = {"none"}}), "ENOENT");
  ExpectHookFailure(Run({.path = "/etc", .arguments = {"x"}}), "EACCES");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST_F(HooksTest, RunInOrderUntilTheFirstFailure) {
  const std::vector<Hook> hooks = {Shell("echo 1 >>$D/out"), Shell("echo 2 >>$D/out; exit 3"),
                                   Shell("echo 3 >>$D/out")};
  ExpectHookFailure(RunHooks(kernel_, hooks, kState, "prestart"), "prestart hook #2");
  EXPECT_EQ(Read("out"), "1\n2\n");
  EXPECT_TRUE(RunHooks(kernel_, {}, kState, "prestart"));
}

TEST_F(HooksTest, WithinItsTimeoutIsNoFailure) {
  EXPECT_TRUE(Run(ShellWithin(seconds(20), "cat >$D/in")));
  EXPECT_EQ(Read("in"), kState);
}

TEST_F(HooksTest, Late_IsKilledWithItsWholeTree) {
  const auto start = steady_clock::now();
  const auto ran = Run(ShellWithin(
      seconds(1), "sleep 999 & echo $! >$D/child; setsid sh -c 'echo $$ >$D/session; sleep 998 & "
                  "echo $! >$D/nested; wait' & wait"));
  ExpectHookFailure(ran, "within 1 s");
  const auto took = steady_clock::now() - start;
  EXPECT_GE(took, seconds(1));
  EXPECT_LT(took, seconds(5));
  for (const char* file : {"child", "session", "nested"}) {
    ASSERT_NE(Read(file), "") << file;
    EXPECT_TRUE(Dies(Read(file))) << file;
  }
}

TEST_F(HooksTest, Late_AnOrphanInASessionOfItsOwnIsKilledToo) {
  const auto ran = Run(ShellWithin(
      seconds(1), "(setsid sh -c 'echo $$ >$D/orphan; exec sleep 997' &) ; exec sleep 996"));
  ExpectHookFailure(ran, "within 1 s");
  ASSERT_NE(Read("orphan"), "");
  EXPECT_TRUE(Dies(Read("orphan")));
}

TEST_F(HooksTest, Late_OtherChildrenOfTheRuntimeAreSpared) {
  const pid_t own = ::fork();
  if (own == 0) {
    for (;;) ::pause();
  }
  ExpectHookFailure(Run(ShellWithin(seconds(1), "exec sleep 995")), "within 1 s");
  EXPECT_EQ(::waitpid(own, nullptr, WNOHANG), 0);
  ::kill(own, SIGKILL);
  ::waitpid(own, nullptr, 0);
}

TEST_F(HooksTest, Late_IgnoresTermAndDiesAllTheSame) {
  ExpectHookFailure(Run(ShellWithin(seconds(1), "trap '' TERM INT; while :; do sleep 0.1; done")),
                    "within 1 s");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

TEST_F(HooksTest, InterruptedWaitsAreDoneAgain) {
  int interruptions = 0;
  kernel_.OnCall([&](std::string_view call, const std::string&) {
    const bool waits = call == "Waitid" || call == "Poll" || call == "PidfdOpen";
    return waits && ++interruptions % 2 == 1 ? EINTR : 0;
  });
  EXPECT_TRUE(Run(Shell("exit 0")));
  EXPECT_TRUE(Run(ShellWithin(seconds(20), "exit 0")));
  EXPECT_GE(interruptions, 4);
}

}  // namespace
}  // namespace reapcheck
