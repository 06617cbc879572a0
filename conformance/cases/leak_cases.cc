// After whole lives, and after creates that failed: nothing is left on the machine, nothing grows.
#include <algorithm>
#include <set>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

constexpr int kLives = 20;
constexpr char kNamespaceFiles[][7] = {"pid", "mnt", "net", "ipc", "uts", "cgroup"};

// Namespaces of the container's init that the case does not share. Held open: the number of one
// that is gone would be given to another container's.
struct OwnNamespaces {
  explicit OwnNamespaces(const Container& c) {
    for (const char* type : kNamespaceFiles) {
      std::string inside = NamespaceOf(c.init.pid, type);
      if (inside.empty() || inside == NamespaceOf(getpid(), type)) continue;
      std::string path = ProcPath(c.init.pid, std::string("ns/") + type);
      held.emplace_back(open(path.c_str(), O_RDONLY | O_CLOEXEC));
      names.insert(inside);
    }
  }
  std::set<std::string> names;
  std::vector<FileDescriptor> held;
};

// Processes of the whole machine in one of these namespaces.
std::vector<std::string> ProcessesIn(const std::set<std::string>& namespaces) {
  std::vector<std::string> found;
  for (const std::string& name : ListNames("/proc", /*directories_only=*/true)) {
    pid_t pid = std::atoi(name.c_str());
    for (const char* type : kNamespaceFiles) {
      if (pid > 0 && namespaces.contains(NamespaceOf(pid, type))) {
        found.push_back(name + " in " + NamespaceOf(pid, type));
      }
    }
  }
  return found;
}

