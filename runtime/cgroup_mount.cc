#include "runtime/cgroup_mount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <algorithm>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/path_in_root.h"

namespace reapcheck {
namespace {

constexpr char kCgroupRoot[] = "/sys/fs/cgroup";
constexpr std::uint64_t kPlainFlags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
// /proc/self/mountinfo of a machine with thousands of mounts; more is not read.
constexpr std::size_t kMaxText = 8 << 20;

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at <= text.size();) {
    std::size_t end = std::min(text.find(separator, at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

// proc(5): blanks and backslashes in mountinfo are written as "\040".
std::string Unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                                 (text[i + 3] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

struct MountInfoLine {
  std::string root;
  std::string mount_point;
  std::string_view type;
  std::vector<std::string_view> super_options;
};

// "31 23 0:28 ROOT POINT OPTIONS [TAGS...] - TYPE SOURCE SUPER"
MountInfoLine ParseLine(std::string_view line) {
  const auto fields = Split(line, ' ');
  const auto dash = std::ranges::find(fields, "-");
  if (fields.size() < 6 || fields.end() - dash < 4) return {};
  return {Unescape(fields[3]), Unescape(fields[4]), dash[1], Split(dash[3], ',')};
}

bool Shows(const MountInfoLine& line, bool unified, std::string_view controllers) {
  if (unified) return line.type == "cgroup2";
  return line.type == "cgroup" && std::ranges::all_of(Split(controllers, ','), [&](auto name) {
           return std::ranges::find(line.super_options, name) != line.super_options.end();
         });
}

std::string ReadText(const char* path) {
  std::string text;
  ScopedFd file(::open(path, O_RDONLY | O_CLOEXEC));
  char buffer[4096];
  ssize_t length;
  while (text.size() < kMaxText && (length = ::read(file.get(), buffer, sizeof buffer)) > 0) {
    text.append(buffer, length);
  }
  return text;
}

// The process's cgroup below the mount point; empty when the mount shows another part.
std::string OwnDirectory(const OwnHierarchy& hierarchy) {
  const std::string& root = hierarchy.mount_root;
  const std::string& own = hierarchy.own_path;
  if (root == "/") return hierarchy.mount_point + own;
  if (own == root) return hierarchy.mount_point;
  if (!own.starts_with(root + "/")) return "";
  return hierarchy.mount_point + own.substr(root.size());
}

ScopedFd OpenDirectory(const std::string& path) {
  return ScopedFd(path.empty() ? -1
                               : ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

Outcome<ScopedFd> CopyOf(const ScopedFd& directory, const std::string& what) {
  if (!directory) return RefuseErrno(what + ": own cgroup is not visible", ENOENT);
  auto copy = CopyMount(directory.get(), "", /*recursive=*/false);
  if (!copy) return Refuse(copy.error(), what + ": own cgroup");
  return std::move(*copy);
}

Outcome<void> Attach(int mount, int target, std::uint64_t flags, const std::string& what) {
  auto set = SetMountAttributes(mount, AttributesOfFlags(flags, 0));
  if (!set) return Refuse(set.error(), what);
  auto attached = AttachMount(mount, target);
  if (!attached) return Refuse(attached.error(), what);
  return {};
}

// Without a cgroup namespace the host's mount is copied: mounting cgroup2 anew from the initial
// namespace would change the options (nsdelegate) of the whole machine.
Outcome<void> MountUnified(const MountEntry& mount, const CgroupView& view, int target,
                           bool own_namespace, const std::string& what) {
  const auto found = std::ranges::find_if(
      view.directories, [](const auto& directory) { return directory.hierarchy.unified; });
  if (found == view.directories.end()) {
    return Refuse(FailureKind::kUnsupported, what + ": this machine has no cgroup2 mounted");
  }
  Outcome<ScopedFd> made;
  if (own_namespace) {
    auto fresh = MakeMount({.type = "cgroup2", .source = "cgroup"});
    // A user namespace may not mount it; its own part of the host's is the same view.
    const bool refused = FailedWith(fresh, EPERM) || FailedWith(fresh, EBUSY);
    made = refused ? CopyOf(found->own, what) : Outcome<ScopedFd>(std::move(fresh));
  } else {
    made = CopyOf(found->whole, what);
  }
  if (!made) return Refuse(made.error().kind, what + ": " + made.error().text);
  return Attach(made->get(), target, mount.flags, what);
}

Outcome<void> MountHierarchy(const CgroupView::Directory& directory, int tmpfs,
                             const std::string& name, std::uint64_t flags, bool own_namespace,
                             const std::string& what) {
  Outcome<ScopedFd> made;
  if (own_namespace) {
    made = MakeMount(
        {.type = "cgroup", .source = "cgroup", .data = directory.hierarchy.controllers});
  } else {
    made = CopyOf(directory.own, what);
  }
  if (!made) return Refuse(made.error().kind, what + ": " + name + ": " + made.error().text);
  ScopedFd target(::openat(tmpfs, name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  return Attach(made->get(), target.get(), flags, what + ": " + name);
}

// The directory of a hierarchy, and for "cpu,cpuacct" the symlinks cpu and cpuacct to it.
Outcome<void> MakeDirectory(int tmpfs, const std::string& name, const std::string& what) {
  if (::mkdirat(tmpfs, name.c_str(), 0755) != 0) return RefuseErrno(what + ": mkdir " + name);
  if (!name.contains(',')) return {};
  for (std::string_view part : Split(name, ',')) {
    if (::symlinkat(name.c_str(), tmpfs, std::string(part).c_str()) != 0 && errno != EEXIST) {
      return RefuseErrno(what + ": symlink to " + name);
    }
  }
  return {};
}

Outcome<void> MountVersionOne(const MountEntry& mount, const CgroupView& view, int target,
                              bool own_namespace, const std::string& what) {
  auto tmpfs = MakeMount({.type = "tmpfs", .source = "tmpfs", .data = "mode=755"});
  if (!tmpfs) return Refuse(tmpfs.error(), what);
  auto attached = Attach(tmpfs->get(), target, kPlainFlags, what);
  if (!attached) return attached;
  const std::uint64_t readonly = mount.flags & MS_RDONLY;
  for (const CgroupView::Directory& directory : view.directories) {
    if (directory.hierarchy.unified) continue;
    const std::string name = SplitLast(directory.hierarchy.mount_point).name;
    auto made = MakeDirectory(tmpfs->get(), name, what);
    if (!made) return made;
    auto mounted = MountHierarchy(directory, tmpfs->get(), name, kPlainFlags | readonly,
                                  own_namespace, what);
    if (!mounted) return mounted;
  }
  auto set = SetMountAttributes(tmpfs->get(), AttributesOfFlags(mount.flags, 0));
  if (!set) return Refuse(set.error(), what);
  return {};
}

}  // namespace

std::vector<OwnHierarchy> FindHierarchies(std::string_view mountinfo, std::string_view cgroups) {
  std::vector<MountInfoLine> lines;
  for (std::string_view line : Split(mountinfo, '\n')) {
    MountInfoLine parsed = ParseLine(line);
    if (parsed.type.starts_with("cgroup")) lines.push_back(std::move(parsed));
  }
  std::vector<OwnHierarchy> hierarchies;
  for (std::string_view line : Split(cgroups, '\n')) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string_view controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    const auto shown = std::ranges::find_if(
        lines, [&](const MountInfoLine& mount) { return Shows(mount, unified, controllers); });
    if (shown == lines.end()) continue;
    hierarchies.push_back({.unified = unified,
                           .controllers = std::string(controllers),
                           .mount_point = shown->mount_point,
                           .mount_root = shown->root,
                           .own_path = std::string(line.substr(second + 1))});
  }
  return hierarchies;
}

bool IsCgroupMount(const MountEntry& mount) {
  return (mount.flags & (MS_BIND | MS_REMOUNT)) == 0 &&
         (mount.type == "cgroup" || mount.type == "cgroup2");
}

CgroupView LookAtCgroups(const OciConfig& config) {
  CgroupView view;
  if (std::ranges::none_of(config.mounts, IsCgroupMount)) return view;
  struct statfs file_system {};
  view.pure_v2 = ::statfs(kCgroupRoot, &file_system) == 0 &&
                 file_system.f_type == CGROUP2_SUPER_MAGIC;
  const std::string mountinfo = ReadText("/proc/self/mountinfo");
  const std::string cgroups = ReadText("/proc/self/cgroup");
  for (OwnHierarchy& hierarchy : FindHierarchies(mountinfo, cgroups)) {
    ScopedFd whole = OpenDirectory(hierarchy.mount_point);
    ScopedFd own = OpenDirectory(OwnDirectory(hierarchy));
    view.directories.push_back({std::move(hierarchy), std::move(whole), std::move(own)});
  }
  return view;
}

Outcome<void> MountCgroups(const MountEntry& mount, const CgroupView& view, int target,
                           bool own_namespace, const std::string& what) {
  if (view.pure_v2 || mount.type == "cgroup2") {
    return MountUnified(mount, view, target, own_namespace, what);
  }
  return MountVersionOne(mount, view, target, own_namespace, what);
}

}  // namespace reapcheck
