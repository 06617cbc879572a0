// Making, removing, renaming and listing names, and taking mounts off, as Linux does it and the
// simulated kernel must.
#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

using Strings = std::vector<std::string>;

class ContractDirectories : public ContractTest {
 protected:
  std::string Mkdir(const std::string& path) { return Answer(k().MkdirAt(root(), path, 0755)); }
  std::string Unlink(const std::string& path) { return Answer(k().UnlinkAt(root(), path, 0)); }
  std::string Rmdir(const std::string& path) {
    return Answer(k().UnlinkAt(root(), path, AT_REMOVEDIR));
  }
  std::string Rename(const std::string& from, const std::string& to) {
    return Answer(k().RenameAt(root(), from, root(), to));
  }
  bool Exists(const std::string& path) {
    return k().StatAt(root(), path, AT_SYMLINK_NOFOLLOW).has_value();
  }
};

// --- mkdir(2) ---

// EEXIST: "pathname already exists (not necessarily as a directory). This includes the case where
// pathname is a symbolic link, dangling or not."
TEST_P(ContractDirectories, Mkdir_OfWhatIsThere_IsEexist) {
  EXPECT_EQ(Mkdir("d"), "ok");
  MakeFile("f");
  lab().AddSymlink("dangling", "none");
  EXPECT_EQ(Mkdir("d"), "EEXIST");
  EXPECT_EQ(Mkdir("d/"), "EEXIST");
  EXPECT_EQ(Mkdir("f"), "EEXIST");
  EXPECT_EQ(Mkdir("dangling"), "EEXIST");
  EXPECT_EQ(Mkdir("."), "EEXIST");
  EXPECT_EQ(Mkdir(".."), "EEXIST");
  EXPECT_EQ(Mkdir("e/"), "ok");
}

TEST_P(ContractDirectories, Mkdir_WithoutItsParent) {
  MakeFile("f");
  EXPECT_EQ(Mkdir("none/d"), "ENOENT");
  EXPECT_EQ(Mkdir("f/d"), "ENOTDIR");
  EXPECT_EQ(Mkdir(""), "ENOENT");
  EXPECT_EQ(Answer(k().MkdirAt(Fd{-1}, "d", 0755)), "EBADF");
}

// --- unlink(2), rmdir(2) ---

TEST_P(ContractDirectories, Unlink_TakesTheNameAway) {
  MakeFile("f");
  EXPECT_EQ(Unlink("f"), "ok");
  EXPECT_EQ(Unlink("f"), "ENOENT");
  EXPECT_FALSE(Exists("f"));
}

// unlink(2), EISDIR: "pathname refers to a directory. (This is the non-POSIX value returned by
// Linux since 2.1.132.)"
TEST_P(ContractDirectories, Unlink_OfADirectory_IsEisdir) {
  MakeDirectory("d");
  EXPECT_EQ(Unlink("d"), "EISDIR");
  EXPECT_EQ(Unlink("."), "EISDIR");
  EXPECT_TRUE(Exists("d"));
}

TEST_P(ContractDirectories, Unlink_ThroughAFile_IsEnotdir) {
  MakeFile("f");
  EXPECT_EQ(Unlink("f/x"), "ENOTDIR");
  EXPECT_EQ(Unlink("f/"), "ENOTDIR");
  EXPECT_EQ(Unlink("none/x"), "ENOENT");
  EXPECT_EQ(Unlink(""), "ENOENT");
}

TEST_P(ContractDirectories, Unlink_OfALink_LeavesItsTarget) {
  MakeFile("f");
  lab().AddSymlink("link", "f");
  EXPECT_EQ(Unlink("link"), "ok");
  EXPECT_FALSE(Exists("link"));
  EXPECT_TRUE(Exists("f"));
}

// rmdir(2), ENOTDIR: "pathname, or a component used as a directory in pathname, is not, in fact, a
// directory."
TEST_P(ContractDirectories, Rmdir_OfAFileOrALink_IsEnotdir) {
  MakeFile("f");
  MakeDirectory("d");
  lab().AddSymlink("link", "d");
  EXPECT_EQ(Rmdir("f"), "ENOTDIR");
  EXPECT_EQ(Rmdir("link"), "ENOTDIR");
  EXPECT_EQ(Rmdir("none"), "ENOENT");
}

