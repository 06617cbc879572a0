#include "runtime/oci_config.h"

#include <gtest/gtest.h>
#include <linux/mount.h>
#include <sys/resource.h>

#include "runtime/container_kernel.h"
#include "runtime/json_reader.h"
#include "runtime/oci_config_parts.h"
#include "runtime/oci_config_test_data.h"
#include "runtime/oci_config_test_text.h"
#include "runtime/seccomp_names.h"

namespace reapcheck {
namespace {

OciConfig Parse(std::string_view text) {
  Outcome<OciConfig> config = ParseOciConfig(text, "/bundle");
  EXPECT_TRUE(config.has_value()) << config.error().text << "\n" << text;
  return config.has_value() ? *config : OciConfig{};
}

MountEntry ParseMount(const std::string& text) {
  const OciConfig config = Parse(text);
  EXPECT_EQ(config.mounts.size(), 1U);
  return config.mounts.empty() ? MountEntry{} : config.mounts[0];
}

// --- What asks for nothing ---

TEST(ParseOciConfig, PropertyThatAsksForNothing_IsAccepted) {
  for (const std::string& text : {
           Config(""),
           Config(R"("process": null, "hooks": null, "mounts": null, "linux": null)"),
           Config(R"("hooks": {"prestart": [], "poststop": null}, "annotations": {})"),
           Config(R"("windows": {"servicing": true}, "x": {"anything": [1, 2]}, "vm": {"a": 1})"),
           Process(R"("apparmorProfile": "", "selinuxLabel": "", "scheduler": null,
                      "ioPriority": {}, "consoleSize": {"height": 0, "width": 0})"),
           Linux(R"("intelRdt": {}, "mountLabel": "", "sysctl": {}, "devices": [],
                    "timeOffsets": null, "seccomp": null, "rootfsPropagation": "")"),
           WithResources(R"("blockIO": {"weight": 0}, "hugepageLimits": [], "network": {},
                        "rdma": {}, "unified": null, "pids": {}, "cpu": {"shares": 0, "idle": 0},
                        "memory": {"kernel": -1, "kernelTCP": 0, "useHierarchy": true,
                                   "checkBeforeUpdate": false, "limit": 0, "swap": 0})"),
           MountOptions(R"(["", "defaults"])"),
       }) {
    const auto config = ParseOciConfig(text, "/bundle");
    EXPECT_TRUE(config.has_value()) << text << "\n" << config.error().text;
  }
}

TEST(ParseOciConfig, ZeroOrAbsentLimit_IsNotSet) {
  const Resources resources = Parse(WithResources(R"("memory": {"limit": 0, "swap": 0},
      "cpu": {"shares": 0, "quota": 0, "period": 0}, "pids": {"limit": 0})")).resources;
  EXPECT_EQ(resources.memory_limit, std::nullopt);
  EXPECT_EQ(resources.memory_swap, std::nullopt);
  EXPECT_EQ(resources.cpu_shares, std::nullopt);
  EXPECT_EQ(resources.cpu_quota, std::nullopt);
  EXPECT_EQ(resources.cpu_period, std::nullopt);
  EXPECT_EQ(resources.pids_limit, std::nullopt);
}

// --- What is understood ---

TEST(ParseOciConfig, VersionOne_IsAcceptedInAllItsForms) {
  for (const char* version : {"1.0.0", "1.0.2-dev", "1.2.0+build.7", "1.0.0-rc5-dev", "1.10.3"}) {
    EXPECT_EQ(Parse(R"({"ociVersion": ")" + std::string(version) + R"(", "root": {"path": "r"}})")
                  .oci_version,
              version);
  }
}

TEST(ParseOciConfig, Process_IsReadWhole) {
  const OciConfig config = Parse(Process(R"(
      "terminal": true, "consoleSize": {"height": 24, "width": 80}, "env": ["A=b", "odd"],
      "user": {"uid": 1, "gid": 2, "umask": 63, "additionalGids": [3, 4]},
      "capabilities": {"bounding": ["CAP_CHOWN", "CAP_CHECKPOINT_RESTORE"],
                       "effective": ["CAP_KILL"], "permitted": ["CAP_BPF"],
                       "inheritable": ["CAP_MKNOD"], "ambient": ["CAP_SETUID"]},
      "rlimits": [{"type": "RLIMIT_NOFILE", "soft": 5, "hard": 18446744073709551615}],
      "noNewPrivileges": true, "oomScoreAdj": -17)"));
  ASSERT_TRUE(config.process.has_value());
  const ProcessConfig& process = *config.process;
  EXPECT_EQ(process.arguments, std::vector<std::string>{"sh"});
  EXPECT_EQ(process.environment, (std::vector<std::string>{"A=b", "odd"}));
  EXPECT_EQ(process.cwd, "/");
  EXPECT_EQ(process.uid, 1U);
  EXPECT_EQ(process.gid, 2U);
  EXPECT_EQ(process.umask, mode_t{077});
  EXPECT_EQ(process.additional_gids, (std::vector<gid_t>{3, 4}));
  ASSERT_TRUE(process.capabilities.has_value());
  EXPECT_EQ(process.capabilities->bounding, (std::uint64_t{1} << 40) | 1);
  EXPECT_EQ(process.capabilities->effective, std::uint64_t{1} << 5);
  EXPECT_EQ(process.capabilities->permitted, std::uint64_t{1} << 39);
  EXPECT_EQ(process.capabilities->inheritable, std::uint64_t{1} << 27);
  EXPECT_EQ(process.capabilities->ambient, std::uint64_t{1} << 7);
  ASSERT_EQ(process.rlimits.size(), 1U);
  EXPECT_EQ(process.rlimits[0].resource, RLIMIT_NOFILE);
  EXPECT_EQ(process.rlimits[0].name, "RLIMIT_NOFILE");
  EXPECT_EQ(process.rlimits[0].soft, 5U);
  EXPECT_EQ(process.rlimits[0].hard, RLIM_INFINITY);
  EXPECT_TRUE(process.no_new_privileges);
  EXPECT_EQ(process.oom_score_adj, -17);
  EXPECT_TRUE(process.terminal);
  ASSERT_TRUE(process.console_size.has_value());
  EXPECT_EQ(process.console_size->height, 24);
  EXPECT_EQ(process.console_size->width, 80);
}

TEST(ParseOciConfig, UnknownCapability_IsAWarningAndTheOthersStay) {
  const OciConfig config =
      Parse(Process(R"("capabilities": {"bounding": ["CAP_KILL", "CAP_FLY"],
                                        "ambient": ["KILL"]})"));
  EXPECT_EQ(config.process->capabilities->bounding, std::uint64_t{1} << 5);
  EXPECT_EQ(config.process->capabilities->ambient, 0u);
  EXPECT_EQ(config.process->warnings,
            (std::vector<std::string>{
                "/process/capabilities/bounding/1: unknown capability \"CAP_FLY\" is left out",
                "/process/capabilities/ambient/0: unknown capability \"KILL\" is left out"}));
}

TEST(ParseOciConfig, AbsentOptions_StayAbsent) {
  const OciConfig config = Parse(Process(R"("env": [])"));
  EXPECT_EQ(config.process->capabilities.has_value(), false);
  EXPECT_EQ(config.process->umask, std::nullopt);
  EXPECT_EQ(config.process->oom_score_adj, std::nullopt);
  EXPECT_EQ(config.process->console_size.has_value(), false);
  EXPECT_EQ(Parse(Config("")).process.has_value(), false);
}

TEST(ParseOciConfig, Hooks_AreReadWithDefaults) {
  const Hooks hooks = Parse(Config(R"("hooks": {
      "prestart": [{"path": "/1"}],
      "createRuntime": [{"path": "/2", "args": []}],
      "createContainer": [{"path": "/3", "args": ["three", "x"], "env": ["A=b"], "timeout": 7}],
      "startContainer": [{"path": "/4"}], "poststart": [{"path": "/5"}],
      "poststop": [{"path": "/6"}, {"path": "/7"}]})")).hooks;
  ASSERT_EQ(hooks.prestart.size(), 1U);
  EXPECT_EQ(hooks.prestart[0].arguments, std::vector<std::string>{"/1"});
  EXPECT_EQ(hooks.prestart[0].timeout, std::nullopt);
  ASSERT_EQ(hooks.create_runtime.size(), 1U);
  EXPECT_EQ(hooks.create_runtime[0].arguments, std::vector<std::string>{"/2"});
  ASSERT_EQ(hooks.create_container.size(), 1U);
  EXPECT_EQ(hooks.create_container[0].path, "/3");
  EXPECT_EQ(hooks.create_container[0].arguments, (std::vector<std::string>{"three", "x"}));
  EXPECT_EQ(hooks.create_container[0].environment, std::vector<std::string>{"A=b"});
  EXPECT_EQ(hooks.create_container[0].timeout, std::chrono::seconds(7));
  ASSERT_EQ(hooks.start_container.size(), 1U);
  EXPECT_EQ(hooks.start_container[0].path, "/4");
  ASSERT_EQ(hooks.poststart.size(), 1U);
  EXPECT_EQ(hooks.poststart[0].path, "/5");
  ASSERT_EQ(hooks.poststop.size(), 2U);
  EXPECT_EQ(hooks.poststop[1].path, "/7");
}

TEST(ParseOciConfig, MountOptions_AreSortedIntoFlagsAndData) {
  const MountEntry mount = ParseMount(
      MountOptions(R"(["nosuid", "rw", "strictatime", "mode=755", "rslave", "size=1k"])"));
  EXPECT_EQ(mount.destination, "/m");
  EXPECT_EQ(mount.type, "tmpfs");
  EXPECT_EQ(mount.flags, std::uint64_t{MS_NOSUID | MS_STRICTATIME});
  EXPECT_EQ(mount.cleared_flags, std::uint64_t{MS_RDONLY});
  EXPECT_EQ(mount.propagation, std::uint64_t{MS_SLAVE | MS_REC});
  EXPECT_EQ(mount.data, "mode=755,size=1k");
}

TEST(ParseOciConfig, LaterMountOption_WinsOverAnEarlierOne) {
  const MountEntry writable = ParseMount(MountOptions(R"(["ro", "noexec", "rw", "exec"])"));
  EXPECT_EQ(writable.flags, 0U);
  EXPECT_EQ(writable.cleared_flags, std::uint64_t{MS_RDONLY | MS_NOEXEC});
  const MountEntry readonly = ParseMount(MountOptions(R"(["rw", "ro"])"));
  EXPECT_EQ(readonly.flags, std::uint64_t{MS_RDONLY});
  EXPECT_EQ(readonly.cleared_flags, 0U);
}

TEST(ParseOciConfig, RecursiveMountOptions_AreMountAttributes) {
  const MountEntry mount = ParseMount(MountOptions(R"(["rro", "rexec", "rnoatime"])"));
  EXPECT_EQ(mount.flags, 0U);
  EXPECT_EQ(mount.recursive_attributes, std::uint64_t{MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME});
  EXPECT_EQ(mount.recursive_attributes_cleared,
            std::uint64_t{MOUNT_ATTR_NOEXEC | MOUNT_ATTR__ATIME});
  const MountEntry relatime = ParseMount(MountOptions(R"(["rnoatime", "rrelatime"])"));
  EXPECT_EQ(relatime.recursive_attributes, 0U);
  EXPECT_EQ(relatime.recursive_attributes_cleared, std::uint64_t{MOUNT_ATTR__ATIME});
}

TEST(ParseOciConfig, Tmpcopyup_IsNotData) {
  const MountEntry mount = ParseMount(MountOptions(R"(["tmpcopyup", "size=1k"])"));
  EXPECT_TRUE(mount.copy_up);
  EXPECT_EQ(mount.data, "size=1k");
}

TEST(ParseOciConfig, BindMount_IsToldByTypeOrOption) {
  const MountEntry by_type =
      ParseMount(Mount(R"("destination": "/m", "type": "bind", "source": "/s")"));
  EXPECT_EQ(by_type.flags, std::uint64_t{MS_BIND});
  for (const char* type : {R"("type": "none",)", R"("type": "",)", ""}) {
    const MountEntry by_option = ParseMount(
        Mount(std::string(type) + R"("destination": "/m", "source": "a/b", "options": ["rbind"])"));
    EXPECT_EQ(by_option.type, "bind");
    EXPECT_EQ(by_option.source, "/bundle/a/b");
    EXPECT_EQ(by_option.flags, std::uint64_t{MS_BIND | MS_REC});
  }
}

TEST(ParseOciConfig, FileSystemOfTheKernel_IsPassedOn) {
  const MountEntry mount = ParseMount(Mount(
      R"("destination": "/m", "type": "overlay", "source": "o", "options": ["lowerdir=/a:/b"])"));
  EXPECT_EQ(mount.type, "overlay");
  EXPECT_EQ(mount.source, "o");
  EXPECT_EQ(mount.data, "lowerdir=/a:/b");
}

TEST(ParseOciConfig, Namespaces_AreFoundByType) {
  const OciConfig config = Parse(Config(
      R"("linux": {"namespaces": [{"type": "pid", "path": "/proc/7/ns/pid"},
                                  {"type": "mount"}]})"));
  ASSERT_NE(config.FindNamespace(NamespaceType::kPid), nullptr);
  EXPECT_EQ(config.FindNamespace(NamespaceType::kPid)->path, "/proc/7/ns/pid");
  ASSERT_NE(config.FindNamespace(NamespaceType::kMount), nullptr);
  EXPECT_EQ(config.FindNamespace(NamespaceType::kMount)->path, "");
  EXPECT_EQ(config.FindNamespace(NamespaceType::kUts), nullptr);
}

TEST(HasPrivatePidNamespace, IsTrueForANewOneOnly) {
  EXPECT_TRUE(Parse(Config(R"("linux": {"namespaces": [{"type": "pid"}]})"))
                  .HasPrivatePidNamespace());
  EXPECT_FALSE(Parse(Config(R"("linux": {"namespaces": [{"type": "pid", "path": "/p"}]})"))
                   .HasPrivatePidNamespace());
  EXPECT_FALSE(Parse(Config("")).HasPrivatePidNamespace());
}

TEST(ParseOciConfig, Linux_IsReadWhole) {
  const OciConfig config = Parse(Config(R"("hostname": "h", "domainname": "d",
      "annotations": {"k": "v"}, "linux": {
      "namespaces": [{"type": "user"}, {"type": "uts"}, {"type": "network"}, {"type": "mount"}],
      "uidMappings": [{"containerID": 0, "hostID": 1000, "size": 10}],
      "gidMappings": [{"containerID": 1, "hostID": 2000, "size": 20}],
      "devices": [{"path": "/dev/x", "type": "b", "major": 8, "minor": 1, "fileMode": 25008,
                   "uid": 5, "gid": 6}, {"path": "/dev/y", "type": "u", "major": 1, "minor": 2},
                  {"path": "/dev/z", "type": "p"}],
      "maskedPaths": ["/a"], "readonlyPaths": ["/b"], "rootfsPropagation": "rshared",
      "sysctl": {"net.ipv4.ip_forward": "1"}, "cgroupsPath": "/x/y..z"})"));
  EXPECT_EQ(config.root_path, "rootfs");
  EXPECT_EQ(config.hostname, "h");
  EXPECT_EQ(config.domainname, "d");
  EXPECT_EQ(config.annotations.at("k"), "v");
  ASSERT_EQ(config.uid_mappings.size(), 1U);
  EXPECT_EQ(config.uid_mappings[0].host_id, 1000U);
  EXPECT_EQ(config.uid_mappings[0].size, 10U);
  ASSERT_EQ(config.gid_mappings.size(), 1U);
  EXPECT_EQ(config.gid_mappings[0].container_id, 1U);
  ASSERT_EQ(config.devices.size(), 3U);
  EXPECT_EQ(config.devices[0].type, 'b');
  EXPECT_EQ(config.devices[0].major, 8U);
  EXPECT_EQ(config.devices[0].minor, 1U);
  EXPECT_EQ(config.devices[0].mode, mode_t{0660});  // 25008 is S_IFBLK | 0660
  EXPECT_EQ(config.devices[0].uid, 5U);
  EXPECT_EQ(config.devices[0].gid, 6U);
  EXPECT_EQ(config.devices[1].type, 'c');
  EXPECT_EQ(config.devices[1].mode, mode_t{0666});
  EXPECT_EQ(config.devices[2].type, 'p');
  EXPECT_EQ(config.masked_paths, std::vector<std::string>{"/a"});
  EXPECT_EQ(config.readonly_paths, std::vector<std::string>{"/b"});
  EXPECT_EQ(config.rootfs_propagation, std::uint64_t{MS_SHARED | MS_REC});
  EXPECT_EQ(config.sysctl.at("net.ipv4.ip_forward"), "1");
  EXPECT_EQ(config.cgroups_path, "/x/y..z");
}

TEST(ParseOciConfig, Resources_AreReadWhole) {
  const Resources resources = Parse(WithResources(R"(
      "devices": [{"allow": false}, {"allow": true, "type": "c", "major": 1, "minor": -1,
                                     "access": "rw"}],
      "memory": {"limit": 100, "reservation": 50, "swap": 200, "swappiness": 0,
                 "disableOOMKiller": true},
      "cpu": {"shares": 2, "quota": -1, "period": 4, "realtimeRuntime": 5, "realtimePeriod": 6,
              "cpus": "0-1", "mems": "0"},
      "pids": {"limit": -5})")).resources;
  ASSERT_EQ(resources.devices.size(), 2U);
  EXPECT_FALSE(resources.devices[0].allow);
  EXPECT_EQ(resources.devices[0].type, 'a');
  EXPECT_EQ(resources.devices[0].access, "rwm");
  EXPECT_TRUE(resources.devices[1].allow);
  EXPECT_EQ(resources.devices[1].major, 1U);
  EXPECT_EQ(resources.devices[1].minor, std::nullopt);
  EXPECT_EQ(resources.devices[1].access, "rw");
  EXPECT_EQ(resources.memory_limit, 100);
  EXPECT_EQ(resources.memory_reservation, 50);
  EXPECT_EQ(resources.memory_swap, 200);
  EXPECT_EQ(resources.memory_swappiness, 0U);
  EXPECT_EQ(resources.memory_disable_oom_killer, true);
  EXPECT_EQ(resources.cpu_shares, 2U);
  EXPECT_EQ(resources.cpu_quota, -1);
  EXPECT_EQ(resources.cpu_period, 4U);
  EXPECT_EQ(resources.cpu_realtime_runtime, 5);
  EXPECT_EQ(resources.cpu_realtime_period, 6U);
  EXPECT_EQ(resources.cpuset_cpus, "0-1");
  EXPECT_EQ(resources.cpuset_mems, "0");
  EXPECT_EQ(resources.pids_limit, -1);
}

TEST(ParseOciConfig, Seccomp_IsReadWhole) {
  const OciConfig config = Parse(Linux(R"("seccomp": {
      "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
      "architectures": ["SCMP_ARCH_X86_64"], "flags": ["SECCOMP_FILTER_FLAG_LOG"],
      "syscalls": [{"names": ["kill", "tkill"], "action": "SCMP_ACT_ERRNO", "errnoRet": 3,
                    "args": [{"index": 1, "value": 18446744073709551615, "valueTwo": 2,
                              "op": "SCMP_CMP_MASKED_EQ"}]}]})"));
  ASSERT_TRUE(config.seccomp.has_value());
  EXPECT_EQ(config.seccomp->default_action, "SCMP_ACT_ERRNO");
  EXPECT_EQ(config.seccomp->default_errno_return, 38U);
  EXPECT_EQ(config.seccomp->architectures, std::vector<std::string>{"SCMP_ARCH_X86_64"});
  EXPECT_EQ(config.seccomp->flags, std::vector<std::string>{"SECCOMP_FILTER_FLAG_LOG"});
  ASSERT_EQ(config.seccomp->rules.size(), 1U);
  const SeccompRule& rule = config.seccomp->rules[0];
  EXPECT_EQ(rule.names, (std::vector<std::string>{"kill", "tkill"}));
  EXPECT_EQ(rule.errno_return, 3U);
  ASSERT_EQ(rule.arguments.size(), 1U);
  EXPECT_EQ(rule.arguments[0].index, 1U);
  EXPECT_EQ(rule.arguments[0].value, 18446744073709551615U);
  EXPECT_EQ(rule.arguments[0].value_two, 2U);
  EXPECT_EQ(rule.arguments[0].op, "SCMP_CMP_MASKED_EQ");
}

// --- Configurations of others ---

TEST(ParseOciConfig, SpecOfRuncAndCrun_IsAccepted) {
  for (std::string_view text : {kRuncSpec, kCrunSpec}) {
    const OciConfig config = Parse(text);
    EXPECT_EQ(config.mounts.size(), 7U);
    EXPECT_EQ(config.namespaces.size(), 5U);
    EXPECT_EQ(config.masked_paths.size(), 10U);
    EXPECT_EQ(config.resources.devices.size(), 1U);
    EXPECT_TRUE(config.root_readonly);
  }
}

TEST(ParseOciConfig, RootlessSpecOfRunc_IsAccepted) {
  const OciConfig config = Parse(kRuncRootlessSpec);
  EXPECT_EQ(config.uid_mappings.size(), 1U);
  ASSERT_EQ(config.mounts.size(), 7U);
  EXPECT_EQ(config.mounts[5].type, "bind");  // /sys, written as "none" with "rbind"
}

TEST(ParseOciConfig, ConfigOfPodman_IsAcceptedWithItsSeccompProfile) {
  const OciConfig config = Parse(kPodmanConfig);
  EXPECT_EQ(config.mounts.size(), 10U);
  EXPECT_EQ(config.cgroups_path, "/libpod_parent/libpod-ID");
  EXPECT_EQ(config.process->umask, mode_t{022});
  ASSERT_TRUE(config.seccomp.has_value());
  EXPECT_EQ(config.seccomp->default_errno_return, 38U);
  const auto program = CompileSeccomp(*config.seccomp);
  ASSERT_TRUE(program.has_value()) << program.error().text;
  EXPECT_GT(program->instructions.size(), 1000U);
}

TEST(DefaultOciConfigText, IsAcceptedByThisRuntime) {
  const OciConfig config = Parse(DefaultOciConfigText(false));
  EXPECT_EQ(config.process->arguments, std::vector<std::string>{"sh"});
  EXPECT_EQ(config.process->capabilities->bounding,
            (std::uint64_t{1} << 5) | (std::uint64_t{1} << 10) | (std::uint64_t{1} << 29));
  EXPECT_EQ(config.mounts.size(), 7U);
  EXPECT_TRUE(config.HasPrivatePidNamespace());
  EXPECT_NE(config.FindNamespace(NamespaceType::kNetwork), nullptr);
  EXPECT_EQ(config.FindNamespace(NamespaceType::kUser), nullptr);
  ASSERT_EQ(config.resources.devices.size(), 1U);
  EXPECT_FALSE(config.resources.devices[0].allow);
}

TEST(DefaultOciConfigText, Rootless_HasAUserNamespaceAndNoResources) {
  const OciConfig config = Parse(DefaultOciConfigText(true));
  EXPECT_NE(config.FindNamespace(NamespaceType::kUser), nullptr);
  EXPECT_EQ(config.uid_mappings.size(), 1U);
  EXPECT_TRUE(config.resources.devices.empty());
  ASSERT_EQ(config.mounts.size(), 7U);
  EXPECT_EQ(config.mounts[5].source, "/sys");
  EXPECT_EQ(config.mounts[2].data, "newinstance,ptmxmode=0666,mode=0620");
}

// --- exec, names, features ---

TEST(ParseProcessConfig, ReadsAProcessAndNamesItsFile) {
  const auto process = ParseProcessConfig(R"({"args": ["a", "b"], "cwd": "/x"})", "p.json");
  ASSERT_TRUE(process.has_value()) << process.error().text;
  EXPECT_EQ(process->arguments, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(process->cwd, "/x");
  const std::vector<std::pair<const char*, const char*>> cases = {
      {"nonsense", "p.json: not valid JSON at byte 2"},
      {"[]", "p.json: must be an object"},
      {R"({"cwd": "/"})", "p.json: /args: is required"},
      {R"({"cwd": "/", "args": ["a"], "selinuxLabel": "x"})",
       "p.json: /selinuxLabel: not supported"},
  };
  for (const auto& [text, complaint] : cases) {
    const auto refused = ParseProcessConfig(text, "p.json");
    ASSERT_FALSE(refused.has_value()) << text;
    EXPECT_EQ(refused.error().text, complaint);
  }
}

TEST(CapabilityNumber, IsThePositionInTheKernel) {
  EXPECT_EQ(CapabilityNumber("CAP_CHOWN"), 0U);
  EXPECT_EQ(CapabilityNumber("CAP_KILL"), 5U);
  EXPECT_EQ(CapabilityNumber("CAP_SYS_ADMIN"), 21U);
  EXPECT_EQ(CapabilityNumber("CAP_CHECKPOINT_RESTORE"), 40U);
  EXPECT_EQ(CapabilityNumber("CAP_LAST_CAP"), std::nullopt);
  EXPECT_EQ(CapabilityNumber("cap_kill"), std::nullopt);
  EXPECT_EQ(CapabilityNumber(""), std::nullopt);
}

TEST(FeaturesText, ListsWhatIsSupported) {
  const Outcome<JsonValue> document = ParseJson(FeaturesText(), "features");
  ASSERT_TRUE(document.has_value()) << document.error().text;
  ConfigProblems problems("features");
  const JsonNode top(&*document, "", problems);
  EXPECT_EQ(top.At("ociVersionMin").String(), "1.0.0");
  EXPECT_EQ(top.At("hooks").Strings().size(), 6U);
  EXPECT_EQ(top.At("mountOptions").Strings().size(), 62U);
  const JsonNode linux_features = top.At("linux");
  EXPECT_EQ(linux_features.At("capabilities").Strings().size(), 41U);
  EXPECT_EQ(linux_features.At("namespaces").Strings().size(), 8U);
  EXPECT_TRUE(linux_features.At("cgroup").At("v2").Bool());
  EXPECT_FALSE(linux_features.At("cgroup").At("systemd").Bool());
  EXPECT_TRUE(linux_features.At("seccomp").At("enabled").Bool());
  EXPECT_EQ(linux_features.At("seccomp").At("actions").Strings().size(), kSeccompActions.size());
  EXPECT_FALSE(linux_features.At("apparmor").At("enabled").Bool());
  EXPECT_FALSE(problems.first().has_value()) << problems.first()->text;
}

// Each option that is listed means something by itself; none falls through to the file system.
TEST(FeaturesText, MountOptions_AreAllUnderstood) {
  for (std::string_view option : MountOptionNames()) {
    const MountEntry mount = ParseMount(
        Mount(R"("destination": "/m", "type": "tmpfs", "source": "s", "options": [")" +
              std::string(option) + "\"]"));
    EXPECT_EQ(mount.data, "") << option;
    const bool does_something = (mount.flags | mount.cleared_flags | mount.propagation |
                                 mount.recursive_attributes |
                                 mount.recursive_attributes_cleared) != 0 || mount.copy_up;
    EXPECT_EQ(does_something, option != "defaults") << option;
  }
}

}  // namespace
}  // namespace reapcheck
