#include "conformance/peers.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

class PeersTest : public testing::Test {
 protected:
  void Install(const std::string& name, const std::string& command) {
    ASSERT_TRUE(MakeDirectories(directory_ + "/" + name));
    ASSERT_TRUE(WriteText(directory_ + "/" + name + "/command", command));
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  const std::string directory_ = testing::TempDir() + "/peers_test";
};

TEST_F(PeersTest, AreSortedAndNamedByVersion) {
  Install("runc-1.3.6", "/there/runc\n");
  Install("crun-1.28", "/there/crun\n");
  Install(".work.1234", "");
  const auto peers = InstalledPeers(directory_);
  ASSERT_TRUE(peers.has_value()) << peers.error();
  EXPECT_EQ(*peers, (std::vector<std::string>{"crun-1.28=/there/crun", "runc-1.3.6=/there/runc"}));
}

TEST_F(PeersTest, NoneIsAnErrorThatSaysWhatToDo) {
  EXPECT_EQ(InstalledPeers(directory_).error(),
            "no peers in " + directory_ + ": run tools/peers first");
}

TEST_F(PeersTest, ADamagedOneIsNamed) {
  Install("runc-1.3.6", "");
  EXPECT_EQ(InstalledPeers(directory_).error(),
            directory_ + "/runc-1.3.6/command: is not one line with a command");
}

TEST(PeerFamily, IsTheNameWithoutTheVersion) {
  EXPECT_EQ(FamilyOf("runc-1.3.6"), "runc");
  EXPECT_EQ(FamilyOf("runc"), "runc");
  EXPECT_EQ(FamilyOf("my-runtime"), "my-runtime");
}

}  // namespace
}  // namespace reapcheck::conformance
