#include "runtime/file_text.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include "runtime/interposed_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {
namespace {

class FileTextTest : public ::testing::Test {
 protected:
  FileTextTest() {
    char name[] = "/tmp/reapcheck-file.XXXXXX";
    directory_ = ::mkdtemp(name);
    dir_ = linux_.OpenAt(kCwd, directory_, O_RDONLY | O_DIRECTORY, 0).value();
  }
  ~FileTextTest() override { std::filesystem::remove_all(directory_); }

  std::string Path(const std::string& name) const { return directory_ + "/" + name; }
  Fd dir() const { return dir_.get(); }

  // Each call that a signal may interrupt is interrupted once before it is let through.
  void InterruptEachCallOnce() {
    kernel_.OnCall([this](std::string_view call, const std::string&) {
      if (call == "RenameAt") return 0;
      interrupt_ = !interrupt_;
      interruptions_ += interrupt_ ? 1 : 0;
      return interrupt_ ? EINTR : 0;
    });
  }

  LinuxKernel linux_;
  InterposedKernel kernel_{linux_};
  int interruptions_ = 0;

 private:
  std::string directory_;
  OwnedFd dir_;
  bool interrupt_ = false;
};

TEST_F(FileTextTest, Replace_IsReadBackWhole) {
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", "old and longer"));
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", "new"));
  EXPECT_EQ(ReadFileText(kernel_, dir(), "f").value(), "new");
  EXPECT_FALSE(std::filesystem::exists(Path("f.tmp")));
  struct stat stat{};
  ASSERT_EQ(::stat(Path("f").c_str(), &stat), 0);
  EXPECT_EQ(stat.st_mode & 0777, 0600u);
}

// A crash or a refusal at any call leaves the old text or the new one.
TEST_F(FileTextTest, Replace_IsAtomicAtEachCall) {
  for (int n = 1;; ++n) {
    ASSERT_LT(n, 100);
    kernel_.OnCall({});
    ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", "old"));
    kernel_.LimitTransfers(1);
    int calls = 0;
    kernel_.OnCall([&](std::string_view, const std::string&) {
      return ++calls >= n ? EIO : 0;
    });
    const auto replaced = ReplaceFileText(kernel_, dir(), "f", "newer");
    kernel_.OnCall({});
    kernel_.LimitTransfers(SIZE_MAX);
    EXPECT_EQ(ReadFileText(kernel_, dir(), "f").value(), replaced ? "newer" : "old") << n;
    if (replaced) break;
    EXPECT_TRUE(FailedWith(replaced, EIO));
  }
}

TEST_F(FileTextTest, Replace_ALeftTemporaryFileIsNoObstacle) {
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f.tmp", "of a crash, and longer"));
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", "new"));
  EXPECT_EQ(ReadFileText(kernel_, dir(), "f").value(), "new");
}

TEST_F(FileTextTest, Replace_DoesNotWriteThroughALink) {
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "victim", "kept"));
  ASSERT_EQ(::symlink("victim", Path("f.tmp").c_str()), 0);
  EXPECT_TRUE(FailedWith(ReplaceFileText(kernel_, dir(), "f", "new"), ELOOP));
  EXPECT_EQ(ReadFileText(kernel_, dir(), "victim").value(), "kept");
}

TEST_F(FileTextTest, Read_AFifoDoesNotHang) {
  ASSERT_EQ(::mkfifo(Path("fifo").c_str(), 0600), 0);
  EXPECT_EQ(ReadFileText(kernel_, dir(), "fifo").value(), "");
  const OwnedFd writer = linux_.OpenAt(dir(), "fifo", O_RDWR, 0).value();
  EXPECT_TRUE(FailedWith(ReadFileText(kernel_, dir(), "fifo"), EAGAIN));
}

TEST_F(FileTextTest, Read_FollowsNoLinkAndReadsNoDirectory) {
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", "x"));
  ASSERT_EQ(::symlink("f", Path("link").c_str()), 0);
  ASSERT_EQ(::mkdir(Path("d").c_str(), 0700), 0);
  EXPECT_TRUE(FailedWith(ReadFileText(kernel_, dir(), "link"), ELOOP));
  EXPECT_TRUE(FailedWith(ReadFileText(kernel_, dir(), "d"), EISDIR));
  EXPECT_TRUE(FailedWith(ReadFileText(kernel_, dir(), "none"), ENOENT));
}

TEST_F(FileTextTest, Read_TooLargeIsAnErrorAndNoHalfText) {
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", ""));
  ASSERT_EQ(::truncate(Path("f").c_str(), kMaxFileText + 1), 0);
  EXPECT_TRUE(FailedWith(ReadFileText(kernel_, dir(), "f"), EFBIG));
  ASSERT_EQ(::truncate(Path("f").c_str(), kMaxFileText), 0);
  EXPECT_EQ(ReadFileText(kernel_, dir(), "f").value().size(), kMaxFileText);
}

TEST_F(FileTextTest, InterruptedCallsAreMadeAgain) {
  InterruptEachCallOnce();
  ASSERT_TRUE(ReplaceFileText(kernel_, dir(), "f", "text"));
  EXPECT_EQ(ReadFileText(kernel_, dir(), "f").value(), "text");
  ASSERT_TRUE(WriteControlFile(kernel_, dir(), "f", "TE"));
  EXPECT_EQ(ReadFileText(kernel_, dir(), "f").value(), "TExt");
  EXPECT_GE(interruptions_, 6);
}

TEST_F(FileTextTest, InterruptedForEverIsAnErrorAndNoHang) {
  kernel_.OnCall([](std::string_view, const std::string&) { return EINTR; });
  EXPECT_TRUE(FailedWith(ReadFileText(kernel_, dir(), "f"), EINTR));
  EXPECT_TRUE(FailedWith(ReplaceFileText(kernel_, dir(), "f", "x"), EINTR));
}

TEST_F(FileTextTest, ShortTransfersAreContinued) {
  EXPECT_TRUE(rc::check([this](const std::string& text) {
    kernel_.LimitTransfers(*rc::gen::inRange<std::size_t>(1, 8));
    RC_ASSERT(ReplaceFileText(kernel_, dir(), "f", text).has_value());
    RC_ASSERT(ReadFileText(kernel_, dir(), "f").value() == text);
  }));
}

TEST_F(FileTextTest, WriteControlFile_MakesNoFile) {
  EXPECT_TRUE(FailedWith(WriteControlFile(kernel_, dir(), "none", "1"), ENOENT));
  EXPECT_FALSE(std::filesystem::exists(Path("none")));
}

TEST_F(FileTextTest, AFailedWriteIsReported) {
  const OwnedFd full = linux_.OpenAt(kCwd, "/dev/full", O_WRONLY, 0).value();
  EXPECT_TRUE(FailedWith(WriteText(kernel_, full.get(), "x"), ENOSPC));
}

}  // namespace
}  // namespace reapcheck
