// delete without force, in each state of a container; what goes with it and what stays.
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

std::string BytesOf(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path).rdbuf();
  return bytes.str();
}

bool Exists(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0;
}

CASE(Delete, CreatedIsKilledAndDeleted,
     {.level = Level::kConvention,
      .cites = {"A25", "S8", "S16"},
      .claim = "delete of a created container ends its init and leaves nothing of it."}) {
  Container c = lab.Created();
  ASSERT_TRUE(lab.Alive(c.init));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_FALSE(lab.HasFile("c1.ready")) << "its program ran";
  EXPECT_REFUSED(runtime.State(c.id));
}

CASE(Delete, PausedIsRefusedAndNothingChanges,
     {.level = Level::kSpec,
      .cites = {"A24", "A15", "S4", "S15", "C12", "C17"},
      .claim = "delete of a paused container is an error; it stays paused, and resumes.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused({.hooks = {{.kind = "poststop", .name = "p"}}});
  ASSERT_TRUE(lab.Observe(c).frozen());
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "paused");
  EXPECT_OK(runtime.Resume(c.id));
  EXPECT_EQ(runtime.Status(c.id), "running");
}

CASE(Delete, EndedByItselfLeavesNothing,
     {.level = Level::kSpec,
      .cites = {"A25", "A6", "S8"},
      .claim = "A container whose program has exited is deleted completely."}) {
  Container c = lab.Running({.program = {"fork", "2", "exit-when", "go", "3"}});
  lab.WriteFile("go", "");
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Delete, MissingIsRefused,
     {.level = Level::kConvention,
      .cites = {"A24", "A15", "C17"},
      .claim = "delete of a container that does not exist is an error and changes nothing."}) {
  Container bystander = lab.Stopped({.name = "c"});
  Snapshot before = lab.TakeSnapshot();
  for (const std::string& id : {lab.Id("nobody"), bystander.id + "x",
                                bystander.id.substr(0, bystander.id.size() - 1)}) {
    EXPECT_REFUSED(runtime.Delete(id));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Delete, WithoutAnIdIsRefused,
     {.level = Level::kSpec,
      .cites = {"A23", "A15"},
      .claim = "delete without an id is an error, with force too, and deletes nobody."}) {
  Container c = lab.Stopped();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Run({"delete"}));
  EXPECT_REFUSED(runtime.Run({"delete", "--force"}));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Delete, TwiceTheSecondIsRefused,
     {.level = Level::kConvention,
      .cites = {"S22", "C23"},
      .claim = "After delete the container does not exist: a second delete is an error."}) {
  Container c = lab.Stopped({.hooks = {{.kind = "poststop", .name = "p"}}});
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_REFUSED(runtime.Delete(c.id));
  EXPECT_EQ(lab.Observe(c).HooksOf("poststop").size(), 1u);
}

CASE(Delete, RightAfterKillSucceedsOrIsRefused,
     {.level = Level::kRobustness,
      .cites = {"S8", "S9", "C23"},
      .claim = "delete while init is dying deletes all, or is refused and can be tried again."}) {
  Container c = lab.Running({.program = {"fork", "8", "threads", "8", "sleep"}});
  ASSERT_OK(runtime.Kill(c.id, "KILL"));
  Invocation first = runtime.Delete(c.id);
  Observation after = lab.Observe(c);
  if (first.ok()) {
    EXPECT_HOLDS(JudgeDelete({.ok = true}, after));
    return;
  }
  EXPECT_REFUSED(first);
  EXPECT_HOLDS(JudgeFailedDelete(after));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Delete, KeepsTheBundle,
     {.level = Level::kSpec,
      .cites = {"A26", "S10"},
      .claim = "delete leaves the bundle as it was: the runtime did not make it."}) {
  Container c = lab.MakeBundle();
  std::string config = BytesOf(c.bundle + "/config.json");
  ASSERT_OK(runtime.Create(c.id, c.bundle));
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_EQ(BytesOf(c.bundle + "/config.json"), config);
  for (const std::string file : {"/rootfs/payload", "/rootfs/proc", "/rootfs/lab"}) {
    EXPECT_TRUE(Exists(c.bundle + file)) << c.bundle << file << " is gone";
  }
}

CASE(Delete, IdIsFreeAtOnce,
     {.level = Level::kConvention,
      .cites = {"A27", "A25", "C23"},
      .claim = "After delete the same id, bundle and cgroup live a second life at once."}) {
  Container c = lab.Stopped();
  for (const char* life : {"second", "third"}) {
    SCOPED_TRACE(std::string(life) + " life");
    ASSERT_OK(runtime.Delete(c.id));
    ASSERT_OK(runtime.Create(c.id, c.bundle));
    EXPECT_EQ(runtime.Status(c.id), "created");
    ASSERT_OK(runtime.Start(c.id));
    EXPECT_EQ(runtime.Status(c.id), "running");
    ASSERT_OK(runtime.Kill(c.id, "KILL"));
    ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  }
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(Delete, NeighbourIsUntouched,
     {.level = Level::kSpec,
      .cites = {"A26", "S10"},
      .claim = "delete of one container does not change another whose name begins like its own."}) {
  Container c = lab.Stopped({.name = "c1"});
  Container neighbour = lab.Running({.name = "c10", .program = {"fork", "2", "sleep"}});
  ASSERT_EQ(lab.Members(neighbour).size(), 3u);
  Observation before = lab.Observe(neighbour);
  EXPECT_OK(runtime.Delete(c.id));
  Observation after = lab.Observe(neighbour);
  EXPECT_TRUE(after.init_alive());
  EXPECT_EQ(after.processes.size(), 3u);
  EXPECT_EQ(after.cgroups.size(), before.cgroups.size());
  EXPECT_EQ(after.files.size(), before.files.size());
  EXPECT_EQ(runtime.Status(neighbour.id), "running");
}

// The lab looks for what is left after each case; here there is the most to leave.
CASE(Delete, FullLifeWithAllNamespacesLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "S8", "C18"},
      .claim = "A life with namespaces of every kind but user, and with hooks, leaves nothing."}) {
  Container c = lab.Running({.program = {"fork", "2", "detach", "1", "threads", "2", "sleep"},
                             .hooks = {{.kind = "createRuntime", .name = "a"},
                                       {.kind = "poststart", .name = "b"},
                                       {.kind = "poststop", .name = "c"}},
                             .network_namespace = true,
                             .edit = [](Json& config) {
                               config["linux"]["namespaces"].push_back({{"type", "cgroup"}});
                             }});
  ASSERT_EQ(lab.Members(c).size(), 4u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  EXPECT_TRUE(lab.Observe(c).descendants.empty());
}

CASE(Delete, UserNamespaceLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"A25", "S8", "C18"},
      .claim = "A container in a user namespace of its own is killed and deleted completely.",
      .needs = kNeedUserNamespace}) {
  Container c = lab.Running({.program = {"fork", "2", "sleep"}, .edit = [](Json& config) {
                               Json mapping = {
                                   {{"containerID", 0}, {"hostID", 0}, {"size", 65536}}};
                               config["linux"]["namespaces"].push_back({{"type", "user"}});
                               config["linux"]["uidMappings"] = mapping;
                               config["linux"]["gidMappings"] = mapping;
                             }});
  ASSERT_EQ(lab.Members(c).size(), 3u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