// rmdir(2), ENOTEMPTY: "pathname contains entries other than . and .. ; or, pathname has .. as its
// final component."
TEST_P(ContractDirectories, Rmdir_OfAFullDirectory_IsEnotempty) {
  MakeDirectory("d");
  MakeFile("d/f");
  EXPECT_EQ(Rmdir("d"), "ENOTEMPTY");
  EXPECT_EQ(Rmdir("d/.."), "ENOTEMPTY");
  EXPECT_EQ(Unlink("d/f"), "ok");
  EXPECT_EQ(Rmdir("d"), "ok");
  EXPECT_EQ(Rmdir("d"), "ENOENT");
}

// rmdir(2), EINVAL: "pathname has . as last component."
TEST_P(ContractDirectories, Rmdir_OfDot_IsEinval) {
  MakeDirectory("d");
  EXPECT_EQ(Rmdir("d/."), "EINVAL");
  EXPECT_EQ(Rmdir("."), "EINVAL");
  EXPECT_TRUE(Exists("d"));
}

// rmdir(2), EBUSY: "pathname is currently used as a mount point".
TEST_P(ContractDirectories, Rmdir_OfAMountPoint_IsEbusy) {
  EXPECT_EQ(Answer(k().UnlinkAt(kCwd, lab().root(), AT_REMOVEDIR)), "EBUSY");
  EXPECT_EQ(Answer(k().RenameAt(kCwd, lab().root(), kCwd, lab().root() + "x")), "EBUSY");
}

// unlinkat(2), EINVAL: "An invalid flag value was specified in flags."
TEST_P(ContractDirectories, UnlinkAt_BadFlag_IsEinval) {
  MakeFile("f");
  EXPECT_EQ(Answer(k().UnlinkAt(root(), "f", AT_SYMLINK_NOFOLLOW)), "EINVAL");
}

// --- A directory that is removed while it is open ---

TEST_P(ContractDirectories, RemovedDirectory_TakesNoNewNames) {
  MakeDirectory("d");
  MakeFile("f");
  const OwnedFd dir = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Rmdir("d"), "ok");
  // mkdir(2), open(2), ENOENT: the directory is deleted.
  EXPECT_EQ(Answer(k().MkdirAt(dir.get(), "x", 0755)), "ENOENT");
  EXPECT_EQ(Answer(k().OpenAt(dir.get(), "x", O_RDWR | O_CREAT, 0600)), "ENOENT");
  EXPECT_EQ(Answer(lab().MkfifoAt(dir.get(), "x", 0600)), "ENOENT");
  EXPECT_EQ(Answer(k().RenameAt(root(), "f", dir.get(), "x")), "ENOENT");
  EXPECT_TRUE(Exists("f"));
}

TEST_P(ContractDirectories, RemovedDirectory_CanBeLookedAt) {
  MakeDirectory("d");
  const OwnedFd dir = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Rmdir("d"), "ok");
  EXPECT_EQ(Stat(dir.get(), "", AT_EMPTY_PATH).links, 0u);
  EXPECT_EQ(Answer(k().StatAt(dir.get(), "x", 0)), "ENOENT");
  EXPECT_EQ(Answer(k().OpenAt(dir.get(), "x", O_RDONLY, 0)), "ENOENT");
  EXPECT_EQ(Answer(k().UnlinkAt(dir.get(), "x", 0)), "ENOENT");
  EXPECT_EQ(Answer(k().OpenAt(dir.get(), ".", O_RDONLY, 0)), "ok");
}

// getdents(2), ENOENT: "No such directory."
TEST_P(ContractDirectories, RemovedDirectory_CanNotBeListed) {
  MakeDirectory("d");
  const OwnedFd dir = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Names(dir.get()), Strings{});
  EXPECT_EQ(Rmdir("d"), "ok");
  EXPECT_EQ(Names(dir.get()), Strings{"ENOENT"});
  // Another one of that name is another one.
  MakeDirectory("d");
  EXPECT_EQ(Names(dir.get()), Strings{"ENOENT"});
}

// --- rename(2) ---

