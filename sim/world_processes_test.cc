#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "runtime/oci_config.h"
#include "sim/world_fixture.h"

namespace reapcheck::sim {
namespace {

WorldOptions WithHook() {
  return {.executables = {{"/bin/hook", {}, 2}, {"/bin/sleep", {}, 0}},
          .init_program = 3,
          .exec_program = 4};
}

class WorldProcesses : public ::testing::Test {
 protected:
  WorldProcesses() : f(WithHook()) {}
  ~WorldProcesses() override { EXPECT_TRUE(f.HashIsRight()); }

  const Process& At(int process) const { return f.world.processes()[process]; }
  int Send(int process, int signal) {
    return ErrorOf(f.kernel.Kill(f.PidOf(process), Signal{signal}));
  }
  // A passive child of the caller.
  int Child() {
    auto pid = f.kernel.Spawn({.path = "/bin/sleep", .arguments = {"sleep"}});
    EXPECT_TRUE(pid);
    return f.world.FindProcess(*pid);
  }

  WorldFixture f;
};

TEST_F(WorldProcesses, Pidfd_TellsOfDeathAndOfReaping) {
  const int child = Child();
  const Pid pid = f.PidOf(child);
  auto pidfd = f.kernel.PidfdOpen(pid);
  ASSERT_TRUE(pidfd);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), 0);
  ASSERT_TRUE(f.kernel.PidfdSendSignal(pidfd->get(), Signal{SIGKILL}));
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), 0);
  f.TakeAll(StepKind::kDie);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), POLLIN);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdSendSignal(pidfd->get(), Signal{0})), 0);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdOpen(pid)), 0);
  auto status = f.kernel.Waitid(pid, false);
  ASSERT_TRUE(status && *status);
  EXPECT_EQ((*status)->code, CLD_KILLED);
  EXPECT_EQ((*status)->status, SIGKILL);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), POLLIN | POLLHUP);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdSendSignal(pidfd->get(), Signal{0})), ESRCH);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdOpen(pid)), ESRCH);
}

TEST_F(WorldProcesses, PidfdAndKill_RefuseWhatLinuxRefuses) {
  EXPECT_EQ(ErrorOf(f.kernel.PidfdOpen(Pid{0})), EINVAL);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdOpen(Pid{-5})), EINVAL);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdOpen(Pid{250})), ESRCH);
  EXPECT_EQ(ErrorOf(f.kernel.Kill(Pid{250}, Signal{65})), ESRCH);
  EXPECT_EQ(Send(f.init, 65), EINVAL);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdSendSignal(Fd{20}, Signal{0})), EBADF);
  f.world.EditProcess(f.init).uid = 1000;
  f.world.EditProcess(f.caller).lacks_cap_kill = true;
  f.world.Rehash();
  EXPECT_EQ(Send(f.init, 0), EPERM);
  EXPECT_EQ(*f.kernel.CapGet() >> 5 & 1, 0U);
}

TEST_F(WorldProcesses, SlotOfAReapedProcess_IsNotReusedBehindItsPidfd) {
  const int child = Child();
  auto pidfd = f.kernel.PidfdOpen(f.PidOf(child));
  ASSERT_TRUE(pidfd);
  ASSERT_EQ(Send(child, SIGKILL), 0);
  ASSERT_TRUE(f.kernel.Waitid(f.PidOf(child), true));
  const int other = Child();
  EXPECT_NE(other, child);
  EXPECT_EQ(ErrorOf(f.kernel.PidfdSendSignal(pidfd->get(), Signal{0})), ESRCH);
}

