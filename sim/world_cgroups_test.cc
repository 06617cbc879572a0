#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>

#include "sim/world_fixture.h"

namespace reapcheck::sim {
namespace {

class WorldCgroups : public ::testing::TestWithParam<CgroupLayout> {
 protected:
  WorldCgroups() : f({.layout = GetParam()}), c1(f.CgroupRoot() + "/c1") {}
  ~WorldCgroups() override { EXPECT_TRUE(f.HashIsRight()); }

  int Rmdir(const std::string& path) {
    return ErrorOf(f.kernel.UnlinkAt(kCwd, path, AT_REMOVEDIR));
  }
  void JoinAll() {
    for (int process : {f.init, f.member}) {
      ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(process)), 0);
    }
  }
  void KillAll() {
    ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.init), Signal{SIGKILL}));
    f.TakeAll(StepKind::kDie);
  }

  WorldFixture f;
  std::string c1;
};

INSTANTIATE_TEST_SUITE_P(, WorldCgroups, ::testing::Values(CgroupLayout::kV1, CgroupLayout::kV2),
                         [](const auto& info) {
                           return info.param == CgroupLayout::kV1 ? "V1" : "V2";
                         });

TEST_P(WorldCgroups, Rmdir_IsBusyWithMembersOrChildren) {
  JoinAll();
  EXPECT_EQ(Rmdir(c1), EBUSY);
  KillAll();
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1 + "/a", 0755));
  EXPECT_EQ(Rmdir(c1), EBUSY);
  EXPECT_EQ(Rmdir(c1 + "/a"), 0);
  EXPECT_EQ(Rmdir(c1), 0);
  EXPECT_EQ(Rmdir(c1), ENOENT);
}

TEST_P(WorldCgroups, Zombie_IsNoMember) {
  JoinAll();
  KillAll();
  ASSERT_EQ(f.world.processes()[f.init].state, ProcessState::kZombie);
  EXPECT_EQ(f.Read(c1 + "/cgroup.procs"), "");
  // Moving it is no error and changes nothing.
  EXPECT_EQ(f.Write(f.CgroupRoot() + "/cgroup.procs", f.PidText(f.init)), 0);
  EXPECT_EQ(Rmdir(c1), 0);
}

TEST_P(WorldCgroups, DirectoryOperations_SayWhatLinuxSays) {
  EXPECT_EQ(ErrorOf(f.kernel.MkdirAt(kCwd, c1, 0755)), EEXIST);
  EXPECT_EQ(ErrorOf(f.kernel.MkdirAt(kCwd, c1 + "/x\ny", 0755)), EINVAL);
  EXPECT_EQ(ErrorOf(f.kernel.UnlinkAt(kCwd, c1, 0)), EISDIR);
  EXPECT_EQ(ErrorOf(f.kernel.UnlinkAt(kCwd, c1 + "/cgroup.procs", 0)), EPERM);
  EXPECT_EQ(Rmdir(c1 + "/cgroup.procs"), ENOTDIR);
  EXPECT_EQ(f.OpenError(c1 + "/new", O_CREAT | O_WRONLY), EACCES);
  EXPECT_EQ(f.OpenError(c1 + "/cgroup.procs", O_CREAT | O_EXCL | O_WRONLY), EEXIST);
  EXPECT_EQ(ErrorOf(f.kernel.MkfifoAt(kCwd, c1 + "/fifo", 0600)), EPERM);
  const int renamed = ErrorOf(f.kernel.RenameAt(kCwd, c1, kCwd, c1 + "x"));
  EXPECT_EQ(renamed, GetParam() == CgroupLayout::kV1 ? 0 : EPERM);
}

