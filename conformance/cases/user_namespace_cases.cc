// Containers with user mappings: root inside is nobody outside, and the life cycle stays the
// host's.
#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

constexpr unsigned kFirst = 100000, kSize = 65536;

// Another file system than the lab's tmpfs would need the mapping too: nothing but the share is
// bind-mounted, and the payload needs no permission but to be read.
void MapUsers(Json& config) {
  config["linux"]["namespaces"].push_back({{"type", "user"}});
  Json mapping = Json::array({{{"containerID", 0}, {"hostID", kFirst}, {"size", kSize}}});
  config["linux"]["uidMappings"] = mapping;
  config["linux"]["gidMappings"] = mapping;
}

// A rootfs that the container's root owns, as an engine prepares it.
Container MappedBundle(Lab& lab, const ContainerPlan& plan) {
  ContainerPlan mapped = plan;
  mapped.edit = [&](Json& config) {
    MapUsers(config);
    if (plan.edit) plan.edit(config);
  };
  Container c = lab.MakeBundle(mapped);
  EXPECT_EQ(chown(RootfsOf(c).c_str(), kFirst, kFirst), 0);
  for (const char* directory : {"/dev", "/proc", "/lab", "/tmp"}) {
    EXPECT_EQ(chown((RootfsOf(c) + directory).c_str(), kFirst, kFirst), 0);
  }
  return c;
}

Container MappedRunning(Lab& lab, const ContainerPlan& plan = {}) {
  Container c = MappedBundle(lab, plan);
  Invocation created = CreateFrom(lab, c);
  if (!created.ok()) {
    ADD_FAILURE() << created.Describe();
    throw CaseStopped();
  }
  Invocation started = lab.runtime().Start(c.id);
  if (!started.ok() || !lab.AwaitReady(c)) {
    ADD_FAILURE() << started.Describe();
    throw CaseStopped();
  }
  return c;
}

CASE(UserNamespace, RootInsideIsAnotherUserOutside,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "With mappings the program is uid 0 inside and the mapped id outside.",
      .needs = kNeedUserNamespace}) {
  Container c = MappedRunning(lab, {.program = {"report", "c1.report", "sleep"}});
  EXPECT_EQ(ReadReport(lab, "c1.report").value("uid", -1), 0);
  EXPECT_EQ(StatusField(c.init.pid, "Uid"), "100000 100000 100000 100000");
  EXPECT_EQ(StatusField(c.init.pid, "Gid"), "100000 100000 100000 100000");
  EXPECT_NE(NamespaceOf(c.init.pid, "user"), NamespaceOf(getpid(), "user"));
  for (const char* map : {"uid_map", "gid_map"}) {
    std::istringstream words(ReadText(ProcPath(c.init.pid, map)).value_or(""));
    unsigned inside = 1, outside = 0, size = 0, more = 0;
    words >> inside >> outside >> size;
    EXPECT_EQ(inside, 0u) << map;
    EXPECT_EQ(outside, kFirst) << map;
    EXPECT_EQ(size, kSize) << map;
    EXPECT_FALSE(words >> more) << map;
  }
}

CASE(UserNamespace, WholeLifeLeavesNothing,
     {.level = Level::kSpec,
      .cites = {"A1", "A25", "S8"},
      .claim = "A container with user mappings is killed and deleted like any other.",
      .needs = kNeedUserNamespace}) {
  Container c = MappedRunning(lab, {.program = {"fork", "2", "sleep"}});
  ASSERT_GE(lab.Members(c).size(), 3u);
  EXPECT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(UserNamespace, ForceDeleteReachesProcessesWithoutPrivatePidNamespace,
     {.level = Level::kRobustness,
      .cites = {"S8", "L4", "C13"},
      .claim = "delete --force kills all processes of a container with user mappings that shares "
               "the host's pid namespace.",
      .needs = kNeedUserNamespace}) {
  Container c = MappedRunning(lab, {.pid_namespace = PidNamespace::kHost,
                                    .program = {"detach", "2", "sleep"},
                                    // procfs of a pid namespace that is not the user namespace's
                                    .edit = [](Json& config) {
                                      config["mounts"][0] = {{"destination", "/proc"},
                                                             {"type", "bind"},
                                                             {"source", "/proc"},
                                                             {"options", {"rbind"}}};
                                    }});
  ASSERT_GE(lab.Members(c).size(), 3u);
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(UserNamespace, RecordDoesNotBelongToTheContainer,
     {.level = Level::kRobustness,
      .cites = {"S10", "S18"},
      .claim = "No record in ROOT/ID is owned or writable by the container's root.",
      .needs = kNeedUserNamespace}) {
  Container c = MappedRunning(lab);
  std::string directory = lab.RecordDirectory(c);
  struct stat st = {};
  ASSERT_EQ(lstat(directory.c_str(), &st), 0);
  EXPECT_EQ(st.st_uid, geteuid());
  EXPECT_EQ(st.st_mode & 0022, 0u);
  for (const FileInfo& file : ListTree(directory, /*with_bytes=*/false)) {
    if (file.type != 'f') continue;  // runc gives the fifo of `start` to the container
    ASSERT_EQ(lstat((directory + "/" + file.path).c_str(), &st), 0);
    EXPECT_EQ(st.st_uid, geteuid()) << file.path;
    EXPECT_EQ(st.st_mode & 0022, 0u) << file.path;
  }
}

CASE(UserNamespace, ExecIsMappedToo,
     {.level = Level::kConvention,
      .cites = {"A8"},
      .claim = "An exec'd program is in the user namespace and is the mapped user.",
      .needs = kNeedUserNamespace | kNeedExec}) {
  Container c = MappedRunning(lab);
  ASSERT_OK(runtime.ExecDetached(c.id, {"report", "exec.report", "sleep"}));
  ASSERT_TRUE(lab.AwaitFile("exec.report"));
  std::vector<pid_t> members = lab.Members(c);
  ASSERT_EQ(members.size(), 2u);
  for (pid_t pid : members) {
    EXPECT_EQ(StatusField(pid, "Uid"), "100000 100000 100000 100000");
    EXPECT_EQ(NamespaceOf(pid, "user"), NamespaceOf(c.init.pid, "user"));
  }
}

CASE(UserNamespace, FailedCreateLeavesNothing,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "A create that fails after the user namespace is made leaves nothing.",
      .needs = kNeedUserNamespace}) {
  Container c = MappedBundle(lab, {.edit = [](Json& config) {
    config["mounts"].push_back(
        {{"destination", "/x"}, {"type", "nosuchfs"}, {"source", "nosuchfs"}});
  }});
  ExpectCreateRefused(lab, c);
}

CASE(UserNamespace, MappingsThatOverlapAreRefused,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "Mappings that the kernel refuses are an error of create, which leaves nothing.",
      .needs = kNeedUserNamespace}) {
  Container c = MappedBundle(lab, {.edit = [](Json& config) {
    config["linux"]["uidMappings"].push_back(
        {{"containerID", 10}, {"hostID", 300000}, {"size", 20}});
  }});
  ExpectCreateRefused(lab, c);
}

}  // namespace
}  // namespace reapcheck::conformance