// "If newpath already exists, it will be atomically replaced".
TEST_P(ContractDirectories, Rename_ReplacesAFile) {
  const OwnedFd old = MakeFile("old", "old");
  MakeFile("new", "new");
  const OwnedFd replaced = Open(root(), "new");
  const std::uint64_t inode = Stat(root(), "old").inode;
  EXPECT_EQ(Rename("old", "new"), "ok");
  EXPECT_FALSE(Exists("old"));
  EXPECT_EQ(Text(root(), "new"), "old");
  EXPECT_EQ(Stat(root(), "new").inode, inode);
  EXPECT_EQ(Rest(replaced.get()), "new") << "who has it open keeps it";
  EXPECT_EQ(Stat(replaced.get(), "", AT_EMPTY_PATH).links, 0u);
}

TEST_P(ContractDirectories, Rename_OfNothing_IsEnoent) {
  MakeFile("f");
  EXPECT_EQ(Rename("none", "new"), "ENOENT");
  EXPECT_EQ(Rename("f", "none/new"), "ENOENT");
  EXPECT_EQ(Rename("f", ""), "ENOENT");
  EXPECT_EQ(Rename("f", "f/x"), "ENOTDIR");
}

// "If oldpath and newpath are existing hard links referring to the same file, then rename() does
// nothing".
TEST_P(ContractDirectories, Rename_ToItself_DoesNothing) {
  MakeFile("f", "text");
  MakeDirectory("d");
  EXPECT_EQ(Rename("f", "f"), "ok");
  EXPECT_EQ(Rename("d", "d"), "ok");
  MakeFile("d/f");
  EXPECT_EQ(Rename("d", "d"), "ok") << "full, too";
  EXPECT_EQ(Text(root(), "f"), "text");
}

// "oldpath can specify a directory. In this case, newpath must either not exist, or it must specify
// an empty directory."
TEST_P(ContractDirectories, Rename_OfADirectory) {
  MakeDirectory("d");
  MakeFile("d/f", "text");
  MakeDirectory("empty");
  MakeDirectory("full");
  MakeFile("full/f");
  EXPECT_EQ(Rename("d", "full"), "ENOTEMPTY");
  EXPECT_EQ(Rename("d", "empty"), "ok");
  EXPECT_EQ(Text(root(), "empty/f"), "text");
  EXPECT_EQ(Rename("empty", "full/deep"), "ok");
  EXPECT_EQ(Text(root(), "full/deep/f"), "text");
  EXPECT_EQ(Stat(root(), "full").links, 3u);
}

// EISDIR: "newpath is an existing directory, but oldpath is not a directory."
TEST_P(ContractDirectories, Rename_FileOntoADirectory_IsEisdir) {
  MakeFile("f");
  MakeDirectory("d");
  EXPECT_EQ(Rename("f", "d"), "EISDIR");
  MakeFile("d/x");
  EXPECT_EQ(Rename("f", "d"), "EISDIR");
}

// ENOTDIR: "oldpath is a directory, and newpath exists but is not a directory."
TEST_P(ContractDirectories, Rename_DirectoryOntoAFile_IsEnotdir) {
  MakeFile("f");
  MakeDirectory("d");
  EXPECT_EQ(Rename("d", "f"), "ENOTDIR");
}

// EINVAL: "an attempt was made to make a directory a subdirectory of itself."
TEST_P(ContractDirectories, Rename_BelowItself_IsEinval) {
  MakeDirectory("d");
  MakeDirectory("d/e");
  EXPECT_EQ(Rename("d", "d/x"), "EINVAL");
  EXPECT_EQ(Rename("d", "d/e/x"), "EINVAL");
  EXPECT_EQ(Rename("d", "d/e"), "EINVAL");
  // The other way round the target is never empty.
  EXPECT_EQ(Rename("d/e", "d"), "ENOTEMPTY");
}

// EBUSY: "the system considers this an error": "." and ".." can not be renamed.
TEST_P(ContractDirectories, Rename_OfDot_IsEbusy) {
  MakeDirectory("d");
  MakeFile("f");
  EXPECT_EQ(Rename("d/.", "e"), "EBUSY");
  EXPECT_EQ(Rename("d/..", "e"), "EBUSY");
  EXPECT_EQ(Rename("f", "d/."), "EBUSY");
}

