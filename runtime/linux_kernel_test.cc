// The contract of kernel.h, as Linux keeps it: each method does what its system call does, and
// fails with the errnos that its callers tell apart.
#include "runtime/linux_kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace reapcheck {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr Pid kNoProcess{0x3fffffff};  // above any pid_max

class LinuxKernelTest : public ::testing::Test {
 protected:
  LinuxKernelTest() {
    char name[] = "/tmp/reapcheck-kernel.XXXXXX";
    directory_ = ::mkdtemp(name);
    dir_ = kernel_.OpenAt(kCwd, directory_, O_RDONLY | O_DIRECTORY, 0).value();
  }
  ~LinuxKernelTest() override { fs::remove_all(directory_); }

  Fd dir() const { return dir_.get(); }
  OwnedFd Make(const std::string& name, const std::string& text) {
    OwnedFd file = kernel_.OpenAt(dir(), name, O_RDWR | O_CREAT, 0600).value();
    EXPECT_EQ(kernel_.Write(file.get(), text).value(), text.size());
    return file;
  }
  // A shell that is a child of this process.
  Pid Shell(const std::string& script, const std::string& input = "") {
    return kernel_
        .Spawn({.path = "/bin/sh",
                .arguments = {"sh", "-c", script},
                .environment = {"D=" + directory_, "PATH=/usr/bin:/bin"},
                .stdin_text = input})
        .value();
  }
  std::string Read(const std::string& name) const {
    std::ifstream in(directory_ + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  LinuxKernel kernel_;
  std::string directory_;

 private:
  OwnedFd dir_;
};

TEST_F(LinuxKernelTest, Spawn_ChildLeadsAGroupAndReadsItsInput) {
  const Pid child =
      Shell("cat >$D/in; cut -d ' ' -f 5 /proc/$$/stat >$D/group; pwd >$D/cwd", "input");
  const auto ended = kernel_.Waitid(child, /*block=*/true);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->pid, child);
  EXPECT_EQ(Read("in"), "input");
  EXPECT_NE(Read("group").find(std::to_string(child.value)), std::string::npos);
  EXPECT_EQ(Read("cwd"), fs::current_path().string() + "\n");
}

TEST_F(LinuxKernelTest, Spawn_FailedExecIsReportedWithNoChildLeft) {
  EXPECT_TRUE(FailedWith(kernel_.Spawn({.path = "/none", .arguments = {"x"}}), ENOENT));
  EXPECT_TRUE(FailedWith(kernel_.Spawn({.path = "/tmp", .arguments = {"x"}}), EACCES));
  Make("script", "no interpreter");
  fs::permissions(directory_ + "/script", fs::perms::owner_all);
  const SpawnRequest script{.path = directory_ + "/script", .arguments = {"x"}};
  EXPECT_TRUE(FailedWith(kernel_.Spawn(script), ENOEXEC));
  EXPECT_TRUE(FailedWith(kernel_.Waitid(Pid{0}, /*block=*/false), ECHILD));
}

TEST_F(LinuxKernelTest, Waitid_ExitCodeSignalAndNobody) {
  auto ended = kernel_.Waitid(Shell("exit 7"), true);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->code, CLD_EXITED);
  EXPECT_EQ((*ended)->status, 7);
  const Pid waits = Shell("exec sleep 99");
  EXPECT_EQ(kernel_.Waitid(waits, false).value(), std::nullopt);
  ASSERT_TRUE(kernel_.Kill(Pid{-waits.value}, Signal{SIGUSR1}));
  ended = kernel_.Waitid(Pid{0}, true);
  ASSERT_TRUE(ended && *ended);
  EXPECT_EQ((*ended)->pid, waits);
  EXPECT_EQ((*ended)->code, CLD_KILLED);
  EXPECT_EQ((*ended)->status, SIGUSR1);
  EXPECT_TRUE(FailedWith(kernel_.Waitid(waits, true), ECHILD));
}

