// What a hook is given: state on stdin, arguments, environment, namespaces.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

const std::vector<std::string> kAllKinds = {"prestart",       "createRuntime", "createContainer",
                                            "startContainer", "poststart",     "poststop"};

// One hook of each kind.
std::vector<HookPlan> OneOfEach(const std::vector<std::string>& kinds = kAllKinds) {
  std::vector<HookPlan> hooks;
  for (const std::string& kind : kinds) hooks.push_back({.kind = kind, .name = "h"});
  return hooks;
}

// A container that went its way from create to delete.
Container WholeLife(Lab& lab, Subject& runtime, ContainerPlan plan = {.hooks = OneOfEach()}) {
  Container c = lab.Running(plan);
  lab.KillInit(c);
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  EXPECT_OK(runtime.Delete(c.id));
  return c;
}

// The record of the one hook of this kind; a failure and an empty one when there is none.
HookRecord Only(Lab& lab, const std::string& kind) {
  for (const HookRecord& record : lab.Hooks()) {
    if (record.kind == kind) return record;
  }
  ADD_FAILURE() << "no " << kind << " hook ran";
  return {};
}

std::string OwnNamespace(const std::string& type) {
  std::array<char, 128> target;
  ssize_t size = readlink(("/proc/self/ns/" + type).c_str(), target.data(), target.size());
  return std::string(target.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

// --- State on stdin ---

CASE(Hooks, StateOnStdinNamesTheContainer,
     {.level = Level::kSpec,
      .cites = {"A3", "A29"},
      .claim = "Each of the six kinds reads id, bundle, ociVersion and annotations on stdin."}) {
  Container c = WholeLife(lab, runtime,
                          {.hooks = OneOfEach(), .annotations = {{"org.example.key", "a value"}}});
  for (const std::string& kind : kAllKinds) {
    SCOPED_TRACE(kind);
    HookRecord hook = Only(lab, kind);
    EXPECT_EQ(hook.state_id, c.id);
    EXPECT_EQ(hook.state_bundle, c.bundle);
    EXPECT_FALSE(hook.state_version.empty());
    EXPECT_EQ(hook.state_annotations["org.example.key"], "a value");
  }
}

CASE(Hooks, VersionOnStdinIsThatOfState,
     {.level = Level::kSpec,
      .cites = {"A3", "A29"},
      .claim = "ociVersion on a hook's stdin is the SemVer version that `state` prints."}) {
  Container c = lab.Created({.hooks = OneOfEach({"createRuntime"})});
  std::optional<Json> state = runtime.ReadState(c.id);
  ASSERT_TRUE(state);
  EXPECT_EQ(Only(lab, "createRuntime").state_version, state->value("ociVersion", ""));
}

CASE(Hooks, StatusOnStdinOfStartAndDelete,
     {.level = Level::kSpec,
      .cites = {"A6", "A29"},
      .claim = "startContainer hooks read status created, poststart running, poststop stopped."}) {
  WholeLife(lab, runtime, {.hooks = OneOfEach({"startContainer", "poststart", "poststop"})});
  EXPECT_EQ(Only(lab, "startContainer").state_status, "created");
  EXPECT_EQ(Only(lab, "poststart").state_status, "running");
  EXPECT_EQ(Only(lab, "poststop").state_status, "stopped");
}

CASE(Hooks, StatusOnStdinOfCreateIsCreating,
     {.level = Level::kConvention,
      .cites = {"A6", "A29"},
      .claim = "The hooks of create read status creating: create has not finished."}) {
  lab.Created({.hooks = OneOfEach({"prestart", "createRuntime", "createContainer"})});
  for (const char* kind : {"prestart", "createRuntime", "createContainer"}) {
    EXPECT_EQ(Only(lab, kind).state_status, "creating") << kind;
  }
}

CASE(Hooks, PidForTheRuntimesNamespace,
     {.level = Level::kSpec,
      .cites = {"A7"},
      .claim = "prestart, createRuntime and poststart hooks read init's pid as the runtime "
               "sees it."}) {
  Container c = lab.Running({.hooks = OneOfEach({"prestart", "createRuntime", "poststart"})});
  for (const char* kind : {"prestart", "createRuntime", "poststart"}) {
    HookRecord hook = Only(lab, kind);
    EXPECT_EQ(hook.state_pid, c.init.pid) << kind;
    EXPECT_TRUE(hook.state_pid_alive) << kind;
  }
}

CASE(Hooks, PidForTheContainersNamespace,
     {.level = Level::kSpec,
      .cites = {"A7"},
      .claim = "createContainer and startContainer hooks read init's pid as the container sees "
               "it: 1 in a pid namespace of its own."}) {
  lab.Running({.hooks = OneOfEach({"createContainer", "startContainer"})});
  for (const char* kind : {"createContainer", "startContainer"}) {
    EXPECT_EQ(Only(lab, kind).state_pid.value_or(0), 1) << kind;
  }
}

CASE(Hooks, StateInCreateRuntimeIsAnsweredTruthfully,
     {.level = Level::kConvention,
      .cites = {"A6", "A17"},
      .claim = "`state` called by a createRuntime hook is no hang, and never says that a "
               "container runs whose create has not finished."}) {
  Arguments call = runtime.CommandLine({"state", lab.Id("c1")});
  std::vector<std::string> then = {"call", "inside", std::to_string(call.size())};
  then.insert(then.end(), call.begin(), call.end());
  lab.Created({.hooks = {{.kind = "createRuntime", .name = "h", .then = then}}});
  ASSERT_TRUE(lab.HasFile("inside"));
  Json inside = Json::parse(lab.ReadFile("inside.out"), nullptr, /*allow_exceptions=*/false);
  if (lab.ReadFile("inside") != "0\n") return;  // no container yet: an error is as true
  ASSERT_TRUE(inside.is_object()) << lab.ReadFile("inside.out");
  std::string status = inside.value("status", "");
  EXPECT_TRUE(status == "creating" || status == "created") << status;
}

// --- stdin that is large, or not read ---

std::map<std::string, std::string> LargeAnnotations() {
  return {{"org.example.large", std::string(200 * 1024, 'a')}};  // three pipe buffers
}

CASE(Hooks, LargeStateArrivesWhole,
     {.level = Level::kRobustness,
      .cites = {"A29", "L1"},
      .claim = "A state that is larger than a pipe's buffer reaches the hook to its last byte."}) {
  std::string copy = lab.scratch() + "/state";
  lab.Created({.hooks = {{.kind = "createRuntime",
                          .path = "/bin/sh",
                          .arguments = {"sh", "-c", "cat > " + copy}}},
               .annotations = LargeAnnotations()});
  Json state = Json::parse(ReadText(copy).value_or(""), nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(state.is_object()) << "stdin was cut";
  EXPECT_EQ(state["annotations"].value("org.example.large", "").size(), 200u * 1024);
}

CASE(Hooks, StdinNeedNotBeRead,
     {.level = Level::kRobustness,
      .cites = {"A29", "L1"},
      .claim = "A hook that exits without reading a large state from stdin has not failed, in "
               "each operation, and the runtime survives it."}) {
  std::vector<HookPlan> hooks;
  for (const char* kind : {"prestart", "createRuntime", "poststart", "poststop"}) {
    hooks.push_back(
        {.kind = kind, .path = lab.PayloadPath(), .arguments = {"payload", "exit", "0"}});
  }
  Container c = lab.Created({.hooks = hooks, .annotations = LargeAnnotations()});
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

// --- Arguments and environment ---

CASE(Hooks, ArgumentsAreExactlyThoseConfigured,
     {.level = Level::kSpec,
      .cites = {"A35"},
      .claim = "A hook's argv is args as configured, the first too: it need not be the path."}) {
  std::vector<std::string> arguments = {"another name",  "lab", lab.share(), "hook",
                                        "createRuntime", "two words \"quoted\" $HOME *"};
  lab.Created({.hooks = {{.kind = "createRuntime",
                          .path = lab.PayloadPath(),
                          .arguments = arguments}}});
  EXPECT_EQ(Only(lab, "createRuntime").argv, arguments);
}

CASE(Hooks, EnvironmentIsExactlyThatConfigured,
     {.level = Level::kSpec,
      .cites = {"A35"},
      .claim = "Each kind of hook sees the variables of its env, in any order, and no other."}) {
  std::vector<HookPlan> hooks = OneOfEach();
  for (HookPlan& hook : hooks) hook.environment = {"B=two words", "A=" + hook.kind, "EMPTY="};
  WholeLife(lab, runtime, {.hooks = hooks});
  for (const std::string& kind : kAllKinds) {
    std::vector<std::string> seen = Only(lab, kind).environment;
    std::ranges::sort(seen);
    EXPECT_EQ(seen, (std::vector<std::string>{"A=" + kind, "B=two words", "EMPTY="})) << kind;
  }
}

CASE(Hooks, EmptyEnvironmentIsEmpty,
     {.level = Level::kSpec,
      .cites = {"A35"},
      .claim = "A hook with an empty env has no environment: neither the runtime's nor the "
               "container's."}) {
  std::vector<HookPlan> hooks = OneOfEach();
  for (HookPlan& hook : hooks) hook.environment.emplace();
  WholeLife(lab, runtime, {.hooks = hooks});
  for (const std::string& kind : kAllKinds) {
    EXPECT_EQ(Only(lab, kind).environment, std::vector<std::string>{}) << kind;
  }
}

// --- Namespaces ---

CASE(Hooks, RunInTheRuntimesNamespaces,
     {.level = Level::kSpec,
      .cites = {"A30"},
      .claim = "prestart, createRuntime, poststart and poststop hooks run in the runtime's "
               "namespaces."}) {
  std::vector<std::string> kinds = {"prestart", "createRuntime", "poststart", "poststop"};
  WholeLife(lab, runtime, {.hooks = OneOfEach(kinds)});
  for (const std::string& kind : kinds) {
    HookRecord hook = Only(lab, kind);
    for (const char* type : {"pid", "mnt", "ipc", "uts", "net"}) {
      EXPECT_EQ(hook.namespaces[type], OwnNamespace(type)) << kind;
    }
  }
}

void JudgeInTheContainer(Lab& lab, const std::string& kind) {
  lab.Running({.program = {"hook", "program", "p", "sleep"}, .hooks = OneOfEach({kind})});
  HookRecord hook = Only(lab, kind), program = Only(lab, "program");
  for (const char* type : {"mnt", "ipc", "uts", "pid"}) {
    ASSERT_NE(program.namespaces[type], OwnNamespace(type));
    EXPECT_EQ(hook.namespaces[type], program.namespaces[type]) << kind;
  }
}

CASE(Hooks, CreateContainerRunsInTheContainersNamespaces,
     {.level = Level::kSpec,
      .cites = {"A30"},
      .claim = "createContainer hooks run in the container's namespaces."}) {
  JudgeInTheContainer(lab, "createContainer");
}

CASE(Hooks, StartContainerRunsInTheContainersNamespaces,
     {.level = Level::kSpec,
      .cites = {"A30"},
      .claim = "startContainer hooks are found and run in the container's namespaces."}) {
  JudgeInTheContainer(lab, "startContainer");
}

// --- Configurations that are not valid ---

void JudgeRefusedAtCreate(Lab& lab, Subject& runtime, const HookPlan& hook) {
  SCOPED_TRACE(hook.kind);
  Container c = lab.MakeBundle({.hooks = {hook}});
  EXPECT_REFUSED(runtime.Create(c.id, c.bundle));
  EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
  EXPECT_OK(runtime.DeleteForce(c.id));  // the next one has its id
}

CASE(Hooks, RelativePathIsRefusedAtCreate,
     {.level = Level::kSpec,
      .cites = {"A8", "A28"},
      .claim = "A hook of any kind whose path is not absolute: create is an error, nothing is "
               "left."}) {
  for (const std::string& kind : kAllKinds) {
    JudgeRefusedAtCreate(lab, runtime, {.kind = kind, .path = "payload", .arguments = {"payload"}});
  }
}

CASE(Hooks, TimeoutThatIsNotPositiveIsRefusedAtCreate,
     {.level = Level::kSpec,
      .cites = {"A8", "A28"},
      .claim = "A hook with timeout 0 or -1: create is an error, nothing is left."}) {
  for (int seconds : {0, -1}) {
    for (const char* kind : {"createRuntime", "poststop"}) {
      JudgeRefusedAtCreate(lab, runtime, {.kind = kind, .name = "h", .timeout_seconds = seconds});
    }
  }
}

}  // namespace
}  // namespace reapcheck::conformance
