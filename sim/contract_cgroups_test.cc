// What cgroups of both versions have in common, as Linux does it and the simulated kernel must:
// directories, members, removal, freezing.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>

#include "runtime/process.h"
#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractCgroups : public ContractTest {
 protected:
  OwnedFd Make(const std::string& path) {
    EXPECT_EQ(Answer(k().MkdirAt(cgroup(), path, 0755)), "ok") << path;
    return Open(cgroup(), path, O_RDONLY | O_DIRECTORY);
  }
  std::string Rmdir(const std::string& path) {
    return Answer(k().UnlinkAt(cgroup(), path, AT_REMOVEDIR));
  }
  // The lab's cgroup as /proc/PID/cgroup names it, with what is below it.
  std::string Named(const std::string& below) {
    const std::string path = lab().cgroup();
    return path.substr(path.rfind('/')) + below;
  }
  // The line of /proc/PID/cgroup for the hierarchy of lab().cgroup(), without the number.
  std::string CgroupOf(Pid pid) {
    const std::string text = Text(kCwd, "/proc/" + std::to_string(pid.value) + "/cgroup");
    const std::string key = IsV1() ? ":freezer:" : "0::";
    const std::size_t start = text.find(key);
    if (start == std::string::npos) return text;
    const std::size_t begin = start + key.size();
    return text.substr(begin, text.find('\n', begin) - begin);
  }
};

// --- Directories: cgroups(7) ---

// "A new empty cgroup is created by creating a directory"; "each ... contains a set of files".
TEST_P(ContractCgroups, Mkdir_MakesTheFilesToo) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Text(a.get(), "cgroup.procs"), "");
  EXPECT_EQ(Text(a.get(), IsV1() ? "tasks" : "cgroup.threads"), "");
  EXPECT_EQ(Text(a.get(), "no.such.file"), "ENOENT");
  EXPECT_EQ(Answer(k().MkdirAt(cgroup(), "a", 0755)), "EEXIST");
  EXPECT_EQ(Answer(k().MkdirAt(cgroup(), "none/a", 0755)), "ENOENT");
  EXPECT_EQ(Answer(k().MkdirAt(cgroup(), "a/cgroup.procs", 0755)), "EEXIST");
  EXPECT_EQ(Answer(k().MkdirAt(cgroup(), "a/cgroup.procs/x", 0755)), "ENOTDIR");
}

TEST_P(ContractCgroups, Files_CanNotBeMadeOrRemoved) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Answer(k().OpenAt(a.get(), "new", O_RDWR | O_CREAT, 0600)), "EACCES");
  EXPECT_EQ(Answer(k().OpenAt(a.get(), "cgroup.procs", O_RDWR | O_CREAT, 0600)), "ok");
  EXPECT_EQ(Answer(k().UnlinkAt(a.get(), "cgroup.procs", 0)), "EPERM");
  EXPECT_EQ(Answer(k().UnlinkAt(a.get(), "none", 0)), "ENOENT");
  EXPECT_EQ(Answer(k().UnlinkAt(a.get(), "cgroup.procs", AT_REMOVEDIR)), "ENOTDIR");
  EXPECT_EQ(Answer(lab().MkfifoAt(a.get(), "fifo", 0600)), "EPERM");
}

// A directory's links are two and one for each directory below it.
TEST_P(ContractCgroups, Stat_LinksCountTheDirectoriesBelow) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Stat(a.get(), "", AT_EMPTY_PATH).links, 2u);
  Make("a/b");
  Make("a/c");
  EXPECT_EQ(Stat(a.get(), "", AT_EMPTY_PATH).links, 4u);
  EXPECT_EQ(Rmdir("a/b"), "ok");
  EXPECT_EQ(Stat(cgroup(), "a").links, 3u);
  EXPECT_EQ(Stat(cgroup(), "a").mode, static_cast<mode_t>(S_IFDIR | 0755));
  EXPECT_EQ(Stat(a.get(), "cgroup.procs").mode & S_IFMT, static_cast<mode_t>(S_IFREG));
  EXPECT_EQ(Stat(a.get(), "cgroup.procs").links, 1u);
}

