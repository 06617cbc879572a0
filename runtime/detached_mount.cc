#include "runtime/detached_mount.h"

#include <fcntl.h>
#include <sys/mount.h>

#include <array>
#include <cerrno>
#include <utility>

namespace reapcheck {
namespace {

struct SuperFlag {
  std::uint64_t flag;
  const char* name;
};
constexpr std::array kSuperFlags = {
    SuperFlag{MS_RDONLY, "ro"},     SuperFlag{MS_SYNCHRONOUS, "sync"},
    SuperFlag{MS_DIRSYNC, "dirsync"}, SuperFlag{MS_MANDLOCK, "mand"},
    SuperFlag{MS_LAZYTIME, "lazytime"}, SuperFlag{MS_I_VERSION, "iversion"},
};

struct AttributeFlag {
  std::uint64_t flag;
  std::uint64_t attribute;
};
constexpr std::array kAttributeFlags = {
    AttributeFlag{MS_RDONLY, MOUNT_ATTR_RDONLY},
    AttributeFlag{MS_NOSUID, MOUNT_ATTR_NOSUID},
    AttributeFlag{MS_NODEV, MOUNT_ATTR_NODEV},
    AttributeFlag{MS_NOEXEC, MOUNT_ATTR_NOEXEC},
    AttributeFlag{MS_NODIRATIME, MOUNT_ATTR_NODIRATIME},
    AttributeFlag{MS_NOSYMFOLLOW, MOUNT_ATTR_NOSYMFOLLOW},
};

// What the kernel wrote about the last refusal: "e tmpfs: Bad value for 'size'".
std::string KernelWords(int context) {
  char message[256];
  ssize_t length = ::read(context, message, sizeof message);
  if (length <= 2) return "";
  std::string words(message + 2, length - 2);
  if (words.ends_with('\n')) words.pop_back();
  return " (" + words + ")";
}

std::unexpected<Error> Refused(int context, const char* call, const std::string& subject) {
  int code = errno;
  return Fail(code, call, subject + KernelWords(context));
}

Result<void> Configure(int context, const std::string& option) {
  std::size_t equals = option.find('=');
  if (equals == std::string::npos) {
    if (::fsconfig(context, FSCONFIG_SET_FLAG, option.c_str(), nullptr, 0) == 0) return {};
  } else {
    const std::string key = option.substr(0, equals);
    const std::string value = option.substr(equals + 1);
    if (::fsconfig(context, FSCONFIG_SET_STRING, key.c_str(), value.c_str(), 0) == 0) return {};
  }
  return Refused(context, "fsconfig", option);
}

Result<void> ConfigureAll(int context, const FileSystemSpec& spec) {
  if (!spec.source.empty()) {
    auto done = Configure(context, "source=" + spec.source);
    if (!done) return done;
  }
  for (const SuperFlag& entry : kSuperFlags) {
    if ((spec.super_flags & entry.flag) == 0) continue;
    auto done = Configure(context, entry.name);
    if (!done) return done;
  }
  for (std::size_t at = 0; at < spec.data.size();) {
    std::size_t end = std::min(spec.data.find(',', at), spec.data.size());
    if (end > at) {
      auto done = Configure(context, spec.data.substr(at, end - at));
      if (!done) return done;
    }
    at = end + 1;
  }
  return {};
}

}  // namespace

Result<ScopedFd> MakeMount(const FileSystemSpec& spec) {
  ScopedFd context(::fsopen(spec.type.c_str(), FSOPEN_CLOEXEC));
  if (!context) return Fail(errno, "fsopen", spec.type);
  auto configured = ConfigureAll(context.get(), spec);
  if (!configured) return Forward(std::move(configured));
  if (::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) {
    return Refused(context.get(), "fsconfig", "create " + spec.type);
  }
  ScopedFd mount(::fsmount(context.get(), FSMOUNT_CLOEXEC, 0));
  if (!mount) return Refused(context.get(), "fsmount", spec.type);
  return mount;
}

Result<ScopedFd> CopyMount(int directory, const std::string& path, bool recursive) {
  unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (recursive ? AT_RECURSIVE : 0) |
                   (path.empty() ? AT_EMPTY_PATH : 0);
  ScopedFd mount(::open_tree(directory, path.c_str(), flags));
  if (!mount) return Fail(errno, "open_tree", path);
  return mount;
}

Result<void> SetMountAttributes(int mount, const MountAttributes& attributes) {
  mount_attr raw{.attr_set = attributes.set,
                 .attr_clr = attributes.clear,
                 .propagation = attributes.propagation,
                 .userns_fd = 0};
  if (raw.attr_set == 0 && raw.attr_clr == 0 && raw.propagation == 0) return {};
  unsigned flags = AT_EMPTY_PATH | (attributes.recursive ? AT_RECURSIVE : 0);
  if (::mount_setattr(mount, "", flags, &raw, sizeof raw) != 0) {
    return Fail(errno, "mount_setattr", "mount");
  }
  return {};
}

MountAttributes AttributesOfFlags(std::uint64_t flags, std::uint64_t cleared_flags) {
  MountAttributes attributes;
  for (const AttributeFlag& entry : kAttributeFlags) {
    if ((flags & entry.flag) != 0) attributes.set |= entry.attribute;
    if ((cleared_flags & ~flags & entry.flag) != 0) attributes.clear |= entry.attribute;
  }
  const std::uint64_t access_time = MS_NOATIME | MS_RELATIME | MS_STRICTATIME;
  if (((flags | cleared_flags) & access_time) != 0) {
    // mount_setattr(2): a change of the access-time mode must clear the old one.
    attributes.clear |= MOUNT_ATTR__ATIME;
    if ((flags & MS_NOATIME) != 0) {
      attributes.set |= MOUNT_ATTR_NOATIME;
    } else if ((flags & MS_STRICTATIME) != 0) {
      attributes.set |= MOUNT_ATTR_STRICTATIME;
    }
  }
  return attributes;
}

Result<void> AttachMount(int mount, int target) {
  if (::move_mount(mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) != 0) {
    return Fail(errno, "move_mount", "target");
  }
  return {};
}

}  // namespace reapcheck
