// The v1 freezer and separate hierarchies, as Linux has them and the simulated kernel must.
// Documentation/admin-guide/cgroup-v1/freezer-subsystem.rst of the kernel.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractV1 : public ContractTest {
 protected:
  OwnedFd Make(const std::string& path) {
    EXPECT_EQ(Answer(k().MkdirAt(cgroup(), path, 0755)), "ok") << path;
    return Open(cgroup(), path, O_RDONLY | O_DIRECTORY);
  }
  std::string Rmdir(const std::string& path) {
    return Answer(k().UnlinkAt(cgroup(), path, AT_REMOVEDIR));
  }
  std::string State(const OwnedFd& dir) { return Text(dir.get(), "freezer.state"); }
};

// "freezer.state: Read-write. When read, returns the effective state of the cgroup - "THAWED",
// "FREEZING" or "FROZEN"."
TEST_P(ContractV1, FreezerState_ReadsAndWrites) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(State(a), "THAWED\n");
  EXPECT_EQ(Put(a.get(), "freezer.state", "FROZEN"), "ok");
  EXPECT_TRUE(Eventually([&] { return State(a) == "FROZEN\n"; }));
  EXPECT_EQ(Put(a.get(), "freezer.state", "THAWED\n"), "ok");
  EXPECT_EQ(State(a), "THAWED\n");
}

// "Writing ... FREEZING is not allowed": EINVAL, like any other text.
TEST_P(ContractV1, FreezerState_RefusesOtherTexts) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Put(a.get(), "freezer.state", "FREEZING"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "freezer.state", "frozen"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "freezer.state", "1"), "EINVAL");
  EXPECT_EQ(State(a), "THAWED\n");
}

// "the root cgroup ... is not freezable and the above interface files don't exist."
TEST_P(ContractV1, FreezerState_RootHasNone) {
  EXPECT_EQ(Text(cgroup(), "../freezer.state"), "ENOENT");
  EXPECT_EQ(Text(cgroup(), "../cgroup.procs").substr(0, 1) == "E", false);
}

// "freezer.self_freezing: Read only. Shows the self-state. 0 if the self-state is THAWED;
// otherwise, 1."; "freezer.parent_freezing: ... 0 if none of the cgroup's ancestors is frozen;
// otherwise, 1."
TEST_P(ContractV1, FreezingFiles_TellOwnFromInherited) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Put(a.get(), "freezer.state", "FROZEN"), "ok");
  EXPECT_EQ(Text(a.get(), "freezer.self_freezing"), "1\n");
  EXPECT_EQ(Text(a.get(), "freezer.parent_freezing"), "0\n");
  EXPECT_EQ(Text(b.get(), "freezer.self_freezing"), "0\n");
  EXPECT_EQ(Text(b.get(), "freezer.parent_freezing"), "1\n");
  EXPECT_EQ(Put(b.get(), "freezer.state", "FROZEN"), "ok");
  EXPECT_EQ(Put(a.get(), "freezer.state", "THAWED"), "ok");
  EXPECT_EQ(Text(b.get(), "freezer.self_freezing"), "1\n");
  EXPECT_EQ(Text(b.get(), "freezer.parent_freezing"), "0\n");
  EXPECT_EQ(State(b), "FROZEN\n");
}

// "if any of its ancestors is frozen": a cgroup that is made below a frozen one is frozen.
TEST_P(ContractV1, Mkdir_BelowAFrozenCgroup_IsFrozen) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Put(a.get(), "freezer.state", "FROZEN"), "ok");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(State(b), "FROZEN\n");
  EXPECT_EQ(Text(b.get(), "freezer.parent_freezing"), "1\n");
}

