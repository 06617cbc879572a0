// Which hierarchies are mounted, and where: proc_pid_mountinfo(5).
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <string_view>

#include "runtime/cgroup.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

struct MountInfoLine {
  std::string device;  // "0:28"
  std::string root;
  std::string mount_point;
  std::string type;
  std::string super_options;
};

std::vector<std::string> Split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    std::size_t end = std::min(text.find(separator), text.size());
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

// "/a\040b" -> "/a b".
std::string Unescape(const std::string& text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      plain += static_cast<char>(std::strtol(text.substr(i + 1, 3).c_str(), nullptr, 8));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// 36 35 98:0 /root /mount/point options optional... - type source super-options
bool ParseMountInfoLine(std::string_view line, MountInfoLine& parsed) {
  std::size_t dash = line.find(" - ");
  if (dash == std::string_view::npos) return false;
  std::vector<std::string> left = Split(line.substr(0, dash), ' ');
  std::vector<std::string> right = Split(line.substr(dash + 3), ' ');
  if (left.size() < 5 || right.size() < 3) return false;
  parsed = {left[2], Unescape(left[3]), Unescape(left[4]), right[0], right[2]};
  return true;
}

bool IsControllerOption(const std::string& option) {
  static constexpr std::string_view kNotControllers[] = {
      "rw", "ro", "xattr", "noprefix", "clone_children", "cpuset_v2_mode"};
  return std::ranges::find(kNotControllers, option) == std::end(kNotControllers) &&
         !option.starts_with("release_agent=");
}

// A mount that another one hides is still listed: what counts is what its path leads to.
Result<bool> IsVisible(Kernel& kernel, const MountInfoLine& mount) {
  auto stat = kernel.StatAt(kCwd, mount.mount_point, AT_SYMLINK_NOFOLLOW);
  if (FailedWith(stat, ENOENT) || FailedWith(stat, ENOTDIR)) return false;
  if (!stat) return Forward(std::move(stat));
  return mount.device ==
         std::to_string(major(stat->device)) + ":" + std::to_string(minor(stat->device));
}

CgroupHierarchy HierarchyOf(const MountInfoLine& mount) {
  CgroupHierarchy hierarchy{.mount_point = mount.mount_point};
  if (mount.type == "cgroup2") {
    hierarchy.version = CgroupVersion::kV2;
    return hierarchy;
  }
  for (std::string& option : Split(mount.super_options, ',')) {
    if (IsControllerOption(option)) hierarchy.controllers.push_back(std::move(option));
  }
  return hierarchy;
}

}  // namespace

bool CgroupHierarchy::Has(const std::string& controller) const {
  return std::ranges::find(controllers, controller) != controllers.end();
}

Result<std::vector<CgroupHierarchy>> FindCgroupHierarchies(Kernel& kernel) {
  auto text = ReadFileText(kernel, kCwd, "/proc/self/mountinfo");
  if (!text) return Forward(std::move(text));
  std::vector<CgroupHierarchy> found;
  std::vector<std::string> devices;
  // A hierarchy's own root first; a part of it that is mounted in its stead, as inside a container,
  // where there is no other. A second mount of one that was seen already adds nothing.
  for (bool whole : {true, false}) {
    for (const std::string& line : Split(*text, '\n')) {
      MountInfoLine mount;
      if (!ParseMountInfoLine(line, mount)) continue;
      const bool is_cgroup = mount.type == "cgroup" || mount.type == "cgroup2";
      if (!is_cgroup || (mount.root == "/") != whole) continue;
      if (std::ranges::find(devices, mount.device) != devices.end()) continue;
      auto visible = IsVisible(kernel, mount);
      if (!visible) return Forward(std::move(visible));
      if (!*visible) continue;
      devices.push_back(mount.device);
      found.push_back(HierarchyOf(mount));
    }
  }
  return found;
}

}  // namespace reapcheck
