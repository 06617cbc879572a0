// Each case is a configuration with one thing wrong and the exact complaint about it.
#include <gtest/gtest.h>

#include "runtime/oci_config.h"
#include "runtime/oci_config_test_text.h"

namespace reapcheck {
namespace {

struct BadInput {
  std::string text;
  const char* complaint;  // without "config.json: "
};

void ExpectRefused(const std::vector<BadInput>& cases, FailureKind kind) {
  for (const BadInput& c : cases) {
    const Outcome<OciConfig> config = ParseOciConfig(c.text, "/bundle");
    if (config.has_value()) {
      ADD_FAILURE() << "accepted: " << c.text;
      continue;
    }
    EXPECT_EQ(config.error().text, std::string("config.json: ") + c.complaint) << c.text;
    EXPECT_EQ(config.error().kind, kind) << c.text;
  }
}

void ExpectInvalid(const std::vector<BadInput>& cases) {
  ExpectRefused(cases, FailureKind::kInvalidConfig);
}

void ExpectUnsupported(const std::vector<BadInput>& cases) {
  ExpectRefused(cases, FailureKind::kUnsupported);
}

TEST(ParseOciConfig, NotJson_NamesTheByte) {
  ExpectInvalid({
      {"", "not valid JSON at byte 1"},
      {"{", "not valid JSON at byte 2"},
      {R"({"ociVersion": })", "not valid JSON at byte 16"},
      {"{} {}", "not valid JSON at byte 4"},
      {"{\"a\": \"\xff\"}", "not valid JSON at byte 8"},
      {R"({"a": 1, "b": 2, "a": 3})", "an object has the key \"a\" twice"},
      {std::string(100, '['), "nested more than 64 levels deep"},
  });
}

TEST(ParseOciConfig, NotAnObject_IsRefused) {
  for (const char* text : {"null", "[]", "3", "\"x\""}) {
    ExpectInvalid({{text, "must be an object"}});
  }
}

TEST(ParseOciConfig, BadTopLevel_NamesThePointer) {
  ExpectInvalid({
      {"{}", "/ociVersion: is required"},
      {R"({"ociVersion": "1.0.2"})", "/root: is required"},
      {R"({"ociVersion": 1, "root": {"path": "r"}})", "/ociVersion: must be a string, is a number"},
      {R"({"ociVersion": "1.0.2", "root": "r"})", "/root: must be an object, is a string"},
      {R"({"ociVersion": "1.0.2", "root": {}})", "/root/path: is required"},
      {R"({"ociVersion": "1.0.2", "root": {"path": ""}})", "/root/path: must not be empty"},
      {R"({"ociVersion": "1.0.2", "root": {"path": "r", "readonly": 1}})",
       "/root/readonly: must be a boolean, is a number"},
      {R"({"ociVersion": "1.0.2", "root": {"path": "r", "readonly": true}})",
       "/root/readonly: needs a mount namespace"},
      {R"({"ociVersion": "1.0.2", "root": {"path": "a\u0000b"}})",
       "/root/path: must not contain a NUL character"},
      {Config(R"("hostname": "h")"), "/hostname: needs a uts namespace"},
      {Config(R"("domainname": "d")"), "/domainname: needs a uts namespace"},
      {Config(R"("hostname": ")" + std::string(65, 'h') + "\""),
       "/hostname: must not be longer than 64 bytes"},
      {Config(R"("annotations": {"a": 1})"), "/annotations/a: must be a string, is a number"},
      {Config(R"("annotations": {"a": null})"), "/annotations/a: must be a string, is null"},
      {Config(R"("annotations": {"": "x"})"), "/annotations: has an empty key"},
      {Config(R"("annotations": {"a\u0000": "x"})"),
       "/annotations/a\\x00: must not contain a NUL character"},
      {Config(R"("annotations": {"a/b~c\n": []})"),
       "/annotations/a~1b~0c\\x0a: must be a string, is an array"},
  });
}

TEST(ParseOciConfig, VersionOtherThanOne_IsRefused) {
  for (const char* version : {"", "1", "1.0", "0.9.0", "2.0.0", "1.0.x", "1..0", "v1.0.0", "1.0.0-",
                              "1.0.0 ", "1.0.0.0", "10.0.0"}) {
    const std::string quoted = "\"" + std::string(version) + "\"";
    const auto config = ParseOciConfig(
        R"({"ociVersion": )" + quoted + R"(, "root": {"path": "r"}})", "/bundle");
    ASSERT_FALSE(config.has_value()) << version;
    EXPECT_EQ(config.error().text,
              "config.json: /ociVersion: must be a version 1.x.y, is " + quoted);
  }
}

TEST(ParseOciConfig, BadProcess_NamesThePointer) {
  ExpectInvalid({
      {Config(R"("process": [])"), "/process: must be an object, is an array"},
      {Config(R"("process": {"cwd": "/"})"), "/process/args: is required"},
      {Config(R"("process": {"cwd": "/", "args": []})"), "/process/args: must not be empty"},
      {Config(R"("process": {"cwd": "/", "args": ["a", 7]})"),
       "/process/args/1: must be a string, is a number"},
      {Config(R"("process": {"cwd": "/", "args": ["a", null]})"),
       "/process/args/1: must be a string, is null"},
      {Config(R"("process": {"cwd": "/", "args": ["a\u0000"]})"),
       "/process/args/0: must not contain a NUL character"},
      {Config(R"("process": {"args": ["a"]})"), "/process/cwd: is required"},
      {Config(R"("process": {"args": ["a"], "cwd": ""})"), "/process/cwd: must not be empty"},
      {Config(R"("process": {"args": ["a"], "cwd": "tmp"})"),
       "/process/cwd: must be an absolute path, is \"tmp\""},
      {Process(R"("env": "A=b")"), "/process/env: must be an array, is a string"},
      {Process(R"("env": ["A=b", "C=\u0000"])"),
       "/process/env/1: must not contain a NUL character"},
      {Process(R"("user": {"uid": -1})"), "/process/user/uid: must not be negative, is -1"},
      {Process(R"("user": {"uid": 4294967295})"),
       "/process/user/uid: must be at most 4294967294, is 4294967295"},
      {Process(R"("user": {"gid": 1.5})"), "/process/user/gid: must be an integer of 64 bits"},
      {Process(R"("user": {"umask": 512})"),
       "/process/user/umask: must be at most 511, is 512"},
      {Process(R"("user": {"additionalGids": [1, "2"]})"),
       "/process/user/additionalGids/1: must be an integer, is a string"},
      {Process(R"("rlimits": [{"type": "RLIMIT_X", "soft": 1, "hard": 1}])"),
       "/process/rlimits/0/type: unknown limit \"RLIMIT_X\""},
      {Process(R"("rlimits": [{"type": "RLIMIT_CORE", "hard": 1}])"),
       "/process/rlimits/0/soft: is required"},
      {Process(R"("rlimits": [{"type": "RLIMIT_CORE", "soft": 2, "hard": 1}])"),
       "/process/rlimits/0/soft: must not be above hard: 2 > 1"},
      {Process(R"("rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1},
                              {"type": "RLIMIT_CORE", "soft": 1, "hard": 1}])"),
       "/process/rlimits/1/type: \"RLIMIT_CORE\" is there twice"},
      {Process(R"("rlimits": [null])"), "/process/rlimits/0: must not be null"},
      {Process(R"("oomScoreAdj": 1001)"),
       "/process/oomScoreAdj: must be from -1000 to 1000, is 1001"},
      {Process(R"("oomScoreAdj": -1001)"),
       "/process/oomScoreAdj: must be from -1000 to 1000, is -1001"},
      {Process(R"("oomScoreAdj": 18446744073709551615)"),
       "/process/oomScoreAdj: must be from -1000 to 1000, is 18446744073709551615"},
      {Process(R"("consoleSize": {"height": 65536, "width": 1})"),
       "/process/consoleSize/height: must be at most 65535, is 65536"},
      {Process(R"("terminal": "yes")"), "/process/terminal: must be a boolean, is a string"},
      {Process(R"("noNewPrivileges": {})"),
       "/process/noNewPrivileges: must be a boolean, is an object"},
  });
}

