// Lab: looking at a container, and at everything.
#include <unistd.h>

#include <algorithm>
#include <set>

#include "conformance/lab_impl.h"
#include "conformance/mount_table.h"
#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

// Alive descendants of the case, without those that the lab made and calls that are under way.
std::vector<ProcessInfo> OthersDescendants(const Lab::Impl& lab) {
  std::vector<ProcessInfo> all = Descendants(getpid());
  std::set<pid_t> excluded = lab.invocations;
  for (const ProcessId& own : lab.own_processes) excluded.insert(own.pid);
  bool grew = true;
  while (grew) {  // whole trees; parents need not come before children
    grew = false;
    for (const ProcessInfo& process : all) {
      if (excluded.contains(process.parent)) grew = excluded.insert(process.id.pid).second || grew;
    }
  }
  std::erase_if(all, [&](const ProcessInfo& process) { return excluded.contains(process.id.pid); });
  return all;
}

bool MentionsPart(const MountInfo& mount, const std::string& part) {
  return !part.empty() && (mount.point.find(part) != std::string::npos ||
                           mount.source.find(part) != std::string::npos);
}

std::vector<FileInfo> RecordFiles(const std::string& root, const std::string& id, bool bytes) {
  std::vector<FileInfo> files;
  if (id.empty()) return files;
  for (const std::string& name : ListNames(root)) {
    // runsc has no directory, but ROOT/ID_sandbox:SANDBOX.state beside a .lock.
    const bool is_beside = name.starts_with(id + "_sandbox:");
    if (name != id && !is_beside) continue;
    files.push_back({.path = name, .type = is_beside ? 'f' : 'd'});
    for (FileInfo& file : ListTree(root + "/" + name, bytes)) {
      file.path = name + "/" + file.path;
      files.push_back(std::move(file));
    }
  }
  return files;
}

}  // namespace

Observation Lab::Observe(const Container& container) {
  impl_->reaper.Reap();
  Observation seen{.id = container.id};
  std::optional<ProcessInfo> init = ReadProcess(container.init.pid);
  if (container.init.pid > 0 && init && init->id == container.init) seen.init = init;
  std::set<pid_t> members;
  for (const CgroupDir& dir : DirsOfContainer(*impl_, container)) {
    CgroupInfo info = ReadCgroup(*dir.hierarchy, dir.path);
    if (info.path.empty()) continue;
    members.insert(info.processes.begin(), info.processes.end());
    seen.cgroups.push_back(std::move(info));
  }
  for (pid_t pid : members) {
    std::optional<ProcessInfo> process = ReadProcess(pid);
    if (process && process->alive()) seen.processes.push_back(*process);
  }
  seen.descendants = OthersDescendants(*impl_);
  std::erase_if(seen.descendants, [](const ProcessInfo& process) { return !process.alive(); });
  for (const MountInfo& mount : Mounts()) {
    if (MentionsPart(mount, container.id) || MentionsPart(mount, container.bundle)) {
      seen.mounts.push_back(mount.Describe());
    }
  }
  seen.files = RecordFiles(root(), container.id, /*bytes=*/true);
  for (HookRecord& record : Hooks()) {
    if (record.state_id.empty() || record.state_id == container.id) {
      seen.hooks.push_back(std::move(record));
    }
  }
  return seen;
}

Snapshot Lab::TakeSnapshot() {
  impl_->reaper.Reap();
  Snapshot seen{.processes = OthersDescendants(*impl_)};
  for (const Hierarchy& hierarchy : impl_->settings.hierarchies) {
    for (const std::string& dir : FindCgroups(hierarchy, tag())) {
      CgroupInfo info = ReadCgroup(hierarchy, dir);
      if (!info.path.empty()) seen.cgroups.push_back(std::move(info));
    }
  }
  for (const MountInfo& mount : Mounts()) seen.mounts.push_back(mount.Describe());
  seen.files = ListTree(root(), /*with_bytes=*/true);
  seen.hooks = Hooks();
  return seen;
}

}  // namespace reapcheck::conformance
