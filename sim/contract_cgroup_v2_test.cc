// What only cgroup v2 has, as Linux does it and the simulated kernel must.
// Documentation/admin-guide/cgroup-v2.rst of the kernel.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractV2 : public ContractTest {
 protected:
  OwnedFd Make(const std::string& path) {
    EXPECT_EQ(Answer(k().MkdirAt(cgroup(), path, 0755)), "ok") << path;
    return Open(cgroup(), path, O_RDONLY | O_DIRECTORY);
  }
  std::string Rmdir(const std::string& path) {
    return Answer(k().UnlinkAt(cgroup(), path, AT_REMOVEDIR));
  }
  std::string Type(const OwnedFd& dir) { return Text(dir.get(), "cgroup.type"); }
  static constexpr short kChanged = POLLPRI | POLLERR;
  // Reads the news, also what the kernel holds back for some milliseconds.
  bool BecomesQuiet(const OwnedFd& events) {
    return Eventually([&] {
      char text[64];
      EXPECT_EQ(Answer(k().Pread(events.get(), text, 0)), "ok");
      PollRequest request{.fd = events.get(), .events = POLLPRI};
      return k().Poll({&request, 1}, std::chrono::milliseconds(20)).value() == 0;
    });
  }
};

// --- cgroup.events ---

// "populated: 1 if the cgroup or its descendants contains any live processes; otherwise, 0."
TEST_P(ContractV2, Events_Populated) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Text(a.get(), "cgroup.events"), "populated 0\nfrozen 0\n");
  const Pid member = CloneInto(b.get());
  EXPECT_EQ(Event(a.get(), "populated"), "1");
  EXPECT_EQ(Event(b.get(), "populated"), "1");
  MakeZombie(member);
  EXPECT_TRUE(Eventually([&] { return Event(b.get(), "populated") == "0"; }));
  EXPECT_EQ(Event(a.get(), "populated"), "0");
  EXPECT_EQ(StateOf(member), "zombie");
}

// "frozen: 1 if the cgroup is frozen; otherwise, 0."
TEST_P(ContractV2, Events_Frozen) {
  const OwnedFd a = Make("a");
  CloneInto(a.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(Eventually([&] { return Event(a.get(), "frozen") == "1"; }));
  EXPECT_EQ(Event(a.get(), "populated"), "1");
}

// cgroup_propagate_frozen() of the kernel does not ask for a cgroup's own members: with one below
// that is empty it is said to be frozen when the write is done, whether its members are or not.
TEST_P(ContractV2, Events_FrozenAsSoonAsAllBelowAre) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  const Pid member = CloneInto(a.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_EQ(Text(a.get(), "cgroup.events"), "populated 1\nfrozen 1\n");
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGKILL})), "ok");
  EXPECT_TRUE(Becomes(member, "zombie"));
  EXPECT_TRUE(BecomesFrozen(a.get()));
}

// A frozen process that dies leaves the freezer first: what is above it changes twice.
TEST_P(ContractV2, Events_PollTellsOfADeathInAFrozenCgroup) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  const Pid first = CloneInto(b.get());
  CloneInto(b.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  const OwnedFd events = Open(a.get(), "cgroup.events");
  EXPECT_TRUE(BecomesQuiet(events));
  MakeZombie(first);
  EXPECT_TRUE(Eventually([&] { return Polled(events.get(), POLLPRI) == kChanged; }));
  EXPECT_TRUE(BecomesFrozen(a.get()));
}

// cgroup_freeze(): "Even if the actual state hasn't changed, let's notify a user."
TEST_P(ContractV2, Events_PollTellsOfAFreezeBelowAFrozenCgroup) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  const OwnedFd events = Open(b.get(), "cgroup.events");
  EXPECT_TRUE(BecomesQuiet(events));
  EXPECT_EQ(SetFrozen(b.get(), true), "ok");
  EXPECT_TRUE(Eventually([&] { return Polled(events.get(), POLLPRI) == kChanged; }));
}

TEST_P(ContractV2, Events_CanNotBeWritten) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Put(a.get(), "cgroup.events", "1"), "EINVAL");
}

