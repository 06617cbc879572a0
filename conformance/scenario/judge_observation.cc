// The simulated world as the oracle of the real one sees it.
#include <algorithm>

#include "conformance/scenario/judge.h"
#include "conformance/scenario/programs.h"

namespace reapcheck::scenario {
namespace {

using conformance::CgroupInfo;
using conformance::FileInfo;
using conformance::Freezer;
using conformance::Observation;
using conformance::ProcessInfo;
using sim::World;

ProcessInfo InfoOf(const World& world, const sim::Process& process) {
  return {.id = {.pid = process.pid, .start_time = process.start_time},
          .parent = process.parent < 0 ? 0 : world.processes()[process.parent].pid,
          .state = process.state == sim::ProcessState::kZombie ? 'Z' : 'S',
          .name = std::string(world.texts().Text(process.name))};
}

void AddFiles(const World& world, const std::string& path, const std::string& relative,
              std::vector<FileInfo>& files) {
  auto text = world.FileText(path);
  files.push_back({.path = relative,
                   .type = text ? 'f' : 'd',
                   .mode = 0,
                   .bytes = text.value_or("")});
  if (text) return;
  for (const std::string& name : world.List(path)) {
    AddFiles(world, path + "/" + name, relative + "/" + name, files);
  }
}

Freezer FreezerOf(const World& world, int cgroup) {
  for (int at = cgroup; at >= 0; at = world.cgroups()[at].parent) {
    if (world.cgroups()[at].is_self_frozen) return Freezer::kFrozen;
  }
  return Freezer::kThawed;
}

// The path of a cgroup in its hierarchy ends so: the container's own, or one below it.
bool IsWithin(const std::string& path, const std::string& own) {
  const std::size_t at = path.find(own + "/");
  return path.ends_with(own) || at != std::string::npos;
}

}  // namespace

Observation Judge::Observe(const World& world, const Ghost& ghost, int container) const {
  const ContainerSetup& setup = scenario_.containers[container];
  Observation seen{.id = setup.id};
  for (const sim::Process& process : world.processes()) {
    const bool is_member = process.mark != 0 && process.mark == MarkOf(ghost, container);
    if (!is_member || process.state != sim::ProcessState::kRunning) continue;
    seen.processes.push_back(InfoOf(world, process));
  }
  std::ranges::sort(seen.processes, {}, &ProcessInfo::id);
  for (std::size_t i = 0; i < world.cgroups().size(); ++i) {
    const int index = static_cast<int>(i);
    if (!world.cgroups()[i].exists || setup.is_cgroup_there_before) continue;
    const std::string path = world.CgroupPath(index);
    if (!IsWithin(path, CgroupPathOf(setup))) continue;
    CgroupInfo info{.path = path,
                    .freezer = FreezerOf(world, index),
                    .self_frozen = world.cgroups()[i].is_self_frozen};
    seen.cgroups.push_back(std::move(info));
  }
  std::ranges::sort(seen.cgroups, {}, &CgroupInfo::path);
  const std::string directory = DirectoryOf(setup);
  if (world.Exists(directory)) AddFiles(world, directory, setup.id, seen.files);
  return seen;
}

}  // namespace reapcheck::scenario
