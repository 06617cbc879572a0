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

Freezer FreezerOf(const World& world, int cgroup) {
  for (int at = cgroup; at >= 0; at = world.cgroups()[at].parent) {
    if (world.cgroups()[at].is_self_frozen) return Freezer::kFrozen;
  }
  return Freezer::kThawed;
}

}  // namespace

// By the end of its path in its hierarchy, or of one above it. Most are told apart by their names.
bool Judge::IsCgroupOf(const World& world, int cgroup, const Names& names) const {
  const auto cgroups = world.cgroups();
  int at = cgroup;
  while (at >= 0 && cgroups[at].name != names.last_of_cgroup) at = cgroups[at].parent;
  if (at < 0) return false;
  const std::string path = world.CgroupPath(cgroup);
  return path.ends_with(names.cgroup) || path.find(names.cgroup + "/") != std::string::npos;
}

Observation Judge::Observe(const World& world, const Ghost& ghost, int container) const {
  const ContainerSetup& setup = scenario_.containers[container];
  Observation seen{.id = setup.id};
  const std::uint32_t mark = MarkOf(ghost, container);
  world.ForEachProcess([&](const sim::Process& process) {
    const bool is_member = process.mark != 0 && process.mark == mark;
    if (!is_member || process.state != sim::ProcessState::kRunning) return;
    seen.processes.push_back(InfoOf(world, process));
  });
  std::ranges::sort(seen.processes, {}, &ProcessInfo::id);
  const Names& names = names_[container];
  world.ForEachCgroup([&](int index) {
    if (setup.is_cgroup_there_before || !IsCgroupOf(world, index, names)) return;
    CgroupInfo info{.path = world.CgroupPath(index),
                    .freezer = FreezerOf(world, index),
                    .self_frozen = world.cgroups()[index].is_self_frozen};
    seen.cgroups.push_back(std::move(info));
  });
  std::ranges::sort(seen.cgroups, {}, &CgroupInfo::path);
  if (!world.Exists(names.directory_id)) return seen;
  for (const sim::NamedFile& file : world.Files(names.directory)) {
    seen.files.push_back({.path = setup.id + file.path,
                          .type = file.is_regular ? 'f' : 'd',
                          .mode = 0,
                          .bytes = std::string(file.text)});
  }
  return seen;
}

}  // namespace reapcheck::scenario
