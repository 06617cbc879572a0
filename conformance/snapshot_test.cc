#include "conformance/snapshot.h"

#include <gtest/gtest.h>

namespace reapcheck::conformance {
namespace {

using Words = std::vector<std::string>;

Snapshot World() {
  return {.processes = {{.id = {.pid = 10, .start_time = 5}, .state = 'S', .name = "payload"}},
          .cgroups = {{.path = "/cg/c1", .processes = {10}, .freezer = Freezer::kThawed}},
          .mounts = {"/a (tmpfs from none)"},
          .files = {{.path = "c1/state.json", .type = 'f', .mode = 0600, .bytes = "{\"pid\": 10}"}},
          .hooks = {{.kind = "prestart", .name = "a"}}};
}

TEST(Diff, EqualWorldsHaveNone) { EXPECT_EQ(Diff(World(), World()), Words{}); }

TEST(Diff, SleepStateDoesNotCount) {
  Snapshot after = World();
  after.processes[0].state = 'R';
  EXPECT_EQ(Diff(World(), after), Words{});
}

TEST(Diff, ProcessDeathReuseAndBirth) {
  Snapshot zombie = World(), gone = World(), reused = World();
  zombie.processes[0].state = 'Z';
  gone.processes.clear();
  reused.processes[0].id.start_time = 6;
  EXPECT_EQ(Diff(World(), zombie), Words{"process 10 (payload) S died"});
  EXPECT_EQ(Diff(World(), gone), Words{"process 10 (payload) S is gone"});
  EXPECT_EQ(Diff(World(), reused),
            (Words{"process 10 (payload) S is gone", "new process 10 (payload) S"}));
}

TEST(Diff, FreezerAndMembersOfCgroups) {
  Snapshot frozen = World(), moved = World(), gone = World();
  frozen.cgroups[0].freezer = Freezer::kFrozen;
  moved.cgroups[0].processes = {11};
  gone.cgroups.clear();
  EXPECT_EQ(Diff(World(), frozen), Words{"cgroup /cg/c1 was thawed and is frozen"});
  EXPECT_EQ(Diff(World(), moved).size(), 1u);
  EXPECT_EQ(Diff(World(), gone), Words{"cgroup /cg/c1 is gone"});
  EXPECT_EQ(Diff(gone, World()), Words{"new cgroup /cg/c1"});
}

TEST(Diff, OneByteOfAFileIsSeen) {
  Snapshot after = World();
  after.files[0].bytes = "{\"pid\": 11}";
  EXPECT_EQ(Diff(World(), after),
            Words{"file c1/state.json changed: from byte 9 \"0}\" became \"1}\""});
}

TEST(Diff, ModeMountsAndHooks) {
  Snapshot after = World();
  after.files[0].mode = 0644;
  after.mounts = {"/b (tmpfs from none)"};
  after.hooks.push_back({.kind = "poststop", .name = "p"});
  EXPECT_EQ(Diff(World(), after),
            (Words{"mount /a (tmpfs from none) is gone", "new mount /b (tmpfs from none)",
                   "file c1/state.json has another type or mode", "hook poststop p ran"}));
}

}  // namespace
}  // namespace reapcheck::conformance
