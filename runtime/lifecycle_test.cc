#include "runtime/lifecycle.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <set>
#include <string>
#include <utility>

#include "runtime/interposed_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {
namespace {

TEST(IsAllowed, TheWholeTable) {
  using enum Operation;
  using enum Status;
  const std::set<std::pair<Operation, Status>> allowed = {
      {kStart, kCreated},  {kExec, kCreated},   {kExec, kRunning},    {kKill, kCreated},
      {kKill, kRunning},   {kKill, kPaused},    {kDelete, kCreated},  {kDelete, kStopped},
      {kPause, kCreated},  {kPause, kRunning},  {kResume, kPaused}};
  for (Operation operation : {kStart, kExec, kKill, kDelete, kPause, kResume}) {
    for (Status status : {kCreating, kCreated, kRunning, kPaused, kStopped}) {
      EXPECT_EQ(IsAllowed(operation, status), allowed.contains({operation, status}))
          << static_cast<int>(operation) << " when " << StatusName(status);
    }
  }
}

// A container without cgroups: what is left are its phase, its init and its gate.
class FindStatusTest : public ::testing::Test {
 protected:
  FindStatusTest() {
    char name[] = "/tmp/reapcheck-lifecycle.XXXXXX";
    container_.path = ::mkdtemp(name);
    container_.dir = linux_.OpenAt(kCwd, container_.path, O_RDONLY | O_DIRECTORY, 0).value();
    ::mkfifo((container_.path + "/" + kGateFile).c_str(), 0600);
    self_ = IdentifyProcess(linux_, linux_.GetPid()).value();
  }
  ~FindStatusTest() override { std::filesystem::remove_all(container_.path); }

  Status Find(Phase phase, bool init_alive) {
    record_.phase = phase;
    return FindStatus(kernel_, container_, record_, init_alive).value();
  }

  LinuxKernel linux_;
  InterposedKernel kernel_{linux_};
  ContainerDirectory container_;
  Record record_;
  ProcessIdentity self_;
};

TEST_F(FindStatusTest, WithoutInitItIsStopped) {
  for (Phase phase : {Phase::kCreated, Phase::kStarting, Phase::kRunning}) {
    EXPECT_EQ(Find(phase, false), Status::kStopped);
  }
}

TEST_F(FindStatusTest, PhaseSaysWhatALiveOneIs) {
  EXPECT_EQ(Find(Phase::kCreating, true), Status::kCreating);
  EXPECT_EQ(Find(Phase::kCreated, true), Status::kCreated);
  EXPECT_EQ(Find(Phase::kRunning, true), Status::kRunning);
}

TEST_F(FindStatusTest, CreatingLastsWhileTheCreatorLives) {
  record_.invocation = self_;
  EXPECT_EQ(Find(Phase::kCreating, false), Status::kCreating);
  record_.init = {Pid{1}, 1};
  EXPECT_EQ(Find(Phase::kCreating, false), Status::kStopped) << "it had an init that died";
  record_.init = {};
  --record_.invocation.start_time;
  EXPECT_EQ(Find(Phase::kCreating, false), Status::kStopped) << "cut off";
}

TEST_F(FindStatusTest, AtTheGateItIsCreatedStill) {
  EXPECT_EQ(Find(Phase::kStarting, true), Status::kRunning);
  {
    const OwnedFd waiting = linux_.OpenAt(container_.dir.get(), kGateFile, O_RDWR, 0).value();
    EXPECT_EQ(Find(Phase::kStarting, true), Status::kCreated);
  }
  EXPECT_EQ(Find(Phase::kStarting, true), Status::kRunning);
  std::filesystem::remove(container_.path + "/" + kGateFile);
  EXPECT_EQ(Find(Phase::kStarting, true), Status::kRunning);
}

TEST_F(FindStatusTest, UnknownIsAnError) {
  kernel_.OnCall([](std::string_view call, const std::string&) {
    return call == "OpenAt" ? EMFILE : 0;
  });
  record_.phase = Phase::kStarting;
  EXPECT_TRUE(FailedWith(FindStatus(kernel_, container_, record_, true), EMFILE));
  record_.phase = Phase::kCreating;
  record_.invocation = self_;
  EXPECT_TRUE(FailedWith(FindStatus(kernel_, container_, record_, false), EMFILE));
}

}  // namespace
}  // namespace reapcheck
