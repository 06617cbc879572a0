// Cgroups: which paths are safe, and on the real kernel what is made, counted and removed.
#include "runtime/cgroup.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <sys/stat.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>

#include "runtime/cgroup_create.h"
#include "runtime/cgroup_lab.h"
#include "runtime/interposed_kernel.h"

namespace reapcheck {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

bool Exists(const CgroupDirectory& cgroup, const std::string& path) {
  return fs::exists(cgroup.hierarchy.mount_point + path);
}

template <typename T>
void ExpectRefused(const Outcome<T>& outcome, FailureKind kind) {
  ASSERT_FALSE(outcome);
  EXPECT_EQ(static_cast<int>(outcome.error().kind), static_cast<int>(kind))
      << outcome.error().text;
}

TEST(IsSafeCgroupPath, TableOfPaths) {
  for (const char* path : {"/a", "/a/b", "/...", "/a.b", "/a/..b", "/ "}) {
    EXPECT_TRUE(IsSafeCgroupPath(path)) << path;
  }
  for (const char* path : {"", "/", "a", "a/b", "//", "/a/", "//a", "/a//b", "/.", "/..", "/a/.",
                           "/a/..", "/../a", "/a/../b", "../a"}) {
    EXPECT_FALSE(IsSafeCgroupPath(path)) << path;
  }
  EXPECT_FALSE(IsSafeCgroupPath(std::string("/a\0b", 4)));
}

TEST(IsSafeCgroupPath, ASafePathIsNormalAndStaysBelow) {
  EXPECT_TRUE(rc::check([] {
    const auto path = *rc::gen::container<std::string>(rc::gen::element('/', '.', 'a'));
    if (!IsSafeCgroupPath(path)) return;
    RC_ASSERT(fs::path(path).lexically_normal() == path);
    RC_ASSERT(path.size() > 1 && path.front() == '/' && path.back() != '/');
  }));
}

TEST(CgroupLayout, HierarchiesAreFoundOnceEach) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const auto found = FindCgroupHierarchies(lab.kernel);
  ASSERT_TRUE(found);
  std::set<std::string> points;
  for (const CgroupHierarchy& hierarchy : *found) {
    EXPECT_TRUE(points.insert(hierarchy.mount_point).second) << hierarchy.mount_point;
    EXPECT_EQ(hierarchy.controllers.empty(), hierarchy.version == CgroupVersion::kV2);
  }
}

TEST(Cgroup, PlanMakeRemove_LeavesNothingOfWhatItMade) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  lab.Make("there");
  auto planned = PlanCgroups(lab.kernel, lab.Path("there/a/b/c"));
  ASSERT_TRUE(planned) << planned.error().text;
  ASSERT_TRUE(MakeCgroups(lab.kernel, *planned));
  for (const CgroupDirectory& cgroup : *planned) {
    EXPECT_TRUE(fs::exists(cgroup.FullPath()));
    EXPECT_TRUE(cgroup.owned);
  }
  const CgroupDirectory& own = planned->back();
  EXPECT_TRUE(own.highest_created == lab.Path("there/a") || !Exists(own, lab.Path("there")));
  ASSERT_TRUE(RemoveCgroups(lab.kernel, *planned, milliseconds(1000)));
  for (const CgroupDirectory& cgroup : *planned) {
    EXPECT_FALSE(Exists(cgroup, lab.Path("there/a"))) << cgroup.FullPath();
  }
  for (const CgroupDirectory& kept : CgroupLab::Name(lab.hierarchies(), lab.Path("there"))) {
    EXPECT_TRUE(fs::exists(kept.FullPath())) << "was there before";
  }
}

TEST(Cgroup, Plan_OneThatIsThereIsNotOwnedAndIsKept) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const Cgroups made = lab.Make("there");
  auto planned = PlanCgroups(lab.kernel, lab.Path("there"));
  ASSERT_TRUE(planned);
  for (const CgroupDirectory& cgroup : *planned) {
    if (cgroup.hierarchy == made[0].hierarchy) {
      EXPECT_FALSE(cgroup.owned);
    }
  }
  Cgroups there;
  for (CgroupDirectory cgroup : made) {
    cgroup.owned = false;
    there.push_back(cgroup);
  }
  EXPECT_TRUE(RemoveCgroups(lab.kernel, there, milliseconds(0)));
  EXPECT_TRUE(fs::exists(made[0].FullPath()));
}

TEST(Cgroup, Plan_OneWithProcessesIsRefused) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  lab.Sleep(lab.Make("busy"));
  ExpectRefused(PlanCgroups(lab.kernel, lab.Path("busy")), FailureKind::kExists);
  ExpectRefused(PlanCgroups(lab.kernel, "/../x"), FailureKind::kInvalidConfig);
}