TEST_P(ContractCgroups, GetDirectoryEntries_TellsCgroupsFromFiles) {
  const OwnedFd a = Make("a");
  Make("a/b");
  int directories = 0;
  bool has_procs = false;
  const auto entries = k().GetDirectoryEntries(a.get()).value();
  for (const DirectoryEntry& entry : entries) {
    if (entry.type == DT_DIR) {
      ++directories;
      EXPECT_EQ(entry.name, "b");
    }
    if (entry.name == "cgroup.procs") has_procs = entry.type == DT_REG;
  }
  EXPECT_EQ(directories, 1);
  EXPECT_TRUE(has_procs);
}

// --- Removal ---

// cgroups(7): "To remove a cgroup, it must first have no child cgroups and contain no (nonzombie)
// processes."
TEST_P(ContractCgroups, Rmdir_WithAMember_IsEbusy) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  EXPECT_EQ(Rmdir("a"), "EBUSY");
  MakeZombie(member);
  EXPECT_TRUE(Eventually([&] { return Rmdir("a") == "ok"; }));
  EXPECT_EQ(Rmdir("a"), "ENOENT");
}

TEST_P(ContractCgroups, Rmdir_WithAChild_IsEbusy) {
  Make("a");
  Make("a/b");
  EXPECT_EQ(Rmdir("a"), "EBUSY");
  EXPECT_EQ(Rmdir("a/b"), "ok");
  EXPECT_EQ(Rmdir("a"), "ok");
}

TEST_P(ContractCgroups, Rmdir_WithAZombie_IsDone) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  MakeZombie(member);
  EXPECT_TRUE(Eventually([&] { return Members(a.get()).empty(); }));
  EXPECT_EQ(Rmdir("a"), "ok");
  EXPECT_EQ(StateOf(member), "zombie");
}

TEST_P(ContractCgroups, Rmdir_AfterTheMemberMovedAway_IsDone) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  EXPECT_EQ(Move(member, cgroup()), "ok");
  EXPECT_EQ(Rmdir("a"), "ok");
}

// A descriptor of a removed cgroup: files that were opened before say ENODEV, and no others can be
// opened.
TEST_P(ContractCgroups, RemovedCgroup_OpenFilesAreEnodev) {
  const OwnedFd a = Make("a");
  const OwnedFd procs = Open(a.get(), "cgroup.procs", O_RDWR);
  const Pid pid = Clone();
  EXPECT_EQ(Rest(procs.get()), "");
  EXPECT_EQ(Rmdir("a"), "ok");
  EXPECT_EQ(Rest(procs.get()), "ENODEV");
  char buffer[8];
  EXPECT_EQ(Answer(k().Pread(procs.get(), buffer, 0)), "ENODEV");
  EXPECT_EQ(Answer(k().Write(procs.get(), std::to_string(pid.value))), "ENODEV");
  EXPECT_EQ(Answer(k().GetDirectoryEntries(procs.get())), "ENODEV");
}

TEST_P(ContractCgroups, RemovedCgroup_NothingCanBeOpenedInIt) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Rmdir("a"), "ok");
  EXPECT_EQ(Text(a.get(), "cgroup.procs"), "ENOENT");
  EXPECT_EQ(Answer(k().MkdirAt(a.get(), "b", 0755)), "ENOENT");
  EXPECT_EQ(Answer(k().UnlinkAt(a.get(), "b", AT_REMOVEDIR)), "ENOENT");
  EXPECT_EQ(Answer(k().StatAt(a.get(), "cgroup.procs", 0)), "ENOENT");
  EXPECT_EQ(Answer(k().GetDirectoryEntries(a.get())), "ENOENT");
}

TEST_P(ContractCgroups, RemovedCgroup_IsNotTheNextOfItsName) {
  const OwnedFd a = Make("a");
  const std::uint64_t inode = Stat(a.get(), "", AT_EMPTY_PATH).inode;
  EXPECT_EQ(Rmdir("a"), "ok");
  const OwnedFd again = Make("a");
  EXPECT_NE(Stat(again.get(), "", AT_EMPTY_PATH).inode, inode);
  EXPECT_EQ(Text(a.get(), "cgroup.procs"), "ENOENT");
  EXPECT_EQ(Text(again.get(), "cgroup.procs"), "");
}

