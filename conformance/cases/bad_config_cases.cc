// config.json that no runtime can do what it says: create is an ordinary error and leaves nothing.
#include <functional>

#include "conformance/cases/container_view.h"

namespace reapcheck::conformance {
namespace {

struct BadInput {
  std::string what;
  std::function<void(Json& config)> edit;
};

void ExpectEachRefused(Lab& lab, const std::vector<BadInput>& inputs) {
  Container c = lab.MakeBundle();
  std::string path = c.bundle + "/config.json", sound = ReadText(path).value_or("");
  ASSERT_FALSE(sound.empty());
  for (const BadInput& input : inputs) {
    SCOPED_TRACE(input.what);
    lab.EditConfig(c, input.edit);
    ASSERT_NE(ReadText(path).value_or(""), sound) << "the edit changes nothing";
    ExpectCreateRefused(lab, c);
    ASSERT_TRUE(WriteText(path, sound));
  }
  EXPECT_OK(lab.runtime().Create(c.id, c.bundle)) << "the bundle is no longer sound";
}

// The same, for one input.
void ExpectRefused(Lab& lab, const std::function<void(Json& config)>& edit) {
  ExpectEachRefused(lab, {{"config.json", edit}});
}

CASE(BadConfig, WrongTypesAreRefused,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "A property of another type than the schema's is an error of create, not "
               "ignored."}) {
  ExpectEachRefused(
      lab, {{"process.args is a string", [](Json& c) { c["process"]["args"] = "/payload sleep"; }},
            {"process is an array", [](Json& c) { c["process"] = Json::array({"/payload"}); }},
            {"mounts is an object", [](Json& c) { c["mounts"] = {{"/proc", "proc"}}; }},
            {"a mount is a string", [](Json& c) { c["mounts"].push_back("/proc"); }},
            {"hooks is an array", [](Json& c) { c["hooks"] = Json::array({"/bin/true"}); }},
            {"root is a string", [](Json& c) { c["root"] = "rootfs"; }},
            {"namespaces is an object",
             [](Json& c) { c["linux"]["namespaces"] = {{"type", "pid"}}; }},
            {"uid is a string", [](Json& c) { c["process"]["user"]["uid"] = "root"; }},
            {"resources is an array", [](Json& c) {
               c["linux"]["resources"] = Json::array({{{"pids", {{"limit", 5}}}}});
             }}});
}

CASE(BadConfig, NumbersOutOfRangeAreRefused,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15"},
      .claim = "A number that can not be what the property means is an error of create."}) {
  ExpectEachRefused(
      lab, {{"uid -1", [](Json& c) { c["process"]["user"]["uid"] = -1; }},
            {"uid 2^32", [](Json& c) { c["process"]["user"]["uid"] = std::uint64_t{1} << 32; }},
            {"oomScoreAdj 5000", [](Json& c) { c["process"]["oomScoreAdj"] = 5000; }},
            {"rlimit soft above hard", [](Json& c) {
               c["process"]["rlimits"] = {{{"type", "RLIMIT_CORE"}, {"soft", 9}, {"hard", 1}}};
             }}});
}

CASE(BadConfig, MissingRequiredPropertiesAreRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "Without root, or a namespace's type, create is an error."}) {
  ExpectEachRefused(lab, {{"no root", [](Json& c) { c.erase("root"); }},
                          {"a namespace without type", [](Json& c) {
                             c["linux"]["namespaces"].push_back(Json::object());
                           }}});
}

// runc takes the bundle for the root then, and makes mount points in it.
CASE(BadConfig, RootWithoutPathIsRefusedAndTheBundleUntouched,
     {.level = Level::kSpec,
      .cites = {"A8", "A15"},
      .claim = "Without root.path create is an error and makes nothing in the bundle."}) {
  ExpectRefused(lab, [](Json& c) { c["root"].erase("path"); });
}

