// What `spec` and `features` print.
#include <span>

#include "runtime/oci_config_parts.h"
#include "runtime/seccomp_names.h"

namespace reapcheck {
namespace {

constexpr std::string_view kProcess = R"(  "process": {
    "terminal": true,
    "user": {
      "uid": 0,
      "gid": 0
    },
    "args": [
      "sh"
    ],
    "env": [
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "TERM=xterm"
    ],
    "cwd": "/",
    "capabilities": {
      "bounding": [
        "CAP_AUDIT_WRITE",
        "CAP_KILL",
        "CAP_NET_BIND_SERVICE"
      ],
      "effective": [
        "CAP_AUDIT_WRITE",
        "CAP_KILL",
        "CAP_NET_BIND_SERVICE"
      ],
      "permitted": [
        "CAP_AUDIT_WRITE",
        "CAP_KILL",
        "CAP_NET_BIND_SERVICE"
      ]
    },
    "rlimits": [
      {
        "type": "RLIMIT_NOFILE",
        "hard": 1024,
        "soft": 1024
      }
    ],
    "noNewPrivileges": true
  },
  "root": {
    "path": "rootfs",
    "readonly": true
  },
  "hostname": "reaprun",
)";

constexpr std::string_view kMountsBegin = R"(  "mounts": [
    {
      "destination": "/proc",
      "type": "proc",
      "source": "proc",
      "options": ["nosuid", "noexec", "nodev"]
    },
    {
      "destination": "/dev",
      "type": "tmpfs",
      "source": "tmpfs",
      "options": ["nosuid", "strictatime", "mode=755", "size=65536k"]
    },
    {
      "destination": "/dev/pts",
      "type": "devpts",
      "source": "devpts",
)";

// Group 5 (tty) does not exist in a user namespace with one id.
constexpr std::string_view kDevptsOptions =
    R"(      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"]
    },
)";
constexpr std::string_view kRootlessDevptsOptions =
    R"(      "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]
    },
)";

constexpr std::string_view kMountsMiddle = R"(    {
      "destination": "/dev/shm",
      "type": "tmpfs",
      "source": "shm",
      "options": ["nosuid", "noexec", "nodev", "mode=1777", "size=65536k"]
    },
    {
      "destination": "/dev/mqueue",
      "type": "mqueue",
      "source": "mqueue",
      "options": ["nosuid", "noexec", "nodev"]
    },
    {
      "destination": "/sys",
)";

constexpr std::string_view kSys = R"(      "type": "sysfs",
      "source": "sysfs",
      "options": ["nosuid", "noexec", "nodev", "ro"]
    },
)";
// sysfs needs a network namespace of the same user namespace: mount(2) gives EPERM without.
constexpr std::string_view kRootlessSys = R"(      "type": "none",
      "source": "/sys",
      "options": ["rbind", "nosuid", "noexec", "nodev", "ro"]
    },
)";

constexpr std::string_view kMountsEnd = R"(    {
      "destination": "/sys/fs/cgroup",
      "type": "cgroup",
      "source": "cgroup",
      "options": ["nosuid", "noexec", "nodev", "relatime", "ro"]
    }
  ],
  "linux": {
)";

constexpr std::string_view kLinuxBegin = R"(    "resources": {
      "devices": [
        {
          "allow": false,
          "access": "rwm"
        }
      ]
    },
    "namespaces": [
      { "type": "pid" },
      { "type": "network" },
      { "type": "ipc" },
      { "type": "uts" },
      { "type": "cgroup" },
      { "type": "mount" }
    ],
)";
// Resources need a delegated cgroup, and a network without an interface is of no use: as for the
// other runtimes both stay out. The host's id is that of a machine's first user; edit it to fit.
constexpr std::string_view kRootlessLinuxBegin = R"(    "uidMappings": [
      { "containerID": 0, "hostID": 1000, "size": 1 }
    ],
    "gidMappings": [
      { "containerID": 0, "hostID": 1000, "size": 1 }
    ],
    "namespaces": [
      { "type": "pid" },
      { "type": "ipc" },
      { "type": "uts" },
      { "type": "cgroup" },
      { "type": "mount" },
      { "type": "user" }
    ],
)";

constexpr std::string_view kLinuxEnd = R"(    "maskedPaths": [
      "/proc/acpi",
      "/proc/asound",
      "/proc/kcore",
      "/proc/keys",
      "/proc/latency_stats",
      "/proc/timer_list",
      "/proc/timer_stats",
      "/proc/sched_debug",
      "/sys/firmware",
      "/proc/scsi"
    ],
    "readonlyPaths": [
      "/proc/bus",
      "/proc/fs",
      "/proc/irq",
      "/proc/sys",
      "/proc/sysrq-trigger"
    ]
  }
}
)";

// A JSON array of names, none of which needs escaping.
std::string List(std::span<const std::string_view> names) {
  std::string out = "[";
  for (std::string_view name : names) {
    if (out.size() > 1) out += ", ";
    out += '"';
    out += name;
    out += '"';
  }
  return out + "]";
}

std::string NamespaceList() {
  std::vector<std::string_view> names;
  for (const NamespaceName& entry : kNamespaceNames) names.push_back(entry.name);
  return List(names);
}

std::string SeccompFeatures() {
  std::string out = "    \"seccomp\": {\n      \"enabled\": true,\n";
  out += "      \"actions\": " + List(kSeccompActions) + ",\n";
  out += "      \"operators\": " + List(kSeccompOperators) + ",\n";
  out += "      \"archs\": " + List(kSeccompArchitectures) + ",\n";
  out += "      \"knownFlags\": " + List(kSeccompFlags) + ",\n";
  out += "      \"supportedFlags\": " + List(kSeccompFlags) + "\n    },\n";
  return out;
}

}  // namespace

std::string DefaultOciConfigText(bool rootless) {
  std::string out = "{\n  \"ociVersion\": \"" + std::string(kNewestSpecification) + "\",\n";
  out += kProcess;
  out += kMountsBegin;
  out += rootless ? kRootlessDevptsOptions : kDevptsOptions;
  out += kMountsMiddle;
  out += rootless ? kRootlessSys : kSys;
  out += kMountsEnd;
  out += rootless ? kRootlessLinuxBegin : kLinuxBegin;
  out += kLinuxEnd;
  return out;
}

std::string FeaturesText() {
  std::string out = "{\n  \"ociVersionMin\": \"" + std::string(kOldestSpecification) + "\",\n";
  out += "  \"ociVersionMax\": \"" + std::string(kNewestSpecification) + "\",\n";
  out += "  \"hooks\": " + List(kHookKinds) + ",\n";
  out += "  \"mountOptions\": " + List(MountOptionNames()) + ",\n";
  out += "  \"linux\": {\n";
  out += "    \"namespaces\": " + NamespaceList() + ",\n";
  out += "    \"capabilities\": " + List(CapabilityNames()) + ",\n";
  out += "    \"cgroup\": {\"v1\": true, \"v2\": true, \"systemd\": false, "
         "\"systemdUser\": false, \"rdma\": false},\n";
  out += SeccompFeatures();
  out += "    \"apparmor\": {\"enabled\": false},\n";
  out += "    \"selinux\": {\"enabled\": false},\n";
  out += "    \"intelRdt\": {\"enabled\": false},\n";
  out += "    \"mountExtensions\": {\"idmap\": {\"enabled\": false}}\n";
  out += "  }\n}\n";
  return out;
}

}  // namespace reapcheck
