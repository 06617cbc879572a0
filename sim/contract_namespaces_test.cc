// Pid namespaces and /proc, as Linux has them and the simulated kernel must.
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>

#include "runtime/process.h"
#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractNamespaces : public ContractTest {
 protected:
  std::uint64_t NamespaceOf(Pid pid) {
    return Stat(kCwd, "/proc/" + std::to_string(pid.value) + "/ns/pid").inode;
  }
  ProcStat StatOf(Pid pid) {
    const auto stat = ReadProcStat(k(), pid);
    EXPECT_EQ(Answer(stat), "ok");
    return stat.value_or(ProcStat());
  }
  std::string Send(Pid pid, int signal) { return Answer(k().Kill(pid, Signal{signal})); }
};

// --- pid_namespaces(7) ---

// "If the "init" process of a PID namespace terminates, the kernel terminates all of the processes
// in the namespace via a SIGKILL signal."
TEST_P(ContractNamespaces, DeathOfInit_TakesAllWithIt) {
  const Pid init = Clone({.is_namespace_init = true});
  const Pid member = Clone({.parent = init, .ignores_sigterm = true});
  const Pid outside = Clone();
  EXPECT_EQ(Send(init, SIGKILL), "ok");
  EXPECT_TRUE(Becomes(init, "zombie"));
  EXPECT_EQ(StateOf(member), "gone") << "init waits for all before it is a zombie";
  EXPECT_EQ(StateOf(outside), "alive");
  EXPECT_EQ(Answer(k().Waitid(member, false)), "ECHILD");
}

TEST_P(ContractNamespaces, DeathOfInit_ReapsTheZombiesBelowIt) {
  const Pid init = Clone({.is_namespace_init = true});
  const Pid member = Clone({.parent = init});
  const OwnedFd pidfd = k().PidfdOpen(member).value();
  MakeZombie(member);
  EXPECT_EQ(Answer(k().PidfdSendSignal(pidfd.get(), Signal{0})), "ok");
  MakeZombie(init);
  EXPECT_EQ(StateOf(member), "gone");
  EXPECT_EQ(Answer(k().PidfdSendSignal(pidfd.get(), Signal{0})), "ESRCH");
}

// "a process in an ancestor namespace can ... send signals to the "init" process of a child PID
// namespace only if the "init" process has established a handler for that signal"; "SIGKILL or
// SIGSTOP are treated exceptionally".
TEST_P(ContractNamespaces, Init_IsNotEndedByOtherSignals) {
  const Pid init = Clone({.is_namespace_init = true});
  for (int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGPIPE, 64}) {
    EXPECT_EQ(Send(init, signal), "ok");
  }
  EXPECT_EQ(k().Waitid(init, false).value(), std::nullopt);
  EXPECT_EQ(StateOf(init), "alive");
  EXPECT_EQ(Send(init, SIGKILL), "ok");
  EXPECT_TRUE(Becomes(init, "zombie"));
}

TEST_P(ContractNamespaces, Member_IsEndedLikeAnyOther) {
  const Pid init = Clone({.is_namespace_init = true});
  const Pid member = Clone({.parent = init});
  EXPECT_EQ(Send(member, SIGTERM), "ok");
  EXPECT_TRUE(Becomes(member, "zombie")) << "its parent does not wait for it";
  EXPECT_EQ(StateOf(init), "alive");
}

// A nested namespace goes with the one around it.
TEST_P(ContractNamespaces, DeathOfInit_TakesNestedNamespacesToo) {
  const Pid init = Clone({.is_namespace_init = true});
  const Pid nested = Clone({.parent = init, .is_namespace_init = true});
  EXPECT_EQ(Send(nested, SIGTERM), "ok");
  EXPECT_EQ(StateOf(nested), "alive");
  MakeZombie(init);
  EXPECT_EQ(StateOf(nested), "gone");
}