TEST(ParseOciConfig, BadHooks_NameThePointer) {
  ExpectInvalid({
      {Config(R"("hooks": [])"), "/hooks: must be an object, is an array"},
      {Config(R"("hooks": {"prestart": {}})"), "/hooks/prestart: must be an array, is an object"},
      {Config(R"("hooks": {"poststop": [{"args": ["x"]}]})"),
       "/hooks/poststop/0/path: is required"},
      {Config(R"("hooks": {"poststop": [{"path": ""}]})"),
       "/hooks/poststop/0/path: must not be empty"},
      {Config(R"("hooks": {"createRuntime": [{"path": "/a"}, {"path": "b"}]})"),
       "/hooks/createRuntime/1/path: must be an absolute path, is \"b\""},
      {Config(R"("hooks": {"startContainer": [{"path": "/a", "timeout": 0}]})"),
       "/hooks/startContainer/0/timeout: must be from 1 to 2147483647, is 0"},
      {Config(R"("hooks": {"poststart": [{"path": "/a", "timeout": -3}]})"),
       "/hooks/poststart/0/timeout: must be from 1 to 2147483647, is -3"},
      {Config(R"("hooks": {"createContainer": [{"path": "/a", "env": [1]}]})"),
       "/hooks/createContainer/0/env/0: must be a string, is a number"},
  });
}