TEST_P(WorldCgroups, RemovedCgroup_IsGoneBehindItsDescriptors) {
  auto dir = f.kernel.OpenAt(kCwd, c1, O_RDONLY | O_DIRECTORY, 0);
  auto procs = f.kernel.OpenAt(kCwd, c1 + "/cgroup.procs", O_RDWR, 0);
  ASSERT_TRUE(dir && procs);
  ASSERT_EQ(Rmdir(c1), 0);
  EXPECT_EQ(f.ReadFrom(procs->get()), "read: ENODEV");
  EXPECT_EQ(ErrorOf(f.kernel.Write(procs->get(), "0")), ENODEV);
  EXPECT_EQ(ErrorOf(f.kernel.OpenAt(dir->get(), "cgroup.procs", O_RDONLY, 0)), ENOENT);
  EXPECT_EQ(ErrorOf(f.kernel.MkdirAt(dir->get(), "x", 0755)), ENOENT);
  EXPECT_EQ(ErrorOf(f.kernel.GetDirectoryEntries(dir->get())), ENOENT);
  EXPECT_NE(f.PollFor(procs->get(), POLLPRI) & POLLPRI, 0);
  // A new one of the same name is another one.
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1, 0755));
  EXPECT_EQ(f.ReadFrom(procs->get()), "read: ENODEV");
}

TEST_P(WorldCgroups, Procs_RefusesWhatIsNoProcess) {
  const std::string procs = c1 + "/cgroup.procs";
  EXPECT_EQ(f.Write(procs, "99999"), ESRCH);
  EXPECT_EQ(f.Write(procs, "x"), EINVAL);
  EXPECT_EQ(f.Write(procs, "-1"), EINVAL);
  EXPECT_EQ(f.Write(procs, " " + f.PidText(f.init) + " \n"), 0);
  EXPECT_EQ(f.Write(procs, "0"), 0);
  EXPECT_EQ(f.Read(procs), f.PidText(f.caller) + "\n" + f.PidText(f.init) + "\n");
}

TEST_P(WorldCgroups, Directory_ShowsItsChildrenAndItsLinks) {
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1 + "/a", 0755));
  auto dir = f.kernel.OpenAt(kCwd, c1, O_RDONLY | O_DIRECTORY, 0);
  ASSERT_TRUE(dir);
  auto entries = f.kernel.GetDirectoryEntries(dir->get());
  ASSERT_TRUE(entries);
  std::vector<std::string> directories;
  bool has_procs = false;
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type == DT_DIR) directories.push_back(entry.name);
    has_procs = has_procs || (entry.type == DT_REG && entry.name == "cgroup.procs");
  }
  EXPECT_EQ(directories, std::vector<std::string>{"a"});
  EXPECT_TRUE(has_procs);
  auto stat = f.kernel.StatAt(dir->get(), "", AT_EMPTY_PATH);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->links, 3U);
  const bool is_v1 = GetParam() == CgroupLayout::kV1;
  EXPECT_EQ(*f.kernel.StatFs(dir->get()), is_v1 ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC);
}

TEST(WorldCgroupsV2, Events_TellOfTheFirstAndTheLastMember) {
  WorldFixture f;
  auto events = f.kernel.OpenAt(kCwd, "/sys/fs/cgroup/c1/cgroup.events", O_RDONLY, 0);
  ASSERT_TRUE(events);
  char buffer[64];
  const auto text = [&] {
    auto count = f.kernel.Pread(events->get(), buffer, 0);
    return std::string(buffer, count ? *count : 0);
  };
  EXPECT_NE(f.PollFor(events->get(), POLLPRI), 0);
  EXPECT_EQ(text(), "populated 0\nfrozen 0\n");
  EXPECT_EQ(f.PollFor(events->get(), POLLPRI), 0);
  ASSERT_EQ(f.Write("/sys/fs/cgroup/c1/cgroup.procs", f.PidText(f.init)), 0);
  EXPECT_EQ(f.PollFor(events->get(), POLLPRI), POLLPRI | POLLERR);
  EXPECT_EQ(text(), "populated 1\nfrozen 0\n");
  ASSERT_EQ(f.Write("/sys/fs/cgroup/c1/cgroup.procs", f.PidText(f.member)), 0);
  EXPECT_EQ(f.PollFor(events->get(), POLLPRI), 0);
}

