// After create the bundle does not count any more: config.json edited, broken or removed, root file
// system removed, and everything still works as it was created.
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

CASE(Bundle, EditedArgumentsHaveNoEffectOnStart,
     {.level = Level::kSpec,
      .cites = {"A10", "C22"},
      .claim = "start runs the program that config.json named when the container was created."}) {
  Container c = lab.Created({.program = {"touch", "original", "sleep"}});
  lab.EditConfig(c, [](Json& config) {
    for (Json& word : config["process"]["args"]) {
      if (word == "original") word = "edited";
    }
  });
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_TRUE(lab.HasFile("original"));
  EXPECT_FALSE(lab.HasFile("edited"));
}

CASE(Bundle, EditedHooksHaveNoEffectOnDelete,
     {.level = Level::kSpec,
      .cites = {"A10", "C22"},
      .claim = "delete runs the poststop hooks that the container was created with."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "original"}}});
  Container donor = lab.MakeBundle(
      {.name = "donor", .hooks = {{.kind = "poststop", .name = "edited"}}});
  Json hooks;
  lab.EditConfig(donor, [&](Json& config) { hooks = config["hooks"]; });
  lab.EditConfig(c, [&](Json& config) { config["hooks"] = hooks; });
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"original"}, lab.Hooks()));
}

CASE(Bundle, EditedCgroupAndNamespaceHaveNoEffectOnDelete,
     {.level = Level::kSpec,
      .cites = {"A10", "A26", "C22", "S10"},
      .claim = "delete --force kills what was created, not what config.json names now."}) {
  std::string foreign = lab.MakeForeignCgroup("foreign");
  std::vector<std::string> dirs = lab.DirsOf(foreign);
  ASSERT_FALSE(dirs.empty());
  ProcessId bystander = lab.MakeForeignProcess();
  for (const std::string& dir : dirs) ASSERT_TRUE(lab.MoveTo(bystander.pid, dir)) << dir;
  Container c = lab.Running({.program = {"fork", "2", "sleep"}});
  lab.EditConfig(c, [&](Json& config) {
    config["linux"]["cgroupsPath"] = foreign;
    std::erase_if(config["linux"]["namespaces"].get_ref<Json::array_t&>(),
                  [](const Json& one) { return one["type"] == "pid"; });
  });
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_TRUE(lab.Alive(bystander)) << "a process of the cgroup that config.json names now died";
  EXPECT_EQ(lab.DirsOf(foreign), dirs);
}

// Start, kill and delete of a container whose bundle was damaged after create.
void ExpectWholeLifeAfter(Lab& lab, Subject& runtime,
                          const std::function<void(const Container&)>& damage) {
  Container c = lab.Created({.hooks = {{.kind = "poststop", .name = "p"}}});
  damage(c);
  EXPECT_EQ(runtime.Status(c.id), "created");
  ASSERT_OK(runtime.Start(c.id));
  ASSERT_TRUE(lab.AwaitReady(c));
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, lab.Hooks()));
}

CASE(Bundle, RemovedConfigHasNoEffect,
     {.level = Level::kSpec,
      .cites = {"A10", "C22"},
      .claim = "start, kill and delete work after config.json was removed."}) {
  ExpectWholeLifeAfter(lab, runtime, [](const Container& c) {
    ASSERT_EQ(std::remove((c.bundle + "/config.json").c_str()), 0);
  });
}

CASE(Bundle, BrokenConfigHasNoEffect,
     {.level = Level::kSpec,
      .cites = {"A10", "C22"},
      .claim = "start, kill and delete work after config.json was overwritten with junk."}) {
  ExpectWholeLifeAfter(lab, runtime, [](const Container& c) {
    ASSERT_TRUE(WriteText(c.bundle + "/config.json", "{\"ociVersion\": "));
  });
}

CASE(Bundle, RemovedBeforeDeleteOfStopped,
     {.level = Level::kRobustness,
      .cites = {"A14", "A25", "C22", "S8"},
      .claim = "delete of a stopped container without its bundle cleans all and runs its hooks."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "p"}}});
  ASSERT_TRUE(RemoveTree(c.bundle));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, lab.Hooks()));
}

CASE(Bundle, RemovedBeforeForceDeleteOfRunning,
     {.level = Level::kRobustness,
      .cites = {"A25", "C22", "S8", "L3"},
      .claim = "delete --force of a running container without its bundle kills and cleans all."}) {
  Container c = lab.Running({.program = {"fork", "2", "sleep"}});
  ASSERT_TRUE(RemoveTree(c.bundle));
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Bundle, RootFileSystemRemovedBeforeDelete,
     {.level = Level::kRobustness,
      .cites = {"A25", "C22", "S8"},
      .claim = "delete of a stopped container whose root file system is gone cleans all."}) {
  Container c = lab.Stopped();
  ASSERT_TRUE(Exists(c.bundle + "/rootfs"));
  ASSERT_TRUE(RemoveTree(c.bundle + "/rootfs"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