// proc_pid_ns(5): "if two processes are in the same namespace, then the device IDs and inode
// numbers of their /proc/pid/ns/xxx symbolic links will be the same".
TEST_P(ContractNamespaces, ProcNsPid_TellsNamespacesApart) {
  const Pid host = Clone();
  const Pid init = Clone({.is_namespace_init = true});
  const Pid member = Clone({.parent = init});
  const Pid other = Clone({.is_namespace_init = true});
  EXPECT_EQ(NamespaceOf(host), Stat(kCwd, "/proc/self/ns/pid").inode);
  EXPECT_EQ(NamespaceOf(init), NamespaceOf(member));
  EXPECT_NE(NamespaceOf(init), NamespaceOf(host));
  EXPECT_NE(NamespaceOf(init), NamespaceOf(other));
}

TEST_P(ContractNamespaces, PidsAreTheCallersOwn) {
  const Pid init = Clone({.is_namespace_init = true});
  const Pid member = Clone({.parent = init});
  EXPECT_NE(init, member);
  EXPECT_NE(init.value, 1);
  EXPECT_EQ(StatOf(member).parent, init);
  EXPECT_EQ(StatOf(init).parent, k().GetPid());
}

// --- proc_pid_stat(5) ---

TEST_P(ContractNamespaces, ProcStat_OfALiveProcess) {
  const Pid child = Clone();
  const ProcStat stat = StatOf(child);
  EXPECT_TRUE(stat.state == 'S' || stat.state == 'R') << stat.state;
  EXPECT_EQ(stat.parent, k().GetPid());
  EXPECT_EQ(stat.start_time, StatOf(child).start_time);
  EXPECT_GE(stat.start_time, StatOf(k().GetPid()).start_time);
}

// "Z  Zombie".
TEST_P(ContractNamespaces, ProcStat_OfAZombie_KeepsItsStartTime) {
  const Pid child = Clone();
  const std::uint64_t start = StatOf(child).start_time;
  MakeZombie(child);
  EXPECT_EQ(StatOf(child).state, 'Z');
  EXPECT_EQ(StatOf(child).start_time, start);
  EXPECT_EQ(StatOf(child).parent, k().GetPid());
}

TEST_P(ContractNamespaces, ProcStat_OfAReapedProcess_IsGone) {
  const Pid child = Clone();
  const std::string path = "/proc/" + std::to_string(child.value) + "/stat";
  const OwnedFd before = Open(kCwd, path);
  MakeZombie(child);
  Reap(child);
  EXPECT_EQ(Text(kCwd, path), "ENOENT");
  EXPECT_EQ(Answer(k().StatAt(kCwd, "/proc/" + std::to_string(child.value), 0)), "ENOENT");
  // A file that was opened before says that there is no such process.
  EXPECT_EQ(Rest(before.get()), "ESRCH");
}

TEST_P(ContractNamespaces, ProcStat_PidUsedAgain_HasAnotherStartTime) {
  const Pid first = Clone();
  const std::uint64_t start = StatOf(first).start_time;
  MakeZombie(first);
  Reap(first);
  const auto second = lab().CloneWithPid(first);
  ASSERT_EQ(Answer(second), "ok");
  EXPECT_EQ(*second, first);
  EXPECT_NE(StatOf(*second).start_time, start);
}

TEST_P(ContractNamespaces, ProcStat_ParentOfAnOrphanIsTheSubreaper) {
  const Pid child = Clone();
  const Pid below = Clone({.parent = child});
  EXPECT_EQ(StatOf(below).parent, child);
  MakeZombie(child);
  EXPECT_EQ(StatOf(below).parent, k().GetPid());
}

// --- proc(5) ---

TEST_P(ContractNamespaces, Proc_ListsTheLivingAndTheZombies) {
  const Pid lives = Clone();
  const Pid zombie = Clone();
  MakeZombie(zombie);
  const Pid gone = Reaped();
  const auto pids = ListProcesses(k());
  ASSERT_EQ(Answer(pids), "ok");
  EXPECT_EQ(std::ranges::count(*pids, lives), 1);
  EXPECT_EQ(std::ranges::count(*pids, zombie), 1);
  EXPECT_EQ(std::ranges::count(*pids, gone), 0);
  EXPECT_EQ(std::ranges::count(*pids, k().GetPid()), 1);
}