CASE(BadConfig, RootThatIsAFileIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A root.path that is not a directory is an error of create."}) {
  std::string payload = lab.PayloadPath();
  ExpectRefused(lab, [&](Json& c) { c["root"]["path"] = payload; });
}

CASE(BadConfig, UnknownNamespaceTypeIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A8"},
      .claim = "A namespace of an unknown type is an error of create: isolation is not left "
               "out."}) {
  ExpectRefused(lab, [](Json& c) { c["linux"]["namespaces"].push_back({{"type", "pdi"}}); });
}

CASE(BadConfig, DuplicateNamespacesAreRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A namespace type that is listed twice is an error of create."}) {
  ExpectEachRefused(
      lab, {{"two new ones",
             [](Json& c) { c["linux"]["namespaces"].push_back({{"type", "uts"}}); }},
            {"a new one and a joined one", [](Json& c) {
               c["linux"]["namespaces"].push_back({{"type", "ipc"}, {"path", "/proc/self/ns/ipc"}});
             }}});
}

CASE(BadConfig, NamespaceOfAnotherTypeIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A namespace path that leads to a namespace of another type is an error of "
               "create."}) {
  std::string path = ProcPath(getpid(), "ns/uts");
  ExpectRefused(lab, [&](Json& c) {
    c["linux"]["namespaces"].push_back({{"type", "network"}, {"path", path}});
  });
}

CASE(BadConfig, DuplicateRlimitsAreRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "An rlimit type that is listed twice is an error of create."}) {
  ExpectRefused(lab, [](Json& c) {
    c["process"]["rlimits"] = {{{"type", "RLIMIT_CORE"}, {"soft", 0}, {"hard", 0}},
                               {{"type", "RLIMIT_CORE"}, {"soft", 1}, {"hard", 1}}};
  });
}

CASE(BadConfig, RelativeWorkingDirectoryIsRefused,
     {.level = Level::kConvention,
      .cites = {"A8"},
      .claim = "A process.cwd that is not absolute is an error of create."}) {
  ExpectEachRefused(lab, {{"relative", [](Json& c) { c["process"]["cwd"] = "tmp"; }},
                          {"climbing", [](Json& c) { c["process"]["cwd"] = "../.."; }}});
}

CASE(BadConfig, RelativeHookPathIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A28", "A8"},
      .claim = "A hook whose path is not absolute is an error of create, whatever its kind."}) {
  ExpectEachRefused(
      lab, {{"createRuntime", [](Json& c) { c["hooks"]["createRuntime"] = {{{"path", "sh"}}}; }},
            {"poststop", [](Json& c) { c["hooks"]["poststop"] = {{{"path", "bin/sh"}}}; }},
            {"no path at all", [](Json& c) {
               c["hooks"]["poststart"] = Json::array({{{"args", {"x"}}}});
             }}});
}

CASE(BadConfig, HookTimeoutOfZeroIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A28"},
      .claim = "A hook's timeout that is not greater than zero is an error of create."}) {
  std::string payload = lab.PayloadPath();
  auto hook = [&](int timeout) {
    return Json::array(
        {{{"path", payload}, {"args", {payload, "exit", "0"}}, {"timeout", timeout}}});
  };
  ExpectEachRefused(lab, {{"0", [&](Json& c) { c["hooks"]["poststop"] = hook(0); }},
                          {"-1", [&](Json& c) { c["hooks"]["poststop"] = hook(-1); }}});
}

CASE(BadConfig, UnknownRootfsPropagationIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A8"},
      .claim = "An unknown rootfsPropagation is an error of create."}) {
  ExpectRefused(lab, [](Json& c) { c["linux"]["rootfsPropagation"] = "privat"; });
}

