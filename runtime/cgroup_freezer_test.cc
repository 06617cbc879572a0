// Freezing on the real kernel, v1 and v2, whichever are mounted.
#include "runtime/cgroup_freezer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/cgroup_lab.h"
#include "runtime/interposed_kernel.h"

namespace reapcheck {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kBound(5000);

// The hierarchies that freeze here, one by one.
std::vector<std::vector<CgroupHierarchy>> Freezers(const CgroupLab& lab) {
  std::vector<std::vector<CgroupHierarchy>> freezers;
  for (const auto& hierarchies : {lab.V1Freezer(), lab.V2()}) {
    if (!hierarchies.empty()) freezers.push_back(hierarchies);
  }
  return freezers;
}

TEST(CgroupFreezer, FreezeAndThaw) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& freezer : Freezers(lab)) {
    SCOPED_TRACE(freezer[0].mount_point);
    const Cgroups cgroups = lab.Make(freezer, "c");
    lab.Sleep(cgroups);
    EXPECT_FALSE(IsFrozen(lab.kernel, cgroups).value());
    ASSERT_TRUE(Freeze(lab.kernel, cgroups, kBound));
    EXPECT_TRUE(IsFrozen(lab.kernel, cgroups).value());
    EXPECT_TRUE(Freeze(lab.kernel, cgroups, kBound)) << "twice is as once";
    ASSERT_TRUE(Thaw(lab.kernel, cgroups));
    EXPECT_TRUE(Await([&] { return !IsFrozen(lab.kernel, cgroups).value(); }));
    EXPECT_TRUE(Thaw(lab.kernel, cgroups));
  }
}

TEST(CgroupFreezer, ThawLeavesWhatIsFrozenBelow_ThawAllDoesNot) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& freezer : Freezers(lab)) {
    SCOPED_TRACE(freezer[0].mount_point);
    const Cgroups cgroups = lab.Make(freezer, "c");
    const Cgroups below = lab.Make(freezer, "c/a/b");
    lab.Sleep(below);
    ASSERT_TRUE(Freeze(lab.kernel, below, kBound));
    ASSERT_TRUE(Freeze(lab.kernel, cgroups, kBound));
    ASSERT_TRUE(Thaw(lab.kernel, cgroups));
    EXPECT_TRUE(Await([&] { return !IsFrozen(lab.kernel, cgroups).value(); }));
    EXPECT_TRUE(IsFrozen(lab.kernel, below).value());
    ASSERT_TRUE(ThawAll(lab.kernel, cgroups));
    EXPECT_TRUE(Await([&] { return !IsFrozen(lab.kernel, below).value(); }));
  }
}

TEST(CgroupFreezer, AFrozenAncestorIsSeenAndStaysFrozen) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& freezer : Freezers(lab)) {
    SCOPED_TRACE(freezer[0].mount_point);
    const Cgroups above = lab.Make(freezer, "p");
    const Cgroups cgroups = lab.Make(freezer, "p/c");
    lab.Sleep(cgroups);
    ASSERT_TRUE(Freeze(lab.kernel, above, kBound));
    EXPECT_TRUE(Await([&] { return IsFrozen(lab.kernel, cgroups).value(); }));
    EXPECT_TRUE(Thaw(lab.kernel, cgroups));
    EXPECT_TRUE(IsFrozen(lab.kernel, above).value());
  }
}

TEST(CgroupFreezer, GoneIsNotFrozenAndNothingToThaw) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const Cgroups none = CgroupLab::Name(lab.hierarchies(), lab.Path("none"));
  EXPECT_FALSE(IsFrozen(lab.kernel, none).value());
  EXPECT_TRUE(Thaw(lab.kernel, none));
  const auto frozen = Freeze(lab.kernel, none, kBound);
  ASSERT_FALSE(frozen);
  EXPECT_EQ(static_cast<int>(frozen.error().kind), static_cast<int>(FailureKind::kNotRunning));
}

TEST(CgroupFreezer, WithoutAFreezerPauseIsUnsupported) {
  LinuxKernel kernel;
  const Cgroups cgroups = {{.hierarchy = {.mount_point = "/m", .controllers = {"pids"}}}};
  EXPECT_EQ(FreezerOf(cgroups), nullptr);
  EXPECT_FALSE(IsFrozen(kernel, cgroups).value());
  EXPECT_TRUE(Thaw(kernel, cgroups));
  const auto frozen = Freeze(kernel, {}, milliseconds(0));
  ASSERT_FALSE(frozen);
  EXPECT_EQ(static_cast<int>(frozen.error().kind), static_cast<int>(FailureKind::kUnsupported));
}

TEST(CgroupFreezer, TheV1FreezerIsTheOneOfAHybridLayout) {
  const Cgroups cgroups = {{.hierarchy = {"/u", CgroupVersion::kV2, {}}},
                           {.hierarchy = {"/f", CgroupVersion::kV1, {"freezer"}}}};
  EXPECT_EQ(FreezerOf(cgroups), &cgroups[1]);
  EXPECT_EQ(FreezerOf({cgroups[0]})->hierarchy.mount_point, "/u");
}

TEST(CgroupFreezer, AFailedFreezeLeavesItThawed) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& freezer : Freezers(lab)) {
    SCOPED_TRACE(freezer[0].mount_point);
    const Cgroups cgroups = lab.Make(freezer, "f");
    lab.Sleep(cgroups);
    for (int n = 1; n < 30; ++n) {
      InterposedKernel kernel(lab.kernel);
      int calls = 0;
      kernel.OnCall([&](std::string_view, const std::string&) { return ++calls == n ? EIO : 0; });
      if (Freeze(kernel, cgroups, kBound)) continue;
      EXPECT_TRUE(Await([&] { return !IsFrozen(lab.kernel, cgroups).value(); })) << n;
    }
  }
}

}  // namespace
}  // namespace reapcheck