TEST(ParseOciConfig, BadMounts_NameThePointer) {
  ExpectInvalid({
      {Config(R"("mounts": [{"destination": "/m", "type": "proc"}])"),
       "/mounts: needs a mount namespace"},
      {Mount(R"("type": "proc")"), "/mounts/0/destination: is required"},
      {Mount(R"("destination": "", "type": "proc")"), "/mounts/0/destination: must not be empty"},
      {Mount(R"("destination": "proc", "type": "proc")"),
       "/mounts/0/destination: must be an absolute path, is \"proc\""},
      {Mount(R"("destination": "/m")"),
       "/mounts/0/type: is required unless an option is bind or rbind"},
      {Mount(R"("destination": "/m", "type": "bind")"),
       "/mounts/0/source: is required for a bind mount"},
      {Mount(R"("destination": "/m", "type": "proc", "options": "ro")"),
       "/mounts/0/options: must be an array, is a string"},
      {Mount(R"("destination": "/m", "type": "proc", "options": ["tmpcopyup"])"),
       "/mounts/0/options: tmpcopyup needs the type tmpfs, not \"proc\""},
  });
  ExpectUnsupported({
      {MountOptions(R"(["ro", "idmap"])"),
       "/mounts/0/options/1: ID-mapped mounts are not supported"},
      {MountOptions(R"(["ridmap"])"), "/mounts/0/options/0: ID-mapped mounts are not supported"},
      {MountOptions(R"(["shared", "slave"])"),
       "/mounts/0/options/1: a second kind of propagation is not supported"},
      {Mount(R"("destination": "/m", "type": "bind", "source": "/s", "options": ["ro", "size=3"])"),
       "/mounts/0/options/1: option \"size=3\" is not supported for a bind mount"},
      {Mount(R"("destination": "/m", "type": "tmpfs", "uidMappings": [{"containerID": 0}])"),
       "/mounts/0/uidMappings: not supported"},
      {Mount(R"("destination": "/m", "type": "tmpfs", "gidMappings": [{"containerID": 0}])"),
       "/mounts/0/gidMappings: not supported"},
  });
}