CASE(BadConfig, SysctlOfTheHostIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A8", "S10"},
      .claim = "A sysctl that is in no namespace of the container is an error of create: it would "
               "change the host."}) {
  auto host_value = [](const std::string& file) {
    std::string value = ReadText("/proc/sys/" + file).value_or("0");
    // What is there already: a wrong runtime does no harm.
    return value.substr(0, value.find('\n'));
  };
  std::string panic = host_value("kernel/panic"), forward = host_value("net/ipv4/ip_forward");
  ExpectEachRefused(
      lab, {{"kernel.panic", [&](Json& c) { c["linux"]["sysctl"] = {{"kernel.panic", panic}}; }},
            {"net.ipv4.ip_forward without a network namespace",
             [&](Json& c) { c["linux"]["sysctl"] = {{"net.ipv4.ip_forward", forward}}; }},
            {"a path that climbs", [&](Json& c) {
               c["linux"]["sysctl"] = {{"net/../kernel/panic", panic}};
             }}});
}

CASE(BadConfig, MappingsWithoutUserNamespaceAreRefused,
     {.level = Level::kRobustness,
      .cites = {"A8", "S10"},
      .claim = "User mappings without a user namespace are an error of create: the program would "
               "be root of the host."}) {
  ExpectRefused(lab, [](Json& c) {
    Json mapping = Json::array({{{"containerID", 0}, {"hostID", 100000}, {"size", 65536}}});
    c["linux"]["uidMappings"] = mapping;
    c["linux"]["gidMappings"] = mapping;
  });
}

CASE(BadConfig, UnknownSeccompIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A8"},
      .claim = "A seccomp profile with an unknown action or operator, or notify without a "
               "listener, "
               "is an error of create."}) {
  auto profile = [](const std::string& default_action, const Json& rule) {
    return Json{{"defaultAction", default_action}, {"syscalls", Json::array({rule})}};
  };
  auto rule = [](const std::string& action) {
    return Json{{"names", Json::array({"chroot"})}, {"action", action}};
  };
  Json odd = rule("SCMP_ACT_ERRNO");
  odd["args"] = Json::array({{{"index", 0}, {"value", 0}, {"op", "SCMP_CMP_NO"}}});
  ExpectEachRefused(
      lab, {{"default action", [&](Json& c) {
               c["linux"]["seccomp"] = profile("SCMP_ACT_NO", rule("SCMP_ACT_ERRNO"));
             }},
            {"action of a rule", [&](Json& c) {
               c["linux"]["seccomp"] = profile("SCMP_ACT_ALLOW", rule("SCMP_ACT_NO"));
             }},
            {"operator", [&](Json& c) { c["linux"]["seccomp"] = profile("SCMP_ACT_ALLOW", odd); }},
            {"notify without a listener", [&](Json& c) {
               c["linux"]["seccomp"] = profile("SCMP_ACT_ALLOW", rule("SCMP_ACT_NOTIFY"));
             }}});
}

CASE(BadConfig, LabelsThatTheMachineCanNotHaveAreRefused,
     {.level = Level::kRobustness,
      .cites = {"A8"},
      .claim = "An AppArmor profile or SELinux label on a kernel without either is an error of "
               "create: a restriction is never silently left out."}) {
  std::vector<BadInput> inputs;
  if (!Exists("/sys/kernel/security/apparmor") && !Exists("/sys/module/apparmor")) {
    inputs.push_back({"apparmorProfile",
                      [](Json& c) { c["process"]["apparmorProfile"] = "reapcheck-none"; }});
  }
  if (!Exists("/sys/fs/selinux/enforce")) {
    inputs.push_back({"selinuxLabel", [](Json& c) {
                        c["process"]["selinuxLabel"] = "system_u:system_r:container_t:s0";
                      }});
  }
  if (inputs.empty()) SKIP("the kernel has both AppArmor and SELinux");
  ExpectEachRefused(lab, inputs);
}

CASE(BadConfig, ResourceControlOfAnotherMachineIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A8"},
      .claim = "linux.intelRdt without resctrl is an error of create."}) {
  if (Exists("/sys/fs/resctrl/schemata")) SKIP("resctrl is mounted");
  ExpectRefused(lab, [](Json& c) {
    c["linux"]["intelRdt"] = {{"closID", "reapcheck"}, {"l3CacheSchema", "L3:0=f"}};
  });
}

