// The injector on small programs of the test's own, on the real kernel.
#include "conformance/inject/injector.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "conformance/inject/watched_call.h"

namespace reapcheck::inject {
namespace {

class InjectorTest : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "a filter without no_new_privs needs root";
    char path[] = "/tmp/injector_test.XXXXXX";
    ASSERT_NE(mkdtemp(path), nullptr);
    root_ = path;
    std::filesystem::create_directory(root_ + "/c1");
  }
  void TearDown() override {
    if (!root_.empty()) std::filesystem::remove_all(root_);
  }

  // Status of `sh -c script` as wait(2) gives it.
  int RunShell(Injector& injector, const std::string& script) {
    const pid_t supervisor = injector.Supervise();
    const pid_t pid = fork();
    if (pid == 0) {
      if (injector.Attach()) execl("/bin/sh", "sh", "-c", script.c_str(), nullptr);
      _exit(127);
    }
    int status = 0, ignored = 0;
    EXPECT_EQ(waitpid(pid, &status, 0), pid);
    EXPECT_EQ(waitpid(supervisor, &ignored, 0), supervisor);
    EXPECT_EQ(injector.problem(), 0);
    return status;
  }

  Places Here() const { return {.root = root_, .id = "c1", .cgroup_tag = "none"}; }
  bool Exists(const std::string& name) const { return access((root_ + name).c_str(), F_OK) == 0; }

  std::string root_;
};

TEST_F(InjectorTest, RecordsCallsByName) {
  Injector injector(Here(), {});
  const int status = RunShell(injector, "mkdir " + root_ + "/c1/x; rmdir " + root_ + "/c1/x");
  EXPECT_EQ(status, 0);
  const auto seen = injector.Seen();
  const SeenCall made{.call = "mkdir file", .path = root_ + "/c1/x", .is_effect = true,
                      .number = SYS_mkdir};
  const SeenCall removed{.call = "rmdir file", .path = root_ + "/c1/x", .is_effect = true,
                         .number = SYS_rmdir};
  EXPECT_EQ(std::ranges::count(seen, made), 1);
  EXPECT_EQ(std::ranges::count(seen, removed), 1);
  EXPECT_TRUE(injector.is_complete());
}

TEST_F(InjectorTest, RuntimeIsToldOfAllCoresThatItMayUse) {
  cpu_set_t own;
  ASSERT_EQ(sched_getaffinity(0, sizeof own, &own), 0);
  Injector injector(Here(), {});
  RunShell(injector, "nproc >" + root_ + "/cores");
  int cores = 0;
  std::ifstream(root_ + "/cores") >> cores;
  EXPECT_EQ(cores, CPU_COUNT(&own));
}

// The shell in the background waits for the runtime's end, as a container's init does.
TEST_F(InjectorTest, WhatOutlivesTheRuntimeGetsItsCoresBack) {
  const std::string mask = "grep Cpus_allowed: /proc/self/status >" + root_;
  const std::string left = "while kill -0 $$ 2>/dev/null; do :; done; " + mask + "/late";
  Injector injector(Here(), {});
  EXPECT_EQ(RunShell(injector, mask + "/early; (" + left + ") &"), 0);
  std::string early, late, own;
  std::ifstream status("/proc/self/status");
  while (std::getline(status, own) && !own.starts_with("Cpus_allowed:")) continue;
  std::getline(std::ifstream(root_ + "/early"), early);
  std::getline(std::ifstream(root_ + "/late"), late);
  EXPECT_EQ(late, own);
  if (std::thread::hardware_concurrency() > 1) {
    EXPECT_NE(early, own);
  }
}

TEST_F(InjectorTest, FailedCallIsNotExecuted) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kFail, .error = ENOSPC});
  EXPECT_NE(RunShell(injector, "mkdir " + root_ + "/c1/x"), 0);
  EXPECT_EQ(injector.reached(), 1);
  EXPECT_FALSE(Exists("/c1/x"));
}

