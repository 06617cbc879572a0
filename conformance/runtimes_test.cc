#include "conformance/runtimes.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

namespace reapcheck::conformance {
namespace {

TEST(FindRuntime, PathIsNamedAfterItsLastPart) {
  auto spec = FindRuntime("/bin/true");
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_EQ(spec->name, "true");
  EXPECT_EQ(spec->argv.size(), 1u);
  EXPECT_EQ(spec->typed, "/bin/true");
}

TEST(FindRuntime, NameAndGlobalArguments) {
  auto spec = FindRuntime("mine=/bin/true --platform=x --y");
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_EQ(spec->name, "mine");
  ASSERT_EQ(spec->argv.size(), 3u);
  EXPECT_EQ(spec->argv[1], "--platform=x");
  EXPECT_EQ(spec->typed, "'mine=/bin/true --platform=x --y'");
}

TEST(FindRuntime, AnEqualsSignOfAnArgumentIsNoName) {
  auto spec = FindRuntime("/bin/true --platform=x");
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_EQ(spec->name, "true");
}

TEST(FindRuntime, BareNameIsLookedUpOnPath) {
  auto spec = FindRuntime("true");
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_EQ(spec->argv[0].front(), '/');
}

TEST(FindRuntime, InstalledPeerIsFoundByItsName) {
  const std::string peers = testing::TempDir() + "/runtimes_test";
  std::filesystem::create_directories(peers + "/true-1.2");
  std::ofstream(peers + "/true-1.2/command") << "/bin/true --x\n";
  setenv("REAPCHECK_PEERS", peers.c_str(), 1);
  auto spec = FindRuntime("true-1.2");
  unsetenv("REAPCHECK_PEERS");
  std::filesystem::remove_all(peers);
  ASSERT_TRUE(spec) << spec.error();
  EXPECT_EQ(spec->name, "true-1.2");
  EXPECT_EQ(spec->argv.size(), 2u);
  EXPECT_EQ(spec->typed, "true-1.2");
}

TEST(FindRuntime, AbsentIsOneClearLine) {
  auto spec = FindRuntime("no-such-runtime-here");
  ASSERT_FALSE(spec);
  EXPECT_EQ(spec.error(), "--runtime no-such-runtime-here: no such program");
  EXPECT_FALSE(FindRuntime(""));
  EXPECT_FALSE(FindRuntime("name="));
}

}  // namespace
}  // namespace reapcheck::conformance