// "/proc/self: This directory refers to the process accessing the /proc filesystem".
TEST_P(ContractNamespaces, ProcSelf_NamesTheCaller) {
  EXPECT_EQ(k().ReadlinkAt(kCwd, "/proc/self").value(), std::to_string(k().GetPid().value));
  EXPECT_EQ(Answer(k().StatAt(kCwd, "/proc/self", 0)), "ok");
}

TEST_P(ContractNamespaces, Proc_OfNobody_IsEnoent) {
  EXPECT_EQ(Text(kCwd, "/proc/1073741823/stat"), "ENOENT");
  EXPECT_EQ(Answer(k().OpenAt(kCwd, "/proc/1073741823", O_RDONLY, 0)), "ENOENT");
}

// --- getpid(2), clock_gettime(2), nanosleep(2), capget(2), poll(2) ---

TEST_P(ContractNamespaces, GetPid_StaysTheSame) {
  EXPECT_GT(k().GetPid().value, 1);
  EXPECT_EQ(k().GetPid(), k().GetPid());
}

// nanosleep(2): "suspends the execution of the calling thread until either at least the time
// specified in *duration has elapsed".
TEST_P(ContractNamespaces, Nanosleep_TakesItsTime) {
  const ClockTime start = k().ClockGettime();
  EXPECT_EQ(Answer(k().Nanosleep(std::chrono::milliseconds(3))), "ok");
  EXPECT_GE(k().ClockGettime().since_boot - start.since_boot, std::chrono::milliseconds(3));
}

TEST_P(ContractNamespaces, ClockGettime_NeverGoesBack) {
  const ClockTime first = k().ClockGettime();
  EXPECT_GE(k().ClockGettime(), first);
  EXPECT_GE(first.since_boot.count(), 0);
}

// poll(2): "The timeout argument specifies the number of milliseconds that poll() should block".
TEST_P(ContractNamespaces, Poll_EndsAtItsTimeout) {
  const OwnedFd pidfd = k().PidfdOpen(Clone()).value();
  PollRequest request{.fd = pidfd.get(), .events = POLLIN};
  const ClockTime start = k().ClockGettime();
  EXPECT_EQ(k().Poll({&request, 1}, std::chrono::milliseconds(5)).value(), 0);
  EXPECT_GE(k().ClockGettime().since_boot - start.since_boot, std::chrono::milliseconds(5));
  EXPECT_EQ(k().Poll({}, std::chrono::milliseconds(2)).value(), 0);
}

// poll(2), POLLNVAL: "Invalid request: fd not open"; a negative descriptor is ignored.
TEST_P(ContractNamespaces, Poll_OfAClosedDescriptor_IsPollnval) {
  Fd closed;
  {
    const OwnedFd file = MakeFile("f");
    closed = file.get();
  }
  EXPECT_EQ(Polled(closed, POLLIN), POLLNVAL);
  EXPECT_EQ(Polled(Fd{-1}, POLLIN), 0);
}

// poll(2): how many have something to say, each with its own.
TEST_P(ContractNamespaces, Poll_OfSeveral_SaysWhich) {
  const OwnedFd lives = k().PidfdOpen(Clone()).value();
  const Pid child = Clone();
  const OwnedFd dead = k().PidfdOpen(child).value();
  MakeZombie(child);
  PollRequest requests[2] = {{.fd = lives.get(), .events = POLLIN},
                             {.fd = dead.get(), .events = POLLIN}};
  EXPECT_EQ(k().Poll(requests, std::chrono::milliseconds(-1)).value(), 1);
  EXPECT_EQ(requests[0].returned, 0);
  EXPECT_EQ(requests[1].returned, POLLIN);
}

// capabilities(7): CAP_KILL is 5.
TEST_P(ContractNamespaces, CapGet_SaysWhatIsEffective) {
  const std::uint64_t kill = 1U << 5;
  EXPECT_EQ(k().CapGet().value() & kill, kill);
  lab().SetCapKill(false);
  EXPECT_EQ(k().CapGet().value() & kill, 0u);
}

CONTRACT_ON_ALL(ContractNamespaces);

}  // namespace
}  // namespace reapcheck::sim