TEST(ParseOciConfig, BadNamespaces_NameThePointer) {
  ExpectInvalid({
      {Config(R"("linux": {"namespaces": [{"type": "pid"}, {"type": "pids"}]})"),
       "/linux/namespaces/1/type: unknown namespace \"pids\""},
      {Config(R"("linux": {"namespaces": [{"type": "pid"}, {"type": "pid", "path": "/p"}]})"),
       "/linux/namespaces/1/type: \"pid\" is there twice"},
      {Config(R"("linux": {"namespaces": [{"path": "/p"}]})"),
       "/linux/namespaces/0/type: is required"},
      {Config(R"("linux": {"namespaces": [{"type": "pid", "path": "p"}]})"),
       "/linux/namespaces/0/path: must be an absolute path, is \"p\""},
      {Linux(R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])"),
       "/linux/uidMappings: needs a user namespace"},
      {Linux(R"("gidMappings": [{"containerID": 0, "hostID": 0, "size": 1}])"),
       "/linux/gidMappings: needs a user namespace"},
      {Config(R"("linux": {"namespaces": [{"type": "user"}]})"),
       "/linux/uidMappings: is required with a new user namespace"},
      {Linux(R"("uidMappings": [{"containerID": 0, "hostID": 0}])"),
       "/linux/uidMappings/0/size: is required"},
      {Linux(R"("uidMappings": [{"containerID": 0, "hostID": 0, "size": 0}])"),
       "/linux/uidMappings/0/size: must be greater than 0"},
      {Linux(R"("uidMappings": [{"containerID": 1, "hostID": 0, "size": 4294967295},
                                {"containerID": 1, "hostID": 2, "size": 4294967295}])"),
       "/linux/uidMappings/1/size: goes past the largest id"},
      {Config(R"("linux": {"maskedPaths": ["/proc/kcore"]})"),
       "/linux/maskedPaths: needs a mount namespace"},
      {Config(R"("linux": {"readonlyPaths": ["/proc/sys"]})"),
       "/linux/readonlyPaths: needs a mount namespace"},
      {Config(R"("linux": {"rootfsPropagation": "private"})"),
       "/linux/rootfsPropagation: needs a mount namespace"},
  });
}

TEST(ParseOciConfig, BadLinux_NamesThePointer) {
  ExpectInvalid({
      {Linux(R"("devices": [{"type": "c", "major": 1, "minor": 1}])"),
       "/linux/devices/0/path: is required"},
      {Linux(R"("devices": [{"path": "/dev/x", "type": "x"}])"),
       "/linux/devices/0/type: must be \"c\", \"b\", \"u\" or \"p\", is \"x\""},
      {Linux(R"("devices": [{"path": "/dev/x", "type": "c", "major": 1}])"),
       "/linux/devices/0/minor: is required"},
      {Linux(R"("devices": [{"path": "/dev/x", "type": "c", "major": 4096, "minor": 0}])"),
       "/linux/devices/0/major: must be at most 4095, is 4096"},
      {Linux(R"("devices": [{"path": "/dev/x", "type": "b", "major": 1, "minor": 1048576}])"),
       "/linux/devices/0/minor: must be at most 1048575, is 1048576"},
      {Linux(R"("devices": [{"path": "/dev/x", "type": "b", "major": 1, "minor": -1}])"),
       "/linux/devices/0/minor: must not be negative, is -1"},
      {Linux(R"("devices": [{"path": "dev/x", "type": "p"}])"),
       "/linux/devices/0/path: must be an absolute path, is \"dev/x\""},
      {Linux(R"("devices": [{"path": "/dev/x", "type": "p", "fileMode": 8630}])"),
       "/linux/devices/0/fileMode: is of another file type than the device"},
      {Linux(R"("maskedPaths": ["/a", "b"])"),
       "/linux/maskedPaths/1: must be an absolute path, is \"b\""},
      {Linux(R"("readonlyPaths": [""])"),
       "/linux/readonlyPaths/0: must be an absolute path, is \"\""},
      {Linux(R"("rootfsPropagation": "sometimes")"),
       "/linux/rootfsPropagation: unknown propagation \"sometimes\""},
      {Linux(R"("cgroupsPath": "/a/../../b")"), "/linux/cgroupsPath: must not contain \"..\""},
      {Linux(R"("cgroupsPath": "..")"), "/linux/cgroupsPath: must not contain \"..\""},
      {Linux(R"("sysctl": {"net.ipv4.ip_forward": 1})"),
       "/linux/sysctl/net.ipv4.ip_forward: must be a string, is a number"},
      {Config(R"("linux": {"sysctl": {"kernel.sem": "1"}})"),
       "/linux/sysctl/kernel.sem: needs a namespace of type ipc"},
      {Config(R"("linux": {"sysctl": {"fs.mqueue.msg_max": "1"}})"),
       "/linux/sysctl/fs.mqueue.msg_max: needs a namespace of type ipc"},
      {Config(R"("linux": {"sysctl": {"net.core.somaxconn": "1"}})"),
       "/linux/sysctl/net.core.somaxconn: needs a namespace of type network"},
      {Config(R"("linux": {"sysctl": {"kernel.domainname": "d"}})"),
       "/linux/sysctl/kernel.domainname: needs a namespace of type uts"},
  });
}

