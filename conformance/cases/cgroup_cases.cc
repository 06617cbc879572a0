// The container's cgroups: all of them go, whatever is in them, and only they.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

namespace fs = std::filesystem;

// Death by SIGKILL takes milliseconds: what has not died in this time does not.
constexpr std::chrono::seconds kDeath{3};

bool AllExist(const std::vector<std::string>& dirs) {
  return std::ranges::all_of(dirs, [](const std::string& dir) { return fs::exists(dir); });
}

// In the host's pid namespace, with so many children that sleep.
ContainerPlan OnHost(const std::string& children) {
  return {.pid_namespace = PidNamespace::kHost, .program = {"fork", children, "sleep"}};
}

// A process of the container that is not its init; 0 when there is none.
pid_t ChildOf(Lab& lab, const Container& container) {
  for (pid_t pid : lab.Members(container)) {
    if (pid != container.init.pid) return pid;
  }
  return 0;
}

void MoveToAll(Lab& lab, pid_t pid, const std::vector<std::string>& dirs) {
  for (const std::string& dir : dirs) {
    ASSERT_TRUE(lab.MoveTo(pid, dir)) << "process " << pid << " could not be moved to " << dir;
  }
}

// Takes the container's cgroups away behind the runtime's back; its processes go on outside.
void TakeAway(Lab& lab, const Container& container, const std::vector<std::string>& dirs) {
  for (const std::string& dir : dirs) {
    for (pid_t pid : lab.Members(container)) lab.MoveTo(pid, fs::path(dir).parent_path());
    // What has just died in it may keep it busy for a moment.
    ASSERT_TRUE(lab.Await("cgroup " + dir + " is taken away", [&] {
      std::error_code error;
      return fs::remove(dir, error) || !fs::exists(dir);
    }));
  }
}

