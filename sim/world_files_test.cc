#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cerrno>

#include "sim/world_fixture.h"

namespace reapcheck::sim {
namespace {

constexpr char kDir[] = "/run/reaprun/c1";

std::string In(const std::string& name) { return std::string(kDir) + "/" + name; }

class WorldFiles : public ::testing::Test {
 protected:
  WorldFiles() {
    f.world.AddFile(In("f"), "hello");
    f.world.AddDirectory(In("d"));
    f.world.AddSymlink(In("l"), "f");
    f.world.AddSymlink(In("loop"), "loop");
    f.world.AddSymlink(In("dangling"), "nowhere");
  }
  ~WorldFiles() override { EXPECT_TRUE(f.HashIsRight()); }

  int Unlink(const std::string& name, int flags = 0) {
    return ErrorOf(f.kernel.UnlinkAt(kCwd, In(name), flags));
  }
  int Rename(const std::string& from, const std::string& to) {
    return ErrorOf(f.kernel.RenameAt(kCwd, In(from), kCwd, In(to)));
  }

  WorldFixture f;
};

TEST_F(WorldFiles, Open_SaysWhatLinuxSays) {
  struct Case {
    const char* name;
    int flags;
    int error;
  };
  const Case cases[] = {
      {"f", O_RDONLY | O_DIRECTORY, ENOTDIR},
      {"d", O_WRONLY, EISDIR},
      {"l", O_RDONLY | O_NOFOLLOW, ELOOP},
      {"l", O_RDONLY | O_NOFOLLOW | O_DIRECTORY, ENOTDIR},
      {"loop", O_RDONLY, ELOOP},
      {"dangling", O_RDONLY, ENOENT},
      {"dangling", O_WRONLY | O_CREAT | O_EXCL, EEXIST},
      {"dangling", O_WRONLY | O_CREAT | O_NOFOLLOW, ELOOP},
      {"f/x", O_RDONLY, ENOTDIR},
      {"f/", O_RDONLY, ENOTDIR},
      {"d/", O_RDONLY, 0},
      {"new/", O_CREAT | O_WRONLY, EISDIR},
      {"d", O_CREAT | O_RDONLY, EISDIR},
      {"f", O_CREAT | O_EXCL | O_WRONLY, EEXIST},
      {"f", O_CREAT | O_DIRECTORY | O_RDONLY, EINVAL},
      {"d", O_RDONLY | O_TRUNC, EISDIR},
      {"missing", O_RDONLY, ENOENT},
      {"missing/x", O_WRONLY | O_CREAT, ENOENT},
  };
  for (const Case& c : cases) {
    EXPECT_EQ(f.OpenError(In(c.name), c.flags), c.error) << c.name << " " << c.flags;
  }
  EXPECT_EQ(f.OpenError(In(std::string(256, 'x')), O_RDONLY), ENAMETOOLONG);
}

TEST_F(WorldFiles, UnlinkAndRmdir_SayWhatLinuxSays) {
  f.world.AddFile(In("full/x"), "");
  EXPECT_EQ(Unlink("f", AT_REMOVEDIR), ENOTDIR);
  EXPECT_EQ(Unlink("d"), EISDIR);
  EXPECT_EQ(Unlink("full", AT_REMOVEDIR), ENOTEMPTY);
  EXPECT_EQ(Unlink("missing"), ENOENT);
  EXPECT_EQ(Unlink("f/x"), ENOTDIR);
  EXPECT_EQ(Unlink(".", AT_REMOVEDIR), EINVAL);
  EXPECT_EQ(Unlink("..", AT_REMOVEDIR), ENOTEMPTY);
  EXPECT_EQ(Unlink("l"), 0);
  EXPECT_EQ(f.Read(In("f")), "hello");
  EXPECT_EQ(Unlink("d", AT_REMOVEDIR), 0);
  EXPECT_FALSE(f.world.Exists(In("d")));
}

TEST_F(WorldFiles, Rename_ReplacesAtOnce_AndRefusesWhatLinuxRefuses) {
  f.world.AddFile(In("g"), "new");
  f.world.AddFile(In("full/x"), "");
  EXPECT_EQ(Rename("f", "d"), EISDIR);
  EXPECT_EQ(Rename("d", "f"), ENOTDIR);
  EXPECT_EQ(Rename("d", "full"), ENOTEMPTY);
  EXPECT_EQ(Rename("d", "d/y"), EINVAL);
  EXPECT_EQ(Rename("missing", "x"), ENOENT);
  EXPECT_EQ(Rename("f", "missing/x"), ENOENT);
  EXPECT_EQ(Rename("f", "f"), 0);
  EXPECT_EQ(Rename("g", "f"), 0);
  EXPECT_EQ(f.Read(In("f")), "new");
  EXPECT_FALSE(f.world.Exists(In("g")));
}

TEST_F(WorldFiles, RemovedDirectory_StaysOpenAndTakesNothing) {
  auto dir = f.kernel.OpenAt(kCwd, In("d"), O_RDONLY | O_DIRECTORY, 0);
  ASSERT_TRUE(dir);
  ASSERT_EQ(Unlink("d", AT_REMOVEDIR), 0);
  EXPECT_EQ(ErrorOf(f.kernel.GetDirectoryEntries(dir->get())), ENOENT);
  EXPECT_EQ(ErrorOf(f.kernel.MkdirAt(dir->get(), "x", 0755)), ENOENT);
  EXPECT_EQ(ErrorOf(f.kernel.OpenAt(dir->get(), "x", O_CREAT | O_WRONLY, 0600)), ENOENT);
  auto stat = f.kernel.StatAt(dir->get(), "", AT_EMPTY_PATH);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->links, 0U);
  // Its number is not given to another one while it is held.
  ASSERT_TRUE(f.kernel.MkdirAt(kCwd, In("d"), 0755));
  auto again = f.kernel.StatAt(kCwd, In("d"), 0);
  ASSERT_TRUE(again);
  EXPECT_NE(again->inode, stat->inode);
}

TEST_F(WorldFiles, Write_GoesOnWhereItStopped) {
  auto file = f.kernel.OpenAt(kCwd, In("new"), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  ASSERT_TRUE(file);
  ASSERT_TRUE(f.kernel.Write(file->get(), "one"));
  ASSERT_TRUE(f.kernel.Write(file->get(), "two"));
  EXPECT_EQ(f.Read(In("new")), "onetwo");
  EXPECT_EQ(ErrorOf(f.kernel.GetDirectoryEntries(file->get())), ENOTDIR);
}

TEST_F(WorldFiles, Directory_CountsItsDirectoriesAsLinks) {
  auto stat = f.kernel.StatAt(kCwd, kDir, 0);
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->links, 3U);
  EXPECT_TRUE(S_ISDIR(stat->mode));
}

TEST_F(WorldFiles, Lock_BelongsToTheOpenFile_AndGoesWithItsLastClose) {
  auto a = f.kernel.OpenAt(kCwd, kDir, O_RDONLY, 0);
  auto b = f.kernel.OpenAt(kCwd, kDir, O_RDONLY, 0);
  ASSERT_TRUE(a && b);
  EXPECT_EQ(ErrorOf(f.kernel.Flock(a->get(), LOCK_EX | LOCK_NB)), 0);
  EXPECT_EQ(ErrorOf(f.kernel.Flock(b->get(), LOCK_EX | LOCK_NB)), EWOULDBLOCK);
  a->Reset();
  EXPECT_EQ(ErrorOf(f.kernel.Flock(b->get(), LOCK_EX | LOCK_NB)), 0);
}

TEST_F(WorldFiles, FailedUpgrade_LosesTheSharedLock) {
  auto a = f.kernel.OpenAt(kCwd, kDir, O_RDONLY, 0);
  auto b = f.kernel.OpenAt(kCwd, kDir, O_RDONLY, 0);
  ASSERT_TRUE(a && b);
  ASSERT_TRUE(f.kernel.Flock(a->get(), LOCK_SH));
  ASSERT_TRUE(f.kernel.Flock(b->get(), LOCK_SH | LOCK_NB));
  EXPECT_EQ(ErrorOf(f.kernel.Flock(b->get(), LOCK_EX | LOCK_NB)), EWOULDBLOCK);
  EXPECT_EQ(ErrorOf(f.kernel.Flock(a->get(), LOCK_EX | LOCK_NB)), 0);
}

TEST_F(WorldFiles, MountPoint_IsBusyUntilItIsTakenOff) {
  f.world.AddMount(In("m"));
  f.world.AddFile(In("m/inside"), "x");
  EXPECT_EQ(Unlink("m", AT_REMOVEDIR), EBUSY);
  EXPECT_EQ(Rename("m", "n"), EBUSY);
  EXPECT_EQ(ErrorOf(f.kernel.Umount(In("f"), 0)), EINVAL);
  auto held = f.kernel.OpenAt(kCwd, In("m/inside"), O_RDONLY, 0);
  ASSERT_TRUE(held);
  EXPECT_EQ(ErrorOf(f.kernel.Umount(In("m"), 0)), EBUSY);
  EXPECT_EQ(ErrorOf(f.kernel.Umount(In("m"), MNT_DETACH | UMOUNT_NOFOLLOW)), 0);
  EXPECT_EQ(ErrorOf(f.kernel.Umount(In("m"), MNT_DETACH)), EINVAL);
  EXPECT_EQ(f.ReadFrom(held->get()), "x");
  EXPECT_EQ(Unlink("m", AT_REMOVEDIR), 0);
}

TEST_F(WorldFiles, Attribute_IsKeptWithTheFile) {
  auto dir = f.kernel.OpenAt(kCwd, kDir, O_RDONLY, 0);
  ASSERT_TRUE(dir);
  EXPECT_EQ(ErrorOf(f.kernel.GetXattr(dir->get(), "trusted.a")), ENODATA);
  ASSERT_TRUE(f.kernel.SetXattr(dir->get(), "trusted.a", "/c1"));
  auto value = f.kernel.GetXattr(dir->get(), "trusted.a");
  ASSERT_TRUE(value);
  EXPECT_EQ(*value, "/c1");
}

TEST_F(WorldFiles, PowerFailure_LosesWhatWasNotSynced) {
  for (const char* name : {"synced", "lost"}) {
    auto file = f.kernel.OpenAt(kCwd, In(name), O_WRONLY | O_CREAT, 0600);
    ASSERT_TRUE(file);
    ASSERT_TRUE(f.kernel.Write(file->get(), "text"));
    if (std::string(name) == "synced") {
      ASSERT_TRUE(f.kernel.Fsync(file->get()));
    }
  }
  f.world.PowerFailure();
  EXPECT_EQ(f.world.FileText(In("synced")), "text");
  EXPECT_EQ(f.world.FileText(In("lost")), "");
  EXPECT_EQ(f.world.FileText(In("f")), "hello");
  EXPECT_EQ(f.world.FindCgroup("/sys/fs/cgroup/c1"), -1);
  EXPECT_FALSE(f.world.actors()[WorldFixture::kCaller].is_alive);
}

TEST_F(WorldFiles, OtherUser_MayNotEnterOrChange) {
  f.world.EditProcess(f.caller).uid = 1000;
  f.world.Rehash();
  EXPECT_EQ(f.OpenError(In("f"), O_RDONLY), 0);
  EXPECT_EQ(f.OpenError(In("f"), O_WRONLY), EACCES);
  EXPECT_EQ(Unlink("f"), EACCES);
}

}  // namespace
}  // namespace reapcheck::sim
