#include "runtime/container_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>

#include "runtime/file_text.h"
#include "runtime/interposed_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck {
namespace {

namespace fs = std::filesystem;

class ContainerDirectoryTest : public ::testing::Test {
 protected:
  ContainerDirectoryTest() {
    char name[] = "/tmp/reapcheck-directory.XXXXXX";
    directory_ = ::mkdtemp(name);
  }
  ~ContainerDirectoryTest() override { fs::remove_all(directory_); }

  std::string root() const { return directory_ + "/root"; }
  std::string outside() const { return directory_ + "/outside"; }
  ContainerDirectory Claim(const std::string& id) {
    return std::move(ClaimContainer(kernel_, root(), id).value());
  }
  static Record RecordOf(const std::string& id, const std::string& cgroup) {
    return {.id = id,
            .oci_version = "1.0.2",
            .cgroups = {{.hierarchy = {.mount_point = "/sys/fs/cgroup"}, .path = cgroup}}};
  }
  void Write(const ContainerDirectory& container, const char* file, const std::string& text) {
    ReplaceFileText(linux_, container.dir.get(), file, text).value();
  }

  LinuxKernel linux_;
  InterposedKernel kernel_{linux_};

 private:
  std::string directory_;
};

template <typename T>
void ExpectRefused(const Outcome<T>& outcome, FailureKind kind) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(static_cast<int>(outcome.error().kind), static_cast<int>(kind))
      << outcome.error().text;
}

TEST(CheckContainerId, TableOfIds) {
  for (const std::string id : {"a", "A-b_c+d.e", "...", "-", "0", "c1."}) {
    EXPECT_TRUE(CheckContainerId(id)) << id;
  }
  EXPECT_TRUE(CheckContainerId(std::string(255, 'x')));
  for (const std::string id : {"", ".", "..", "a/b", "/", "a b", "a\n", "\xc3\xa9", "a:b", "a\\"}) {
    ExpectRefused(CheckContainerId(id), FailureKind::kInvalidId);
  }
  EXPECT_FALSE(CheckContainerId(std::string(256, 'x')));
  EXPECT_FALSE(CheckContainerId(std::string("a\0b", 3)));
}

TEST_F(ContainerDirectoryTest, Claim_TakesTheIdOnce) {
  const auto first = Claim("c1");
  ExpectRefused(ClaimContainer(kernel_, root(), "c1"), FailureKind::kExists);
  EXPECT_TRUE(ClaimContainer(kernel_, root(), "c2"));
  EXPECT_TRUE(OpenContainer(kernel_, root(), "c1"));
}

TEST_F(ContainerDirectoryTest, Open_WithoutRootOrDirectoryIsNotFound) {
  ExpectRefused(OpenContainer(kernel_, root(), "c1"), FailureKind::kNotFound);
  const auto other = Claim("c2");
  ExpectRefused(OpenContainer(kernel_, root(), "c1"), FailureKind::kNotFound);
  EXPECT_FALSE(fs::exists(root() + "/c1"));
}

TEST_F(ContainerDirectoryTest, Open_ALinkOrAFileIsRefused) {
  fs::create_directories(root());
  fs::create_directories(outside());
  fs::create_directory_symlink(outside(), root() + "/link");
  std::ofstream(root() + "/file") << "x";
  ExpectRefused(OpenContainer(kernel_, root(), "link"), FailureKind::kCorruptRecord);
  ExpectRefused(OpenContainer(kernel_, root(), "file"), FailureKind::kCorruptRecord);
  ExpectRefused(ClaimContainer(kernel_, root(), "link"), FailureKind::kExists);
}

TEST_F(ContainerDirectoryTest, WhatOthersCanWriteToIsRefused) {
  Claim("c1");
  for (mode_t mode : {0777, 0775, 0722}) {
    ASSERT_EQ(::chmod((root() + "/c1").c_str(), mode), 0);
    ExpectRefused(OpenContainer(kernel_, root(), "c1"), FailureKind::kCorruptRecord);
  }
  ASSERT_EQ(::chmod((root() + "/c1").c_str(), 0711), 0);
  ASSERT_EQ(::chmod(root().c_str(), 0777), 0);
  ExpectRefused(OpenContainer(kernel_, root(), "c1"), FailureKind::kCorruptRecord);
  ExpectRefused(ClaimContainer(kernel_, root(), "c2"), FailureKind::kCorruptRecord);
  ASSERT_EQ(::chmod(root().c_str(), 0711), 0);
  EXPECT_TRUE(OpenContainer(kernel_, root(), "c1"));
}