CASE(BadConfig, DeviceOverAnotherFileIsRefused,
     {.level = Level::kSpec,
      .cites = {"A8"},
      .claim = "A device whose path is a file of the image that is not that device is an error of "
               "create."}) {
  ExpectRefused(lab, [](Json& c) {
    c["linux"]["devices"] = {{{"path", "/payload"}, {"type", "c"}, {"major", 1}, {"minor", 3}}};
  });
}

CASE(BadConfig, DeviceOfAnUnknownTypeIsRefused,
     {.level = Level::kRobustness,
      .cites = {"A8"},
      .claim = "A device of a type that mknod(2) does not know is an error of create."}) {
  ExpectRefused(lab, [](Json& c) {
    c["linux"]["devices"] = {{{"path", "/dev/x"}, {"type", "x"}, {"major", 1}, {"minor", 3}}};
  });
}

CASE(BadConfig, CgroupsPathThatClimbsStaysBelowTheMountPoint,
     {.level = Level::kRobustness,
      .cites = {"S10", "A8"},
      .claim = "A cgroupsPath with .. is refused, or taken as a path below the hierarchy's "
               "root."}) {
  std::string climbing = "/../../../../../../" + lab.Id("c1");
  Container c = lab.MakeBundle(
      {.edit = [&](Json& config) { config["linux"]["cgroupsPath"] = climbing; }});
  Invocation created = CreateFrom(lab, c);
  EXPECT_FALSE(Exists("/" + lab.Id("c1"))) << "a directory of the host was made";
  EXPECT_FALSE(Exists("/sys/fs/" + lab.Id("c1")));
  RemoveTree("/" + lab.Id("c1"));
  if (!created.ok()) {
    EXPECT_REFUSED(created);
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
    return;
  }
  EXPECT_OK(runtime.DeleteForce(c.id));
  EXPECT_HOLDS(JudgeDelete({.ok = true}, lab.Observe(c)));
}

CASE(BadConfig, DeepNestingDoesNotCrash,
     {.level = Level::kRobustness,
      .cites = {"A8", "L1"},
      .claim = "A config.json with 200000 nested arrays is an ordinary error, or an unknown "
               "property "
               "that is ignored; never a crash."}) {
  constexpr std::size_t kDepth = 200000;
  Container c = lab.MakeBundle();
  std::string path = c.bundle + "/config.json", text = ReadText(path).value_or("");
  ASSERT_EQ(text.front(), '{');
  std::string nested = std::string(kDepth, '[') + std::string(kDepth, ']');
  ASSERT_TRUE(WriteText(path, "{\"nested\":" + nested + "," + text.substr(1)));
  Invocation created = CreateFrom(lab, c);
  EXPECT_EQ(created.signal, 0) << created.Describe();
  if (created.ok()) {
    EXPECT_OK(runtime.DeleteForce(c.id));
  } else {
    EXPECT_REFUSED(created);
    EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
  }
}

CASE(BadConfig, MemoryTooSmallForInitLeavesNothing,
     {.level = Level::kRobustness,
      .cites = {"A8", "A15", "L1"},
      .claim = "A memory limit in which init can not live is an error of create or start in "
               "bounded "
               "time, and nothing is left after delete.",
      .needs = kNeedCgroupV1}) {
  if (!lab.HasController("memory")) SKIP("no memory controller");
  Container c = lab.MakeBundle({.edit = [](Json& config) {
    config["linux"]["resources"]["memory"] = {{"limit", 16384}};
  }});
  Invocation created = CreateFrom(lab, c);
  if (created.ok()) {
    EXPECT_OK(runtime.DeleteForce(c.id));
  } else {
    EXPECT_REFUSED(created);
  }
  EXPECT_HOLDS(JudgeFailedCreate(lab.Observe(c)));
}

}  // namespace
}  // namespace reapcheck::conformance
