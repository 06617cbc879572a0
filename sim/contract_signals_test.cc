// Signals and pidfds, as Linux does it and the simulated kernel must.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

using std::chrono::milliseconds;

class ContractSignals : public ContractTest {
 protected:
  OwnedFd Pidfd(Pid pid) {
    auto opened = k().PidfdOpen(pid);
    EXPECT_EQ(Answer(opened), "ok");
    return opened ? std::move(*opened) : OwnedFd();
  }
  std::string Send(Pid pid, int signal) { return Answer(k().Kill(pid, Signal{signal})); }
  std::string Send(const OwnedFd& pidfd, int signal) {
    return Answer(k().PidfdSendSignal(pidfd.get(), Signal{signal}));
  }
};

// --- pidfd_open(2) ---

// pidfd_open(2): "creates a file descriptor that refers to the process whose PID is specified".
TEST_P(ContractSignals, PidfdOpen_LiveProcess_IsNotReadable) {
  const OwnedFd pidfd = Pidfd(Clone());
  EXPECT_EQ(Polled(pidfd.get(), POLLIN), 0);
}

// pidfd_open(2), NOTES: a zombie can be opened as long as it is not reaped.
TEST_P(ContractSignals, PidfdOpen_Zombie_IsReadable) {
  const Pid child = Clone();
  MakeZombie(child);
  const OwnedFd pidfd = Pidfd(child);
  EXPECT_EQ(Polled(pidfd.get(), POLLIN), POLLIN);
}

// pidfd_open(2), ESRCH: "The process specified by pid does not exist."
TEST_P(ContractSignals, PidfdOpen_Reaped_IsEsrch) {
  EXPECT_EQ(Answer(k().PidfdOpen(Reaped())), "ESRCH");
}

TEST_P(ContractSignals, PidfdOpen_PidThatNobodyHad_IsEsrch) {
  EXPECT_EQ(Answer(k().PidfdOpen(kNoProcess)), "ESRCH");
}

// pidfd_open(2), EINVAL: "pid is not valid."
TEST_P(ContractSignals, PidfdOpen_ZeroOrLess_IsEinval) {
  EXPECT_EQ(Answer(k().PidfdOpen(Pid{0})), "EINVAL");
  EXPECT_EQ(Answer(k().PidfdOpen(Pid{-1})), "EINVAL");
}

// --- pidfd_send_signal(2) ---

// kill(2): "If sig is 0, then no signal is sent, but existence and permission checks are still
// performed."
TEST_P(ContractSignals, PidfdSendSignal_Zero_OnlyProbes) {
  const Pid child = Clone();
  EXPECT_EQ(Send(Pidfd(child), 0), "ok");
  EXPECT_EQ(StateOf(child), "alive");
}

TEST_P(ContractSignals, PidfdSendSignal_ToAZombie_IsTaken) {
  const Pid child = Clone();
  const OwnedFd pidfd = Pidfd(child);
  MakeZombie(child);
  EXPECT_EQ(Send(pidfd, 0), "ok");
  EXPECT_EQ(Send(pidfd, SIGKILL), "ok");
  EXPECT_EQ(StateOf(child), "zombie");
}

// pidfd_send_signal(2), ESRCH: "The target process does not exist (i.e., it has terminated and been
// waited on)."
TEST_P(ContractSignals, PidfdSendSignal_ToAReapedProcess_IsEsrch) {
  const Pid child = Clone();
  const OwnedFd pidfd = Pidfd(child);
  MakeZombie(child);
  Reap(child);
  EXPECT_EQ(Send(pidfd, 0), "ESRCH");
  EXPECT_EQ(Send(pidfd, SIGKILL), "ESRCH");
}

// pidfd_send_signal(2), EINVAL: "sig is not a valid signal."
TEST_P(ContractSignals, PidfdSendSignal_NoSuchSignal_IsEinval) {
  const OwnedFd pidfd = Pidfd(Clone());
  EXPECT_EQ(Send(pidfd, 65), "EINVAL");
  EXPECT_EQ(Send(pidfd, -1), "EINVAL");
  EXPECT_EQ(Send(pidfd, 64), "ok");
}

// pidfd_send_signal(2), EBADF: "pidfd is not a valid PID file descriptor."
TEST_P(ContractSignals, PidfdSendSignal_ThroughAFile_IsEbadf) {
  EXPECT_EQ(Send(MakeFile("f"), 0), "EBADF");
  EXPECT_EQ(Answer(k().PidfdSendSignal(Fd{-1}, Signal{0})), "EBADF");
}

