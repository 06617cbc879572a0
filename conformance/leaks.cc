#include "conformance/leaks.h"

#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "conformance/deadline.h"
#include "conformance/file.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

constexpr std::chrono::milliseconds kGoingAway{300};  // a killed process and its empty cgroup
constexpr std::chrono::seconds kRemoval{5};           // until the lab gives up and says so
constexpr int kStepMilliseconds = 1;
constexpr std::size_t kStrayFileLimit = 5000;  // listed below /run, /tmp, /var/tmp

void ReapAll() {
  while (waitpid(-1, nullptr, WNOHANG) > 0) {
  }
}

std::string Plural(const std::string& kind, std::size_t count) {
  if (count == 1) return "1 " + kind;
  return std::to_string(count) + " " + (kind == "process" ? "processes" : kind + "s");
}

// A directory with something in it is told by what is in it.
bool HasChild(const std::vector<FileInfo>& files, std::size_t index) {
  return index + 1 < files.size() && files[index + 1].path.rfind(files[index].path + "/", 0) == 0;
}

}  // namespace

std::string Describe(const std::vector<Leak>& leaks) {
  constexpr std::size_t kShown = 3;
  std::string text;
  for (const char* kind : {"process", "cgroup", "mount", "lost mount", "file"}) {
    std::vector<std::string> details;
    for (const Leak& leak : leaks) {
      if (leak.kind == kind) details.push_back(leak.detail);
    }
    if (details.empty()) continue;
    text += (text.empty() ? "" : ", ") + Plural(kind, details.size()) + " (";
    for (std::size_t i = 0; i < std::min(details.size(), kShown); ++i) {
      text += (i == 0 ? "" : ", ") + details[i];
    }
    text += details.size() > kShown ? ", ...)" : ")";
  }
  return text;
}

LeakAccount::LeakAccount(const Surroundings& surroundings,
                         const std::vector<Hierarchy>& hierarchies)
    : surroundings_(surroundings), hierarchies_(hierarchies) {
  for (const MountInfo& mount : Mounts()) mounts_before_.insert(mount.Describe());
  for (const std::string& file : StrayFiles()) files_before_.insert(file);
}

std::vector<Leak> LeakAccount::Processes() const {
  std::vector<Leak> leaks;
  ReapAll();
  for (const ProcessInfo& process : Descendants(getpid())) {
    if (process.alive()) leaks.push_back({.kind = "process", .detail = process.Describe()});
  }
  return leaks;
}

std::vector<Leak> LeakAccount::Cgroups(const std::string& tag) const {
  std::vector<Leak> leaks;
  for (const Hierarchy& hierarchy : hierarchies_) {
    for (const std::string& dir : FindCgroups(hierarchy, tag)) {
      leaks.push_back({.kind = "cgroup", .detail = dir});
    }
  }
  return leaks;
}

std::vector<MountInfo> LeakAccount::NewMounts() const {
  std::multiset<std::string> known = mounts_before_;
  std::vector<MountInfo> added;
  for (const MountInfo& mount : Mounts()) {
    if (auto met = known.find(mount.Describe()); met != known.end()) {
      known.erase(met);
    } else {
      added.push_back(mount);
    }
  }
  return added;
}

std::vector<std::string> LeakAccount::MountsThatVanished() const {
  std::multiset<std::string> left = mounts_before_;
  for (const MountInfo& mount : Mounts()) {
    if (auto met = left.find(mount.Describe()); met != left.end()) left.erase(met);
  }
  return {left.begin(), left.end()};
}

std::vector<Leak> LeakAccount::MountLeaks() const {
  std::vector<Leak> leaks;
  for (const MountInfo& mount : NewMounts()) {
    leaks.push_back({.kind = "mount", .detail = mount.Describe()});
  }
  for (const std::string& gone : MountsThatVanished()) {
    leaks.push_back({.kind = "lost mount", .detail = gone});
  }
  return leaks;
}

std::vector<std::string> LeakAccount::StrayFiles() const {
  std::vector<std::string> found;
  for (const WatchedDirectory& watched : surroundings_.watched) {
    std::vector<FileInfo> files = ListTree(watched.listing, /*with_bytes=*/false, kStrayFileLimit);
    for (std::size_t i = 0; i < files.size(); ++i) {
      std::string path = watched.path + "/" + files[i].path;
      bool own = (path + "/").rfind(surroundings_.directory + "/", 0) == 0;
      if (!own && !HasChild(files, i)) found.push_back(path);
    }
  }
  return found;
}

std::vector<Leak> LeakAccount::Files(const std::string& case_directory) const {
  std::vector<Leak> leaks;
  for (const std::string& name : ListNames(case_directory + "/root")) {
    leaks.push_back({.kind = "file", .detail = "--root/" + name});
  }
  for (const std::string& path : StrayFiles()) {
    if (!files_before_.contains(path)) leaks.push_back({.kind = "file", .detail = path});
  }
  return leaks;
}

std::vector<Leak> LeakAccount::Find(const std::string& tag, const std::string& case_directory) {
  Deadline deadline = Deadline::After(kGoingAway);
  std::vector<Leak> leaks;
  while (true) {
    leaks = Processes();
    std::ranges::move(Cgroups(tag), std::back_inserter(leaks));
    if (leaks.empty() || deadline.Expired()) break;
    poll(nullptr, 0, kStepMilliseconds);
  }
  std::ranges::move(MountLeaks(), std::back_inserter(leaks));
  std::ranges::move(Files(case_directory), std::back_inserter(leaks));
  return leaks;
}

std::string LeakAccount::Remove(const std::string& tag, const std::string& case_directory) {
  Deadline deadline = Deadline::After(kRemoval);
  while (true) {
    for (const ProcessInfo& process : Descendants(getpid())) SendSignal(process.id, SIGKILL);
    std::vector<std::string> dirs;
    for (const Leak& leak : Cgroups(tag)) dirs.push_back(leak.detail);
    RemoveCgroups(std::move(dirs), Deadline::After({}));
    if (Processes().empty() && Cgroups(tag).empty()) break;
    if (deadline.Expired()) {
      std::vector<Leak> left = Processes();
      std::ranges::move(Cgroups(tag), std::back_inserter(left));
      return "the lab can not remove " + Describe(left);
    }
    poll(nullptr, 0, kStepMilliseconds);
  }
  std::vector<MountInfo> mounts = NewMounts();
  for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
    umount2(mount->point.c_str(), MNT_DETACH);
  }
  for (const std::string& path : StrayFiles()) {
    if (!files_before_.contains(path)) RemoveTree(path);
  }
  // What can not be undone (a file of the host that the runtime changed or removed, in the
  // overlay only) was told once.
  for (const std::string& path : StrayFiles()) files_before_.insert(path);
  if (!RemoveTree(case_directory)) return "the lab can not remove " + case_directory;
  mounts = NewMounts();
  return mounts.empty() ? "" : "the lab can not remove the mount " + mounts.front().Describe();
}

}  // namespace reapcheck::conformance
