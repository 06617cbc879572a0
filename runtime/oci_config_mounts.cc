// config.md#mounts: the options of mount(2), mount_setattr(2) and what is left for the file system.
#include <linux/mount.h>
// sys/mount.h of glibc 2.36 can not be included together with linux/mount.h.

#include <algorithm>
#include <array>

#include "runtime/oci_config_parts.h"

namespace reapcheck {
namespace {

struct FlagOption {
  std::string_view name;
  bool clear;
  std::uint64_t flags;
};

// Options of one mount: mount(2).
constexpr std::array<FlagOption, 35> kFlagOptions = {{
    {"acl", false, MS_POSIXACL},
    {"async", true, MS_SYNCHRONOUS},
    {"atime", true, MS_NOATIME},
    {"bind", false, MS_BIND},
    {"defaults", false, 0},
    {"dev", true, MS_NODEV},
    {"diratime", true, MS_NODIRATIME},
    {"dirsync", false, MS_DIRSYNC},
    {"exec", true, MS_NOEXEC},
    {"iversion", false, MS_I_VERSION},
    {"lazytime", false, MS_LAZYTIME},
    {"loud", true, MS_SILENT},
    {"mand", false, MS_MANDLOCK},
    {"noacl", true, MS_POSIXACL},
    {"noatime", false, MS_NOATIME},
    {"nodev", false, MS_NODEV},
    {"nodiratime", false, MS_NODIRATIME},
    {"noexec", false, MS_NOEXEC},
    {"noiversion", true, MS_I_VERSION},
    {"nolazytime", true, MS_LAZYTIME},
    {"nomand", true, MS_MANDLOCK},
    {"norelatime", true, MS_RELATIME},
    {"nostrictatime", true, MS_STRICTATIME},
    {"nosuid", false, MS_NOSUID},
    {"nosymfollow", false, MS_NOSYMFOLLOW},
    {"rbind", false, MS_BIND | MS_REC},
    {"relatime", false, MS_RELATIME},
    {"remount", false, MS_REMOUNT},
    {"ro", false, MS_RDONLY},
    {"rw", true, MS_RDONLY},
    {"silent", false, MS_SILENT},
    {"strictatime", false, MS_STRICTATIME},
    {"suid", true, MS_NOSUID},
    {"symfollow", true, MS_NOSYMFOLLOW},
    {"sync", false, MS_SYNCHRONOUS},
}};

// Options of a whole tree of mounts: mount_setattr(2). Access times are one field of three values
// there, so an option that takes one of them away goes back to the kernel's default, relatime.
constexpr std::array<FlagOption, 18> kRecursiveOptions = {{
    {"ratime", false, MOUNT_ATTR_RELATIME},
    {"rdev", true, MOUNT_ATTR_NODEV},
    {"rdiratime", true, MOUNT_ATTR_NODIRATIME},
    {"rexec", true, MOUNT_ATTR_NOEXEC},
    {"rnoatime", false, MOUNT_ATTR_NOATIME},
    {"rnodev", false, MOUNT_ATTR_NODEV},
    {"rnodiratime", false, MOUNT_ATTR_NODIRATIME},
    {"rnoexec", false, MOUNT_ATTR_NOEXEC},
    {"rnorelatime", false, MOUNT_ATTR_RELATIME},
    {"rnostrictatime", false, MOUNT_ATTR_RELATIME},
    {"rnosuid", false, MOUNT_ATTR_NOSUID},
    {"rnosymfollow", false, MOUNT_ATTR_NOSYMFOLLOW},
    {"rrelatime", false, MOUNT_ATTR_RELATIME},
    {"rro", false, MOUNT_ATTR_RDONLY},
    {"rrw", true, MOUNT_ATTR_RDONLY},
    {"rstrictatime", false, MOUNT_ATTR_STRICTATIME},
    {"rsuid", true, MOUNT_ATTR_NOSUID},
    {"rsymfollow", true, MOUNT_ATTR_NOSYMFOLLOW},
}};

constexpr std::array<FlagOption, 8> kPropagationOptions = {{
    {"private", false, MS_PRIVATE},
    {"rprivate", false, MS_PRIVATE | MS_REC},
    {"rshared", false, MS_SHARED | MS_REC},
    {"rslave", false, MS_SLAVE | MS_REC},
    {"runbindable", false, MS_UNBINDABLE | MS_REC},
    {"shared", false, MS_SHARED},
    {"slave", false, MS_SLAVE},
    {"unbindable", false, MS_UNBINDABLE},
}};

constexpr std::string_view kCopyUp = "tmpcopyup";

template <std::size_t n>
const FlagOption* Find(const std::array<FlagOption, n>& table, std::string_view name) {
  const auto position = std::ranges::find(table, name, &FlagOption::name);
  return position == table.end() ? nullptr : &*position;
}

// Later options win over earlier ones, as in mount(8).
void ApplyFlag(const FlagOption& option, std::uint64_t& set, std::uint64_t& cleared) {
  std::uint64_t& into = option.clear ? cleared : set;
  std::uint64_t& out_of = option.clear ? set : cleared;
  into |= option.flags;
  out_of &= ~option.flags;
}

void ApplyRecursive(const FlagOption& option, MountEntry& mount) {
  const bool is_access_time = (option.flags & ~std::uint64_t{MOUNT_ATTR__ATIME}) == 0;
  if (!is_access_time) {
    ApplyFlag(option, mount.recursive_attributes, mount.recursive_attributes_cleared);
    return;
  }
  // mount_setattr(2): the field is cleared as a whole and then set.
  mount.recursive_attributes &= ~std::uint64_t{MOUNT_ATTR__ATIME};
  mount.recursive_attributes |= option.flags;
  mount.recursive_attributes_cleared |= MOUNT_ATTR__ATIME;
}

void ApplyPropagation(std::uint64_t flags, const JsonNode& node, MountEntry& mount) {
  if (mount.propagation != 0 && mount.propagation != flags) {
    node.Unsupported("a second kind of propagation is not supported");
  }
  mount.propagation = flags;
}

void ApplyOption(const std::string& option, const JsonNode& node, MountEntry& mount) {
  if (option.empty()) return;  // asks for nothing
  if (const FlagOption* flag = Find(kFlagOptions, option)) {
    ApplyFlag(*flag, mount.flags, mount.cleared_flags);
  } else if (const FlagOption* recursive = Find(kRecursiveOptions, option)) {
    ApplyRecursive(*recursive, mount);
  } else if (const FlagOption* propagation = Find(kPropagationOptions, option)) {
    ApplyPropagation(propagation->flags, node, mount);
  } else if (option == kCopyUp) {
    mount.copy_up = true;
  } else if (option == "idmap" || option == "ridmap") {
    node.Unsupported("ID-mapped mounts are not supported");
  } else {
    if (!mount.data.empty()) mount.data += ',';
    mount.data += option;
  }
}

bool IsBind(const MountEntry& mount) { return (mount.flags & MS_BIND) != 0; }

// The kernel reads no data in a bind mount: what it would silently ignore is refused here.
void RefuseDataOfBind(const std::vector<std::string>& options, const JsonNode& node) {
  for (std::size_t i = 0; i < options.size(); ++i) {
    MountEntry alone;
    ApplyOption(options[i], node.At(i), alone);
    if (!alone.data.empty()) {
      node.At(i).Unsupported("option " + Quoted(options[i]) +
                             " is not supported for a bind mount");
    }
  }
}

void CompleteBind(const JsonNode& node, const std::string& bundle, MountEntry& mount) {
  mount.type = "bind";
  mount.flags |= MS_BIND;
  // A remount changes what is mounted at the destination and has no source.
  if (mount.source.empty() && (mount.flags & MS_REMOUNT) == 0) {
    node.At("source").Invalid("is required for a bind mount");
  } else if (!mount.source.empty() && mount.source.front() != '/') {
    mount.source = bundle + "/" + mount.source;
  }
}

MountEntry ReadMount(const JsonNode& node, const std::string& bundle) {
  JsonObject object(node);
  MountEntry mount;
  const JsonNode destination = object.Require("destination");
  mount.destination = destination.AbsolutePath();
  if (!destination.IsAbsent() && mount.destination.empty()) {
    destination.Invalid("must not be empty");
  }
  mount.type = object.Get("type").String();
  mount.source = object.Get("source").String();
  const JsonNode options_node = object.Get("options");
  const std::vector<std::string> options = options_node.Strings();
  for (std::size_t i = 0; i < options.size(); ++i) {
    ApplyOption(options[i], options_node.At(i), mount);
  }
  if (mount.type == "bind" || IsBind(mount)) {
    CompleteBind(node, bundle, mount);
    RefuseDataOfBind(options, options_node);
  } else if (mount.type.empty() && (mount.flags & MS_REMOUNT) == 0) {
    node.At("type").Invalid("is required unless an option is bind or rbind");
  }
  if (mount.copy_up && mount.type != "tmpfs") {
    options_node.Invalid("tmpcopyup needs the type tmpfs, not " + Quoted(mount.type));
  }
  return mount;
}

}  // namespace

std::vector<MountEntry> ReadMounts(const JsonNode& node, const std::string& bundle) {
  std::vector<MountEntry> mounts;
  for (const JsonNode& element : node.Elements()) mounts.push_back(ReadMount(element, bundle));
  return mounts;
}

std::optional<std::uint64_t> PropagationFlags(std::string_view name) {
  const FlagOption* option = Find(kPropagationOptions, name);
  if (option == nullptr) return std::nullopt;
  return option->flags;
}

std::vector<std::string_view> MountOptionNames() {
  std::vector<std::string_view> names = {kCopyUp};
  for (const FlagOption& option : kFlagOptions) names.push_back(option.name);
  for (const FlagOption& option : kRecursiveOptions) names.push_back(option.name);
  for (const FlagOption& option : kPropagationOptions) names.push_back(option.name);
  std::ranges::sort(names);
  return names;
}

}  // namespace reapcheck