// "poll and [id]notify events are generated when the value changes"; kernfs: POLLPRI and POLLERR
// until the file is read again.
TEST_P(ContractV2, Events_PollTellsOfAChange) {
  const OwnedFd a = Make("a");
  const OwnedFd events = Open(a.get(), "cgroup.events");
  char text[64];
  EXPECT_EQ(Answer(k().Pread(events.get(), text, 0)), "ok");
  EXPECT_EQ(Polled(events.get(), POLLPRI), 0);
  CloneInto(a.get());
  EXPECT_TRUE(Eventually([&] { return Polled(events.get(), POLLPRI) == kChanged; }));
  EXPECT_EQ(Polled(events.get(), POLLPRI), kChanged) << "it stays until it is read";
  EXPECT_EQ(Answer(k().Pread(events.get(), text, 0)), "ok");
  EXPECT_EQ(Polled(events.get(), POLLPRI), 0);
}

// A file that was opened and not read yet has not told of anything.
TEST_P(ContractV2, Events_PollBeforeTheFirstRead_TellsOfAChange) {
  const OwnedFd a = Make("a");
  const OwnedFd events = Open(a.get(), "cgroup.events");
  EXPECT_EQ(Polled(events.get(), POLLPRI), kChanged);
}

TEST_P(ContractV2, Events_PollWaitsForTheEndOfTheLastMember) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  const OwnedFd events = Open(a.get(), "cgroup.events");
  EXPECT_TRUE(BecomesQuiet(events));
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGKILL})), "ok");
  PollRequest request{.fd = events.get(), .events = POLLPRI};
  EXPECT_EQ(k().Poll({&request, 1}, std::chrono::seconds(5)).value(), 1);
  EXPECT_EQ(request.returned, kChanged);
  EXPECT_TRUE(Eventually([&] { return Event(a.get(), "populated") == "0"; }));
}

// A second descriptor has its own memory of what it read.
TEST_P(ContractV2, Events_EachDescriptorIsToldForItself) {
  const OwnedFd a = Make("a");
  const OwnedFd first = Open(a.get(), "cgroup.events");
  const OwnedFd second = Open(a.get(), "cgroup.events");
  EXPECT_EQ(Rest(first.get()), "populated 0\nfrozen 0\n");
  EXPECT_EQ(Polled(first.get(), POLLPRI), 0);
  EXPECT_EQ(Polled(second.get(), POLLPRI), kChanged);
}

TEST_P(ContractV2, Events_PollTellsNothingOfOtherCgroups) {
  const OwnedFd a = Make("a");
  CloneInto(a.get());
  const OwnedFd events = Open(a.get(), "cgroup.events");
  EXPECT_TRUE(BecomesQuiet(events));
  CloneInto(Make("b").get());
  Reaped();
  EXPECT_EQ(Polled(events.get(), POLLPRI), 0);
}

TEST_P(ContractV2, Events_OfARemovedCgroup_TellOfAChangeForEver) {
  const OwnedFd a = Make("a");
  const OwnedFd events = Open(a.get(), "cgroup.events");
  EXPECT_EQ(Rest(events.get()), "populated 0\nfrozen 0\n");
  EXPECT_EQ(Rmdir("a"), "ok");
  EXPECT_EQ(Polled(events.get(), POLLPRI), kChanged);
  EXPECT_EQ(Rest(events.get()), "ENODEV");
  EXPECT_EQ(Polled(events.get(), POLLPRI), kChanged);
}

// --- cgroup.kill ---

// "Writing "1" to the file causes the cgroup and all descendant cgroups to be killed."
TEST_P(ContractV2, Kill_EndsAllBelow) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  const Pid first = CloneInto(a.get());
  const Pid second = CloneInto(b.get(), {.ignores_sigterm = true});
  const Pid outside = Clone();
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "1"), "ok");
  EXPECT_TRUE(Becomes(first, "zombie"));
  EXPECT_TRUE(Becomes(second, "zombie"));
  EXPECT_EQ(StateOf(outside), "alive");
}

TEST_P(ContractV2, Kill_OfAnEmptyCgroup_IsDone) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "1"), "ok");
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "1\n"), "ok");
}

