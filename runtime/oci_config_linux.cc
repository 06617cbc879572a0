// config-linux.md, but for the cgroup resources and seccomp.
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "runtime/oci_config_parts.h"

namespace reapcheck {
namespace {

// MKDEV of the kernel: 12 bits of major, 20 of minor.
constexpr std::uint32_t kLargestMajor = (1U << 12) - 1;
constexpr std::uint32_t kLargestMinor = (1U << 20) - 1;

std::vector<Namespace> ReadNamespaces(const JsonNode& node) {
  std::vector<Namespace> namespaces;
  for (const JsonNode& element : node.Elements()) {
    JsonObject object(element);
    const JsonNode type = object.Require("type");
    const JsonNode path = object.Get("path");
    const std::string name = type.String();
    const auto known = std::ranges::find(kNamespaceNames, name, &NamespaceName::name);
    if (known == kNamespaceNames.end()) {
      type.Invalid("unknown namespace " + Quoted(name));
      continue;
    }
    // config-linux.md#namespaces: "the runtime MUST generate an error" for a duplicate.
    if (std::ranges::find(namespaces, known->type, &Namespace::type) != namespaces.end()) {
      type.Invalid(Quoted(name) + " is there twice");
    }
    namespaces.push_back({.type = known->type, .path = path.AbsolutePath()});
  }
  return namespaces;
}

std::vector<IdMapping> ReadIdMappings(const JsonNode& node) {
  constexpr std::uint64_t kIds = std::uint64_t{1} << 32;
  std::vector<IdMapping> mappings;
  for (const JsonNode& element : node.Elements()) {
    JsonObject object(element);
    const JsonNode size = object.Require("size");
    const IdMapping mapping{.container_id = object.Require("containerID").Unsigned32(),
                            .host_id = object.Require("hostID").Unsigned32(),
                            .size = size.Unsigned32()};
    if (!size.IsAbsent() && mapping.size == 0) size.Invalid("must be greater than 0");
    if (std::uint64_t{mapping.container_id} + mapping.size > kIds ||
        std::uint64_t{mapping.host_id} + mapping.size > kIds) {
      size.Invalid("goes past the largest id");
    }
    mappings.push_back(mapping);
  }
  return mappings;
}

// Docker writes st_mode whole: the bits of the file type are accepted when they agree with `type`.
mode_t ReadFileMode(const JsonNode& node, char type) {
  const auto mode = static_cast<mode_t>(node.Unsigned(S_IFMT | 07777));
  const mode_t kind = mode & S_IFMT;
  const mode_t expected = type == 'b' ? S_IFBLK : type == 'p' ? S_IFIFO : S_IFCHR;
  if (kind != 0 && kind != expected) node.Invalid("is of another file type than the device");
  return mode & 07777;
}

Device ReadDevice(const JsonNode& node) {
  JsonObject object(node);
  Device device;
  const JsonNode path = object.Require("path");
  device.path = path.AbsolutePath();
  if (!path.IsAbsent() && device.path.empty()) path.Invalid("must not be empty");
  const JsonNode type = object.Require("type");
  const std::string name = type.String();
  if (name == "c" || name == "b" || name == "p") {
    device.type = name.front();
  } else if (name != "u") {  // mknod(1): an unbuffered character device
    type.Invalid("must be \"c\", \"b\", \"u\" or \"p\", is " + Quoted(name));
  }
  const bool is_fifo = device.type == 'p';
  const JsonNode major = is_fifo ? object.Get("major") : object.Require("major");
  const JsonNode minor = is_fifo ? object.Get("minor") : object.Require("minor");
  device.major = major.Unsigned32(kLargestMajor);
  device.minor = minor.Unsigned32(kLargestMinor);
  if (const JsonNode mode = object.Get("fileMode"); !mode.IsAbsent()) {
    device.mode = ReadFileMode(mode, device.type);
  }
  device.uid = object.Get("uid").Unsigned32();
  device.gid = object.Get("gid").Unsigned32();
  return device;
}

std::vector<Device> ReadDevices(const JsonNode& node) {
  std::vector<Device> devices;
  for (const JsonNode& element : node.Elements()) devices.push_back(ReadDevice(element));
  return devices;
}

// config-linux.md: "The values MUST be absolute paths in the container namespace."
std::vector<std::string> ReadPaths(const JsonNode& node) {
  std::vector<std::string> paths = node.Strings();
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (paths[i].empty() || paths[i].front() != '/') {
      node.At(i).Invalid("must be an absolute path, is " + Quoted(paths[i]));
    }
  }
  return paths;
}

// A path that climbs would place the container among cgroups that are not its parent's.
std::string ReadCgroupsPath(const JsonNode& node) {
  std::string path = node.String();
  if (("/" + path + "/").contains("/../")) node.Invalid("must not contain \"..\"");
  return path;
}

std::uint64_t ReadRootfsPropagation(const JsonNode& node) {
  const std::string name = node.String();
  if (name.empty()) return 0;
  const std::optional<std::uint64_t> flags = PropagationFlags(name);
  if (!flags.has_value()) node.Invalid("unknown propagation " + Quoted(name));
  return flags.value_or(0);
}

void CheckUserMappings(const JsonNode& node, const OciConfig& config) {
  const Namespace* user = config.FindNamespace(NamespaceType::kUser);
  const JsonNode uids = node.At("uidMappings");
  const JsonNode gids = node.At("gidMappings");
  if (user == nullptr) {
    if (!config.uid_mappings.empty()) uids.Invalid("needs a user namespace");
    if (!config.gid_mappings.empty()) gids.Invalid("needs a user namespace");
  } else if (user->path.empty()) {
    // Without a mapping no id of the container exists, and its init could not even be root in it.
    if (config.uid_mappings.empty()) uids.Invalid("is required with a new user namespace");
    if (config.gid_mappings.empty()) gids.Invalid("is required with a new user namespace");
  }
}

// Without a mount namespace these would change the host.
void CheckMountNamespace(const JsonNode& node, const OciConfig& config) {
  if (config.FindNamespace(NamespaceType::kMount) != nullptr) return;
  constexpr char kNeeds[] = "needs a mount namespace";
  if (!config.masked_paths.empty()) node.At("maskedPaths").Invalid(kNeeds);
  if (!config.readonly_paths.empty()) node.At("readonlyPaths").Invalid(kNeeds);
  if (config.rootfs_propagation != 0) node.At("rootfsPropagation").Invalid(kNeeds);
}

// The namespace that holds this kernel parameter; nullopt when none does, so that setting it would
// change the host: namespaces(7).
std::optional<NamespaceType> NamespaceOfSysctl(std::string_view name) {
  static constexpr std::array<std::string_view, 8> kIpc = {
      "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
      "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};
  if (std::ranges::find(kIpc, name) != kIpc.end()) return NamespaceType::kIpc;
  if (name.starts_with("fs.mqueue.")) return NamespaceType::kIpc;
  if (name.starts_with("net.")) return NamespaceType::kNetwork;
  if (name == "kernel.domainname") return NamespaceType::kUts;
  return std::nullopt;
}

std::string_view NamespaceTypeName(NamespaceType type) {
  return std::ranges::find(kNamespaceNames, type, &NamespaceName::type)->name;
}

void CheckSysctl(const std::string& name, const JsonNode& node, const OciConfig& config) {
  // A slash could climb out of /proc/sys/net; dots alone can not, each becomes a slash.
  if (name.contains('/')) {
    node.Unsupported("names with a slash are not supported");
  } else if (name == "kernel.hostname") {
    node.Unsupported("use /hostname");
  } else if (const auto type = NamespaceOfSysctl(name); !type.has_value()) {
    node.Unsupported("not in a namespace, it would change the host");
  } else if (config.FindNamespace(*type) == nullptr) {
    node.Invalid("needs a namespace of type " + std::string(NamespaceTypeName(*type)));
  }
}

}  // namespace

void ReadLinux(const JsonNode& node, OciConfig& config) {
  JsonObject object(node);
  config.namespaces = ReadNamespaces(object.Get("namespaces"));
  config.uid_mappings = ReadIdMappings(object.Get("uidMappings"));
  config.gid_mappings = ReadIdMappings(object.Get("gidMappings"));
  CheckUserMappings(node, config);
  config.devices = ReadDevices(object.Get("devices"));
  config.masked_paths = ReadPaths(object.Get("maskedPaths"));
  config.readonly_paths = ReadPaths(object.Get("readonlyPaths"));
  config.rootfs_propagation = ReadRootfsPropagation(object.Get("rootfsPropagation"));
  CheckMountNamespace(node, config);
  config.sysctl = ReadSysctl(object.Get("sysctl"), config);
  config.cgroups_path = ReadCgroupsPath(object.Get("cgroupsPath"));
  config.resources = ReadResources(object.Get("resources"));
  if (const JsonNode seccomp = object.Get("seccomp"); !seccomp.IsAbsent()) {
    config.seccomp = ReadSeccomp(seccomp);
  }
}

std::map<std::string, std::string> ReadSysctl(const JsonNode& node, const OciConfig& config) {
  std::map<std::string, std::string> sysctl = node.StringMap();
  for (const auto& [name, value] : sysctl) CheckSysctl(name, node.At(name), config);
  return sysctl;
}

}  // namespace reapcheck
