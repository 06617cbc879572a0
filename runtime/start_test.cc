// How start waits for the program: the end of init is seen also where the fifo does not tell of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "runtime/builder.h"
#include "runtime/linux_container_kernel.h"
#include "runtime/linux_kernel.h"
#include "runtime/process.h"

namespace reapcheck {
namespace {

class Waiting : public Builder {
 public:
  using Builder::AwaitExecution;
  using Builder::Builder;
  using Builder::WaitingInit;
};

// A child that waits to be killed stands for init.
class AwaitExecutionTest : public ::testing::Test {
 protected:
  AwaitExecutionTest() {
    char name[] = "/tmp/reapcheck-start.XXXXXX";
    directory_ = ::mkdtemp(name);
    ::mkfifo(Fifo().c_str(), 0600);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (true) ::pause();
    }
    record_.init = IdentifyProcess(kernel_, Pid{child_}).value();
    // Nobody has it open for writing: a reader like this is never told of a hang-up.
    init_.result = kernel_.OpenAt(kCwd, Fifo(), O_RDONLY | O_NONBLOCK, 0).value();
  }
  ~AwaitExecutionTest() override {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    std::filesystem::remove_all(directory_);
  }

  std::string Fifo() const { return directory_ + "/result"; }
  void Watch() { init_.process = kernel_.PidfdOpen(Pid{child_}).value(); }
  // The words of the failure; "" when the program was executed.
  std::string Await() {
    const auto awaited = builder_.AwaitExecution(record_, init_);
    return awaited ? "" : awaited.error().text;
  }

  std::string directory_;
  pid_t child_ = -1;
  LinuxKernel kernel_;
  LinuxContainerKernel container_kernel_{kernel_};
  Runtime runtime_{kernel_, "/nowhere", [](const std::string&) {}};
  Waiting builder_{runtime_, container_kernel_};
  Record record_;
  Waiting::WaitingInit init_;
};

TEST_F(AwaitExecutionTest, DeathEndsItThoughTheFifoDoesNotHangUp) {
  Watch();
  ::kill(child_, SIGKILL);
  EXPECT_NE(Await().find("died before it executed the program"), std::string::npos);
}

TEST_F(AwaitExecutionTest, WithoutAPidfdDeathEndsItToo) {
  ::kill(child_, SIGKILL);
  EXPECT_NE(Await().find("died before it executed the program"), std::string::npos);
}

TEST_F(AwaitExecutionTest, WhatADeadInitHasSaidCounts) {
  const OwnedFd writer = kernel_.OpenAt(kCwd, Fifo(), O_RDWR, 0).value();
  ASSERT_TRUE(kernel_.Write(writer.get(), std::string(1, kResultExecuting)));
  Watch();
  ::kill(child_, SIGKILL);
  EXPECT_EQ(Await(), "");
}

}  // namespace
}  // namespace reapcheck
