#include "conformance/cgroup_tree.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "conformance/file.h"
#include "conformance/mount_table.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

constexpr int kPollMilliseconds = 1;  // the kernel offers no event for a v1 freezer or a dying task

// /proc/self/cgroup: hierarchy name ("" for v2) -> own path.
std::map<std::string, std::string> OwnPaths() {
  std::map<std::string, std::string> paths;
  std::istringstream in(ReadText("/proc/self/cgroup").value_or(""));
  for (std::string line; std::getline(in, line);) {
    std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    paths[line.substr(first + 1, second - first - 1)] = line.substr(second + 1);
  }
  return paths;
}

// All directories from `dir` down, parents first.
void Collect(const std::string& dir, std::vector<std::string>& found) {
  found.push_back(dir);
  for (const std::string& name : ListNames(dir, true)) Collect(dir + "/" + name, found);
}

// The names of a v1 hierarchy as /proc/self/cgroup has them, "" when it is v2.
std::string NameOf(const MountInfo& mount, const std::map<std::string, std::string>& own_paths) {
  if (mount.type == "cgroup2") return "";
  std::set<std::string> options(mount.super_options.begin(), mount.super_options.end());
  for (const auto& [name, path] : own_paths) {
    std::istringstream in(name);
    bool all = !name.empty();
    for (std::string part; std::getline(in, part, ',');) all = all && options.contains(part);
    if (all) return name;
  }
  return "?";
}

std::string Trimmed(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

void KillMembers(const std::string& dir) {
  if (WriteControl(dir + "/cgroup.kill", "1")) return;
  for (pid_t pid : CgroupMembers(dir)) {
    std::optional<ProcessInfo> info = ReadProcess(pid);
    if (pid != getpid() && info) SendSignal(info->id, SIGKILL);
  }
}

// SIGKILL first: what is thawed then dies before it does anything else.
void TryToRemove(const std::string& dir) {
  if (!Exists(dir)) return;
  std::vector<std::string> all;
  Collect(dir, all);
  for (const std::string& inner : all) {
    KillMembers(inner);
    if (!WriteControl(inner + "/freezer.state", "THAWED")) {
      WriteControl(inner + "/cgroup.freeze", "0");
    }
  }
  for (auto inner = all.rbegin(); inner != all.rend(); ++inner) rmdir(inner->c_str());
}

}  // namespace

bool Hierarchy::Has(const std::string& controller) const {
  return ("," + name + ",").find("," + controller + ",") != std::string::npos;
}

std::vector<Hierarchy> MountedHierarchies() {
  std::vector<Hierarchy> hierarchies;
  std::map<std::string, std::string> own_paths = OwnPaths();
  std::vector<MountInfo> mounts = Mounts();
  // What was mounted last on a place is what is seen there: /sys/fs/cgroup itself covers the rest.
  std::size_t first = 0;
  for (std::size_t i = 0; i < mounts.size(); ++i) {
    if (mounts[i].point == "/sys/fs/cgroup") first = i;
  }
  for (std::size_t i = first; i < mounts.size(); ++i) {
    const MountInfo& mount = mounts[i];
    if (mount.point.rfind("/sys/fs/cgroup", 0) != 0 || mount.type.rfind("cgroup", 0) != 0) continue;
    std::string name = NameOf(mount, own_paths);
    if (name == "?" || mount.root != "/") continue;
    hierarchies.push_back(
        {.name = name, .mount_point = mount.point, .own_path = own_paths[name]});
  }
  return hierarchies;
}

std::vector<std::string> FindCgroups(const Hierarchy& hierarchy, const std::string& part) {
  std::vector<std::string> found;
  std::string dir = hierarchy.mount_point;
  std::istringstream own(hierarchy.own_path);
  std::string next;
  std::getline(own, next, '/');  // the path begins with "/"
  while (true) {
    for (const std::string& name : ListNames(dir, true)) {
      if (name.find(part) != std::string::npos) Collect(dir + "/" + name, found);
    }
    if (!std::getline(own, next, '/') || next.empty()) break;
    dir += "/" + next;
  }
  return found;
}

std::vector<pid_t> CgroupMembers(const std::string& dir) {
  std::vector<pid_t> pids;
  // A threaded v2 cgroup answers EOPNOTSUPP: its threads are listed instead.
  std::optional<std::string> text = ReadText(dir + "/cgroup.procs");
  if (text && text->empty()) text = ReadText(dir + "/cgroup.threads");
  std::istringstream in(text.value_or(""));
  for (pid_t pid = 0; in >> pid;) pids.push_back(pid);
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  return pids;
}

Freezer ReadFreezer(const std::string& dir) {
  if (std::optional<std::string> state = ReadText(dir + "/freezer.state")) {
    if (*state == "FROZEN\n") return Freezer::kFrozen;
    return *state == "FREEZING\n" ? Freezer::kFreezing : Freezer::kThawed;
  }
  std::optional<std::string> asked = ReadText(dir + "/cgroup.freeze");
  if (!asked) return Freezer::kNone;
  std::string events = ReadText(dir + "/cgroup.events").value_or("");
  if (events.find("frozen 1") != std::string::npos) return Freezer::kFrozen;
  return *asked == "1\n" ? Freezer::kFreezing : Freezer::kThawed;
}

CgroupInfo ReadCgroup(const Hierarchy& hierarchy, const std::string& dir) {
  CgroupInfo info{.hierarchy = hierarchy.name};
  if (!Exists(dir)) return info;
  info.path = dir;
  info.processes = CgroupMembers(dir);
  if (hierarchy.v2() || hierarchy.Has("freezer")) {
    info.freezer = ReadFreezer(dir);
    const char* own = hierarchy.v2() ? "/cgroup.freeze" : "/freezer.self_freezing";
    info.self_frozen = Trimmed(ReadText(dir + own).value_or("0")) == "1";
  }
  return info;
}

bool SetFreezer(const std::string& dir, bool frozen, const Deadline& deadline) {
  bool v1 = Exists(dir + "/freezer.state");
  Freezer wanted = frozen ? Freezer::kFrozen : Freezer::kThawed;
  do {
    // v1 freezes only what it meets: writing again catches what was forked meanwhile.
    bool written = v1 ? WriteControl(dir + "/freezer.state", frozen ? "FROZEN" : "THAWED")
                      : WriteControl(dir + "/cgroup.freeze", frozen ? "1" : "0");
    if (!written) return false;
    if (ReadFreezer(dir) == wanted) return true;
    poll(nullptr, 0, kPollMilliseconds);
  } while (!deadline.Expired());
  return false;
}

std::vector<std::string> RemoveCgroups(std::vector<std::string> dirs, const Deadline& deadline) {
  while (true) {
    for (const std::string& dir : dirs) TryToRemove(dir);
    std::erase_if(dirs, [](const std::string& dir) { return !Exists(dir); });
    if (dirs.empty() || deadline.Expired()) return dirs;
    poll(nullptr, 0, kPollMilliseconds);
  }
}

}  // namespace reapcheck::conformance
