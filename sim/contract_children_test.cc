// Children, how they are waited for and whose they become, as Linux does it and the simulated
// kernel must.
#include <signal.h>
#include <sys/wait.h>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractChildren : public ContractTest {
 protected:
  std::string Send(Pid pid, int signal) { return Answer(k().Kill(pid, Signal{signal})); }
  Pid WaitForAny() {
    const auto ended = k().Waitid(Pid{0}, /*block=*/false);
    return ended && *ended ? (*ended)->pid : Pid{};
  }
};

// --- waitid(2) ---

// waitid(2), ECHILD: "The calling process does not have any unwaited-for children."
TEST_P(ContractChildren, Waitid_WithoutChildren_IsEchild) {
  EXPECT_EQ(Answer(k().Waitid(Pid{0}, true)), "ECHILD");
  EXPECT_EQ(Answer(k().Waitid(Pid{0}, false)), "ECHILD");
  EXPECT_EQ(Answer(k().Waitid(kNoProcess, true)), "ECHILD");
}

TEST_P(ContractChildren, Waitid_ChildOfAChild_IsEchild) {
  const Pid child = Clone();
  const Pid below = Clone({.parent = child});
  EXPECT_EQ(Answer(k().Waitid(below, false)), "ECHILD");
  EXPECT_EQ(Answer(k().Waitid(k().GetPid(), false)), "ECHILD");
}

// waitid(2), WNOHANG: "return immediately if no child has exited".
TEST_P(ContractChildren, Waitid_WithoutBlocking_SaysThatNoneEnded) {
  const Pid child = Clone();
  EXPECT_EQ(k().Waitid(child, false).value(), std::nullopt);
  EXPECT_EQ(k().Waitid(Pid{0}, false).value(), std::nullopt);
}

TEST_P(ContractChildren, Waitid_TakesTheZombieAway) {
  const Pid child = Clone();
  MakeZombie(child);
  const auto ended = k().Waitid(Pid{0}, false);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->pid, child);
  EXPECT_EQ((*ended)->code, CLD_KILLED);
  EXPECT_EQ((*ended)->status, SIGKILL);
  EXPECT_EQ(Answer(k().Waitid(child, true)), "ECHILD");
  EXPECT_EQ(StateOf(child), "gone");
}

TEST_P(ContractChildren, Waitid_Blocking_WaitsForTheEnd) {
  const Pid lives = Clone();
  const Pid child = Clone();
  EXPECT_EQ(Send(child, SIGKILL), "ok");
  const auto ended = k().Waitid(Pid{0}, true);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->pid, child);
  EXPECT_EQ(StateOf(lives), "alive");
}

// waitid(2): si_status is "the exit status of the child, as given to _exit(2)".
TEST_P(ContractChildren, Waitid_ExitStatus) {
  for (int status : {0, 7, 255}) {
    const auto child = lab().SpawnExiting(status);
    ASSERT_EQ(Answer(child), "ok");
    const auto ended = k().Waitid(*child, true);
    ASSERT_TRUE(ended && *ended);
    EXPECT_EQ((*ended)->code, CLD_EXITED);
    EXPECT_EQ((*ended)->status, status);
  }
}

// do_wait() of the kernel goes through the children in the order in which they came.
TEST_P(ContractChildren, Waitid_TakesTheFirstThatCame) {
  const Pid first = Clone();
  const Pid second = Clone();
  MakeZombie(second);
  MakeZombie(first);
  EXPECT_EQ(WaitForAny(), first);
  const Pid third = Clone();
  MakeZombie(third);
  EXPECT_EQ(WaitForAny(), second);
  EXPECT_EQ(WaitForAny(), third);
}

// forget_original_parent() of the kernel: orphans come after the children that were there.
TEST_P(ContractChildren, Waitid_OfOrphans_InTheOrderInWhichTheyCame) {
  const Pid parent = Clone();
  const Pid below = Clone({.parent = parent});
  const Pid below_too = Clone({.parent = parent});
  const Pid before = Clone();
  MakeZombie(below_too);
  MakeZombie(parent);
  const Pid after = Clone();
  for (Pid pid : {after, before, below}) MakeZombie(pid);
  for (Pid pid : {parent, before, below, below_too, after}) EXPECT_EQ(WaitForAny(), pid);
}

// --- fork(2), execve(2), prctl(2) ---

// execve(2), ENOENT: "The file pathname or a script or ELF interpreter does not exist."
TEST_P(ContractChildren, Spawn_OfNothing_LeavesNoChild) {
  EXPECT_EQ(Answer(k().Spawn({.path = "/no/such/program", .arguments = {"x"}})), "ENOENT");
  EXPECT_EQ(Answer(k().Waitid(Pid{0}, false)), "ECHILD");
}

TEST_P(ContractChildren, Spawn_ChildLeadsAGroup) {
  const auto child = lab().SpawnLasting();
  ASSERT_EQ(Answer(child), "ok");
  EXPECT_EQ(StateOf(*child), "alive");
  EXPECT_EQ(Send(Pid{-child->value}, SIGKILL), "ok");
  const auto ended = k().Waitid(*child, true);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->status, SIGKILL);
}

// PR_SET_CHILD_SUBREAPER(2const): "When a process becomes orphaned ... it will be reparented to the
// nearest still living ancestor subreaper."
TEST_P(ContractChildren, Orphan_BecomesTheSubreapersChild) {
  const Pid child = Clone();
  const Pid below = Clone({.parent = child});
  EXPECT_EQ(Answer(k().Waitid(below, false)), "ECHILD");
  MakeZombie(child);
  EXPECT_EQ(k().Waitid(below, false).value(), std::nullopt);
  EXPECT_EQ(StateOf(below), "alive");
  MakeZombie(below);
  Reap(below);
  Reap(child);
}

TEST_P(ContractChildren, Orphan_ZombieBecomesTheSubreapersChild) {
  const Pid child = Clone();
  const Pid below = Clone({.parent = child});
  MakeZombie(below);
  EXPECT_EQ(Answer(k().Waitid(below, false)), "ECHILD");
  MakeZombie(child);
  Reap(below);
}

TEST_P(ContractChildren, Orphan_IsNotTheChildOfOneThatIsNoSubreaper) {
  ASSERT_EQ(Answer(k().SetChildSubreaper(false)), "ok");
  const Pid child = Clone();
  const Pid below = Clone({.parent = child});
  MakeZombie(child);
  EXPECT_EQ(Answer(k().Waitid(below, false)), "ECHILD");
  EXPECT_EQ(StateOf(below), "alive");
  EXPECT_EQ(Answer(k().SetChildSubreaper(true)), "ok");
  EXPECT_EQ(Answer(k().Waitid(below, false)), "ECHILD");
}

CONTRACT_ON_ALL(ContractChildren);

}  // namespace
}  // namespace reapcheck::sim
