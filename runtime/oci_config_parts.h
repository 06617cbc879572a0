// The parts of config.json, one reader for each, and the tables of names that are read and that
// `features` prints. Private to the configuration: everyone else includes oci_config.h.
//
// The readers complain to the node's problem list and return neutral values; ParseOciConfig looks
// at the list once, at the end.
#ifndef REAPCHECK_RUNTIME_OCI_CONFIG_PARTS_H_
#define REAPCHECK_RUNTIME_OCI_CONFIG_PARTS_H_

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/json_reader.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// config.md#process.
ProcessConfig ReadProcess(const JsonNode& node);
// config.md#posix-platform-hooks.
Hooks ReadHooks(const JsonNode& node);
// config.md#mounts. `bundle` resolves relative bind sources.
std::vector<MountEntry> ReadMounts(const JsonNode& node, const std::string& bundle);
// config-linux.md, into the members of `config` that it describes.
void ReadLinux(const JsonNode& node, OciConfig& config);
// config-linux.md#control-groups.
Resources ReadResources(const JsonNode& node);
// config-linux.md#seccomp. Names of actions, operators and architectures are CompileSeccomp's.
SeccompConfig ReadSeccomp(const JsonNode& node);
// config-linux.md#sysctl, against the namespaces in `config`.
std::map<std::string, std::string> ReadSysctl(const JsonNode& node, const OciConfig& config);
// MS_* of "rslave", "private", ...; nullopt for any other name.
std::optional<std::uint64_t> PropagationFlags(std::string_view name);

// Position n names capability n: capabilities(7).
std::span<const std::string_view> CapabilityNames();
// Every mount option that is not handed to the file system, sorted.
std::vector<std::string_view> MountOptionNames();

// config-linux.md#namespaces. The order is that of the documentation.
struct NamespaceName {
  std::string_view name;
  NamespaceType type;
};
inline constexpr std::array<NamespaceName, 8> kNamespaceNames = {{
    {"cgroup", NamespaceType::kCgroup},
    {"ipc", NamespaceType::kIpc},
    {"mount", NamespaceType::kMount},
    {"network", NamespaceType::kNetwork},
    {"pid", NamespaceType::kPid},
    {"time", NamespaceType::kTime},
    {"user", NamespaceType::kUser},
    {"uts", NamespaceType::kUts},
}};

inline constexpr std::array<std::string_view, 6> kHookKinds = {
    "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"};

// The oldest and the newest specification that `features` claims, and what `spec` writes.
inline constexpr std::string_view kOldestSpecification = "1.0.0";
inline constexpr std::string_view kNewestSpecification = "1.2.0";

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_OCI_CONFIG_PARTS_H_