TEST(Cgroup, Make_WhatSomebodyElseMadeMeanwhileIsNotTaken) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  lab.Make("x");
  auto planned = PlanCgroups(lab.kernel, lab.Path("x/c"));
  ASSERT_TRUE(planned);
  const Cgroups others = lab.Make("x/c");
  ExpectRefused(MakeCgroups(lab.kernel, *planned), FailureKind::kBusy);
  for (const CgroupDirectory& other : others) EXPECT_TRUE(fs::exists(other.FullPath()));
}

TEST(Cgroup, Processes_OfAllHierarchiesAndAllBelow) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const Cgroups top = lab.Make("c");
  const Pid first = lab.Sleep(top);
  const Pid second = lab.Sleep(lab.Make("c/a/b"));
  // In one hierarchy alone it is the container's still.
  const Pid third = lab.Sleep({top[0]});
  lab.Sleep(lab.Make("bystander"));
  EXPECT_EQ(CgroupProcesses(lab.kernel, top).value(), (std::set<Pid>{first, second, third}));
}

TEST(Cgroup, Remove_WithAProcessInItIsBusyAfterTheBound) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const Cgroups cgroups = lab.Make("c");
  lab.Make("c/below");
  const Pid inside = lab.Sleep(cgroups);
  const ClockTime start = lab.kernel.ClockGettime();
  const auto removed = RemoveCgroups(lab.kernel, cgroups, milliseconds(40));
  const auto took = lab.kernel.ClockGettime().since_boot - start.since_boot;
  ExpectRefused(removed, FailureKind::kSystem);
  EXPECT_NE(removed.error().text.find("EBUSY"), std::string::npos) << removed.error().text;
  EXPECT_GE(took, milliseconds(40));
  EXPECT_LT(took, milliseconds(2000));
  EXPECT_TRUE(lab.kernel.Kill(inside, Signal{0})) << "remove kills nobody";
}

TEST(Cgroup, Remove_WhatIsGoneIsSuccess) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  Cgroups cgroups = lab.Make("c");
  lab.Make("c/a/b");
  EXPECT_TRUE(AnyCgroupExists(lab.kernel, cgroups).value());
  EXPECT_TRUE(RemoveCgroups(lab.kernel, cgroups, milliseconds(1000)));
  EXPECT_FALSE(AnyCgroupExists(lab.kernel, cgroups).value());
  EXPECT_TRUE(RemoveCgroups(lab.kernel, cgroups, milliseconds(0)));
  EXPECT_EQ(CgroupProcesses(lab.kernel, cgroups).value().size(), 0u);
}

TEST(Cgroup, Remove_AncestorsThatOthersUseStay) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  Cgroups cgroups = lab.Make("shared/c");
  for (CgroupDirectory& cgroup : cgroups) cgroup.highest_created = lab.Path("shared");
  const Cgroups sibling = lab.Make("shared/d");
  EXPECT_TRUE(RemoveCgroups(lab.kernel, cgroups, milliseconds(1000)));
  EXPECT_TRUE(fs::exists(sibling[0].FullPath()));
}

TEST(Cgroup, Remove_WhatAppearsMeanwhileGoesToo) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const std::vector<CgroupHierarchy> one = {lab.hierarchies()[0]};
  const Cgroups cgroups = lab.Make(one, "c");
  lab.Make(one, "c/a");
  InterposedKernel kernel(lab.kernel);
  int made = 0;
  kernel.OnCall([&](std::string_view call, const std::string&) {
    if (call == "UnlinkAt" && made < 3) lab.Make(one, "c/new" + std::to_string(++made));
    return 0;
  });
  EXPECT_TRUE(RemoveCgroups(kernel, cgroups, milliseconds(1000)));
  EXPECT_EQ(made, 3);
  EXPECT_FALSE(AnyCgroupExists(lab.kernel, cgroups).value());
}

// A cgroup file system that is not mounted (any more) tells nothing about its cgroups.
TEST(Cgroup, WithoutACgroupFileSystemNothingIsKnown) {
  LinuxKernel kernel;
  for (const char* mount_point : {"/proc", "/none"}) {
    const Cgroups cgroups = {{.hierarchy = {.mount_point = mount_point}, .path = "/self"}};
    EXPECT_TRUE(FailedWith(OpenCgroup(kernel, cgroups[0]), ESTALE));
    EXPECT_TRUE(FailedWith(CgroupProcesses(kernel, cgroups), ESTALE));
    EXPECT_TRUE(FailedWith(AnyCgroupExists(kernel, cgroups), ESTALE));
    EXPECT_FALSE(RemoveCgroups(kernel, cgroups, milliseconds(0)));
  }
  const CgroupDirectory unsafe = {.hierarchy = {.mount_point = "/sys/fs/cgroup"}, .path = "/.."};
  EXPECT_TRUE(FailedWith(OpenCgroup(kernel, unsafe), EINVAL));
}

}  // namespace
}  // namespace reapcheck
