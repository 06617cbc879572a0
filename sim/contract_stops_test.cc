// Signals to processes that do not run, being stopped or frozen, as Linux does it and the simulated
// kernel must: which signals wait, and of which one a process dies. signal(7); complete_signal() of
// the kernel, which turns a signal that ends a process into SIGKILL when it is sent, unless the
// process is stopped or another signal is pending.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>

#include "runtime/process.h"
#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractStops : public ContractTest {
 protected:
  OwnedFd Make(const std::string& path) {
    EXPECT_EQ(Answer(k().MkdirAt(cgroup(), path, 0755)), "ok") << path;
    return Open(cgroup(), path, O_RDONLY | O_DIRECTORY);
  }
  void Freeze(const OwnedFd& dir) {
    EXPECT_EQ(SetFrozen(dir.get(), true), "ok");
    EXPECT_TRUE(BecomesFrozen(dir.get()));
  }
  std::string Send(Pid pid, int signal) { return Answer(k().Kill(pid, Signal{signal})); }
  char StatOf(Pid pid) {
    const auto stat = ReadProcStat(k(), pid);
    return stat ? stat->state : '?';
  }
  void Stop(Pid pid) {
    EXPECT_EQ(Send(pid, SIGSTOP), "ok");
    EXPECT_TRUE(Eventually([&] { return StatOf(pid) == 'T'; }));
  }
  // Nothing that is late either.
  bool Lives(Pid pid) { return Eventually([&] { return StateOf(pid) == "alive"; }); }
  // Waits for the end, and says which signal it was.
  int EndOf(Pid pid) {
    const auto ended = k().Waitid(pid, /*block=*/true);
    return ended && *ended ? (*ended)->status : -1;
  }
};

// signal(7): "SIGSTOP ... Stop process", and SIGCONT lets it go on.
TEST_P(ContractStops, Stopped_GoesOnAfterSigcont) {
  const Pid child = Clone();
  Stop(child);
  EXPECT_EQ(Send(child, SIGCONT), "ok");
  EXPECT_TRUE(Eventually([&] { return StatOf(child) == 'S'; }));
}

TEST_P(ContractStops, Stopped_SigtermWaitsForSigcont) {
  const Pid child = Clone();
  Stop(child);
  EXPECT_EQ(Send(child, SIGTERM), "ok");
  EXPECT_TRUE(Lives(child));
  EXPECT_EQ(StatOf(child), 'T');
  EXPECT_EQ(Send(child, SIGCONT), "ok");
  EXPECT_EQ(EndOf(child), SIGTERM);
}

TEST_P(ContractStops, Stopped_SigkillEndsIt) {
  const Pid child = Clone();
  Stop(child);
  EXPECT_EQ(Send(child, SIGTERM), "ok");
  EXPECT_EQ(Send(child, SIGKILL), "ok");
  EXPECT_EQ(EndOf(child), SIGKILL);
}

// Of several that wait the lowest number is taken first.
TEST_P(ContractStops, Stopped_DiesOfTheLowestSignal) {
  const Pid child = Clone();
  Stop(child);
  for (int signal : {64, SIGTERM, SIGUSR1}) EXPECT_EQ(Send(child, signal), "ok");
  EXPECT_EQ(Send(child, SIGCONT), "ok");
  EXPECT_EQ(EndOf(child), SIGUSR1);
}

// In v2 the first one ends it; in v1 it waits, and SIGKILL comes before it.
TEST_P(ContractStops, Frozen_SigtermAndThenSigkill) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  Freeze(a);
  EXPECT_EQ(Send(member, SIGTERM), "ok");
  EXPECT_EQ(Send(member, SIGKILL), "ok");
  if (IsV1()) {
    EXPECT_TRUE(Lives(member));
    EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  }
  EXPECT_EQ(EndOf(member), IsV1() ? SIGKILL : SIGTERM);
}

TEST_P(ContractStops, Frozen_DiesOfTheLowestSignalOrTheFirst) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  Freeze(a);
  EXPECT_EQ(Send(member, SIGTERM), "ok");
  EXPECT_EQ(Send(member, SIGUSR1), "ok");
  if (IsV1()) {
    EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  }
  EXPECT_EQ(EndOf(member), IsV1() ? SIGUSR1 : SIGTERM);
}

// A signal that may dump core is acted on by the process itself, which does not run.
TEST_P(ContractStops, Frozen_SigquitWaitsForTheThaw) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  Freeze(a);
  EXPECT_EQ(Send(member, SIGQUIT), "ok");
  EXPECT_TRUE(Lives(member));
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_EQ(EndOf(member), SIGQUIT);
}

// Between the request and the freeze it is acted on at once, or after the thaw: both may be.
TEST_P(ContractStops, SigtermWhileItFreezes_EndsItAfterTheThawAtLast) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_EQ(Send(member, SIGTERM), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_EQ(EndOf(member), SIGTERM);
}

CONTRACT_ON_ALL(ContractStops);

}  // namespace
}  // namespace reapcheck::sim