// "The only allowed values are ... "1"": a write-only file.
TEST_P(ContractV2, Kill_RefusesOtherTextsAndReading) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "0"), "ERANGE");
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "2"), "ERANGE");
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "x"), "EINVAL");
  EXPECT_EQ(Text(a.get(), "cgroup.kill"), "EINVAL");
  EXPECT_EQ(StateOf(member), "alive");
}

// "Killing a cgroup tree will deal with concurrent forks appropriately and is protected against
// migrations": it kills an init of a pid namespace too, and with it all of that.
TEST_P(ContractV2, Kill_EndsAnInitAndItsNamespace) {
  const OwnedFd a = Make("a");
  const Pid init = CloneInto(a.get(), {.is_namespace_init = true});
  const Pid member = Clone({.parent = init});
  EXPECT_EQ(Move(member, cgroup()), "ok");
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "1"), "ok");
  EXPECT_TRUE(Becomes(init, "zombie"));
  EXPECT_EQ(StateOf(member), "gone");
}

// --- cgroup.freeze ---

// "processes in the frozen cgroup can be killed by a fatal signal": v2's freezer keeps no SIGKILL.
TEST_P(ContractV2, FrozenProcess_IsKilledAllTheSame) {
  const OwnedFd a = Make("a");
  const Pid first = CloneInto(a.get());
  const Pid second = CloneInto(a.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Answer(k().Kill(first, Signal{SIGKILL})), "ok");
  EXPECT_TRUE(Becomes(first, "zombie"));
  EXPECT_EQ(Put(a.get(), "cgroup.kill", "1"), "ok");
  EXPECT_TRUE(Becomes(second, "zombie"));
  EXPECT_EQ(Text(a.get(), "cgroup.freeze"), "1\n");
}

// "Allowed values are "0" and "1"."
TEST_P(ContractV2, Freeze_RefusesOtherTexts) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Text(a.get(), "cgroup.freeze"), "0\n");
  EXPECT_EQ(Put(a.get(), "cgroup.freeze", "2"), "ERANGE");
  EXPECT_EQ(Put(a.get(), "cgroup.freeze", "-1"), "ERANGE");
  EXPECT_EQ(Put(a.get(), "cgroup.freeze", "FROZEN"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "cgroup.freeze", "1\n"), "ok");
  EXPECT_EQ(Text(a.get(), "cgroup.freeze"), "1\n");
}

// "A cgroup can be frozen either by its own settings, or by settings of any ancestor cgroups": the
// file shows its own settings.
TEST_P(ContractV2, Freeze_ShowsItsOwnSetting) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(b.get()));
  EXPECT_EQ(Text(b.get(), "cgroup.freeze"), "0\n");
  const OwnedFd c = Make("a/c");
  EXPECT_TRUE(BecomesFrozen(c.get())) << "it is born frozen";
}

// --- cgroup.type and threaded cgroups ---

TEST_P(ContractV2, Type_IsDomain) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Type(a), "domain\n");
  EXPECT_EQ(Put(a.get(), "cgroup.type", "domain"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "cgroup.type", "x"), "EINVAL");
}

// "By writing "threaded" to the "cgroup.type" file, the cgroup can be made ... threaded"; the one
// above it becomes its threaded domain.
TEST_P(ContractV2, Type_Threaded) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  const OwnedFd c = Make("a/c");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  EXPECT_EQ(Type(a), "domain threaded\n");
  EXPECT_EQ(Type(b), "threaded\n");
  EXPECT_EQ(Type(c), "domain invalid\n");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded\n"), "ok") << "what it is already";
}

// "cgroup.procs in a threaded cgroup ... fails with EOPNOTSUPP" for reading: the processes are in
// its domain's.
TEST_P(ContractV2, Threaded_ProcsCanNotBeRead) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  EXPECT_EQ(Text(b.get(), "cgroup.procs"), "EOPNOTSUPP");
  EXPECT_EQ(Text(b.get(), "cgroup.threads"), "");
  EXPECT_EQ(Members(a.get()), std::set<Pid>{});
}

TEST_P(ContractV2, Threaded_MembersAreTheDomains) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  const Pid member = Clone();
  EXPECT_EQ(Move(member, b.get()), "ok");
  EXPECT_EQ(Text(b.get(), "cgroup.threads"), std::to_string(member.value) + "\n");
  EXPECT_EQ(Members(a.get()), std::set<Pid>{member});
  EXPECT_EQ(Text(a.get(), "cgroup.threads"), "");
  EXPECT_EQ(Rmdir("a/b"), "EBUSY");
}