// pidfd_send_signal(2), EPERM; capabilities(7), CAP_KILL: "Bypass permission checks for sending
// signals."
TEST_P(ContractSignals, PidfdSendSignal_WithoutCapKill_IsEpermForAnotherUser) {
  const OwnedFd others = Pidfd(Clone({.uid = 1000}));
  const OwnedFd own = Pidfd(Clone());
  lab().SetCapKill(false);
  EXPECT_EQ(Send(others, 0), "EPERM");
  EXPECT_EQ(Send(others, SIGKILL), "EPERM");
  EXPECT_EQ(Send(own, 0), "ok");
  lab().SetCapKill(true);
  EXPECT_EQ(Send(others, 0), "ok");
}

// A pidfd stays with its process: a later one of the same pid is not reached by it.
TEST_P(ContractSignals, Pidfd_DoesNotFollowThePid) {
  const Pid first = Clone();
  const OwnedFd pidfd = Pidfd(first);
  MakeZombie(first);
  Reap(first);
  const auto second = lab().CloneWithPid(first);
  ASSERT_EQ(Answer(second), "ok");
  ASSERT_EQ(*second, first);
  EXPECT_EQ(Send(pidfd, SIGKILL), "ESRCH");
  EXPECT_EQ(StateOf(*second), "alive");
}

// pidfd_open(2): "a PID file descriptor can be monitored using poll(2) ... When the process
// terminates, the file descriptor becomes readable."
TEST_P(ContractSignals, Pidfd_PollWaitsForDeath) {
  const Pid child = Clone();
  const OwnedFd pidfd = Pidfd(child);
  PollRequest request{.fd = pidfd.get(), .events = POLLIN};
  EXPECT_EQ(k().Poll({&request, 1}, milliseconds(0)).value(), 0);
  EXPECT_EQ(Send(pidfd, SIGKILL), "ok");
  EXPECT_EQ(k().Poll({&request, 1}, milliseconds(-1)).value(), 1);
  EXPECT_EQ(request.returned, POLLIN);
  EXPECT_EQ(StateOf(child), "zombie");
}

// Since Linux 6.9 a pidfd hangs up when its process is reaped.
TEST_P(ContractSignals, Pidfd_HangsUpWhenReaped) {
  const Pid child = Clone();
  const OwnedFd pidfd = Pidfd(child);
  MakeZombie(child);
  EXPECT_EQ(Polled(pidfd.get(), POLLIN), POLLIN);
  Reap(child);
  EXPECT_EQ(Polled(pidfd.get(), POLLIN), POLLIN | POLLHUP);
}

TEST_P(ContractSignals, Pidfd_CanNotBeReadOrWritten) {
  const OwnedFd pidfd = Pidfd(Clone());
  EXPECT_EQ(Rest(pidfd.get()), "EINVAL");
  EXPECT_EQ(Answer(k().Write(pidfd.get(), "x")), "EINVAL");
}

// --- kill(2) ---

// kill(2), ESRCH: "The target process or process group does not exist."
TEST_P(ContractSignals, Kill_Nobody_IsEsrch) {
  EXPECT_EQ(Send(kNoProcess, 0), "ESRCH");
  EXPECT_EQ(Send(Pid{-kNoProcess.value}, 0), "ESRCH");
  EXPECT_EQ(Send(Reaped(), 0), "ESRCH");
}

// kill(2), EINVAL: "An invalid signal was specified."
TEST_P(ContractSignals, Kill_NoSuchSignal_IsEinval) {
  const Pid child = Clone();
  EXPECT_EQ(Send(child, 65), "EINVAL");
  MakeZombie(child);
  EXPECT_EQ(Send(child, 65), "EINVAL");
  Reap(child);
  EXPECT_EQ(Send(child, 65), "ESRCH");
}

// kill(2): "an existing process might be a zombie".
TEST_P(ContractSignals, Kill_Zombie_IsTaken) {
  const Pid child = Clone();
  MakeZombie(child);
  EXPECT_EQ(Send(child, 0), "ok");
  EXPECT_EQ(Send(child, SIGTERM), "ok");
  EXPECT_EQ(StateOf(child), "zombie");
}

TEST_P(ContractSignals, Kill_OneselfWithSignalZero) { EXPECT_EQ(Send(k().GetPid(), 0), "ok"); }

// signal(7): the default action of each is "Term".
TEST_P(ContractSignals, Kill_DefaultActionTerm_EndsTheProcess) {
  for (int signal : {SIGHUP, SIGINT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGKILL, 64}) {
    const Pid child = Clone();
    EXPECT_EQ(Send(child, signal), "ok");
    const auto ended = k().Waitid(child, /*block=*/true);
    ASSERT_TRUE(ended && *ended);
    EXPECT_EQ((*ended)->code, CLD_KILLED);
    EXPECT_EQ((*ended)->status, signal);
  }
}