TEST(WorldCgroupsV2, Freeze_IsDoneWhenAllStandStill_AndFatalSignalsStillKill) {
  WorldFixture f;
  const std::string c1 = "/sys/fs/cgroup/c1";
  ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(f.member)), 0);
  EXPECT_EQ(f.Write(c1 + "/cgroup.freeze", "2"), ERANGE);
  EXPECT_EQ(f.Write(c1 + "/cgroup.freeze", "x"), EINVAL);
  ASSERT_EQ(f.Write(c1 + "/cgroup.freeze", "1\n"), 0);
  EXPECT_EQ(f.Read(c1 + "/cgroup.events"), "populated 1\nfrozen 0\n");
  EXPECT_EQ(f.TakeAll(StepKind::kFreeze), 1);
  EXPECT_EQ(f.Read(c1 + "/cgroup.events"), "populated 1\nfrozen 1\n");
  ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.member), Signal{SIGQUIT}));
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
  ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.member), Signal{SIGTERM}));
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  EXPECT_EQ(f.Read(c1 + "/cgroup.events"), "populated 0\nfrozen 1\n");
  EXPECT_TRUE(f.HashIsRight());
}

// What Linux shows only sometimes: between the request and the freeze.
TEST(WorldCgroupsV2, SigtermBeforeTheFreeze_EndsTheProcessBeforeItOrAfterTheThaw) {
  WorldFixture f;
  const std::string c1 = "/sys/fs/cgroup/c1";
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1 + "/empty", 0755));
  ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(f.member)), 0);
  ASSERT_EQ(f.Write(c1 + "/cgroup.freeze", "1"), 0);
  EXPECT_EQ(f.Read(c1 + "/cgroup.events"), "populated 1\nfrozen 1\n");
  EXPECT_FALSE(f.world.processes()[f.member].is_frozen);
  ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.member), Signal{SIGTERM}));
  const World before = f.world;
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  f.world = before;
  EXPECT_EQ(f.TakeAll(StepKind::kFreeze), 1);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
  ASSERT_EQ(f.Write(c1 + "/cgroup.freeze", "0"), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  EXPECT_TRUE(f.HashIsRight());
}

TEST(WorldCgroupsV2, Kill_ReachesAllBelow) {
  WorldFixture f;
  const std::string c1 = "/sys/fs/cgroup/c1";
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1 + "/a", 0755));
  ASSERT_EQ(f.Write(c1 + "/a/cgroup.procs", f.PidText(f.member)), 0);
  ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(f.init)), 0);
  EXPECT_EQ(f.Write(c1 + "/cgroup.kill", "0"), ERANGE);
  EXPECT_EQ(f.Read(c1 + "/cgroup.kill"), "read: EINVAL");
  ASSERT_EQ(f.Write(c1 + "/cgroup.kill", "1"), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 3);  // init in two steps, its member between them
  EXPECT_EQ(f.world.FindProcess(f.PidOf(f.caller)), f.caller);
}

TEST(WorldCgroupsV2, WithoutCgroupKill_ThereIsNoSuchFile) {
  WorldFixture f({.has_cgroup_kill = false});
  EXPECT_EQ(f.OpenError("/sys/fs/cgroup/c1/cgroup.kill", O_WRONLY), ENOENT);
}

TEST(WorldCgroupsV2, Threaded_HasNoListOfProcesses) {
  WorldFixture f;
  const std::string c1 = "/sys/fs/cgroup/c1";
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1 + "/t", 0755));
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, c1 + "/i", 0755));
  ASSERT_EQ(f.Write(c1 + "/t/cgroup.type", "threaded"), 0);
  EXPECT_EQ(f.Read(c1 + "/cgroup.type"), "domain threaded\n");
  EXPECT_EQ(f.Read(c1 + "/i/cgroup.type"), "domain invalid\n");
  EXPECT_EQ(f.Read(c1 + "/t/cgroup.procs"), "read: EOPNOTSUPP");
  EXPECT_EQ(f.Write(c1 + "/t/cgroup.kill", "1"), EOPNOTSUPP);
  EXPECT_EQ(f.Write(c1 + "/i/cgroup.procs", f.PidText(f.member)), EOPNOTSUPP);
  ASSERT_EQ(f.Write(c1 + "/t/cgroup.procs", f.PidText(f.member)), 0);
  EXPECT_EQ(f.Read(c1 + "/cgroup.procs"), f.PidText(f.member) + "\n");
  EXPECT_EQ(f.Read(c1 + "/t/cgroup.threads"), f.PidText(f.member) + "\n");
}