// --- Members ---

// cgroups(7): "A process may be moved to this cgroup by writing its PID into the cgroup's
// cgroup.procs file".
TEST_P(ContractCgroups, Procs_MovesAProcess) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("b");
  const Pid pid = Clone();
  EXPECT_EQ(Move(pid, a.get()), "ok");
  EXPECT_EQ(Members(a.get()), std::set<Pid>{pid});
  EXPECT_EQ(Move(pid, b.get()), "ok");
  EXPECT_EQ(Members(a.get()), std::set<Pid>{});
  EXPECT_EQ(Members(b.get()), std::set<Pid>{pid});
  EXPECT_EQ(Move(pid, b.get()), "ok") << "where it is already";
}

// A process's children are made in its cgroup; those that it has stay where they are.
TEST_P(ContractCgroups, Fork_IsBornInItsParentsCgroup) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("b");
  const Pid parent = CloneInto(a.get());
  const Pid first = Clone({.parent = parent});
  EXPECT_EQ(Members(a.get()), (std::set<Pid>{parent, first}));
  EXPECT_EQ(Move(parent, b.get()), "ok");
  const Pid second = Clone({.parent = parent});
  EXPECT_EQ(Members(a.get()), std::set<Pid>{first});
  EXPECT_EQ(Members(b.get()), (std::set<Pid>{parent, second}));
}

// Members are those of this cgroup alone, not of those below it.
TEST_P(ContractCgroups, Procs_ListsOnlyItsOwn) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  const Pid below = CloneInto(b.get());
  EXPECT_EQ(Members(a.get()), std::set<Pid>{});
  EXPECT_EQ(Members(b.get()), std::set<Pid>{below});
  EXPECT_EQ(Rmdir("a/b"), "EBUSY");
}

TEST_P(ContractCgroups, Procs_RefusesWhatIsNoProcess) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(Move(kNoProcess, a.get()), "ESRCH");
  EXPECT_EQ(Move(Reaped(), a.get()), "ESRCH");
  EXPECT_EQ(Put(a.get(), "cgroup.procs", "x"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "cgroup.procs", "-1"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "cgroup.procs", "12 13"), "EINVAL");
  EXPECT_EQ(Put(a.get(), "cgroup.procs", ""), "ok") << "nothing is written";
}

TEST_P(ContractCgroups, Procs_TakesALineEnd) {
  const OwnedFd a = Make("a");
  const Pid pid = Clone();
  EXPECT_EQ(Put(a.get(), "cgroup.procs", std::to_string(pid.value) + "\n"), "ok");
  EXPECT_EQ(Members(a.get()), std::set<Pid>{pid});
}

// A zombie can be written, and stays where it was: those that exit are passed over.
TEST_P(ContractCgroups, Procs_OfAZombie_IsTakenAndChangesNothing) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("b");
  const Pid member = CloneInto(a.get());
  MakeZombie(member);
  EXPECT_TRUE(Eventually([&] { return Members(a.get()).empty(); }));
  const std::string before = CgroupOf(member);
  EXPECT_EQ(Move(member, b.get()), "ok");
  EXPECT_EQ(Members(b.get()), std::set<Pid>{});
  EXPECT_EQ(CgroupOf(member), before);
  EXPECT_EQ(Rmdir("b"), "ok");
}

TEST_P(ContractCgroups, ProcCgroup_NamesTheCgroup) {
  const OwnedFd b = (Make("a"), Make("a/b"));
  const Pid member = CloneInto(b.get());
  EXPECT_EQ(CgroupOf(member), Named("/a/b"));
  const Pid outside = Clone();
  EXPECT_EQ(CgroupOf(outside), CgroupOf(k().GetPid()));
}

// cgroups(7), /proc/pid/cgroup: a zombie still has the path, and " (deleted)" is added when the
// cgroup was removed (cgroup-v2.rst) on v2; on v1 a zombie is shown in the root.
TEST_P(ContractCgroups, ProcCgroup_OfAZombie) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  MakeZombie(member);
  EXPECT_TRUE(Eventually([&] { return Members(a.get()).empty(); }));
  EXPECT_EQ(CgroupOf(member), IsV1() ? "/" : Named("/a"));
  EXPECT_EQ(Rmdir("a"), "ok");
  EXPECT_EQ(CgroupOf(member), IsV1() ? "/" : Named("/a") + " (deleted)");
}