// "a "domain invalid" cgroup ... can't host any processes": EOPNOTSUPP.
TEST_P(ContractV2, DomainInvalid_TakesNoProcess) {
  Make("a");
  const OwnedFd b = Make("a/b");
  const OwnedFd c = Make("a/c");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  const Pid pid = Clone();
  EXPECT_EQ(Move(pid, c.get()), "EOPNOTSUPP");
  EXPECT_EQ(Text(c.get(), "cgroup.procs"), "") << "reading is not refused";
}

// "The cgroup ... must be ... empty": neither one with processes becomes threaded, nor one beside a
// domain that has some.
TEST_P(ContractV2, Type_ThreadedWithProcesses_IsEopnotsupp) {
  Make("a");
  const OwnedFd b = Make("a/b");
  const OwnedFd c = Make("a/c");
  const Pid member = CloneInto(b.get());
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "EOPNOTSUPP");
  EXPECT_EQ(Put(c.get(), "cgroup.type", "threaded"), "EOPNOTSUPP");
  EXPECT_EQ(Move(member, cgroup()), "ok");
  EXPECT_EQ(Put(c.get(), "cgroup.type", "threaded"), "ok");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
}

// kernfs_generic_poll of the kernel: every control file has news for who has not read it.
TEST_P(ContractV2, Poll_OfAControlFileNeverRead_TellsOfAChange) {
  const OwnedFd a = Make("a");
  const OwnedFd procs = Open(a.get(), "cgroup.procs", O_RDWR);
  EXPECT_EQ(Polled(procs.get(), POLLIN), POLLIN | POLLERR);
  EXPECT_EQ(Rest(procs.get()), "");
  EXPECT_EQ(Polled(procs.get(), POLLIN), POLLIN | POLLERR) << "an empty list shows nothing";
  const OwnedFd type = Open(a.get(), "cgroup.type", O_RDWR);
  EXPECT_EQ(Rest(type.get()), "domain\n");
  EXPECT_EQ(Polled(type.get(), POLLIN), POLLIN);
}

// "once a cgroup is threaded it can't be made a domain again".
TEST_P(ContractV2, Threaded_StaysThreaded) {
  Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "domain"), "EINVAL");
  EXPECT_EQ(Type(b), "threaded\n");
}

TEST_P(ContractV2, Threaded_DomainIsOneAgainWithoutIt) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  EXPECT_EQ(Rmdir("a/b"), "ok");
  EXPECT_EQ(Type(a), "domain\n");
}

TEST_P(ContractV2, Kill_OfAThreadedCgroup_IsEopnotsupp) {
  Make("a");
  const OwnedFd b = Make("a/b");
  EXPECT_EQ(Put(b.get(), "cgroup.type", "threaded"), "ok");
  EXPECT_EQ(Put(b.get(), "cgroup.kill", "1"), "EOPNOTSUPP");
}

// cgroup.threads moves single threads within one threaded domain.
TEST_P(ContractV2, Threads_OutsideAThreadedDomain_TakesNothing) {
  const OwnedFd a = Make("a");
  const Pid pid = Clone();
  EXPECT_EQ(Put(a.get(), "cgroup.threads", std::to_string(pid.value)), "EOPNOTSUPP");
  EXPECT_EQ(Put(a.get(), "cgroup.threads", std::to_string(kNoProcess.value)), "ESRCH");
}

TEST_P(ContractV2, FilesOfV1_AreNotThere) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Text(a.get(), "tasks"), "ENOENT");
  EXPECT_EQ(Text(a.get(), "freezer.state"), "ENOENT");
}

// "cgroup.type ... exists on non-root cgroups"; neither are freeze, kill and events on the root.
TEST_P(ContractV2, Root_HasFewerFiles) {
  for (const char* file : {"cgroup.type", "cgroup.freeze", "cgroup.kill", "cgroup.events"}) {
    EXPECT_EQ(Text(cgroup(), std::string("../") + file), "ENOENT") << file;
  }
}

CONTRACT_ON(ContractV2, LabLayout::kV2);

}  // namespace
}  // namespace reapcheck::sim