TEST_F(ContainerDirectoryTest, WhatBelongsToOthersIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  Claim("c1");
  ASSERT_EQ(::chown((root() + "/c1").c_str(), 4242, 4242), 0);
  ExpectRefused(OpenContainer(kernel_, root(), "c1"), FailureKind::kCorruptRecord);
}

TEST_F(ContainerDirectoryTest, Lock_KeepsOthersOut) {
  const auto claimed = Claim("c1");
  const auto second = OpenContainer(linux_, root(), "c1");
  ASSERT_TRUE(second);
  EXPECT_TRUE(FailedWith(linux_.Flock(second->dir.get(), LOCK_EX | LOCK_NB), EWOULDBLOCK));
  UnlockContainer(kernel_, claimed);
  EXPECT_TRUE(LockContainer(kernel_, *second));
  EXPECT_TRUE(FailedWith(linux_.Flock(claimed.dir.get(), LOCK_EX | LOCK_NB), EWOULDBLOCK));
}

TEST_F(ContainerDirectoryTest, Lock_GoesWithItsProcess) {
  UnlockContainer(kernel_, Claim("c1"));
  const pid_t child = ::fork();
  if (child == 0) {
    const auto container = OpenContainer(linux_, root(), "c1");
    ::_exit(LockContainer(linux_, *container) ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_EQ(status, 0);
  EXPECT_TRUE(LockContainer(kernel_, OpenContainer(kernel_, root(), "c1").value()));
}

TEST_F(ContainerDirectoryTest, Lock_WaitsUntilItIsFree) {
  const auto claimed = Claim("c1");
  const auto second = OpenContainer(linux_, root(), "c1");
  int tries = 0;
  kernel_.OnCall([&](std::string_view call, const std::string&) {
    if (call == "Flock" && ++tries == 4) UnlockContainer(linux_, claimed);
    return 0;
  });
  EXPECT_TRUE(LockContainer(kernel_, *second));
  EXPECT_EQ(tries, 4);
}

TEST_F(ContainerDirectoryTest, Lock_OfARemovedDirectoryIsNotFound) {
  auto first = Claim("c1");
  const auto second = OpenContainer(kernel_, root(), "c1");
  ASSERT_TRUE(RemoveContainer(kernel_, first));
  first.dir.Reset();
  ExpectRefused(LockContainer(kernel_, *second), FailureKind::kNotFound);
  // The same name again is another container.
  Claim("c1");
  ExpectRefused(LockContainer(kernel_, *second), FailureKind::kNotFound);
}

TEST_F(ContainerDirectoryTest, Claim_StartsAnewWhenTheDirectoryIsTakenAway) {
  int removals = 0;
  kernel_.OnCall([&](std::string_view call, const std::string&) {
    if (call == "Flock" && removals < 2) {
      ++removals;
      fs::remove(root() + "/c1");
    }
    return 0;
  });
  const auto claimed = ClaimContainer(kernel_, root(), "c1");
  EXPECT_TRUE(claimed);
  EXPECT_EQ(removals, 2);
  EXPECT_TRUE(fs::exists(root() + "/c1"));
}

TEST_F(ContainerDirectoryTest, Load_StateThenIntentThenNothing) {
  const auto container = Claim("c1");
  ExpectRefused(LoadRecord(kernel_, container), FailureKind::kNotFound);
  Write(container, kIntentFile, RecordText(RecordOf("c1", "/a")));
  auto loaded = LoadRecord(kernel_, container);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->from_intent);
  EXPECT_NE(loaded->unusable, "");
  Write(container, kStateFile, RecordText(RecordOf("c1", "/a")));
  EXPECT_FALSE(LoadRecord(kernel_, container).value().from_intent);
  Write(container, kStateFile, "{");
  Write(container, kIntentFile, "");
  ExpectRefused(LoadRecord(kernel_, container), FailureKind::kCorruptRecord);
}

TEST_F(ContainerDirectoryTest, Load_UnreadableStateIsNoDeadContainer) {
  const auto container = Claim("c1");
  Write(container, kStateFile, RecordText(RecordOf("c1", "/a")));
  kernel_.OnCall([](std::string_view call, const std::string&) {
    return call == "Read" ? EIO : 0;
  });
  ExpectRefused(LoadRecord(kernel_, container), FailureKind::kSystem);
}

TEST_F(ContainerDirectoryTest, Load_WhatCanNotBeReadNowIsNotReplacedByTheIntent) {
  const auto container = Claim("c1");
  Write(container, kIntentFile, RecordText(RecordOf("c1", "/a")));
  Write(container, kStateFile, RecordText(RecordOf("c1", "/a")));
  for (const int code : {EIO, EMFILE, ENOMEM}) {
    kernel_.OnCall([code](std::string_view call, const std::string& subject) {
      return call == "OpenAt" && subject == kStateFile ? code : 0;
    });
    ExpectRefused(LoadRecord(kernel_, container), FailureKind::kSystem);
  }
  kernel_.OnCall(nullptr);
  EXPECT_FALSE(LoadRecord(kernel_, container).value().from_intent);
}

TEST_F(ContainerDirectoryTest, LoadTrusted_StateThatNamesOtherCgroupsDoesNotCount) {
  const auto container = Claim("c1");
  Write(container, kIntentFile, RecordText(RecordOf("c1", "/own")));
  Write(container, kStateFile, RecordText(RecordOf("c1", "/victim")));
  const auto loaded = LoadTrustedRecord(kernel_, container);
  ASSERT_TRUE(loaded);
  EXPECT_TRUE(loaded->from_intent);
  EXPECT_EQ(loaded->record.cgroups[0].path, "/own");
  Write(container, kStateFile, RecordText(RecordOf("c1", "/own")));
  EXPECT_FALSE(LoadTrustedRecord(kernel_, container).value().from_intent);
}

TEST_F(ContainerDirectoryTest, Remove_AllThatIsInThereAndNothingThroughLinks) {
  const auto container = Claim("c1");
  fs::create_directories(root() + "/c1/a/b/c");
  fs::create_directories(root() + "/c1/state.json/d");
  fs::create_directories(outside() + "/kept");
  std::ofstream(root() + "/c1/a/b/file") << "x";
  ASSERT_EQ(::mkfifo((root() + "/c1/fifo").c_str(), 0600), 0);
  fs::create_directory_symlink(outside(), root() + "/c1/link");
  fs::create_directory_symlink(outside(), root() + "/c1/a/link");
  EXPECT_TRUE(RemoveContainer(kernel_, container));
  EXPECT_FALSE(fs::exists(root() + "/c1"));
  EXPECT_TRUE(fs::exists(outside() + "/kept"));
  EXPECT_TRUE(RemoveContainer(kernel_, container)) << "that it is gone is success";
}

TEST_F(ContainerDirectoryTest, Remove_TheRecordsGoLastAndStateAfterAll) {
  const auto container = Claim("c1");
  for (const char* file : {kStateFile, kIntentFile, kConfigFile, kGateFile, "zzz"}) {
    Write(container, file, "x");
  }
  std::vector<std::string> removed;
  kernel_.OnCall([&](std::string_view call, const std::string& subject) {
    if (call == "UnlinkAt") removed.push_back(subject);
    return 0;
  });
  ASSERT_TRUE(RemoveContainer(kernel_, container));
  ASSERT_EQ(removed.size(), 6u);
  EXPECT_EQ(removed[2], kConfigFile);
  EXPECT_EQ(removed[3], kIntentFile);
  EXPECT_EQ(removed[4], kStateFile);
  EXPECT_EQ(removed[5], "c1");
}

TEST_F(ContainerDirectoryTest, Remove_TakesMountsOffWithoutTouchingWhatIsInThem) {
  if (::geteuid() != 0 || ::unshare(CLONE_NEWNS) != 0) GTEST_SKIP() << "needs root";
  ASSERT_EQ(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  const auto container = Claim("c1");
  fs::create_directories(root() + "/c1/rootfs");
  fs::create_directories(outside() + "/kept");
  ASSERT_EQ(::mount(outside().c_str(), (root() + "/c1/rootfs").c_str(), nullptr, MS_BIND, nullptr),
            0);
  ASSERT_TRUE(fs::exists(root() + "/c1/rootfs/kept"));
  EXPECT_TRUE(RemoveContainer(kernel_, container));
  EXPECT_FALSE(fs::exists(root() + "/c1"));
  EXPECT_TRUE(fs::exists(outside() + "/kept"));
}

TEST_F(ContainerDirectoryTest, DropRecord_WhateverItIs) {
  const auto container = Claim("c1");
  EXPECT_TRUE(DropRecord(kernel_, container, kStateFile));
  fs::create_directories(root() + "/c1/state.json/d");
  EXPECT_TRUE(DropRecord(kernel_, container, kStateFile));
  EXPECT_TRUE(fs::is_empty(root() + "/c1"));
}

}  // namespace
}  // namespace reapcheck
