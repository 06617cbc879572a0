#include "conformance/layout.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <set>
#include <sstream>

#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

constexpr char kLabDirectory[] = "/run/reapcheck-lab";
constexpr char kWatched[][9] = {"/run", "/var/tmp", "/tmp"};

std::string Problem(const std::string& doing) { return doing + ": " + strerror(errno); }

// Hierarchies of /proc/self/cgroup that are v1: "cpu,cpuacct", "name=systemd".
std::vector<std::string> V1Hierarchies() {
  std::vector<std::string> names;
  std::istringstream in(ReadText("/proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(in, line);) {
    std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos || second == first + 1) continue;
    names.push_back(line.substr(first + 1, second - first - 1));
  }
  return names;
}

std::string MountOverlay(const std::string& where, const std::string& lab) {
  std::string name = where.substr(1);
  for (char& c : name) c = c == '/' ? '-' : c;
  std::string upper = lab + "/upper/" + name, work = lab + "/work/" + name;
  struct stat st;
  if (stat(where.c_str(), &st) != 0) return Problem(where);
  if (!MakeDirectories(upper) || !MakeDirectories(work)) return Problem(upper);
  chmod(upper.c_str(), st.st_mode & 07777);  // the overlay's root has the upper's mode
  std::string options = "lowerdir=" + where + ",upperdir=" + upper + ",workdir=" + work;
  if (mount("overlay", where.c_str(), "overlay", 0, options.c_str()) != 0) {
    return Problem("overlay on " + where);
  }
  return "";
}

// Without an overlay the directory is the machine's own: what is new there may be anybody's.
void Watch(const std::string& where, const std::string& lab_now, Surroundings& made) {
  std::string name = where.substr(1);
  for (char& c : name) c = c == '/' ? '-' : c;
  if (!MountOverlay(where, lab_now).empty()) return made.unwatched.push_back(where);
  made.watched.push_back(
      {.path = where, .listing = std::string(kLabDirectory) + "/upper/" + name});
}

// The tmpfs begins life on /tmp, because its place in /run is to be made in the overlay, not on
// the host's /run.
std::expected<Surroundings, std::string> MountLab() {
  Surroundings made{.directory = kLabDirectory};
  if (mount("reapcheck", "/tmp", "tmpfs", 0, "mode=0755,size=512m") != 0) {
    return std::unexpected(Problem("tmpfs on /tmp"));
  }
  Watch("/run", "/tmp", made);
  Watch("/var/tmp", "/tmp", made);
  if (!MakeDirectories(kLabDirectory)) return std::unexpected(Problem(kLabDirectory));
  if (mount("/tmp", kLabDirectory, nullptr, MS_MOVE, nullptr) != 0) {
    return std::unexpected(Problem(kLabDirectory));
  }
  Watch("/tmp", kLabDirectory, made);
  return made;
}

}  // namespace

std::string_view LayoutName(CgroupLayout layout) {
  switch (layout) {
    case CgroupLayout::kHost:
      return "host";
    case CgroupLayout::kV1:
      return "v1";
    case CgroupLayout::kV2:
      return "v2";
  }
  return "";
}

std::string MountV1(const std::string& where) {
  std::vector<std::string> names = V1Hierarchies();
  bool controllers = false;
  for (const std::string& name : names) controllers |= name.rfind("name=", 0) != 0;
  if (!controllers) return "no v1 controller is in use on this machine";
  if (mount("cgroup", where.c_str(), "tmpfs", 0, "mode=0755") != 0) return Problem("tmpfs");
  for (const std::string& name : names) {
    std::string dir = name.rfind("name=", 0) == 0 ? name.substr(5) : name;
    std::string point = where + "/" + dir;
    if (!MakeDirectories(point)) return Problem(point);
    if (mount("cgroup", point.c_str(), "cgroup", 0, name.c_str()) != 0) return Problem(point);
    std::istringstream in(dir);  // "cpu,cpuacct" is also known as cpu and as cpuacct
    for (std::string part; dir.find(',') != std::string::npos && std::getline(in, part, ',');) {
      if (symlink(dir.c_str(), (where + "/" + part).c_str()) != 0) return Problem(part);
    }
  }
  return "";
}

std::string MountV2(const std::string& where) {
  if (mount("cgroup2", where.c_str(), "cgroup2", 0, nullptr) != 0) return Problem("cgroup2");
  return "";
}

std::string MakeMountsPrivate() {
  if (unshare(CLONE_NEWNS) != 0) return Problem("unshare(CLONE_NEWNS)");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return Problem("private /");
  return "";
}

std::expected<Surroundings, std::string> EnterLayout(CgroupLayout layout) {
  std::string problem = MakeMountsPrivate();
  if (!problem.empty()) return std::unexpected(problem);
  // Everything that was mounted there goes, so that nothing of the host's layout shows through.
  if (layout != CgroupLayout::kHost) {
    while (umount2("/sys/fs/cgroup", MNT_DETACH) == 0) {
    }
  }
  if (layout == CgroupLayout::kV1) problem = MountV1("/sys/fs/cgroup");
  if (layout == CgroupLayout::kV2) problem = MountV2("/sys/fs/cgroup");
  if (!problem.empty()) return std::unexpected(problem);
  return MountLab();
}

}  // namespace reapcheck::conformance