TEST(ParseOciConfig, BadResources_NameThePointer) {
  ExpectInvalid({
      {WithResources(R"("devices": [{"access": "rwm"}])"),
       "/linux/resources/devices/0/allow: is required"},
      {WithResources(R"("devices": [{"allow": true, "type": "p"}])"),
       "/linux/resources/devices/0/type: must be \"a\", \"b\" or \"c\", is \"p\""},
      {WithResources(R"("devices": [{"allow": true, "access": "rwx"}])"),
       "/linux/resources/devices/0/access: must be made of \"r\", \"w\" and \"m\", is \"rwx\""},
      {WithResources(R"("devices": [{"allow": true, "type": "c", "major": -2}])"),
       "/linux/resources/devices/0/major: must be from -1 to 4095, is -2"},
      {WithResources(R"("memory": {"limit": -2})"),
       "/linux/resources/memory/limit: must be from -1 to 9223372036854775807, is -2"},
      {WithResources(R"("memory": {"limit": 10, "swap": 5})"),
       "/linux/resources/memory/swap: is memory and swap together, so must not be below limit"},
      {WithResources(R"("memory": {"swap": 5})"),
       "/linux/resources/memory/swap: needs a memory limit"},
      {WithResources(R"("memory": {"swappiness": 101})"),
       "/linux/resources/memory/swappiness: must be at most 100, is 101"},
      {WithResources(R"("memory": {"limit": "1G"})"),
       "/linux/resources/memory/limit: must be an integer, is a string"},
      {WithResources(R"("cpu": {"shares": -1})"),
       "/linux/resources/cpu/shares: must not be negative, is -1"},
      {WithResources(R"("cpu": {"cpus": 0})"),
       "/linux/resources/cpu/cpus: must be a string, is a number"},
      {WithResources(R"("pids": {"limit": 1e3})"),
       "/linux/resources/pids/limit: must be an integer of 64 bits"},
  });
}

TEST(ParseOciConfig, BadSeccomp_NamesThePointer) {
  ExpectInvalid({
      {Linux(R"("seccomp": {})"), "/linux/seccomp/defaultAction: is required"},
      {Seccomp(R"("syscalls": [{"action": "SCMP_ACT_ALLOW"}])"),
       "/linux/seccomp/syscalls/0/names: is required"},
      {Seccomp(R"("syscalls": [{"names": [], "action": "SCMP_ACT_ALLOW"}])"),
       "/linux/seccomp/syscalls/0/names: must not be empty"},
      {Seccomp(R"("syscalls": [{"names": ["kill"]}])"),
       "/linux/seccomp/syscalls/0/action: is required"},
      {Seccomp(R"("syscalls": [{"names": ["kill"], "action": "SCMP_ACT_KILL",
                                "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}])"),
       "/linux/seccomp/syscalls/0/args/0/index: must be at most 5, is 6"},
      {Seccomp(R"("syscalls": [{"names": ["kill"], "action": "SCMP_ACT_KILL",
                                "args": [{"index": 0, "op": "SCMP_CMP_EQ"}]}])"),
       "/linux/seccomp/syscalls/0/args/0/value: is required"},
      {Seccomp(R"("defaultErrnoRet": -1)"),
       "/linux/seccomp/defaultErrnoRet: must not be negative, is -1"},
  });
}