// EXDEV: "oldpath and newpath are not on the same mounted filesystem."
TEST_P(ContractDirectories, Rename_ToAnotherFileSystem_IsExdev) {
  MakeFile("f");
  EXPECT_EQ(Answer(k().RenameAt(root(), "f", cgroup(), "f")), "EXDEV");
  EXPECT_TRUE(Exists("f"));
}

TEST_P(ContractDirectories, Rename_OfALink_MovesTheLink) {
  MakeFile("f", "text");
  lab().AddSymlink("link", "f");
  EXPECT_EQ(Rename("link", "moved"), "ok");
  EXPECT_EQ(k().ReadlinkAt(root(), "moved").value(), "f");
  EXPECT_EQ(Rename("moved", "f"), "ok");
  EXPECT_EQ(Answer(k().OpenAt(root(), "f", O_RDONLY, 0)), "ELOOP");
}

// A descriptor of a directory follows it to its new place.
TEST_P(ContractDirectories, Rename_MovesAnOpenDirectory) {
  MakeDirectory("d");
  MakeDirectory("e");
  MakeFile("e/f", "text");
  const OwnedFd dir = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Rename("d", "e/d"), "ok");
  EXPECT_EQ(Text(dir.get(), "../f"), "text");
  EXPECT_EQ(Answer(k().MkdirAt(dir.get(), "x", 0755)), "ok");
  EXPECT_TRUE(Exists("e/d/x"));
  EXPECT_EQ(Stat(root(), ".").links, 3u);
}

// --- getdents(2) ---

TEST_P(ContractDirectories, GetDirectoryEntries_NamesAndTypes) {
  MakeFile("file");
  MakeDirectory("directory");
  lab().AddSymlink("link", "file");
  EXPECT_EQ(Answer(lab().MkfifoAt(root(), "fifo", 0600)), "ok");
  auto entries = k().GetDirectoryEntries(root()).value();
  std::ranges::sort(entries, {}, &DirectoryEntry::name);
  ASSERT_EQ(entries.size(), 4u);
  EXPECT_EQ(entries[0].name, "directory");
  EXPECT_EQ(entries[0].type, DT_DIR);
  EXPECT_EQ(entries[1].type, DT_FIFO);
  EXPECT_EQ(entries[2].type, DT_REG);
  EXPECT_EQ(entries[3].type, DT_LNK);
}

TEST_P(ContractDirectories, GetDirectoryEntries_StartsOverEachTime) {
  MakeFile("a");
  EXPECT_EQ(Names(root()), Strings{"a"});
  MakeFile("b");
  EXPECT_EQ(Names(root()), (Strings{"a", "b"}));
  EXPECT_EQ(Unlink("a"), "ok");
  EXPECT_EQ(Names(root()), Strings{"b"});
}

// getdents(2), ENOTDIR: "File descriptor does not refer to a directory."
TEST_P(ContractDirectories, GetDirectoryEntries_OfAFile_IsEnotdir) {
  const OwnedFd file = MakeFile("f", "text");
  EXPECT_EQ(Names(file.get()), Strings{"ENOTDIR"});
  // kernel.h: "from the start"; the position is set to it before.
  EXPECT_EQ(Rest(file.get()), "text");
}

// --- statfs(2), umount(2) ---

TEST_P(ContractDirectories, StatFs_TellsCgroupsFromFiles) {
  const std::int64_t expected = IsV1() ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC;
  EXPECT_EQ(k().StatFs(cgroup()).value(), expected);
  EXPECT_NE(k().StatFs(root()).value(), expected);
}

// umount(2), EINVAL: "target is not a mount point."
TEST_P(ContractDirectories, Umount_OfNoMount) {
  MakeDirectory("d");
  MakeFile("f");
  EXPECT_EQ(Answer(k().Umount(lab().root() + "/d", MNT_DETACH)), "EINVAL");
  EXPECT_EQ(Answer(k().Umount(lab().root() + "/f", 0)), "EINVAL");
  // ENOENT: "A pathname was empty or had a nonexistent component."
  EXPECT_EQ(Answer(k().Umount(lab().root() + "/none", MNT_DETACH)), "ENOENT");
  EXPECT_EQ(Answer(k().Umount(lab().root() + "/f/x", MNT_DETACH)), "ENOTDIR");
}

CONTRACT_ON_ALL(ContractDirectories);

}  // namespace
}  // namespace reapcheck::sim
