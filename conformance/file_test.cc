#include "conformance/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace reapcheck::conformance {
namespace {

// A directory of the test's own, removed afterwards.
class FileTest : public testing::Test {
 protected:
  FileTest() {
    std::string pattern = testing::TempDir() + "file_test_XXXXXX";
    directory_ = mkdtemp(pattern.data());
  }
  ~FileTest() override { RemoveTree(directory_); }
  std::string directory_;
};

TEST_F(FileTest, WritesAndReadsBack) {
  EXPECT_TRUE(WriteText(directory_ + "/a", "text"));
  EXPECT_EQ(ReadText(directory_ + "/a"), "text");
  EXPECT_EQ(ReadText(directory_ + "/a", 2), "te");
  EXPECT_EQ(ReadText(directory_ + "/absent"), std::nullopt);
}

TEST_F(FileTest, ListsTheWholeTreeWithBytesAndLinkTargets) {
  ASSERT_TRUE(MakeDirectories(directory_ + "/d/e"));
  ASSERT_TRUE(WriteText(directory_ + "/d/f", "x"));
  ASSERT_EQ(symlink("/nowhere", (directory_ + "/l").c_str()), 0);
  std::vector<FileInfo> files = ListTree(directory_, true);
  ASSERT_EQ(files.size(), 4u);
  EXPECT_EQ(files[0].path, "d");
  EXPECT_EQ(files[1].path, "d/e");
  EXPECT_EQ(files[2].path, "d/f");
  EXPECT_EQ(files[2].bytes, "x");
  EXPECT_EQ(files[3].type, 'l');
  EXPECT_EQ(files[3].bytes, "/nowhere");
}

TEST_F(FileTest, RemoveTreeNeverFollowsALink) {
  ASSERT_TRUE(MakeDirectories(directory_ + "/kept"));
  ASSERT_TRUE(WriteText(directory_ + "/kept/file", "x"));
  ASSERT_TRUE(MakeDirectories(directory_ + "/removed"));
  ASSERT_EQ(symlink((directory_ + "/kept").c_str(), (directory_ + "/removed/link").c_str()), 0);
  EXPECT_TRUE(RemoveTree(directory_ + "/removed"));
  EXPECT_FALSE(Exists(directory_ + "/removed"));
  EXPECT_EQ(ReadText(directory_ + "/kept/file"), "x");
  EXPECT_TRUE(RemoveTree(directory_ + "/absent"));
}

}  // namespace
}  // namespace reapcheck::conformance
