// Opening, reading, writing and looking at files, as Linux does it and the simulated kernel must.
#include <fcntl.h>
#include <sys/stat.h>

#include "sim/contract_fixture.h"

namespace reapcheck::sim {
namespace {

class ContractFiles : public ContractTest {
 protected:
  std::string OpenAnswer(const std::string& path, int flags) {
    return Answer(k().OpenAt(root(), path, flags, 0600));
  }
  std::string StatAnswer(const std::string& path, int flags = 0) {
    return Answer(k().StatAt(root(), path, flags));
  }
};

// --- open(2) ---

// ENOENT: "O_CREAT is not set and the named file does not exist"; "A directory component in
// pathname does not exist".
TEST_P(ContractFiles, OpenAt_Missing_IsEnoent) {
  EXPECT_EQ(OpenAnswer("none", O_RDONLY), "ENOENT");
  EXPECT_EQ(OpenAnswer("none/f", O_RDWR | O_CREAT), "ENOENT");
  // path_resolution(7): the empty pathname is not resolved.
  EXPECT_EQ(OpenAnswer("", O_RDONLY), "ENOENT");
}

// ENOTDIR: "A component used as a directory in pathname is not, in fact, a directory".
TEST_P(ContractFiles, OpenAt_ThroughAFile_IsEnotdir) {
  const OwnedFd file = MakeFile("f");
  EXPECT_EQ(OpenAnswer("f/x", O_RDONLY), "ENOTDIR");
  EXPECT_EQ(OpenAnswer("f/x", O_RDWR | O_CREAT), "ENOTDIR");
  EXPECT_EQ(OpenAnswer("f/..", O_RDONLY), "ENOTDIR");
  EXPECT_EQ(OpenAnswer("f/.", O_RDONLY), "ENOTDIR");
  EXPECT_EQ(OpenAnswer("f/", O_RDONLY), "ENOTDIR");
  EXPECT_EQ(Answer(k().OpenAt(file.get(), "x", O_RDONLY, 0)), "ENOTDIR");
}

// ENOTDIR: "O_DIRECTORY was specified and pathname was not a directory".
TEST_P(ContractFiles, OpenAt_DirectoryOfAFile_IsEnotdir) {
  MakeFile("f");
  EXPECT_EQ(OpenAnswer("f", O_RDONLY | O_DIRECTORY), "ENOTDIR");
  EXPECT_EQ(OpenAnswer("none", O_RDONLY | O_DIRECTORY), "ENOENT");
}

// EISDIR: "pathname refers to a directory and the access requested involved writing".
TEST_P(ContractFiles, OpenAt_DirectoryForWriting_IsEisdir) {
  MakeDirectory("d");
  EXPECT_EQ(OpenAnswer("d", O_WRONLY), "EISDIR");
  EXPECT_EQ(OpenAnswer("d", O_RDWR), "EISDIR");
  EXPECT_EQ(OpenAnswer("d", O_RDONLY | O_CREAT), "EISDIR");
  EXPECT_EQ(OpenAnswer("d", O_RDWR | O_CREAT), "EISDIR");
  EXPECT_EQ(OpenAnswer("d", O_RDONLY), "ok");
  EXPECT_EQ(OpenAnswer("d/", O_RDONLY), "ok");
}

// EBADF: "pathname is relative but dirfd is neither AT_FDCWD nor a valid file descriptor".
TEST_P(ContractFiles, OpenAt_BadDirectory_IsEbadf) {
  EXPECT_EQ(Answer(k().OpenAt(Fd{-1}, "f", O_RDONLY, 0)), "EBADF");
  EXPECT_EQ(Answer(k().OpenAt(Fd{-1}, lab().root(), O_RDONLY, 0)), "ok");
}

// O_EXCL: "if this flag is specified in conjunction with O_CREAT, and pathname already exists, then
// open() fails with the error EEXIST"; "symbolic links are not followed".
TEST_P(ContractFiles, OpenAt_Exclusive_IsEexistWhenThereIsAnything) {
  const int flags = O_RDWR | O_CREAT | O_EXCL;
  EXPECT_EQ(OpenAnswer("f", flags), "ok");
  EXPECT_EQ(OpenAnswer("f", flags), "EEXIST");
  MakeDirectory("d");
  EXPECT_EQ(OpenAnswer("d", flags), "EEXIST");
  lab().AddSymlink("dangling", "none");
  EXPECT_EQ(OpenAnswer("dangling", flags), "EEXIST");
  EXPECT_EQ(StatAnswer("none"), "ENOENT");
}

TEST_P(ContractFiles, OpenAt_CreateThroughADanglingLink_MakesItsTarget) {
  lab().AddSymlink("link", "target");
  EXPECT_EQ(OpenAnswer("link", O_RDONLY), "ENOENT");
  EXPECT_EQ(OpenAnswer("link", O_RDWR | O_CREAT), "ok");
  EXPECT_EQ(StatAnswer("target", AT_SYMLINK_NOFOLLOW), "ok");
}

TEST_P(ContractFiles, OpenAt_Create_HasTheModeThatWasAskedFor) {
  EXPECT_EQ(OpenAnswer("f", O_RDWR | O_CREAT), "ok");
  const FileStat stat = Stat(root(), "f");
  EXPECT_EQ(stat.mode, static_cast<mode_t>(S_IFREG | 0600));
  EXPECT_EQ(stat.links, 1u);
  EXPECT_EQ(stat.size, 0);
  EXPECT_EQ(stat.uid, 0u);
}

// O_NOFOLLOW: "If the trailing component of pathname is a symbolic link, then the open fails, with
// the error ELOOP."
TEST_P(ContractFiles, OpenAt_NoFollow_IsEloop) {
  MakeFile("f", "text");
  MakeDirectory("d");
  lab().AddSymlink("link", "f");
  lab().AddSymlink("dlink", "d");
  EXPECT_EQ(OpenAnswer("link", O_RDONLY | O_NOFOLLOW), "ELOOP");
  EXPECT_EQ(OpenAnswer("link", O_RDWR | O_CREAT | O_NOFOLLOW), "ELOOP");
  // With O_DIRECTORY the link is what is not a directory.
  EXPECT_EQ(OpenAnswer("dlink", O_RDONLY | O_DIRECTORY | O_NOFOLLOW), "ENOTDIR");
  EXPECT_EQ(OpenAnswer("dlink", O_RDONLY | O_DIRECTORY), "ok");
  EXPECT_EQ(OpenAnswer("dlink/", O_RDONLY | O_NOFOLLOW), "ok");
  EXPECT_EQ(Text(root(), "link"), "text");
}

// ELOOP: "Too many symbolic links were encountered in resolving pathname."
TEST_P(ContractFiles, OpenAt_LinksInACircle_IsEloop) {
  lab().AddSymlink("a", "b");
  lab().AddSymlink("b", "a");
  EXPECT_EQ(OpenAnswer("a", O_RDONLY), "ELOOP");
  EXPECT_EQ(OpenAnswer("a/x", O_RDONLY), "ELOOP");
  EXPECT_EQ(StatAnswer("a"), "ELOOP");
  EXPECT_EQ(StatAnswer("a", AT_SYMLINK_NOFOLLOW), "ok");
}

// ENAMETOOLONG: NAME_MAX is 255.
TEST_P(ContractFiles, OpenAt_LongName_IsEnametoolong) {
  EXPECT_EQ(OpenAnswer(std::string(256, 'x'), O_RDONLY), "ENAMETOOLONG");
  EXPECT_EQ(OpenAnswer(std::string(255, 'x'), O_RDONLY), "ENOENT");
}

// O_TRUNC: "If the file already exists and is a regular file ... it will be truncated to length 0."
TEST_P(ContractFiles, OpenAt_Truncate_Empties) {
  const OwnedFd reader = MakeFile("f", "text");
  EXPECT_EQ(OpenAnswer("f", O_WRONLY | O_TRUNC), "ok");
  EXPECT_EQ(Stat(root(), "f").size, 0);
  EXPECT_EQ(Text(root(), "f"), "");
}

// path_resolution(7): "." and ".."; the parent of the root of a file system is above it.
TEST_P(ContractFiles, OpenAt_DotAndDotDot) {
  MakeDirectory("d");
  MakeDirectory("d/e");
  MakeFile("d/f", "text");
  EXPECT_EQ(Text(root(), "d/e/../f"), "text");
  EXPECT_EQ(Text(root(), "./d/./f"), "text");
  EXPECT_EQ(Text(root(), "d//f"), "text");
  const OwnedFd below = Open(root(), "d/e", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Text(below.get(), "../f"), "text");
  EXPECT_EQ(Stat(below.get(), "../..").inode, Stat(root(), ".").inode);
}

// openat(2): "If pathname is absolute, then dirfd is ignored."
TEST_P(ContractFiles, OpenAt_AbsolutePath_IgnoresTheDirectory) {
  MakeDirectory("d");
  MakeFile("f", "text");
  const OwnedFd dir = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  EXPECT_EQ(Text(dir.get(), lab().root() + "/f"), "text");
}

TEST_P(ContractFiles, OpenAt_FollowsLinksInTheMiddle) {
  MakeDirectory("d");
  MakeFile("d/f", "text");
  lab().AddSymlink("link", "d");
  lab().AddSymlink("absolute", lab().root() + "/d/f");
  EXPECT_EQ(Text(root(), "link/f"), "text");
  EXPECT_EQ(Text(root(), "absolute"), "text");
  EXPECT_EQ(OpenAnswer("link/f", O_RDONLY | O_NOFOLLOW), "ok");
}

// --- read(2), write(2), pread(2) ---

// read(2): "zero indicates end of file".
TEST_P(ContractFiles, Read_GivesWhatIsThereAndThenNothing) {
  MakeFile("f", "0123456789");
  const OwnedFd file = Open(root(), "f");
  char buffer[4];
  EXPECT_EQ(k().Read(file.get(), buffer).value(), 4u);
  EXPECT_EQ(std::string(buffer, 4), "0123");
  EXPECT_EQ(Rest(file.get()), "456789");
  EXPECT_EQ(k().Read(file.get(), buffer).value(), 0u);
  EXPECT_EQ(k().Read(file.get(), std::span<char>()).value(), 0u);
}

// read(2), EISDIR: "fd refers to a directory."
TEST_P(ContractFiles, Read_OfADirectory_IsEisdir) {
  EXPECT_EQ(Rest(root()), "EISDIR");
  char buffer[4];
  EXPECT_EQ(Answer(k().Pread(root(), buffer, 0)), "EISDIR");
}

// EBADF: "fd is not a valid file descriptor or is not open for reading", "... for writing".
TEST_P(ContractFiles, ReadAndWrite_AgainstTheModeOfOpening_IsEbadf) {
  MakeFile("f", "text");
  EXPECT_EQ(Rest(Open(root(), "f", O_WRONLY).get()), "EBADF");
  EXPECT_EQ(Answer(k().Write(Open(root(), "f", O_RDONLY).get(), "x")), "EBADF");
  EXPECT_EQ(Answer(k().Write(root(), "x")), "EBADF");
}

TEST_P(ContractFiles, ClosedDescriptor_IsEbadfEverywhere) {
  OwnedFd file = MakeFile("f", "text");
  const Fd closed = file.Release();
  EXPECT_EQ(Answer(k().Close(closed)), "ok");
  EXPECT_EQ(Answer(k().Close(closed)), "EBADF");
  EXPECT_EQ(Rest(closed), "EBADF");
  char buffer[1];
  EXPECT_EQ(Answer(k().Pread(closed, buffer, 0)), "EBADF");
  EXPECT_EQ(Answer(k().Write(closed, "x")), "EBADF");
  EXPECT_EQ(Answer(k().Fsync(closed)), "EBADF");
  EXPECT_EQ(Answer(k().StatFs(closed)), "EBADF");
  EXPECT_EQ(Answer(k().StatAt(closed, "", AT_EMPTY_PATH)), "EBADF");
  EXPECT_EQ(Answer(k().StatAt(closed, "f", 0)), "EBADF");
  EXPECT_EQ(Answer(k().MkdirAt(closed, "d", 0755)), "EBADF");
  EXPECT_EQ(Answer(k().UnlinkAt(closed, "d", 0)), "EBADF");
  EXPECT_EQ(Answer(k().RenameAt(closed, "d", root(), "e")), "EBADF");
  EXPECT_EQ(Answer(k().ReadlinkAt(closed, "d")), "EBADF");
  EXPECT_EQ(Answer(k().GetDirectoryEntries(closed)), "EBADF");
  EXPECT_EQ(Answer(k().SetXattr(closed, "user.x", "y")), "EBADF");
  EXPECT_EQ(Answer(k().GetXattr(closed, "user.x")), "EBADF");
  EXPECT_EQ(Answer(lab().MkfifoAt(closed, "fifo", 0600)), "EBADF");
}

TEST_P(ContractFiles, Write_GoesOnWhereTheLastOneEnded) {
  const OwnedFd file = MakeFile("f", "one ");
  EXPECT_EQ(k().Write(file.get(), "two").value(), 3u);
  EXPECT_EQ(k().Write(file.get(), "").value(), 0u);
  EXPECT_EQ(Text(root(), "f"), "one two");
  EXPECT_EQ(Stat(root(), "f").size, 7);
}

// open(2): "a new open file description ... the file offset is set to the beginning of the file".
TEST_P(ContractFiles, TwoDescriptions_HaveTheirOwnOffsets) {
  const OwnedFd first = MakeFile("f", "abcdef");
  const OwnedFd second = Open(root(), "f", O_RDWR);
  EXPECT_EQ(k().Write(second.get(), "XY").value(), 2u);
  EXPECT_EQ(Text(root(), "f"), "XYcdef");
  EXPECT_EQ(Rest(second.get()), "cdef");
  EXPECT_EQ(Rest(first.get()), "");
}

// O_APPEND: "Before each write(2), the file offset is positioned at the end of the file".
TEST_P(ContractFiles, Write_Appending_GoesToTheEnd) {
  const OwnedFd file = MakeFile("f", "abc");
  const OwnedFd appends = Open(root(), "f", O_WRONLY | O_APPEND);
  EXPECT_EQ(k().Write(appends.get(), "d").value(), 1u);
  EXPECT_EQ(k().Write(file.get(), "E").value(), 1u);
  EXPECT_EQ(k().Write(appends.get(), "f").value(), 1u);
  EXPECT_EQ(Text(root(), "f"), "abcEf");
}

// lseek(2): a write past the end leaves zero bytes between.
TEST_P(ContractFiles, Write_PastAnEndThatWasCut_LeavesZeros) {
  const OwnedFd file = MakeFile("f", "abc");
  EXPECT_EQ(OpenAnswer("f", O_WRONLY | O_TRUNC), "ok");
  EXPECT_EQ(k().Write(file.get(), "").value(), 0u);
  EXPECT_EQ(Text(root(), "f"), "") << "nothing is written, and nothing left out";
  EXPECT_EQ(k().Write(file.get(), "d").value(), 1u);
  EXPECT_EQ(Text(root(), "f"), std::string("\0\0\0d", 4));
}

// pread(2): "The file offset is not changed."
TEST_P(ContractFiles, Pread_LeavesTheOffset) {
  MakeFile("f", "0123456789");
  const OwnedFd file = Open(root(), "f");
  char buffer[3];
  EXPECT_EQ(k().Pread(file.get(), buffer, 8).value(), 2u);
  EXPECT_EQ(std::string(buffer, 2), "89");
  EXPECT_EQ(k().Pread(file.get(), buffer, 10).value(), 0u);
  EXPECT_EQ(Answer(k().Pread(file.get(), buffer, -1)), "EINVAL");
  EXPECT_EQ(Rest(file.get()), "0123456789");
}

TEST_P(ContractFiles, Fsync_OfFilesAndDirectories) {
  const OwnedFd file = MakeFile("f", "text");
  EXPECT_EQ(Answer(k().Fsync(file.get())), "ok");
  EXPECT_EQ(Answer(k().Fsync(root())), "ok");
}

// unlink(2): "the file will remain in existence until the last file descriptor referring to it is
// closed".
TEST_P(ContractFiles, OpenFile_OutlivesItsName) {
  const OwnedFd file = MakeFile("f", "text");
  const OwnedFd reader = Open(root(), "f");
  EXPECT_EQ(Answer(k().UnlinkAt(root(), "f", 0)), "ok");
  EXPECT_EQ(StatAnswer("f"), "ENOENT");
  EXPECT_EQ(Stat(reader.get(), "", AT_EMPTY_PATH).links, 0u);
  EXPECT_EQ(Answer(k().Write(file.get(), "!")), "ok");
  EXPECT_EQ(Rest(reader.get()), "text!");
  MakeFile("f", "new");
  EXPECT_NE(Stat(root(), "f").inode, Stat(reader.get(), "", AT_EMPTY_PATH).inode);
}

// --- stat(2) ---

TEST_P(ContractFiles, StatAt_Missing) {
  MakeFile("f");
  EXPECT_EQ(StatAnswer("none"), "ENOENT");
  EXPECT_EQ(StatAnswer("none/x"), "ENOENT");
  EXPECT_EQ(StatAnswer("f/x"), "ENOTDIR");
  EXPECT_EQ(StatAnswer(""), "ENOENT");
  EXPECT_EQ(Answer(k().StatAt(Fd{-1}, "f", 0)), "EBADF");
  EXPECT_EQ(Answer(k().StatAt(root(), "f", 0x40000000)), "EINVAL");
}

// fstatat(2), AT_SYMLINK_NOFOLLOW: "return information about the link itself".
TEST_P(ContractFiles, StatAt_OfALink) {
  MakeFile("f", "text");
  lab().AddSymlink("link", "f");
  lab().AddSymlink("dangling", "none");
  EXPECT_EQ(Stat(root(), "link").inode, Stat(root(), "f").inode);
  const FileStat link = Stat(root(), "link", AT_SYMLINK_NOFOLLOW);
  EXPECT_EQ(link.mode & S_IFMT, static_cast<mode_t>(S_IFLNK));
  EXPECT_EQ(link.size, 1);
  EXPECT_EQ(StatAnswer("dangling"), "ENOENT");
  EXPECT_EQ(StatAnswer("dangling", AT_SYMLINK_NOFOLLOW), "ok");
}

// fstatat(2), AT_EMPTY_PATH: "If pathname is an empty string, operate on the file referred to by
// dirfd".
TEST_P(ContractFiles, StatAt_EmptyPath_IsTheDescriptorItself) {
  const OwnedFd file = MakeFile("f", "text");
  EXPECT_EQ(Stat(file.get(), "", AT_EMPTY_PATH).inode, Stat(root(), "f").inode);
  EXPECT_EQ(Stat(file.get(), "", AT_EMPTY_PATH).size, 4);
  EXPECT_EQ(Stat(root(), "", AT_EMPTY_PATH).inode, Stat(root(), ".").inode);
}

// inode(7): a directory's links are its name, its "." and the ".." of each directory below it.
TEST_P(ContractFiles, StatAt_LinksOfADirectory) {
  EXPECT_EQ(Stat(root(), ".").links, 2u);
  MakeDirectory("d");
  MakeFile("f");
  EXPECT_EQ(Stat(root(), ".").links, 3u);
  EXPECT_EQ(Stat(root(), "d").links, 2u);
  EXPECT_EQ(Stat(root(), "d").mode, static_cast<mode_t>(S_IFDIR | 0755));
  MakeDirectory("d/e");
  EXPECT_EQ(Stat(root(), "d").links, 3u);
  EXPECT_EQ(Answer(k().UnlinkAt(root(), "d/e", AT_REMOVEDIR)), "ok");
  EXPECT_EQ(Stat(root(), "d").links, 2u);
}

TEST_P(ContractFiles, StatAt_InodesTellFilesApart) {
  MakeFile("f");
  MakeFile("g");
  EXPECT_NE(Stat(root(), "f").inode, Stat(root(), "g").inode);
  EXPECT_EQ(Stat(root(), "f").device, Stat(root(), ".").device);
  EXPECT_NE(Stat(root(), "f").device, Stat(cgroup(), ".").device);
}

// --- readlink(2) ---

TEST_P(ContractFiles, ReadlinkAt_GivesTheTextOfALink) {
  MakeFile("f");
  lab().AddSymlink("link", "anything/at all");
  EXPECT_EQ(k().ReadlinkAt(root(), "link").value(), "anything/at all");
  // EINVAL: "The named file ... is not a symbolic link."
  EXPECT_EQ(Answer(k().ReadlinkAt(root(), "f")), "EINVAL");
  EXPECT_EQ(Answer(k().ReadlinkAt(root(), ".")), "EINVAL");
  EXPECT_EQ(Answer(k().ReadlinkAt(root(), "none")), "ENOENT");
  EXPECT_EQ(Answer(k().ReadlinkAt(root(), "f/x")), "ENOTDIR");
}

// --- fsetxattr(2), fgetxattr(2) ---

TEST_P(ContractFiles, Xattr_IsKeptWithTheFile) {
  MakeDirectory("d");
  const OwnedFd dir = Open(root(), "d", O_RDONLY | O_DIRECTORY);
  // ENODATA: "The named attribute does not exist".
  EXPECT_EQ(Answer(k().GetXattr(dir.get(), "trusted.x")), "ENODATA");
  EXPECT_EQ(Answer(k().SetXattr(dir.get(), "trusted.x", "/some/path")), "ok");
  EXPECT_EQ(k().GetXattr(dir.get(), "trusted.x").value(), "/some/path");
  EXPECT_EQ(Answer(k().SetXattr(dir.get(), "trusted.x", "other")), "ok");
  EXPECT_EQ(Answer(k().RenameAt(root(), "d", root(), "e")), "ok");
  EXPECT_EQ(k().GetXattr(Open(root(), "e", O_RDONLY).get(), "trusted.x").value(), "other");
  EXPECT_EQ(Answer(k().GetXattr(dir.get(), "trusted.y")), "ENODATA");
}

TEST_P(ContractFiles, Xattr_OfAReadOnlyDescriptor_CanBeSet) {
  MakeFile("f");
  const OwnedFd file = Open(root(), "f", O_RDONLY);
  EXPECT_EQ(Answer(k().SetXattr(file.get(), "user.x", "y")), "ok");
  EXPECT_EQ(k().GetXattr(file.get(), "user.x").value(), "y");
}

// xattr(7): "an attribute name is ... fully qualified namespace form"; EOPNOTSUPP otherwise.
TEST_P(ContractFiles, Xattr_WithoutANamespace_IsEopnotsupp) {
  const OwnedFd file = MakeFile("f");
  EXPECT_EQ(Answer(k().SetXattr(file.get(), "plain", "y")), "EOPNOTSUPP");
  EXPECT_EQ(Answer(k().GetXattr(file.get(), "plain")), "EOPNOTSUPP");
}

CONTRACT_ON_ALL(ContractFiles);

}  // namespace
}  // namespace reapcheck::sim
