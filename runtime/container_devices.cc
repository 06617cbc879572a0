#include "runtime/container_devices.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <array>
#include <string>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/path_in_root.h"

namespace reapcheck {
namespace {

struct DefaultDevice {
  const char* path;
  std::uint32_t major;
  std::uint32_t minor;
};
constexpr std::array kDefaultDevices = {
    DefaultDevice{"/dev/null", 1, 3},   DefaultDevice{"/dev/zero", 1, 5},
    DefaultDevice{"/dev/full", 1, 7},   DefaultDevice{"/dev/random", 1, 8},
    DefaultDevice{"/dev/urandom", 1, 9}, DefaultDevice{"/dev/tty", 5, 0},
};

struct DefaultLink {
  const char* name;
  const char* target;
};
constexpr std::array kDefaultLinks = {
    DefaultLink{"fd", "/proc/self/fd"},
    DefaultLink{"stdin", "/proc/self/fd/0"},
    DefaultLink{"stdout", "/proc/self/fd/1"},
    DefaultLink{"stderr", "/proc/self/fd/2"},
};

mode_t FileType(const Device& device) {
  return device.type == 'b' ? S_IFBLK : device.type == 'p' ? S_IFIFO : S_IFCHR;
}

bool IsDevice(const struct stat& status, const Device& device) {
  if ((status.st_mode & S_IFMT) != FileType(device)) return false;
  return device.type == 'p' || status.st_rdev == makedev(device.major, device.minor);
}

// The host's node of this path, over an empty file at `name`.
Outcome<void> BindHostDevice(const Device& device, int directory, const std::string& name,
                             const std::string& what) {
  auto copy = CopyMount(AT_FDCWD, device.path, /*recursive=*/false);
  if (!copy) return Refuse(copy.error(), what + ": from the host");
  struct stat status;
  if (::fstat(copy->get(), &status) != 0 || !IsDevice(status, device)) {
    return RefuseErrno(what + ": the host's is another device", ENODEV);
  }
  ScopedFd made(::openat(directory, name.c_str(),
                         O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644));
  if (!made && errno != EEXIST) return RefuseErrno(what);
  ScopedFd target(::openat(directory, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!target || ::fstat(target.get(), &status) != 0) return RefuseErrno(what);
  if (!S_ISREG(status.st_mode)) return RefuseErrno(what + ": is something else", EEXIST);
  auto attached = AttachMount(copy->get(), target.get());
  if (!attached) return Refuse(attached.error(), what);
  return {};
}

Outcome<void> SetOwner(const Device& device, int directory, const std::string& name,
                              const std::string& what) {
  // The mode is mknod's, the umask being 0: chmod(2) would follow a link put there meanwhile. A
  // change of the owner leaves it as it is.
  if (::fchownat(directory, name.c_str(), device.uid, device.gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return RefuseErrno(what);
  }
  return {};
}

Outcome<void> MakeDevice(const Device& device, int root, const std::string& what) {
  const SplitPath path = SplitLast(device.path);
  if (path.name.empty() || path.name == "." || path.name == "..") {
    return Refuse(FailureKind::kInvalidConfig, what + ": is a directory");
  }
  auto directory = OpenOrCreateInRoot(root, path.directory, NodeKind::kDirectory);
  if (!directory) return Refuse(directory.error(), what);
  const dev_t number = device.type == 'p' ? 0 : makedev(device.major, device.minor);
  // mknod(2) never follows a symlink at the end.
  if (::mknodat(directory->get(), path.name.c_str(), FileType(device) | device.mode, number) == 0) {
    return SetOwner(device, directory->get(), path.name, what);
  }
  if (errno == EPERM) return BindHostDevice(device, directory->get(), path.name, what);
  if (errno != EEXIST) return RefuseErrno(what);
  struct stat status;
  if (::fstatat(directory->get(), path.name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    return RefuseErrno(what);
  }
  if (IsDevice(status, device)) return {};
  // A run in a user namespace may have left the file that a node was bound to.
  return BindHostDevice(device, directory->get(), path.name, what);
}

Outcome<void> MakeDefaultDevices(const OciConfig& config, int root) {
  for (const DefaultDevice& entry : kDefaultDevices) {
    const auto configured = std::ranges::find(config.devices, entry.path, &Device::path);
    if (configured != config.devices.end()) continue;
    const Device device{.path = entry.path, .major = entry.major, .minor = entry.minor};
    auto made = MakeDevice(device, root, std::string("default device ") + entry.path);
    if (!made) return made;
  }
  return {};
}

Outcome<void> MakeDefaultLinks(const OciConfig& config, int root) {
  auto dev = OpenOrCreateInRoot(root, "/dev", NodeKind::kDirectory);
  if (!dev) return Refuse(dev.error(), "/dev");
  for (const DefaultLink& link : kDefaultLinks) {
    if (::symlinkat(link.target, dev->get(), link.name) != 0 && errno != EEXIST) {
      return RefuseErrno(std::string("symlink /dev/") + link.name);
    }
  }
  const auto mounted = std::ranges::find(config.mounts, "/dev/ptmx", &MountEntry::destination);
  if (mounted != config.mounts.end()) return {};
  // The node of an image belongs to no devpts of this container.
  if (::unlinkat(dev->get(), "ptmx", 0) != 0 && errno != ENOENT) {
    return RefuseErrno("replace /dev/ptmx");
  }
  if (::symlinkat("pts/ptmx", dev->get(), "ptmx") != 0) return RefuseErrno("symlink /dev/ptmx");
  return {};
}

// A /dev that comes from elsewhere is used as it is.
bool HasBoundDev(const OciConfig& config) {
  return std::ranges::any_of(config.mounts, [](const MountEntry& mount) {
    const SplitPath path = SplitLast(mount.destination);
    return (mount.flags & MS_BIND) != 0 && path.directory == "/" && path.name == "dev";
  });
}

}  // namespace

Outcome<void> MakeDevices(const OciConfig& config, int root) {
  for (std::size_t i = 0; i < config.devices.size(); ++i) {
    const Device& device = config.devices[i];
    if (device.path == "/dev/ptmx") continue;  // the symlink, below
    auto made = MakeDevice(device, root,
                           "/linux/devices/" + std::to_string(i) + " " + device.path);
    if (!made) return made;
  }
  if (HasBoundDev(config)) return {};
  auto made = MakeDefaultDevices(config, root);
  if (!made) return made;
  return MakeDefaultLinks(config, root);
}

}  // namespace reapcheck