TEST(WorldCgroupsV1, Freezer_HoldsWhatIsKilled) {
  WorldFixture f({.layout = CgroupLayout::kV1});
  const std::string c1 = f.CgroupRoot() + "/c1";
  ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(f.member)), 0);
  EXPECT_EQ(f.Write(c1 + "/freezer.state", "FREEZING"), EINVAL);
  ASSERT_EQ(f.Write(c1 + "/freezer.state", "FROZEN\n"), 0);
  EXPECT_EQ(f.Read(c1 + "/freezer.state"), "FREEZING\n");
  EXPECT_EQ(f.TakeAll(StepKind::kFreeze), 1);
  EXPECT_EQ(f.Read(c1 + "/freezer.state"), "FROZEN\n");
  ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.member), Signal{SIGKILL}));
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 0);
  ASSERT_EQ(f.Write(c1 + "/freezer.state", "THAWED"), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  EXPECT_TRUE(f.HashIsRight());
}

TEST(WorldCgroupsV1, UninterruptibleProcess_KeepsTheFreezerFreezing) {
  WorldFixture f({.layout = CgroupLayout::kV1});
  const std::string c1 = f.CgroupRoot() + "/c1";
  f.world.EditProcess(f.member).is_uninterruptible = true;
  f.world.Rehash();
  ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(f.member)), 0);
  ASSERT_EQ(f.Write(c1 + "/freezer.state", "FROZEN"), 0);
  EXPECT_EQ(f.TakeAll(StepKind::kFreeze), 0);
  EXPECT_EQ(f.Read(c1 + "/freezer.state"), "FREEZING\n");
}

TEST(WorldCgroupsV1, EachControllerIsATreeOfItsOwn) {
  WorldFixture f({.layout = CgroupLayout::kHybrid});
  EXPECT_EQ(f.Write("/sys/fs/cgroup/pids/c1/tasks", f.PidText(f.member)), 0);
  EXPECT_EQ(f.Read("/sys/fs/cgroup/freezer/c1/tasks"), "");
  EXPECT_EQ(f.OpenError("/sys/fs/cgroup/pids/c1/freezer.state", O_RDONLY), ENOENT);
  EXPECT_EQ(f.OpenError("/sys/fs/cgroup/unified/c1/cgroup.events", O_RDONLY), 0);
  EXPECT_EQ(f.Read("/proc/" + f.PidText(f.member) + "/cgroup"),
            "2:pids:/c1\n1:freezer:/\n0::/\n");
}

TEST(WorldCgroupsV2, LateLeaving_KeepsTheCgroupBusyUntilItsStep) {
  WorldFixture f({.leaves_cgroup_late = true});
  const std::string c1 = "/sys/fs/cgroup/c1";
  ASSERT_EQ(f.Write(c1 + "/cgroup.procs", f.PidText(f.member)), 0);
  ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.member), Signal{SIGKILL}));
  EXPECT_EQ(f.TakeAll(StepKind::kDie), 1);
  EXPECT_EQ(f.Read(c1 + "/cgroup.procs"), "");
  EXPECT_EQ(ErrorOf(f.kernel.UnlinkAt(kCwd, c1, AT_REMOVEDIR)), EBUSY);
  EXPECT_EQ(f.TakeAll(StepKind::kLeaveCgroup), 1);
  EXPECT_EQ(ErrorOf(f.kernel.UnlinkAt(kCwd, c1, AT_REMOVEDIR)), 0);
  EXPECT_TRUE(f.HashIsRight());
}

}  // namespace
}  // namespace reapcheck::sim