// What the runtime does not do is refused by name.
TEST(ParseOciConfig, UnsupportedProperty_IsRefused) {
  ExpectUnsupported({
      {R"({"ociVersion": "1.0.2", "root": {"path": "r", "type": "overlay"}})",
       "/root/type: not supported"},
      {Process(R"("apparmorProfile": "docker-default")"),
       "/process/apparmorProfile: not supported"},
      {Process(R"("selinuxLabel": "system_u:x")"), "/process/selinuxLabel: not supported"},
      {Process(R"("scheduler": {"policy": "SCHED_FIFO"})"), "/process/scheduler: not supported"},
      {Process(R"("ioPriority": {"class": "IOPRIO_CLASS_RT"})"),
       "/process/ioPriority: not supported"},
      {Process(R"("execCPUAffinity": {"initial": "0"})"),
       "/process/execCPUAffinity: not supported"},
      {Process(R"("commandLine": "x")"), "/process/commandLine: not supported"},
      {Process(R"("user": {"username": "x"})"), "/process/user/username: not supported"},
      {Process(R"("capabilities": {"bonding": ["CAP_KILL"]})"),
       "/process/capabilities/bonding: not supported"},
      {Process(R"("consoleSize": {"height": 1, "width": 1, "depth": 1})"),
       "/process/consoleSize/depth: not supported"},
      {Process(R"("rlimits": [{"type": "RLIMIT_CORE", "soft": 1, "hard": 1, "medium": 1}])"),
       "/process/rlimits/0/medium: not supported"},
      {Config(R"("hooks": {"prestop": [{"path": "/a"}]})"), "/hooks/prestop: not supported"},
      {Config(R"("hooks": {"prestart": [{"path": "/a", "timeoutMs": 5}]})"),
       "/hooks/prestart/0/timeoutMs: not supported"},
      {Linux(R"("intelRdt": {"closID": "x"})"), "/linux/intelRdt: not supported"},
      {Linux(R"("mountLabel": "x")"), "/linux/mountLabel: not supported"},
      {Linux(R"("personality": {"domain": "LINUX32"})"), "/linux/personality: not supported"},
      {Linux(R"("timeOffsets": {"boottime": {"secs": 1}})"), "/linux/timeOffsets: not supported"},
      {Linux(R"("netDevices": {"eth0": {"name": "x"}})"), "/linux/netDevices: not supported"},
      {Linux(R"("a/b": 1)"), "/linux/a~1b: not supported"},
      {Config(R"("linux": {"namespaces": [{"type": "pid", "flags": 1}]})"),
       "/linux/namespaces/0/flags: not supported"},
      {WithResources(R"("blockIO": {"weight": 10})"), "/linux/resources/blockIO: not supported"},
      {WithResources(R"("hugepageLimits": [{"pageSize": "2MB", "limit": 0}])"),
       "/linux/resources/hugepageLimits: not supported"},
      {WithResources(R"("network": {"classID": 5})"), "/linux/resources/network: not supported"},
      {WithResources(R"("rdma": {"mlx5_1": {"hcaHandles": 3}})"),
       "/linux/resources/rdma: not supported"},
      {WithResources(R"("unified": {"memory.high": "1"})"),
       "/linux/resources/unified: not supported"},
      {WithResources(R"("memory": {"kernel": 5})"),
       "/linux/resources/memory/kernel: not supported"},
      {WithResources(R"("memory": {"kernelTCP": 5})"),
       "/linux/resources/memory/kernelTCP: not supported"},
      {WithResources(R"("memory": {"checkBeforeUpdate": true})"),
       "/linux/resources/memory/checkBeforeUpdate: not supported"},
      {WithResources(R"("cpu": {"idle": 1})"), "/linux/resources/cpu/idle: not supported"},
      {WithResources(R"("cpu": {"burst": 1})"), "/linux/resources/cpu/burst: not supported"},
      {WithResources(R"("devices": [{"allow": true, "type": "a", "major": 1}])"),
       "/linux/resources/devices/0/type: a major or minor number needs the type \"b\" or \"c\""},
      {Seccomp(R"("listenerPath": "/s")"), "/linux/seccomp/listenerPath: not supported"},
      {Seccomp(R"("listenerMetadata": "x")"), "/linux/seccomp/listenerMetadata: not supported"},
      {Seccomp(R"("syscalls": [{"names": ["kill"], "action": "SCMP_ACT_NOTIFY"}])"),
       "/linux/seccomp/syscalls/0/action: SCMP_ACT_NOTIFY is not supported: there is no seccomp "
       "listener"},
      {Linux(R"("sysctl": {"kernel.hostname": "x"})"),
       "/linux/sysctl/kernel.hostname: use /hostname"},
      {Linux(R"("sysctl": {"kernel.core_pattern": "x"})"),
       "/linux/sysctl/kernel.core_pattern: not in a namespace, it would change the host"},
      {Linux(R"("sysctl": {"vm.swappiness": "1"})"),
       "/linux/sysctl/vm.swappiness: not in a namespace, it would change the host"},
      {Linux(R"("sysctl": {"net.x/../../kernel/core_pattern": "x"})"),
       "/linux/sysctl/net.x~1..~1..~1kernel~1core_pattern: names with a slash are not supported"},
  });
}

}  // namespace
}  // namespace reapcheck
