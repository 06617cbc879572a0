// config.json as the runtime understands it: typed, checked, with nothing silently ignored.
//
// Mirrors config.md and config-linux.md of the OCI runtime specification 1.2. Plain values, owned
// by whoever holds the OciConfig. Parsing touches no file and makes no system call.
#ifndef REAPCHECK_RUNTIME_OCI_CONFIG_H_
#define REAPCHECK_RUNTIME_OCI_CONFIG_H_

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/failure.h"

namespace reapcheck {

struct IdMapping {
  std::uint32_t container_id = 0;
  std::uint32_t host_id = 0;
  std::uint32_t size = 0;
};

enum class NamespaceType { kPid, kNetwork, kMount, kIpc, kUts, kUser, kCgroup, kTime };

struct Namespace {
  NamespaceType type = NamespaceType::kPid;
  std::string path;  // empty: a new one
};

struct MountEntry {
  std::string destination;  // absolute, inside the container
  std::string type;         // "bind", "proc", "tmpfs", ...; "bind" also when an option says so
  std::string source;       // absolute for a bind (relative ones are resolved against the bundle)
  std::uint64_t flags = 0;        // MS_*: mount(2), without propagation
  std::uint64_t cleared_flags = 0;  // MS_* that options such as "rw", "exec" take away
  std::uint64_t propagation = 0;  // MS_PRIVATE, MS_SLAVE | MS_REC, ...; 0 when not said
  // "rro", "rnoexec", ...: MOUNT_ATTR_* to set on the whole tree, mount_setattr(2).
  std::uint64_t recursive_attributes = 0;
  std::uint64_t recursive_attributes_cleared = 0;
  bool copy_up = false;  // "tmpcopyup"
  std::string data;      // what is left, joined by commas
};

struct Device {
  std::string path;  // absolute, inside the container
  char type = 'c';   // 'c', 'b', 'p'; 'u' of the specification is 'c'
  std::uint32_t major = 0;
  std::uint32_t minor = 0;
  mode_t mode = 0666;
  uid_t uid = 0;
  gid_t gid = 0;
};

struct DeviceRule {
  bool allow = false;
  char type = 'a';  // 'a', 'b', 'c'
  std::optional<std::uint32_t> major;  // absent: all
  std::optional<std::uint32_t> minor;
  std::string access = "rwm";
};

struct Hook {
  std::string path;                    // absolute
  std::vector<std::string> arguments;  // argv, argv[0] included; {path} when not given
  std::vector<std::string> environment;
  std::optional<std::chrono::seconds> timeout;
  bool operator==(const Hook&) const = default;
};

struct Hooks {
  std::vector<Hook> prestart;
  std::vector<Hook> create_runtime;
  std::vector<Hook> create_container;
  std::vector<Hook> start_container;
  std::vector<Hook> poststart;
  std::vector<Hook> poststop;
};

struct Rlimit {
  int resource = 0;  // RLIMIT_*
  std::string name;  // "RLIMIT_NOFILE"
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

// Bit n stands for capability n: capabilities(7).
struct CapabilitySets {
  std::uint64_t bounding = 0;
  std::uint64_t effective = 0;
  std::uint64_t inheritable = 0;
  std::uint64_t permitted = 0;
  std::uint64_t ambient = 0;
};

struct ConsoleSize {
  std::uint16_t height = 0;
  std::uint16_t width = 0;
};

struct ProcessConfig {
  std::vector<std::string> arguments;  // never empty
  std::vector<std::string> environment;
  std::string cwd = "/";
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> additional_gids;
  std::optional<mode_t> umask;
  std::optional<CapabilitySets> capabilities;  // absent: the program has none
  std::vector<Rlimit> rlimits;
  bool no_new_privileges = false;
  std::optional<int> oom_score_adj;
  bool terminal = false;
  std::optional<ConsoleSize> console_size;
  // What can not be granted and is left out, as config.md#linux-process asks for: to be logged.
  std::vector<std::string> warnings;
};

struct Resources {
  std::vector<DeviceRule> devices;
  std::optional<std::int64_t> pids_limit;  // -1: no limit
  std::optional<std::int64_t> memory_limit;        // bytes, -1: no limit
  std::optional<std::int64_t> memory_reservation;
  std::optional<std::int64_t> memory_swap;  // memory + swap as the specification has it
  std::optional<std::uint64_t> memory_swappiness;
  std::optional<bool> memory_disable_oom_killer;
  std::optional<std::uint64_t> cpu_shares;
  std::optional<std::int64_t> cpu_quota;  // microseconds
  std::optional<std::uint64_t> cpu_period;
  std::optional<std::int64_t> cpu_realtime_runtime;
  std::optional<std::uint64_t> cpu_realtime_period;
  std::string cpuset_cpus;
  std::string cpuset_mems;
};

struct SeccompArgument {
  unsigned index = 0;
  std::uint64_t value = 0;
  std::uint64_t value_two = 0;
  std::string op;  // "SCMP_CMP_EQ"
};

struct SeccompRule {
  std::vector<std::string> names;
  std::string action;  // "SCMP_ACT_ALLOW"
  std::optional<unsigned> errno_return;
  std::vector<SeccompArgument> arguments;
};

struct SeccompConfig {
  std::string default_action;
  std::optional<unsigned> default_errno_return;
  std::vector<std::string> architectures;  // "SCMP_ARCH_X86_64"
  std::vector<std::string> flags;          // "SECCOMP_FILTER_FLAG_LOG"
  std::vector<SeccompRule> rules;
};

struct OciConfig {
  std::string oci_version;
  std::optional<ProcessConfig> process;  // required by start, not by create
  std::string root_path;                 // as written: relative to the bundle or absolute
  bool root_readonly = false;
  std::string hostname;
  std::string domainname;
  std::vector<MountEntry> mounts;
  Hooks hooks;
  std::map<std::string, std::string> annotations;
  std::vector<Namespace> namespaces;
  std::vector<IdMapping> uid_mappings;
  std::vector<IdMapping> gid_mappings;
  std::vector<Device> devices;
  std::vector<std::string> masked_paths;
  std::vector<std::string> readonly_paths;
  std::map<std::string, std::string> sysctl;
  std::string cgroups_path;
  Resources resources;
  std::optional<SeccompConfig> seccomp;
  std::uint64_t rootfs_propagation = 0;  // MS_*; 0 when not said
  std::string mount_label;               // always empty: refused

  // The entry of this type, or nullptr when the container shares the runtime's namespace.
  const Namespace* FindNamespace(NamespaceType type) const;
  // True when the container has a new pid namespace of its own, so that the death of its init is
  // the death of all its processes (pid_namespaces(7)).
  bool HasPrivatePidNamespace() const;
};

// Parses and checks config.json. Failure (kInvalidConfig, kUnsupported) names the JSON pointer:
// "config.json: /process/args: must not be empty". `bundle` resolves relative bind sources.
Outcome<OciConfig> ParseOciConfig(std::string_view json_text, const std::string& bundle);

// Parses the process object given to `exec --process FILE`; `where` opens messages
// ("process.json").
Outcome<ProcessConfig> ParseProcessConfig(std::string_view json_text, const std::string& where);

// "CAP_KILL" -> 5. nullopt for a name that this machine does not know.
std::optional<unsigned> CapabilityNumber(std::string_view name);

// What `spec` prints: a config.json that this runtime accepts and engines start from.
std::string DefaultOciConfigText(bool rootless);

// What `features` prints (features.md of the specification).
std::string FeaturesText();

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_OCI_CONFIG_H_