TEST_F(LinuxKernelTest, Pidfd_OfALiveProcessAZombieAndNobody) {
  const Pid child = Shell("exec sleep 99");
  const auto pidfd = kernel_.PidfdOpen(child);
  ASSERT_TRUE(pidfd);
  EXPECT_NE(::fcntl(pidfd->get().number, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_TRUE(kernel_.PidfdSendSignal(pidfd->get(), Signal{0}));
  EXPECT_TRUE(FailedWith(kernel_.PidfdSendSignal(pidfd->get(), Signal{65}), EINVAL));
  PollRequest request{.fd = pidfd->get(), .events = POLLIN};
  EXPECT_EQ(kernel_.Poll({&request, 1}, milliseconds(0)).value(), 0);
  ASSERT_TRUE(kernel_.PidfdSendSignal(pidfd->get(), Signal{SIGKILL}));
  EXPECT_EQ(kernel_.Poll({&request, 1}, milliseconds(5000)).value(), 1);
  EXPECT_NE(request.returned & POLLIN, 0);
  EXPECT_TRUE(kernel_.PidfdSendSignal(pidfd->get(), Signal{0})) << "a zombie takes signals";
  ASSERT_TRUE(kernel_.Waitid(child, true));
  EXPECT_TRUE(FailedWith(kernel_.PidfdSendSignal(pidfd->get(), Signal{0}), ESRCH));
  EXPECT_TRUE(FailedWith(kernel_.PidfdOpen(kNoProcess), ESRCH));
  EXPECT_TRUE(FailedWith(kernel_.PidfdOpen(Pid{0}), EINVAL));
  EXPECT_TRUE(FailedWith(kernel_.PidfdOpen(Pid{-1}), EINVAL));
}

TEST_F(LinuxKernelTest, Kill_NobodyAndNoSignal) {
  EXPECT_TRUE(FailedWith(kernel_.Kill(kNoProcess, Signal{0}), ESRCH));
  EXPECT_TRUE(FailedWith(kernel_.Kill(kernel_.GetPid(), Signal{65}), EINVAL));
  EXPECT_TRUE(kernel_.Kill(kernel_.GetPid(), Signal{0}));
}

TEST_F(LinuxKernelTest, Poll_Timeout) {
  const ClockTime start = kernel_.ClockGettime();
  EXPECT_EQ(kernel_.Poll({}, milliseconds(20)).value(), 0);
  EXPECT_GE(kernel_.ClockGettime().since_boot - start.since_boot, milliseconds(20));
}

TEST_F(LinuxKernelTest, OpenAt_ClosesOnExecAndNamesWhatItRefused) {
  const OwnedFd file = Make("f", "x");
  EXPECT_NE(::fcntl(file.get().number, F_GETFD) & FD_CLOEXEC, 0);
  const auto none = kernel_.OpenAt(dir(), "none", O_RDONLY, 0);
  ASSERT_TRUE(FailedWith(none, ENOENT));
  EXPECT_EQ(none.error().ToString(), "openat " + directory_ + "/none: ENOENT");
  EXPECT_TRUE(FailedWith(kernel_.OpenAt(dir(), "f", O_RDONLY | O_DIRECTORY, 0), ENOTDIR));
  ASSERT_EQ(::symlinkat("f", dir().number, "link"), 0);
  EXPECT_TRUE(FailedWith(kernel_.OpenAt(dir(), "link", O_RDONLY | O_NOFOLLOW, 0), ELOOP));
  ASSERT_EQ(::mkfifoat(dir().number, "fifo", 0600), 0);
  EXPECT_TRUE(FailedWith(kernel_.OpenAt(dir(), "fifo", O_WRONLY | O_NONBLOCK, 0), ENXIO));
  EXPECT_EQ(kernel_.ReadlinkAt(dir(), "link").value(), "f");
  EXPECT_TRUE(FailedWith(kernel_.ReadlinkAt(dir(), "f"), EINVAL));
}

TEST_F(LinuxKernelTest, ReadPreadWrite) {
  const OwnedFd file = Make("f", "0123456789");
  char buffer[4];
  EXPECT_EQ(kernel_.Read(file.get(), buffer).value(), 0u) << "at the end";
  EXPECT_EQ(kernel_.Pread(file.get(), buffer, 3).value(), 4u);
  EXPECT_EQ(std::string(buffer, 4), "3456");
  EXPECT_EQ(kernel_.Pread(file.get(), buffer, 8).value(), 2u);
  EXPECT_TRUE(kernel_.Fsync(file.get()));
  EXPECT_TRUE(FailedWith(kernel_.Read(dir(), buffer), EISDIR));
  EXPECT_TRUE(FailedWith(kernel_.Write(dir(), "x"), EBADF));
}

TEST_F(LinuxKernelTest, OwnedFd_ClosesOnce) {
  OwnedFd file = Make("f", "");
  const int number = file.get().number;
  OwnedFd moved = std::move(file);
  EXPECT_FALSE(file);  // NOLINT: what moving leaves is promised
  moved.Reset();
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  EXPECT_TRUE(FailedWith(kernel_.Close(Fd{number}), EBADF));
}

TEST_F(LinuxKernelTest, StatAt_FollowsAsTold) {
  Make("f", "12345");
  ASSERT_EQ(::symlinkat("f", dir().number, "link"), 0);
  EXPECT_EQ(kernel_.StatAt(dir(), "link", 0).value().size, 5);
  EXPECT_TRUE(S_ISLNK(kernel_.StatAt(dir(), "link", AT_SYMLINK_NOFOLLOW).value().mode));
  const FileStat self = kernel_.StatAt(dir(), "", AT_EMPTY_PATH).value();
  EXPECT_TRUE(S_ISDIR(self.mode));
  EXPECT_EQ(self.uid, ::geteuid());
  EXPECT_EQ(self.inode, kernel_.StatAt(kCwd, directory_, 0).value().inode);
  EXPECT_TRUE(FailedWith(kernel_.StatAt(dir(), "none", 0), ENOENT));
}

TEST_F(LinuxKernelTest, DirectoriesAndNames) {
  EXPECT_TRUE(kernel_.MkdirAt(dir(), "d", 0700));
  EXPECT_TRUE(FailedWith(kernel_.MkdirAt(dir(), "d", 0700), EEXIST));
  EXPECT_TRUE(FailedWith(kernel_.MkdirAt(dir(), "x/y", 0700), ENOENT));
  Make("d/f", "");
  EXPECT_TRUE(FailedWith(kernel_.UnlinkAt(dir(), "d", 0), EISDIR));
  EXPECT_TRUE(FailedWith(kernel_.UnlinkAt(dir(), "d", AT_REMOVEDIR), ENOTEMPTY));
  EXPECT_TRUE(FailedWith(kernel_.UnlinkAt(dir(), "d/f", AT_REMOVEDIR), ENOTDIR));
  EXPECT_TRUE(kernel_.RenameAt(dir(), "d/f", dir(), "g"));
  EXPECT_TRUE(FailedWith(kernel_.RenameAt(dir(), "d/f", dir(), "g"), ENOENT));
  EXPECT_TRUE(kernel_.UnlinkAt(dir(), "d", AT_REMOVEDIR));
  EXPECT_TRUE(kernel_.UnlinkAt(dir(), "g", 0));
  EXPECT_TRUE(FailedWith(kernel_.UnlinkAt(dir(), "g", 0), ENOENT));
}

TEST_F(LinuxKernelTest, GetDirectoryEntries_AllFromTheStartEachTime) {
  for (int i = 0; i < 500; ++i) Make("a-name-that-is-long-" + std::to_string(i), "");
  ASSERT_TRUE(kernel_.MkdirAt(dir(), "d", 0700));
  for (int round = 0; round < 2; ++round) {
    const auto entries = kernel_.GetDirectoryEntries(dir());
    ASSERT_TRUE(entries);
    EXPECT_EQ(entries->size(), 501u);
    const auto found = std::ranges::find(*entries, "d", &DirectoryEntry::name);
    ASSERT_NE(found, entries->end());
    EXPECT_EQ(found->type, DT_DIR);
  }
  const OwnedFd file = Make("f", "");
  EXPECT_TRUE(FailedWith(kernel_.GetDirectoryEntries(file.get()), ENOTDIR));
}

TEST_F(LinuxKernelTest, GetDirectoryEntries_OfARemovedDirectoryIsEnoent) {
  ASSERT_TRUE(kernel_.MkdirAt(dir(), "d", 0700));
  const OwnedFd held = kernel_.OpenAt(dir(), "d", O_RDONLY | O_DIRECTORY, 0).value();
  ASSERT_TRUE(kernel_.UnlinkAt(dir(), "d", AT_REMOVEDIR));
  EXPECT_TRUE(FailedWith(kernel_.GetDirectoryEntries(held.get()), ENOENT));
}

TEST_F(LinuxKernelTest, Flock_IsTheOpenFilesAndGoesWithIt) {
  Make("f", "");
  OwnedFd first = kernel_.OpenAt(dir(), "f", O_RDONLY, 0).value();
  const OwnedFd second = kernel_.OpenAt(dir(), "f", O_RDONLY, 0).value();
  EXPECT_TRUE(kernel_.Flock(first.get(), LOCK_EX | LOCK_NB));
  EXPECT_TRUE(FailedWith(kernel_.Flock(second.get(), LOCK_EX | LOCK_NB), EWOULDBLOCK));
  EXPECT_TRUE(FailedWith(kernel_.Flock(second.get(), LOCK_SH | LOCK_NB), EWOULDBLOCK));
  first.Reset();
  EXPECT_TRUE(kernel_.Flock(second.get(), LOCK_EX | LOCK_NB));
  EXPECT_TRUE(kernel_.Flock(second.get(), LOCK_UN));
}

TEST_F(LinuxKernelTest, StatFs_TellsProcfs) {
  const OwnedFd proc = kernel_.OpenAt(kCwd, "/proc", O_RDONLY | O_DIRECTORY, 0).value();
  EXPECT_EQ(kernel_.StatFs(proc.get()).value(), PROC_SUPER_MAGIC);
}

TEST_F(LinuxKernelTest, Xattr_NoneIsEnodata) {
  const OwnedFd file = Make("f", "");
  const auto set = kernel_.SetXattr(file.get(), "user.reapcheck", "text");
  if (!set) GTEST_SKIP() << "no attributes on this file system: " << set.error().ToString();
  EXPECT_EQ(kernel_.GetXattr(file.get(), "user.reapcheck").value(), "text");
  EXPECT_TRUE(FailedWith(kernel_.GetXattr(file.get(), "user.none"), ENODATA));
}

TEST_F(LinuxKernelTest, Umount_OfWhatIsNoMount) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  EXPECT_TRUE(FailedWith(kernel_.Umount(directory_, MNT_DETACH | UMOUNT_NOFOLLOW), EINVAL));
  EXPECT_TRUE(FailedWith(kernel_.Umount(directory_ + "/none", MNT_DETACH), ENOENT));
}

TEST_F(LinuxKernelTest, SetChildSubreaper_OrphansBecomeChildren) {
  ASSERT_TRUE(kernel_.SetChildSubreaper(true));
  ASSERT_TRUE(kernel_.Waitid(Shell("(sleep 0.05; exit 3) & exit 0"), true));
  const auto orphan = kernel_.Waitid(Pid{0}, true);
  ASSERT_TRUE(orphan && *orphan);
  EXPECT_EQ((*orphan)->status, 3);
  EXPECT_TRUE(kernel_.SetChildSubreaper(false));
}

TEST_F(LinuxKernelTest, Nanosleep_WholeAndInterrupted) {
  const ClockTime start = kernel_.ClockGettime();
  EXPECT_TRUE(kernel_.Nanosleep(milliseconds(10)));
  EXPECT_GE(kernel_.ClockGettime().since_boot - start.since_boot, milliseconds(10));
  struct sigaction action{}, before{};
  action.sa_handler = [](int) {};
  ::sigaction(SIGALRM, &action, &before);
  ::ualarm(5000, 0);
  EXPECT_TRUE(FailedWith(kernel_.Nanosleep(std::chrono::seconds(20)), EINTR));
  ::sigaction(SIGALRM, &before, nullptr);
}

TEST_F(LinuxKernelTest, CapGet_IsTheEffectiveSet) {
  std::ifstream status("/proc/self/status");
  std::string word, value;
  while (status >> word && word != "CapEff:") {
  }
  status >> value;
  EXPECT_EQ(kernel_.CapGet().value(), std::stoull(value, nullptr, 16));
}

}  // namespace
}  // namespace reapcheck
