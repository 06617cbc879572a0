#include "conformance/oracle.h"

#include <gtest/gtest.h>

namespace reapcheck::conformance {
namespace {

ProcessInfo Process(pid_t pid, char state = 'S') {
  return {.id = {.pid = pid, .start_time = 100}, .parent = 1, .state = state, .name = "payload"};
}

Observation Gone() { return {.id = "c1"}; }

Observation AllThere() {
  return {.id = "c1",
          .init = Process(10),
          .processes = {Process(10), Process(11)},
          .cgroups = {{.hierarchy = "pids", .path = "/cgroup/pids/c1", .processes = {10, 11}}},
          .files = {{.path = "c1", .type = 'd'}, {.path = "c1/state.json", .type = 'f'}}};
}

std::vector<std::string> Invariants(const Violations& violations) {
  std::vector<std::string> names;
  for (const Violation& violation : violations) names.push_back(violation.invariant);
  return names;
}

using Names = std::vector<std::string>;

TEST(JudgeDelete, NothingLeftHolds) {
  EXPECT_EQ(Invariants(JudgeDelete({.ok = true}, Gone())), Names{});
}

TEST(JudgeDelete, ReapedAndZombieInitCountAsDead) {
  Observation after = Gone();
  after.init = Process(10, 'Z');
  EXPECT_EQ(Invariants(JudgeDelete({.ok = true}, after)), Names{});
}

TEST(JudgeDelete, EachKindOfResidueBreaksS8) {
  Observation process = Gone(), cgroup = Gone(), file = Gone(), mount = Gone();
  process.processes = {Process(11)};
  cgroup.cgroups = {{.path = "/sys/fs/cgroup/pids/c1"}};
  file.files = {{.path = "c1", .type = 'd'}};
  mount.mounts = {"/run/c1"};
  // A process that lives on without a record is out of reach for good: S6 as well.
  EXPECT_EQ(Invariants(JudgeDelete({.ok = true}, process)), (Names{"S8", "S6"}));
  EXPECT_EQ(Invariants(JudgeDelete({.ok = true}, cgroup)), Names{"S8"});
  EXPECT_EQ(Invariants(JudgeDelete({.ok = true}, file)), Names{"S8"});
  EXPECT_EQ(Invariants(JudgeDelete({.ok = true}, mount)), Names{"S8"});
}

TEST(JudgeDelete, RefusedWithEverythingInPlaceHolds) {
  EXPECT_EQ(Invariants(JudgeDelete({.ok = false}, AllThere())), Names{});
}

TEST(JudgeDelete, FailedAndRecordGoneWhileInitLivesBreaksS6) {
  Observation after = AllThere();
  after.files.clear();
  EXPECT_EQ(Invariants(JudgeDelete({.ok = false}, after)), Names{"S6"});
}

TEST(JudgeFailedDelete, NeedsTheRecordOrNothingAtAll) {
  EXPECT_EQ(Invariants(JudgeFailedDelete(AllThere())), Names{});
  EXPECT_EQ(Invariants(JudgeFailedDelete(Gone())), Names{});
  Observation lost = AllThere();
  lost.files.clear();
  EXPECT_EQ(Invariants(JudgeFailedDelete(lost)), Names{"S9"});
}

TEST(JudgeRefusal, SuccessAndAnyChangeAreViolations) {
  Snapshot before{.processes = {Process(10)}};
  EXPECT_EQ(Invariants(JudgeRefusal("S4", {.ok = false}, before, before)), Names{});
  EXPECT_EQ(Invariants(JudgeRefusal("S4", {.ok = true}, before, before)), Names{"S4"});
  EXPECT_EQ(Invariants(JudgeRefusal("S4", {.ok = false}, before, {})), Names{"S4"});
}

TEST(JudgeBystanders, DeadZombieOrReplacedIsHurt) {
  std::vector<ProcessId> before{{.pid = 10, .start_time = 100}};
  EXPECT_EQ(Invariants(JudgeBystanders(before, {Process(10)})), Names{});
  EXPECT_EQ(Invariants(JudgeBystanders(before, {})), Names{"S10"});
  EXPECT_EQ(Invariants(JudgeBystanders(before, {Process(10, 'Z')})), Names{"S10"});
  ProcessInfo other = Process(10);
  other.id.start_time = 101;
  EXPECT_EQ(Invariants(JudgeBystanders(before, {other})), Names{"S10"});
}

HookRecord Poststop(const std::string& name) {
  return {.kind = "poststop", .name = name, .state_status = "stopped"};
}

TEST(JudgeHooks, OrderCompletenessAndMultiplicity) {
  HookRecord a = Poststop("a"), b = Poststop("b");
  HookRecord other{.kind = "poststart", .name = "x"};
  EXPECT_EQ(Invariants(JudgeHooks("poststop", {"a", "b"}, {a, other, b})), Names{});
  EXPECT_EQ(Invariants(JudgeHooks("poststop", {"a", "b"}, {b, a})), Names{"S13"});
  EXPECT_EQ(Invariants(JudgeHooks("poststop", {"a", "b"}, {a})), Names{"S13"});
  EXPECT_EQ(Invariants(JudgeHooks("poststop", {"a", "b"}, {a, b, b})), Names{"S14"});
}

TEST(JudgePoststopState, StatusAndLivingPid) {
  HookRecord good = Poststop("a"), status = Poststop("b"), alive = Poststop("c");
  good.state_pid = 10;  // the old pid may be told, if nothing lives under it
  status.state_status = "running";
  alive.state_pid = 10;
  alive.state_pid_alive = true;
  EXPECT_EQ(Invariants(JudgePoststopState({good})), Names{});
  EXPECT_EQ(Invariants(JudgePoststopState({status})), Names{"S12"});
  EXPECT_EQ(Invariants(JudgePoststopState({alive})), Names{"S12"});
}

TEST(JudgeThawed, OnlyNewFrostCounts) {
  Observation thawed = AllThere(), frozen = AllThere();
  thawed.cgroups[0].freezer = Freezer::kThawed;
  frozen.cgroups[0].freezer = Freezer::kFrozen;
  EXPECT_EQ(Invariants(JudgeThawed(thawed, thawed)), Names{});
  EXPECT_EQ(Invariants(JudgeThawed(thawed, frozen)), Names{"S15"});
  EXPECT_EQ(Invariants(JudgeThawed(frozen, frozen)), Names{});
  frozen.cgroups[0].freezer = Freezer::kFreezing;
  EXPECT_EQ(Invariants(JudgeThawed(thawed, frozen)), Names{"S15"});
}

TEST(JudgeConcurrentDeletes, OneWinsAndHooksRunOnce) {
  Outcome won{.ok = true}, lost{.ok = false, .not_found = true};
  Observation after = Gone();
  after.hooks = {Poststop("a")};
  EXPECT_EQ(Invariants(JudgeConcurrentDeletes({won, lost}, false, after)), Names{});
  EXPECT_EQ(Invariants(JudgeConcurrentDeletes({won, won}, false, after)), Names{"S23"});
  EXPECT_EQ(Invariants(JudgeConcurrentDeletes({won, won}, true, after)), Names{});
  EXPECT_EQ(Invariants(JudgeConcurrentDeletes({lost, lost}, true, after)), Names{"S23"});
  EXPECT_EQ(Invariants(JudgeConcurrentDeletes({won, lost}, false, AllThere())), Names{"S8"});
  after.hooks = {Poststop("a"), Poststop("a")};
  EXPECT_EQ(Invariants(JudgeConcurrentDeletes({won, lost}, false, after)), Names{"S14"});
}

TEST(JudgeFailedCreate, LeavesNothing) {
  EXPECT_EQ(Invariants(JudgeFailedCreate(Gone())), Names{});
  EXPECT_EQ(Invariants(JudgeFailedCreate(AllThere())), Names{"A8"});
}

}  // namespace
}  // namespace reapcheck::conformance
