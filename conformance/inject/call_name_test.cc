#include "conformance/inject/call_name.h"

#include <gtest/gtest.h>

namespace reapcheck::inject {
namespace {

const Places kPlaces{.root = "/lab/root", .id = "tag-c1", .cgroup_tag = "tag", .bundle = "/lab/b"};

std::string Kind(const char* path) { return KindOfPath(kPlaces, path); }

TEST(CallName, PathsBelowTheRootAreNamedByWhatTheyAre) {
  EXPECT_EQ(Kind("/lab/root"), "root");
  EXPECT_EQ(Kind("/lab/root/tag-c1"), "container");
  EXPECT_EQ(Kind("/lab/root/tag-c1/state.json"), "record");
  EXPECT_EQ(Kind("/lab/root/tag-c1/status"), "record");
  EXPECT_EQ(Kind("/lab/root/tag-c1/intent.json"), "intent");
  EXPECT_EQ(Kind("/lab/root/tag-c1/exec.fifo"), "gate");
  EXPECT_EQ(Kind("/lab/root/tag-c1/state.json.tmp"), "temporary");
  EXPECT_EQ(Kind("/lab/root/tag-c1/state-123456"), "temporary");
  EXPECT_EQ(Kind("/lab/root/tag-c1/deep/state.json"), "file");
  EXPECT_EQ(Kind("/lab/root/tag-c2"), "file");
}

TEST(CallName, CgroupsOfTheContainerAndWhereTheyAreMountedAreCgroups) {
  EXPECT_EQ(Kind("/sys/fs/cgroup/pids/tag-c1"), "cgroup");
  EXPECT_EQ(Kind("/sys/fs/cgroup/tag-c1/sub"), "cgroup");
  EXPECT_EQ(Kind("/sys/fs/cgroup/tag-c1/cgroup.procs"), "cgroup.procs");
  EXPECT_EQ(Kind("/sys/fs/cgroup/freezer/tag-c1/freezer.state"), "freezer.state");
  EXPECT_EQ(Kind("/sys/fs/cgroup/pids/tag-c1/pids.max"), "cgroup file");
  EXPECT_EQ(Kind("/sys/fs/cgroup/pids/other"), "other");
  EXPECT_EQ(Kind("/sys/fs/cgroup/pids"), "cgroup");
  EXPECT_EQ(Kind("/sys/fs/cgroup"), "cgroup");
  EXPECT_EQ(Kind("/sys/fs/cgroup/cgroup.controllers"), "other");
}

TEST(CallName, ProcfsAndTheRest) {
  EXPECT_EQ(Kind("/proc/12/stat"), "proc stat");
  EXPECT_EQ(Kind("/proc/12/task/12/stat"), "proc");
  EXPECT_EQ(Kind("/proc/self/exe"), "other");
  EXPECT_EQ(Kind("/proc/self"), "proc");
  EXPECT_EQ(Kind("/lab/b/config.json"), "config");
  EXPECT_EQ(Kind("/lab/rooted"), "other");
  EXPECT_EQ(Kind("/etc/passwd"), "other");
}

TEST(CallName, NormalPathsHaveNoDots) {
  EXPECT_EQ(NormalPath("/a/./b//../c/"), "/a/c");
  EXPECT_EQ(NormalPath("/.."), "/");
}

TEST(CallName, EffectsAreWhatOutlivesTheRuntime) {
  EXPECT_TRUE(IsEffect("rmdir", "cgroup", false));
  EXPECT_TRUE(IsEffect("signal", "init", false));
  EXPECT_TRUE(IsEffect("open", "temporary", true));
  EXPECT_FALSE(IsEffect("open", "record", false));
  EXPECT_FALSE(IsEffect("write", "other", false));
  EXPECT_FALSE(IsEffect("read", "record", false));
}

}  // namespace
}  // namespace reapcheck::inject