TEST_F(InjectorTest, OnlyTheNamedOccurrenceFails) {
  Injector injector(Here(),
                    {.call = "mkdir file", .occurrence = 2, .action = Action::kFail, .error = EIO});
  const std::string dir = root_ + "/c1/";
  RunShell(injector, "mkdir " + dir + "a; mkdir " + dir + "b; mkdir " + dir + "c; true");
  EXPECT_TRUE(Exists("/c1/a"));
  EXPECT_FALSE(Exists("/c1/b"));
  EXPECT_TRUE(Exists("/c1/c"));
}

TEST_F(InjectorTest, LastingFaultFailsAllThatFollow) {
  Injector injector(Here(), {.call = "mkdir file",
                             .occurrence = 2,
                             .action = Action::kFail,
                             .error = EIO,
                             .lasting = true});
  const std::string dir = root_ + "/c1/";
  RunShell(injector, "mkdir " + dir + "a; mkdir " + dir + "b; mkdir " + dir + "c; true");
  EXPECT_EQ(injector.reached(), 2);
  EXPECT_TRUE(Exists("/c1/a"));
  EXPECT_FALSE(Exists("/c1/c"));
}

TEST_F(InjectorTest, KillBeforeComesBeforeTheCall) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kKillBefore});
  const int status = RunShell(injector, "exec mkdir " + root_ + "/c1/x");
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_FALSE(Exists("/c1/x"));
}

TEST_F(InjectorTest, KillAfterComesAfterTheCall) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kKillAfter});
  const int status = RunShell(injector, "exec mkdir " + root_ + "/c1/x " + root_ + "/c1/y");
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_TRUE(Exists("/c1/x"));
  EXPECT_FALSE(Exists("/c1/y"));
}

// What the runtime has started is not its own: it makes the call, and lives on.
TEST_F(InjectorTest, ChildThatMakesTheCallLivesOn) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kKillBefore});
  const int status = RunShell(injector, "mkdir " + root_ + "/c1/x; mkdir " + root_ + "/c1/y");
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_TRUE(Exists("/c1/x"));
  EXPECT_FALSE(Exists("/c1/y"));
}

TEST_F(InjectorTest, WholeTreeDiesAndOtherProgramsLiveOn) {
  Injector injector(Here(), {.call = "mkdir file",
                             .action = Action::kKillAfter,
                             .whole_tree = true});
  const std::string dir = root_ + "/c1";
  // Two shells that would wait for ever; mkdir(1) goes on to its second directory.
  const int status = RunShell(injector, "mkfifo " + dir + "/fifo; (read x < " + dir +
                                            "/fifo) & mkdir -p " + dir + "/x/y; read z < " + dir +
                                            "/fifo");
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_EQ(injector.reached(), 1);
  EXPECT_TRUE(Exists("/c1/x/y"));
}

// A program that the runtime started starts others itself: they are not the runtime's.
TEST_F(InjectorTest, ChildrenOfOtherProgramsOutliveTheTree) {
  Injector injector(Here(), {.call = "mkdir file",
                             .action = Action::kKillBefore,
                             .whole_tree = true});
  const std::string dir = root_ + "/c1/";
  RunShell(injector, "echo " + dir + "x | xargs -I{} env find /dev/null -exec mkdir {} ';'" +
                         " -exec touch " + dir + "after ';'");
  EXPECT_EQ(injector.reached(), 1);
  EXPECT_TRUE(Exists("/c1/after"));
}

TEST_F(InjectorTest, WhoHasEndedIsNotKilled) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kKillBefore});
  const std::string left = "while kill -0 $$ 2>/dev/null; do :; done; mkdir " + root_ + "/c1/x";
  EXPECT_EQ(RunShell(injector, "(" + left + ") & exit 3"), 3 << 8);
  EXPECT_EQ(injector.reached(), 0);
  EXPECT_TRUE(Exists("/c1/x"));
}

TEST_F(InjectorTest, ShortenedWriteTakesTheFirstHalf) {
  Injector injector(Here(), {.call = "write file", .action = Action::kShorten});
  const std::string file = root_ + "/c1/text";
  EXPECT_EQ(RunShell(injector, "head -c 1000 /dev/zero > " + file + "; exit 0"), 0);
  EXPECT_EQ(injector.reached(), 1);
  // What head(1) does then is its own affair: the rest is written by another call, or is not.
  const auto writes = std::ranges::count(injector.Seen(), "write file", &SeenCall::call);
  EXPECT_EQ(std::filesystem::file_size(file), writes == 1 ? 500u : 1000u);
}