TEST_P(ContractCgroups, Threads_ListsWhatProcsLists) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  const std::string file = IsV1() ? "tasks" : "cgroup.threads";
  EXPECT_EQ(Text(a.get(), file), std::to_string(member.value) + "\n");
  EXPECT_EQ(Text(a.get(), "cgroup.procs"), std::to_string(member.value) + "\n");
}

// --- Freezing ---

TEST_P(ContractCgroups, Freeze_AndThaw) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  EXPECT_FALSE(IsFrozen(a.get()));
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(StateOf(member), "alive");
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_TRUE(Eventually([&] { return !IsFrozen(a.get()); }));
}

TEST_P(ContractCgroups, Freeze_OfAnEmptyCgroup) {
  const OwnedFd a = Make("a");
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Rmdir("a"), "ok");
}

TEST_P(ContractCgroups, Freeze_ReachesTheCgroupsBelow) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  CloneInto(b.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_TRUE(BecomesFrozen(b.get()));
  EXPECT_EQ(SetFrozen(b.get(), false), "ok");
  EXPECT_TRUE(IsFrozen(b.get())) << "the one above is frozen still";
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_TRUE(Eventually([&] { return !IsFrozen(b.get()); }));
}

TEST_P(ContractCgroups, Thaw_OfTheUpper_LeavesTheLowerFrozen) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("a/b");
  CloneInto(b.get());
  EXPECT_EQ(SetFrozen(b.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(b.get()));
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  EXPECT_TRUE(IsFrozen(b.get()));
  EXPECT_FALSE(IsFrozen(a.get()));
}

// complete_signal() of the kernel: a signal whose default action is to terminate, without a core
// dump, becomes SIGKILL when it is sent. So v2, which lets SIGKILL through, lets it through too; on
// v1 it waits for the thaw.
TEST_P(ContractCgroups, FrozenProcess_AndSigterm) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGTERM})), "ok");
  if (IsV1()) {
    EXPECT_EQ(k().Waitid(member, false).value(), std::nullopt);
    EXPECT_EQ(SetFrozen(a.get(), false), "ok");
  }
  EXPECT_TRUE(Becomes(member, "zombie"));
}

// The same of a process that ignores it, which stays frozen.
TEST_P(ContractCgroups, FrozenProcess_ThatIgnoresSigterm) {
  const OwnedFd a = Make("a");
  const Pid member = CloneInto(a.get(), {.ignores_sigterm = true});
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGTERM})), "ok");
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGWINCH})), "ok");
  EXPECT_TRUE(IsFrozen(a.get()));
  EXPECT_EQ(StateOf(member), "alive");
}

// A process that moves into a frozen cgroup freezes, and one that moves out of it thaws.
TEST_P(ContractCgroups, Move_BetweenFrozenAndThawed) {
  const OwnedFd a = Make("a");
  const OwnedFd b = Make("b");
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  const Pid member = CloneInto(a.get());
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Move(member, b.get()), "ok");
  EXPECT_FALSE(IsFrozen(b.get()));
  EXPECT_TRUE(IsFrozen(a.get()));
  EXPECT_EQ(Answer(k().Kill(member, Signal{SIGKILL})), "ok");
  EXPECT_TRUE(Becomes(member, "zombie"));
}

// A frozen cgroup with members can be left, and be entered by others, and is removed like any.
TEST_P(ContractCgroups, Rmdir_OfAFrozenCgroupWithAMember_IsEbusy) {
  const OwnedFd a = Make("a");
  CloneInto(a.get());
  EXPECT_EQ(SetFrozen(a.get(), true), "ok");
  EXPECT_TRUE(BecomesFrozen(a.get()));
  EXPECT_EQ(Rmdir("a"), "EBUSY");
}

CONTRACT_ON_ALL(ContractCgroups);

}  // namespace
}  // namespace reapcheck::sim