// Files in /run and /tmp, and mounts, the lab looks for after every case.
void ExpectNothingNew(Lab& lab, Snapshot before) {
  before.hooks = lab.Hooks();  // the record of what ran is the lab's own
  lab.Await("everything is as it was",
            [&] { return Diff(before, lab.TakeSnapshot()).empty(); },
            std::chrono::milliseconds(1000));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

std::vector<HookPlan> AllHooks() {
  std::vector<HookPlan> hooks;
  for (const char* kind : {"prestart", "createRuntime", "createContainer", "startContainer",
                           "poststart", "poststop"}) {
    hooks.push_back({.kind = kind, .name = "h"});
  }
  return hooks;
}

CASE(Leaks, WholeLifeWithAllHooksLeavesNothing,
     {.level = Level::kSpec,
      .cites = {"A25", "A13", "S8", "C18"},
      .claim = "After create, start, pause, resume, exec, kill and delete with hooks of all kinds "
               "no process, cgroup, mount, namespace or file is left."}) {
  Snapshot before = lab.TakeSnapshot();
  Container c = lab.Running({.program = {"fork", "2", "detach", "2", "sleep"},
                             .hooks = AllHooks(),
                             .network_namespace = true});
  OwnNamespaces namespaces(c);
  ASSERT_GE(namespaces.names.size(), 4u);
  ASSERT_FALSE(ProcessesIn(namespaces.names).empty());
  if (runtime.Can(Capability::kPause)) {
    ASSERT_OK(runtime.Pause(c.id));
    ASSERT_OK(runtime.Resume(c.id));
  }
  if (runtime.Can(Capability::kExec)) {
    ASSERT_OK(runtime.ExecDetached(c.id, {"touch", "executed", "sleep"}));
    ASSERT_TRUE(lab.AwaitFile("executed"));
  }
  ASSERT_OK(runtime.Kill(c.id, "KILL"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
  ASSERT_OK(runtime.Delete(c.id));
  EXPECT_EQ(lab.Hooks().size(), 6u);
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  std::vector<std::string> inside = ProcessesIn(namespaces.names);
  EXPECT_TRUE(inside.empty()) << inside.front();
  namespaces.held.clear();
  ExpectNothingNew(lab, before);
}

CASE(Leaks, ForceDeleteOfARunningOneLeavesNothing,
     {.level = Level::kConvention,
      .cites = {"S8", "A25", "C18"},
      .claim = "delete --force of a running container with an exec'd program leaves nothing, "
               "namespaces neither."}) {
  Snapshot before = lab.TakeSnapshot();
  Container c = lab.Running({.pid_namespace = PidNamespace::kHost,
                             .program = {"detach", "3", "sleep"},
                             .hooks = AllHooks(),
                             .network_namespace = true});
  OwnNamespaces namespaces(c);
  ASSERT_GE(ProcessesIn(namespaces.names).size(), 4u);
  if (runtime.Can(Capability::kExec)) {
    ASSERT_OK(runtime.ExecDetached(c.id, {"touch", "executed", "sleep"}));
    ASSERT_TRUE(lab.AwaitFile("executed"));
  }
  ASSERT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
  std::vector<std::string> inside = ProcessesIn(namespaces.names);
  EXPECT_TRUE(inside.empty()) << inside.front();
  namespaces.held.clear();
  ExpectNothingNew(lab, before);
}

CASE(Leaks, TwentyLivesLeaveNothingGrowing,
     {.level = Level::kSpec,
      .cites = {"A25", "A27", "S8", "C18"},
      .claim = "Twenty lives of one id, one after the other, leave nothing that grows."}) {
  Container c = lab.MakeBundle({.program = {"exit", "0"},
                                .hooks = {{.kind = "poststop", .name = "p"}}});
  Snapshot before = lab.TakeSnapshot();
  for (int life = 0; life < kLives; ++life) {
    SCOPED_TRACE("life " + std::to_string(life));
    ASSERT_OK(CreateFrom(lab, c));
    ASSERT_OK(runtime.Start(c.id));
    ASSERT_TRUE(lab.AwaitDead(c.init));
    ASSERT_TRUE(lab.AwaitStatus(c, "stopped"));
    ASSERT_OK(runtime.Delete(c.id));
  }
  EXPECT_EQ(lab.Hooks().size(), static_cast<std::size_t>(kLives));
  ExpectNothingNew(lab, before);
}

CASE(Leaks, TwentyFailedCreatesLeaveNothingGrowing,
     {.level = Level::kSpec,
      .cites = {"A8", "A15", "C18"},
      .claim = "Twenty creates that fail, one after the other, leave nothing that grows, and the "
               "id "
               "stays usable."}) {
  Container c = lab.MakeBundle();
  std::string config = ReadText(c.bundle + "/config.json").value_or("");
  lab.EditConfig(c, [](Json& json) {
    json["mounts"].push_back({{"destination", "/x"}, {"type", "nosuchfs"}, {"source", "nosuchfs"}});
  });
  Snapshot before = lab.TakeSnapshot();
  for (int i = 0; i < kLives; ++i) ASSERT_REFUSED(runtime.Create(c.id, c.bundle));
  ExpectNothingNew(lab, before);
  ASSERT_TRUE(WriteText(c.bundle + "/config.json", config));
  EXPECT_OK(runtime.Create(c.id, c.bundle));
}

CASE(Leaks, TwentyExecsLeaveNothingGrowing,
     {.level = Level::kConvention,
      .cites = {"C18", "A15"},
      .claim = "Twenty programs that were exec'd and have ended leave nothing that grows.",
      .needs = kNeedExec}) {
  Container c = lab.Running();
  Snapshot before = lab.TakeSnapshot();
  for (int i = 0; i < kLives; ++i) ASSERT_OK(runtime.ExecDetached(c.id, {"exit", "0"}));
  ExpectNothingNew(lab, before);
  EXPECT_EQ(lab.Members(c).size(), 1u);
}

CASE(Leaks, FailingHooksLeaveNothing,
     {.level = Level::kSpec,
      .cites = {"A11", "A13", "A25", "C11"},
      .claim = "Where a hook of create or start fails, nothing of the container is left after "
               "delete --force."}) {
  for (const char* kind : {"prestart", "createRuntime", "createContainer", "startContainer"}) {
    SCOPED_TRACE(std::string("failing ") + kind);
    Snapshot before = lab.TakeSnapshot();
    Container c = lab.MakeBundle(
        {.name = kind, .hooks = {{.kind = kind, .name = "bad", .then = {"exit", "1"}}}});
    Invocation created = CreateFrom(lab, c);
    if (created.ok()) runtime.Start(c.id);
    // Whether start says so is another case's: in runc the hook fails when start has answered.
    ASSERT_TRUE(lab.Await("the hook has run", [&] {
      return std::ranges::count(lab.Hooks(), std::string(kind), &HookRecord::kind) > 0;
    }));
    EXPECT_OK(runtime.DeleteForce(c.id));
    ExpectNothingNew(lab, before);
  }
}

CASE(Leaks, NoKeyringIsLeft,
     {.level = Level::kRobustness,
      .cites = {"C18", "A25"},
      .claim = "A session keyring that a runtime made for a container goes with it."}) {
  Container c = lab.Running();
  auto named = [&] {
    return ReadText("/proc/keys").value_or("").find(c.id) != std::string::npos;
  };
  if (!named()) SKIP("/proc/keys shows no key with the name of a running container");
  ASSERT_OK(runtime.DeleteForce(c.id));
  // The kernel collects keys some time after their last holder.
  lab.Await("no key names the container", [&] { return !named(); });
}

}  // namespace
}  // namespace reapcheck::conformance