TEST_F(WorldProcesses, Signals_HaveTheirDefaultActions) {
  const int child = Child();
  for (int signal : {SIGCHLD, SIGWINCH, SIGURG, SIGCONT, 0}) ASSERT_EQ(Send(child, signal), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
  f.world.EditProcess(child).ignores_sigterm = true;
  f.world.Rehash();
  ASSERT_EQ(Send(child, SIGTERM), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
  ASSERT_EQ(Send(child, SIGHUP), 0);
  ASSERT_EQ(Send(child, SIGKILL), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  // It died of what came first.
  EXPECT_EQ(At(child).exit_code, CLD_KILLED << 16 | SIGHUP);
}

TEST_F(WorldProcesses, NamespaceInit_IsReachedOnlyByWhatNobodyCanRefuse) {
  ASSERT_EQ(Send(f.init, SIGTERM), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
  ASSERT_EQ(Send(f.init, SIGKILL), 0);
  EXPECT_GT(f.TakeAll(StepKind::kDie), 0);
  EXPECT_EQ(At(f.init).state, ProcessState::kZombie);
  EXPECT_EQ(At(f.member).state, ProcessState::kFree);
  // Nothing ends the first process of the machine.
  EXPECT_EQ(ErrorOf(f.kernel.Kill(Pid{1}, Signal{SIGKILL})), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
}

TEST_F(WorldProcesses, DyingNamespaceInit_WaitsForItsMembers_AndRefusesForks) {
  f.world.EditProcess(f.member).is_uninterruptible = true;
  f.world.Rehash();
  auto pidfd = f.kernel.PidfdOpen(f.PidOf(f.init));
  ASSERT_TRUE(pidfd);
  ASSERT_EQ(Send(f.init, SIGKILL), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  EXPECT_EQ(At(f.init).state, ProcessState::kRunning);
  EXPECT_TRUE(At(f.init).is_exiting);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), 0);
  const Call exec{.op = Op::kCloneExec, .a = pidfd->get().number};
  EXPECT_EQ(f.world.Execute(WorldFixture::kCaller, exec).error, ENOMEM);
  f.world.EditProcess(f.member).is_uninterruptible = false;
  f.world.Rehash();
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 2);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), POLLIN);
}

TEST_F(WorldProcesses, Orphan_GoesToTheNearestSubreaper) {
  ASSERT_TRUE(f.kernel.SetChildSubreaper(true));
  const int child = Child();
  const int grandchild = f.world.AddMember(child, "grandchild");
  ASSERT_EQ(Send(child, SIGKILL), 0);
  f.TakeAll(StepKind::kDie);
  EXPECT_EQ(At(grandchild).parent, f.caller);
  ASSERT_TRUE(f.kernel.SetChildSubreaper(false));
  f.world.Crash(WorldFixture::kCaller);
  EXPECT_EQ(At(grandchild).parent, 0);
  EXPECT_EQ(f.TakeAll(StepKind::kReap), 2);  // the caller, and its zombie child
  EXPECT_EQ(At(f.caller).state, ProcessState::kFree);
}

TEST_F(WorldProcesses, Waitid_KnowsOnlyChildren) {
  EXPECT_EQ(ErrorOf(f.kernel.Waitid(f.PidOf(f.init), false)), ECHILD);
  EXPECT_EQ(ErrorOf(f.kernel.Waitid(Pid{0}, true)), ECHILD);
  const int child = Child();
  auto none = f.kernel.Waitid(f.PidOf(child), false);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
}

TEST_F(WorldProcesses, Spawn_StartsAnActorThatExits) {
  EXPECT_EQ(ErrorOf(f.kernel.Spawn({.path = "/bin/missing"})), ENOENT);
  auto pid = f.kernel.Spawn({.path = "/bin/hook", .stdin_text = "state"});
  ASSERT_TRUE(pid);
  ASSERT_EQ(f.world.actors().size(), 2U);
  const Actor& hook = f.world.actors()[1];
  EXPECT_EQ(hook.program, 2);
  EXPECT_EQ(DecodeSpawn(f.texts, hook.request).stdin_text, "state");
  EXPECT_EQ(At(hook.process).group, pid->value);
  f.world.Execute(1, {.op = Op::kExit, .a = 7});
  EXPECT_FALSE(hook.is_alive);
  EXPECT_EQ(hook.exit_status, 7);
  auto status = f.kernel.Waitid(*pid, true);
  ASSERT_TRUE(status && *status);
  EXPECT_EQ((*status)->code, CLD_EXITED);
  EXPECT_EQ((*status)->status, 7);
}

TEST_F(WorldProcesses, KillOfAGroup_ReachesItsMembers) {
  const int child = Child();
  const int other = f.world.AddMember(child, "other");
  ASSERT_EQ(ErrorOf(f.kernel.Kill(Pid{-f.PidOf(child).value}, Signal{SIGKILL})), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 2);
  EXPECT_EQ(At(other).state, ProcessState::kZombie);
  EXPECT_EQ(ErrorOf(f.kernel.Kill(Pid{-250}, Signal{SIGKILL})), ESRCH);
}

TEST_F(WorldProcesses, ForkLoop_StopsWithItsSignalsAndWithSigstop) {
  f.world.EditProcess(f.member).forks_left = 2;
  f.world.Rehash();
  ASSERT_EQ(Send(f.member, SIGSTOP), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kFork), 0);
  ASSERT_EQ(Send(f.member, SIGCONT), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kFork), 3);
  f.world.EditProcess(f.member).forks_left = 2;
  f.world.Rehash();
  ASSERT_EQ(Send(f.member, SIGKILL), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kFork), 0);
}

TEST_F(WorldProcesses, LowestPid_IsReusedWhenAsked) {
  f.options.is_lowest_pid_reused = true;
  const int child = Child();
  const Pid pid = f.PidOf(child);
  const std::uint32_t start_time = At(child).start_time;
  ASSERT_EQ(Send(child, SIGKILL), 0);
  ASSERT_TRUE(f.kernel.Waitid(pid, true));
  const int other = Child();
  EXPECT_EQ(f.PidOf(other), pid);
  EXPECT_NE(At(other).start_time, start_time);
}