// A frozen process acts on nothing, not even SIGKILL, until it is thawed: the trap of runc#3217.
TEST_P(ContractV1, FrozenProcess_TakesSigkillWhenThawed) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  const OwnedFd pidfd = k().PidfdOpen(member).value();
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGKILL})), "ok");
  PollRequest request{.fd = pidfd.get(), .events = POLLIN};
  EXPECT_EQ(k().Poll({&request, 1}, std::chrono::milliseconds(20)).value(), 0);
  EXPECT_EQ(StateOf(member), "alive");
  EXPECT_EQ(Rmdir("a"), "EBUSY");
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_TRUE(Becomes(member, "zombie"));
}

TEST_P(ContractV1, FrozenParent_KeepsTheKilledBelow) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  const Pid member = CloneInto(b.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(b.get()));
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGKILL})), "ok");
  EXPECT_EQ(Put(b.get(), "freezer.state", "THAWED"), "ok");
  EXPECT_EQ(State(b), "FROZEN\n");
  EXPECT_EQ(StateOf(member), "alive");
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_TRUE(Becomes(member, "zombie"));
}

// The death of a pid namespace's init waits for members that are frozen elsewhere.
TEST_P(ContractV1, DeathOfInit_WaitsForAFrozenMember) {
  const OwnedFd a = Make("a");
  const Pid init = Clone({.is_namespace_init = true});
  const Pid member = Clone({.parent = init});
  EXPECT_EQ(Move(member, a.get()), "ok");
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  const OwnedFd pidfd = k().PidfdOpen(init).value();
  EXPECT_EQ(Answer(k().Kill(init, Signal{SIGKILL})), "ok");
  PollRequest request{.fd = pidfd.get(), .events = POLLIN};
  EXPECT_EQ(k().Poll({&request, 1}, std::chrono::milliseconds(20)).value(), 0);
  EXPECT_EQ(StateOf(init), "alive");
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_TRUE(Becomes(init, "zombie"));
  EXPECT_EQ(StateOf(member), "gone");
}

// "tasks": cgroups(7), "Writing a thread ID to this file moves that thread".
TEST_P(ContractV1, Tasks_MovesAProcess) {
  const OwnedFd a = Make("a");
  const Pid pid = Clone();
  EXPECT_EQ(Put(a.get(), "tasks", std::to_string(pid.value)), "ok");
  EXPECT_EQ(Members(a.get()), std::set<Pid>{pid});
  EXPECT_EQ(Put(a.get(), "tasks", std::to_string(kNoProcess.value)), "ESRCH");
}

// cgroups(7): each v1 hierarchy has its own tree, and a process its place in each of them.
TEST_P(ContractV1, Hierarchies_AreIndependent) {
  const OwnedFd a = Make("a");
  const OwnedFd pids = Open(kCwd, lab().second_cgroup(), O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Answer(k().StatAt(pids.get(), "a", 0)), "ENOENT");
  const Pid pid = CloneInto(a.get());
  EXPECT_EQ(Members(pids.get()), std::set<Pid>{});
  EXPECT_EQ(Move(pid, pids.get()), "ok");
  EXPECT_EQ(Members(pids.get()), std::set<Pid>{pid});
  EXPECT_EQ(Members(a.get()), std::set<Pid>{pid});
  const std::string text = Text(kCwd, "/proc/" + std::to_string(pid.value) + "/cgroup");
  const std::string own = lab().cgroup().substr(lab().cgroup().rfind('/'));
  EXPECT_NE(text.find(":freezer:" + own + "/a\n"), std::string::npos) << text;
  EXPECT_NE(text.find(":pids:" + own + "\n"), std::string::npos) << text;
  EXPECT_EQ(Text(pids.get(), "freezer.state"), "ENOENT");
}

TEST_P(ContractV1, FilesOfV2_AreNotThere) {
  const OwnedFd a = Make("a");
  for (const char* file : {"cgroup.kill", "cgroup.freeze", "cgroup.events", "cgroup.type"}) {
    EXPECT_EQ(Text(a.get(), file), "ENOENT") << file;
  }
}

CONTRACT_ON(ContractV1, LabLayout::kV1);

}  // namespace
}  // namespace reapcheck::sim