CASE(Cgroup, EmptySubCgroupsAreRemoved,
     {.level = Level::kRobustness,
      .cites = {"A25", "L5", "S8"},
      .claim = "delete removes sub-cgroups that the program made, eight deep."}) {
  Container c = lab.Running();
  std::vector<std::string> made = lab.MakeSubCgroups(c, "a/b/c/d/e/f/g/h");
  lab.MakeSubCgroups(c, "b");
  ASSERT_FALSE(made.empty());
  lab.KillInit(c);
  ASSERT_TRUE(AllExist(made));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Cgroup, PopulatedSubCgroupsAreRemovedByForce,
     {.level = Level::kRobustness,
      .cites = {"A25", "L5", "S8"},
      .claim = "delete --force kills processes in sub-cgroups and removes these."}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    Container c = lab.Running(
        {.name = name, .pid_namespace = kind, .program = {"ignore", "TERM", "fork", "2", "sleep"}});
    MoveToAll(lab, ChildOf(lab, c), lab.MakeSubCgroups(c, "a/b/c"));
    ASSERT_EQ(lab.Members(c).size(), 3u);
    ASSERT_OK(runtime.DeleteForce(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
    EXPECT_TRUE(lab.Observe(c).descendants.empty());
  }
}

CASE(Cgroup, KillReachesSubCgroups,
     {.level = Level::kRobustness,
      .cites = {"L4", "L5", "C13"},
      .claim = "KILL without a pid namespace ends processes in sub-cgroups too."}) {
  Container c = lab.Running(OnHost("2"));
  lab.Disown(c, "others judge its delete");
  MoveToAll(lab, ChildOf(lab, c), lab.MakeSubCgroups(c, "a/b/c"));
  ASSERT_EQ(lab.Members(c).size(), 3u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  EXPECT_TRUE(lab.Await("all are dead", [&] { return lab.Members(c).empty(); }, kDeath));
}

CASE(Cgroup, LeftoversInSubCgroupsGoWithDelete,
     {.level = Level::kRobustness,
      .cites = {"A25", "L5", "S8", "C13"},
      .claim = "delete of a stopped container ends what it left in a sub-cgroup."}) {
  Container c = lab.Running(OnHost("1"));
  ProcessId child = lab.Identify(ChildOf(lab, c));
  MoveToAll(lab, child.pid, lab.MakeSubCgroups(c, "a/b"));
  lab.KillInit(c);
  ASSERT_TRUE(lab.Alive(child));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_FALSE(lab.Alive(child));
}

CASE(Cgroup, ThreadedSubCgroupsAreRemovedByForce,
     {.level = Level::kRobustness,
      .cites = {"A25", "L5", "S8"},
      .claim = "delete --force removes threaded sub-cgroups, which have no list of processes.",
      .needs = kNeedCgroupV2}) {
  Container c = lab.Running({.program = {"threads", "3", "sleep"}});
  std::string sub = lab.MakeSubCgroups(c, "threaded").front();
  ASSERT_TRUE(std::ofstream(sub + "/cgroup.type") << "threaded" << std::flush);
  int moved = 0;
  for (const auto& task : fs::directory_iterator("/proc/" + std::to_string(c.init.pid) + "/task")) {
    std::string thread = task.path().filename();
    if (thread == std::to_string(c.init.pid)) continue;
    if (std::ofstream(sub + "/cgroup.threads") << thread << std::flush) ++moved;
  }
  ASSERT_EQ(moved, 3);
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

// Who looks for members in one hierarchy and takes it for all misses it.
CASE(Cgroup, LeftoverInOneHierarchyOnly,
     {.level = Level::kRobustness,
      .cites = {"S8", "S9", "C14"},
      .claim = "A leftover that stayed in one hierarchy alone is found, or the record is kept.",
      .needs = kNeedCgroupV1}) {
  Container c = lab.Running(OnHost("1"));
  ProcessId child = lab.Identify(ChildOf(lab, c));
  std::vector<std::string> dirs = lab.CgroupDirs(c);
  std::string kept = lab.FreezerDir(c);
  for (const std::string& dir : dirs) {
    if (dir == kept) continue;
    ASSERT_TRUE(lab.MoveTo(child.pid, fs::path(dir).parent_path()));
  }
  lab.KillInit(c);
  ASSERT_EQ(lab.Members(c), std::vector<pid_t>{child.pid});
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_FALSE(lab.Alive(child));
}

CASE(Cgroup, DefaultPathIsCleaned,
     {.level = Level::kSpec,
      .cites = {"A25", "S8"},
      .claim = "Without a cgroupsPath the cgroup that the runtime chose goes with delete."}) {
  Container c = lab.Running({.cgroups_path = ""});
  if (lab.CgroupDirs(c).empty()) SKIP("without a cgroupsPath the runtime makes no cgroup");
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Cgroup, ParentsAndSiblingsStay,
     {.level = Level::kSpec,
      .cites = {"A26", "S10"},
      .claim = "delete removes the container's cgroup, not its parent's nor its sibling's."}) {
  std::string parent = lab.MakeForeignCgroup("parent");
  std::vector<std::string> before = lab.DirsOf(parent), siblings;
  for (const std::string& dir : before) {
    siblings.push_back(dir + "/sibling");
    ASSERT_TRUE(fs::create_directory(siblings.back()));
  }
  Container c = lab.Running({.cgroups_path = parent + "/c"});
  ASSERT_FALSE(lab.CgroupDirs(c).empty());
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_TRUE(lab.CgroupDirs(c).empty());
  EXPECT_EQ(lab.DirsOf(parent), before);
  EXPECT_TRUE(AllExist(siblings));
}

CASE(Cgroup, ParentInUseByAnotherStays,
     {.level = Level::kRobustness,
      .cites = {"A26", "S10", "S8"},
      .claim = "Of two containers below one parent, deleting the one spares the other."}) {
  std::string parent = "/" + lab.Id("shared");
  Container a = lab.Running({.name = "a", .cgroups_path = parent + "/a"});
  Container b = lab.Running({.name = "b", .cgroups_path = parent + "/b"});
  std::vector<std::string> of_b = lab.CgroupDirs(b);
  ASSERT_FALSE(of_b.empty());
  EXPECT_OK(runtime.DeleteForce(a.id));
  EXPECT_TRUE(lab.CgroupDirs(a).empty());
  EXPECT_EQ(lab.CgroupDirs(b), of_b);
  EXPECT_TRUE(lab.Alive(b.init));
  EXPECT_EQ(lab.Members(b), std::vector<pid_t>{b.init.pid});
  // Whether the parent goes with the last of its children is the runtime's choice.
  EXPECT_OK(runtime.DeleteForce(b.id));
  for (const std::string& dir : lab.DirsOf(parent)) fs::remove(dir);
}

CASE(Cgroup, GoneBeforeDelete,
     {.level = Level::kRobustness,
      .cites = {"L8", "S8"},
      .claim = "A stopped container whose cgroups are gone already is deleted."}) {
  Container c = lab.Stopped();
  TakeAway(lab, c, lab.CgroupDirs(c));
  ASSERT_TRUE(lab.CgroupDirs(c).empty());
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Cgroup, GoneBeforeForceDelete,
     {.level = Level::kRobustness,
      .cites = {"L8", "L3", "S8"},
      .claim = "A running container whose cgroups were taken away is deleted by force."}) {
  Container c = lab.Running({.program = {"fork", "1", "sleep"}});
  TakeAway(lab, c, lab.CgroupDirs(c));
  ASSERT_TRUE(lab.CgroupDirs(c).empty());
  ASSERT_TRUE(lab.Alive(c.init));
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_TRUE(lab.Observe(c).descendants.empty());
}

CASE(Cgroup, GoneBeforeKill,
     {.level = Level::kRobustness,
      .cites = {"L8", "A22"},
      .claim = "kill reaches the init of a container whose cgroups were taken away."}) {
  for (PidNamespace kind : {PidNamespace::kPrivate, PidNamespace::kHost}) {
    std::string name = kind == PidNamespace::kPrivate ? "private" : "host";
    SCOPED_TRACE(name + " pid namespace");
    Container c = lab.Running({.name = name, .pid_namespace = kind});
    lab.Disown(c, "others judge its delete");
    TakeAway(lab, c, lab.CgroupDirs(c));
    ASSERT_TRUE(lab.CgroupDirs(c).empty());
    EXPECT_OK(runtime.Kill(c.id, "KILL"));
    ASSERT_TRUE(lab.Await("init is dead", [&] { return !lab.Alive(c.init); }, kDeath));
    EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  }
}

CASE(Cgroup, OneHierarchyGone,
     {.level = Level::kRobustness,
      .cites = {"L8", "S8"},
      .claim = "With the cgroup of any one hierarchy gone, delete --force removes all the others.",
      .needs = kNeedCgroupV1}) {
  for (const std::string controller : {"freezer", "devices", "pids"}) {
    SCOPED_TRACE(controller);
    Container c = lab.Running({.name = controller});
    std::vector<std::string> taken;
    for (const std::string& dir : lab.CgroupDirs(c)) {
      if (dir.find("/" + controller + "/") != std::string::npos) taken.push_back(dir);
    }
    ASSERT_FALSE(taken.empty());
    TakeAway(lab, c, taken);
    ASSERT_TRUE(lab.Alive(c.init));
    ASSERT_OK(runtime.DeleteForce(c.id));
    EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  }
}

}  // namespace
}  // namespace reapcheck::conformance