TEST_F(WorldProcesses, Proc_ShowsWhatThereIs) {
  const std::string pid = f.PidText(f.init);
  EXPECT_TRUE(f.Read("/proc/" + pid + "/stat").starts_with(pid + " (init) S 1 "));
  EXPECT_EQ(*f.kernel.ReadlinkAt(kCwd, "/proc/self"), f.PidText(f.caller));
  EXPECT_TRUE(f.Read("/proc/self/stat").starts_with(f.PidText(f.caller) + " (reaprun) "));
  auto own = f.kernel.StatAt(kCwd, "/proc/self/ns/pid", 0);
  auto theirs = f.kernel.StatAt(kCwd, "/proc/" + pid + "/ns/pid", 0);
  ASSERT_TRUE(own && theirs);
  EXPECT_NE(own->inode, theirs->inode);
  auto held = f.kernel.OpenAt(kCwd, "/proc/" + pid + "/stat", O_RDONLY, 0);
  ASSERT_TRUE(held);
  ASSERT_EQ(Send(f.init, SIGKILL), 0);
  f.TakeAll(StepKind::kDie);
  EXPECT_TRUE(f.Read("/proc/" + pid + "/stat").starts_with(pid + " (init) Z 1 "));
  f.TakeAll(StepKind::kReap);
  EXPECT_EQ(f.Read("/proc/" + pid + "/stat"), "open: ENOENT");
  EXPECT_EQ(f.ReadFrom(held->get()), "read: ESRCH");
  EXPECT_EQ(ErrorOf(f.kernel.MkdirAt(kCwd, "/proc/x", 0755)), ENOENT);
}

TEST_F(WorldProcesses, CloneInit_GivesAnActorInItsOwnNamespaceAndASocket) {
  OciConfig config;
  config.namespaces.push_back({.type = NamespaceType::kPid});
  auto child = f.kernel.CloneInit({.config = &config, .id = "c1"});
  ASSERT_TRUE(child);
  const int process = f.world.FindProcess(child->pid);
  EXPECT_EQ(At(process).pid_namespace, process + 1);
  ASSERT_EQ(f.world.actors().size(), 2U);
  SimKernel init(f.world, 1);
  EXPECT_EQ(init.GetPid().value, 1);
  ASSERT_TRUE(f.kernel.Write(child->sync.get(), "go"));
  EXPECT_EQ(f.PollFor(child->sync.get(), POLLIN), 0);
  char buffer[16];
  auto count = init.Read(Fd{3}, buffer);
  ASSERT_TRUE(count);
  EXPECT_EQ(std::string(buffer, *count), "go");
  // Without its parent it dies, until it says that it does not.
  EXPECT_TRUE(At(process).dies_with_parent);
  ASSERT_TRUE(init.Write(Fd{3}, kSyncDetached));
  EXPECT_FALSE(At(process).dies_with_parent);
  EXPECT_EQ(f.ReadFrom(child->sync.get()), "detached");
  f.world.Crash(1);
  EXPECT_EQ(f.PollFor(child->sync.get(), POLLIN) & (POLLIN | POLLHUP), POLLIN | POLLHUP);
  EXPECT_EQ(f.ReadFrom(child->sync.get()), "");
  EXPECT_EQ(ErrorOf(f.kernel.Write(child->sync.get(), "x")), EPIPE);
}

TEST_F(WorldProcesses, CloneExec_JoinsTheNamespaceAndHoldsUpItsEnd) {
  auto pidfd = f.kernel.PidfdOpen(f.PidOf(f.init));
  ASSERT_TRUE(pidfd);
  auto child = f.kernel.CloneExec({.init_pidfd = pidfd->get()});
  ASSERT_TRUE(child);
  const int process = f.world.FindProcess(child->pid);
  EXPECT_EQ(At(process).pid_namespace, f.init + 1);
  EXPECT_EQ(At(process).parent, f.caller);
  ASSERT_EQ(Send(f.init, SIGKILL), 0);
  f.TakeAll(StepKind::kDie);
  // pid_namespaces(7): init is not dead before its parent outside has reaped the joined one.
  EXPECT_EQ(At(process).state, ProcessState::kZombie);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), 0);
  ASSERT_TRUE(f.kernel.Waitid(child->pid, true));
  f.TakeAll(StepKind::kDie);
  EXPECT_EQ(f.PollFor(pidfd->get(), POLLIN), POLLIN);
}

TEST_F(WorldProcesses, ParentDeath_KillsWhoAskedForIt) {
  OciConfig config;
  auto child = f.kernel.CloneInit({.config = &config, .id = "c1"});
  ASSERT_TRUE(child);
  const int process = f.world.FindProcess(child->pid);
  f.world.Crash(WorldFixture::kCaller);
  EXPECT_EQ(At(process).pending, std::uint64_t{1} << (SIGKILL - 1));
  f.TakeAll(StepKind::kDie);
  EXPECT_EQ(At(process).state, ProcessState::kZombie);
  EXPECT_FALSE(f.world.actors()[1].is_alive);
}

TEST_F(WorldProcesses, Execve_LeavesAPassiveProcess) {
  auto pid = f.kernel.Spawn({.path = "/bin/hook"});
  ASSERT_TRUE(pid);
  f.world.Execute(1, {.op = Op::kExecve, .text = f.texts.Intern("program")});
  EXPECT_FALSE(f.world.actors()[1].is_alive);
  const int process = f.world.FindProcess(*pid);
  EXPECT_EQ(At(process).state, ProcessState::kRunning);
  EXPECT_FALSE(At(process).is_actor);
}

}  // namespace
}  // namespace reapcheck::sim
