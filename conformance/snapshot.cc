#include "conformance/snapshot.h"

#include <algorithm>
#include <map>
#include <set>

namespace reapcheck::conformance {
namespace {

using Differences = std::vector<std::string>;

void DiffProcesses(const Snapshot& before, const Snapshot& after, Differences& differences) {
  std::map<ProcessId, ProcessInfo> old_ones, new_ones;
  for (const ProcessInfo& process : before.processes) old_ones[process.id] = process;
  for (const ProcessInfo& process : after.processes) new_ones[process.id] = process;
  for (const auto& [id, process] : old_ones) {
    auto now = new_ones.find(id);
    if (now == new_ones.end()) {
      differences.push_back("process " + process.Describe() + " is gone");
    } else if (process.alive() != now->second.alive()) {
      differences.push_back("process " + process.Describe() + " died");
    } else if ((process.state == 'T') != (now->second.state == 'T')) {
      differences.push_back("process " + process.Describe() + " became " + now->second.state);
    }
  }
  for (const auto& [id, process] : new_ones) {
    if (!old_ones.contains(id)) differences.push_back("new process " + process.Describe());
  }
}

void DiffCgroups(const Snapshot& before, const Snapshot& after, Differences& differences) {
  std::map<std::string, CgroupInfo> old_ones, new_ones;
  for (const CgroupInfo& cgroup : before.cgroups) old_ones[cgroup.path] = cgroup;
  for (const CgroupInfo& cgroup : after.cgroups) new_ones[cgroup.path] = cgroup;
  for (const auto& [path, cgroup] : old_ones) {
    auto now = new_ones.find(path);
    if (now == new_ones.end()) {
      differences.push_back("cgroup " + path + " is gone");
      continue;
    }
    if (cgroup.freezer != now->second.freezer || cgroup.self_frozen != now->second.self_frozen) {
      differences.push_back("cgroup " + path + " was " + FreezerName(cgroup.freezer) + " and is " +
                            FreezerName(now->second.freezer));
    }
    if (cgroup.processes != now->second.processes) {
      differences.push_back("cgroup " + path + " had " + std::to_string(cgroup.processes.size()) +
                            " members and has " + std::to_string(now->second.processes.size()) +
                            ", or others");
    }
  }
  for (const auto& [path, cgroup] : new_ones) {
    if (!old_ones.contains(path)) differences.push_back("new cgroup " + path);
  }
}

// Where two texts part, with a little of both.
std::string FirstDifference(const std::string& before, const std::string& after) {
  constexpr std::size_t kShown = 40;
  auto [left, right] = std::ranges::mismatch(before, after);
  std::size_t at = static_cast<std::size_t>(left - before.begin());
  return "from byte " + std::to_string(at) + " \"" + before.substr(at, kShown) + "\" became \"" +
         after.substr(at, kShown) + "\"";
}

void DiffFiles(const Snapshot& before, const Snapshot& after, Differences& differences) {
  std::map<std::string, FileInfo> old_ones, new_ones;
  for (const FileInfo& file : before.files) old_ones[file.path] = file;
  for (const FileInfo& file : after.files) new_ones[file.path] = file;
  for (const auto& [path, file] : old_ones) {
    auto now = new_ones.find(path);
    if (now == new_ones.end()) {
      differences.push_back("file " + path + " is gone");
    } else if (file.type != now->second.type || file.mode != now->second.mode) {
      differences.push_back("file " + path + " has another type or mode");
    } else if (file.bytes != now->second.bytes) {
      differences.push_back("file " + path + " changed: " +
                            FirstDifference(file.bytes, now->second.bytes));
    }
  }
  for (const auto& [path, file] : new_ones) {
    if (!old_ones.contains(path)) differences.push_back("new file " + path);
  }
}

}  // namespace

std::vector<std::string> Diff(const Snapshot& before, const Snapshot& after) {
  Differences differences;
  DiffProcesses(before, after, differences);
  DiffCgroups(before, after, differences);
  std::multiset<std::string> old_mounts(before.mounts.begin(), before.mounts.end());
  std::multiset<std::string> new_mounts(after.mounts.begin(), after.mounts.end());
  for (const std::string& mount : old_mounts) {
    if (!new_mounts.contains(mount)) differences.push_back("mount " + mount + " is gone");
  }
  for (const std::string& mount : new_mounts) {
    if (!old_mounts.contains(mount)) differences.push_back("new mount " + mount);
  }
  DiffFiles(before, after, differences);
  for (std::size_t i = before.hooks.size(); i < after.hooks.size(); ++i) {
    differences.push_back("hook " + after.hooks[i].kind + " " + after.hooks[i].name + " ran");
  }
  return differences;
}

}  // namespace reapcheck::conformance