TEST_F(InjectorTest, ProgramThatExecutesItselfIsNoHook) {
  Injector injector(Here(), {});
  EXPECT_EQ(RunShell(injector, "exec /proc/self/exe -c /bin/true"), 0);
  const auto seen = injector.Seen();
  EXPECT_EQ(std::ranges::count(seen, "spawn self", &SeenCall::call), 1);
  EXPECT_EQ(std::ranges::count(seen, "spawn hook", &SeenCall::call), 1);
}

TEST_F(InjectorTest, WriteOfOneByteIsNotShortened) {
  Injector injector(Here(), {.call = "write file", .action = Action::kShorten});
  EXPECT_EQ(RunShell(injector, "head -c 1 /dev/zero > " + root_ + "/c1/text"), 0);
  EXPECT_EQ(injector.reached(), 0);
}

TEST_F(InjectorTest, TerminatedRuntimeMayTidyUp) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kTerminate});
  const std::string dir = root_ + "/c1";
  const int status =
      RunShell(injector, "trap 'touch " + dir + "/tidied; exit 3' TERM; mkdir " + dir +
                             "/x; touch " + dir + "/late");
  EXPECT_EQ(WEXITSTATUS(status), 3);
  EXPECT_TRUE(Exists("/c1/x"));
  EXPECT_TRUE(Exists("/c1/tidied"));
  EXPECT_FALSE(Exists("/c1/late"));
}

TEST_F(InjectorTest, DelayedCallIsLate) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kDelay});
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(RunShell(injector, "mkdir " + root_ + "/c1/x"), 0);
  EXPECT_GE(std::chrono::steady_clock::now() - began, kDelay);
  EXPECT_TRUE(Exists("/c1/x"));
}

TEST_F(InjectorTest, HeldCallWaitsForItsRelease) {
  Injector injector(Here(), {.call = "mkdir file", .action = Action::kHold});
  const pid_t releaser = fork();
  if (releaser == 0) {
    const std::string made = root_ + "/c1/x";
    while (!injector.is_held()) usleep(1000);
    const bool is_early = access(made.c_str(), F_OK) == 0;
    injector.Release();
    _exit(is_early ? 1 : 0);
  }
  EXPECT_EQ(RunShell(injector, "exec mkdir " + root_ + "/c1/x"), 0);
  int status = -1;
  EXPECT_EQ(waitpid(releaser, &status, 0), releaser);
  EXPECT_EQ(status, 0);
  EXPECT_TRUE(Exists("/c1/x"));
}

// Nobody waits for what an execve(2) that succeeded returns.
TEST_F(InjectorTest, KillAfterAProgramWasStartedComes) {
  Injector injector(Here(),
                    {.call = "spawn hook", .occurrence = 2, .action = Action::kKillAfter});
  const int status = RunShell(injector, "mkdir " + root_ + "/c1/x; mkdir " + root_ +
                                            "/c1/y; mkdir " + root_ + "/c1/z");
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  // What was started goes on.
  EXPECT_TRUE(Exists("/c1/y"));
  EXPECT_FALSE(Exists("/c1/z"));
}

TEST_F(InjectorTest, ASequenceActsInItsOrderAndLastingErrorsStay) {
  Injector injector(Here(),
                    {{.call = "mkdir file", .action = Action::kFail, .error = EIO},
                     {.call = "rmdir file", .action = Action::kKillBefore}},
                    {{.call = "rename file", .action = Action::kFail, .error = EXDEV,
                      .lasting = true}});
  const std::string dir = root_ + "/c1/";
  const int status = RunShell(injector, "mkdir " + dir + "a; mkdir " + dir + "b; mv " + dir +
                                            "b " + dir + "c; rmdir " + dir + "b; mkdir " + dir +
                                            "d");
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  EXPECT_EQ(injector.passed(), 2);
  EXPECT_FALSE(Exists("/c1/a"));
  EXPECT_FALSE(Exists("/c1/d"));
  const auto seen = injector.Seen();
  EXPECT_TRUE(std::ranges::count(seen, "rename file", &SeenCall::call) > 0);
}

}  // namespace
}  // namespace reapcheck::inject