// signal(7): the default action of each is "Ign", or "Cont" for a process that is not stopped.
TEST_P(ContractSignals, Kill_DefaultActionIgnore_ChangesNothing) {
  const Pid child = Clone();
  for (int signal : {SIGCHLD, SIGWINCH, SIGURG, SIGCONT}) EXPECT_EQ(Send(child, signal), "ok");
  EXPECT_FALSE(k().Waitid(child, /*block=*/false).value().has_value());
  EXPECT_EQ(StateOf(child), "alive");
}

TEST_P(ContractSignals, Kill_IgnoredSigterm_ChangesNothing) {
  const Pid child = Clone({.ignores_sigterm = true});
  EXPECT_EQ(Send(child, SIGTERM), "ok");
  EXPECT_EQ(StateOf(child), "alive");
  // signal(7): "The signals SIGKILL and SIGSTOP cannot be caught, blocked, or ignored."
  EXPECT_EQ(Send(child, SIGKILL), "ok");
  EXPECT_TRUE(Becomes(child, "zombie"));
}

// kill(2): "If pid is less than -1, then sig is sent to every process in the process group whose ID
// is -pid."
TEST_P(ContractSignals, Kill_Group_ReachesAllOfIt) {
  const Pid leader = Clone();
  const Pid member = Clone({.parent = leader});
  const Pid other = Clone();
  EXPECT_EQ(Send(Pid{-leader.value}, SIGUSR1), "ok");
  EXPECT_TRUE(Becomes(leader, "zombie"));
  EXPECT_TRUE(Becomes(member, "zombie"));
  EXPECT_EQ(StateOf(other), "alive");
}

TEST_P(ContractSignals, Kill_GroupThatNobodyLeads_IsEsrch) {
  const Pid leader = Clone();
  const Pid member = Clone({.parent = leader});
  EXPECT_EQ(Send(Pid{-member.value}, 0), "ESRCH");
  EXPECT_EQ(Send(Pid{-member.value}, SIGKILL), "ESRCH");
  EXPECT_EQ(StateOf(member), "alive");
}

// A group lives on without its leader.
TEST_P(ContractSignals, Kill_GroupWhoseLeaderIsReaped_ReachesTheRest) {
  const Pid leader = Clone();
  const Pid member = Clone({.parent = leader});
  MakeZombie(leader);
  Reap(leader);
  EXPECT_EQ(Send(Pid{-leader.value}, SIGKILL), "ok");
  EXPECT_TRUE(Becomes(member, "zombie"));
  Reap(member);
  EXPECT_EQ(Send(Pid{-leader.value}, 0), "ESRCH");
}

TEST_P(ContractSignals, Kill_GroupOfAZombie_IsTaken) {
  const Pid leader = Clone();
  MakeZombie(leader);
  EXPECT_EQ(Send(Pid{-leader.value}, 0), "ok");
  EXPECT_EQ(Send(Pid{-leader.value}, SIGKILL), "ok");
}

TEST_P(ContractSignals, Kill_GroupWithNoSuchSignal_IsEinval) {
  const Pid leader = Clone();
  EXPECT_EQ(Send(Pid{-leader.value}, 65), "EINVAL");
}

// kill(2), EPERM: "The calling process does not have permission to send the signal to any of the
// target processes."
TEST_P(ContractSignals, Kill_WithoutCapKill_IsEpermForAnotherUser) {
  const Pid other = Clone({.uid = 1000});
  const Pid zombie = Clone({.uid = 1000});
  MakeZombie(zombie);
  lab().SetCapKill(false);
  EXPECT_EQ(Send(other, 0), "EPERM");
  EXPECT_EQ(Send(other, SIGKILL), "EPERM");
  EXPECT_EQ(Send(zombie, 0), "EPERM");
  EXPECT_EQ(Send(Pid{-other.value}, 0), "EPERM");
  EXPECT_EQ(Send(other, 65), "EINVAL");
  lab().SetCapKill(true);
  EXPECT_EQ(StateOf(other), "alive");
}

// kill(2): a group is signalled if at least one of it may be.
TEST_P(ContractSignals, Kill_GroupWithoutCapKill_ReachesThoseItMay) {
  const Pid leader = Clone();
  const Pid other = Clone({.parent = leader, .uid = 1000});
  lab().SetCapKill(false);
  EXPECT_EQ(Send(Pid{-leader.value}, SIGKILL), "ok");
  EXPECT_TRUE(Becomes(leader, "zombie"));
  EXPECT_EQ(StateOf(other), "alive");
}

CONTRACT_ON_ALL(ContractSignals);

}  // namespace
}  // namespace reapcheck::sim
