// What is there before the story begins.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "sim/world.h"
#include "sim/world_cgroups.h"
#include "sim/world_hash.h"
#include "sim/world_inodes.h"
#include "sim/world_memo.h"
#include "sim/world_path.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

constexpr int kFirstProcess = 0;

[[noreturn]] void BadScenario(const char* what, std::string_view subject) {
  std::fprintf(stderr, "simulator: bad scenario: %s: %.*s\n", what,
               static_cast<int>(subject.size()), subject.data());
  std::exit(2);
}

// mkdir -p: the inode of the directory.
int MakeDirectories(Machine& m, std::string_view path, int mode) {
  int at = 0;
  for (TextId name : m.texts->Path(m.texts->Intern(path)).components) {
    const int entry = FindEntry(m, at, name);
    if (entry >= 0) {
      at = m.entries[entry].inode;
      const int mount = m.inodes[at].mounted - 1;
      if (mount >= 0 && m.mounts[mount].kind == MountKind::kFiles) at = m.mounts[mount].root;
      continue;
    }
    const int made = MakeInode(m, InodeType::kDirectory, at, name, mode);
    AddEntry(m, at, name, made);
    at = made;
  }
  return at;
}

int MakeLeaf(Machine& m, std::string_view path, InodeType type, int mode) {
  const std::size_t slash = path.rfind('/');
  if (slash == path.npos) BadScenario("a path must be absolute", path);
  const int directory = MakeDirectories(m, path.substr(0, slash), 0755);
  const TextId name = m.texts->Intern(path.substr(slash + 1));
  const int known = FindEntry(m, directory, name);
  if (known >= 0) return m.entries[known].inode;
  const int made = MakeInode(m, type, directory, name, mode);
  AddEntry(m, directory, name, made);
  return made;
}

void AddMountPoint(Machine& m, std::string_view path, const Mount& mounted) {
  const int point = MakeDirectories(m, path, 0755);
  const auto free = std::ranges::find(m.mounts, false, &Mount::exists);
  if (free == m.mounts.end()) TableIsFull("mounts", kMaxMounts);
  const auto number = static_cast<std::uint8_t>(free - m.mounts.begin() + 1);
  {
    Edit inode(m, m.inodes[point]);
    inode->mounted = number;
  }
  Edit mount(m, *free);
  *mount = mounted;
  mount->exists = true;
  mount->point = static_cast<std::int16_t>(point);
}

void AddHierarchy(Machine& m) {
  const int h = m.hierarchies++;
  m.cgroup_slots.Take(h);
  {
    Edit root(m, m.cgroups[h]);
    *root = Cgroup{.exists = true, .hierarchy = static_cast<std::uint8_t>(h)};
  }
}

void MakeHierarchies(Machine& m) {
  const WorldOptions& options = *m.options;
  if (options.layout != CgroupLayout::kV2) {
    if (options.v1_controllers.size() + 1 > kMaxHierarchies) {
      TableIsFull("hierarchies", kMaxHierarchies);
    }
    for (std::size_t i = 0; i < options.v1_controllers.size(); ++i) {
      if (options.v1_controllers[i].find("freezer") != std::string::npos) {
        m.freezer = m.hierarchies;
      }
      AddHierarchy(m);
    }
  }
  if (options.layout != CgroupLayout::kV1) {
    m.unified = m.hierarchies;
    AddHierarchy(m);
  }
  for (int h = 0; h < m.hierarchies; ++h) {
    AddMountPoint(m, MountPointOf(m, h),
                  {.kind = MountKind::kCgroup, .root = static_cast<std::int16_t>(h)});
  }
}

// All that is derived, anew from the tables, which is no change that cgroup.events would tell of.
void Derive(Machine& m) {
  for (Cgroup& cgroup : m.cgroups) cgroup.members = cgroup.populated = cgroup.children = 0;
  m.freezing = 0;
  m.restless.FreeAll();
  m.alive = 0;
  for (int actor = 0; actor < m.actor_count; ++actor) {
    if (m.actors[actor].is_alive) m.alive |= static_cast<ActorSet>(1u << actor);
  }
  m.process_slots.ForEach([&](int slot) {
    const Process& process = m.processes[slot];
    m.restless.Set(slot, IsRestless(process));
    if (process.state != ProcessState::kRunning || process.is_exiting) return;
    for (int h = 0; h < m.hierarchies; ++h) {
      ++m.cgroups[process.cgroup[h]].members;
      for (int at = process.cgroup[h]; at >= 0; at = m.cgroups[at].parent) {
        ++m.cgroups[at].populated;
      }
    }
  });
  m.cgroup_slots.ForEach([&](int slot) {
    const Cgroup& cgroup = m.cgroups[slot];
    if (cgroup.exists && cgroup.parent >= 0) ++m.cgroups[cgroup.parent].children;
    if (cgroup.is_self_frozen) ++m.freezing;
    for (int at = slot; at >= 0; at = m.cgroups[at].parent) {
      m.cgroups[at].populated += cgroup.leaving;
    }
  });
}

}  // namespace

World::World(TextTable& texts, const WorldOptions& options) {
  Machine& m = machine_;
  m.texts = &texts;
  m.options = &options;
  m.memo = &Memo::Of(texts);
  m.first_clock.fill(-1);
  for (auto& table : m.descriptors) table.fill(kNoDescription);
  m.inode_slots.Take(0);
  m.inodes[0] = Inode{.type = InodeType::kDirectory, .mode = 0755, .links = 2};
  MakeHierarchies(m);
  AddMountPoint(m, "/proc", {.kind = MountKind::kProc});
  m.process_slots.Take(kFirstProcess);
  m.counters = {.last_pid = 1, .last_start_time = 1};
  m.processes[kFirstProcess] = Process{.state = ProcessState::kRunning,
                                       .is_subreaper = true,
                                       .reaps_children = true,
                                       .group = 1,
                                       .pid = 1,
                                       .start_time = 1,
                                       .name = texts.Intern("systemd")};
  for (int h = 0; h < m.hierarchies; ++h) {
    m.processes[kFirstProcess].cgroup[h] = static_cast<std::int16_t>(h);
  }
  Rehash();
}

int World::AddProcess(std::string_view name, ProgramId program) {
  Machine& m = machine_;
  const int process = Fork(m, kFirstProcess, m.texts->Intern(name));
  {
    Edit leader(m, m.processes[process]);
    leader->group = leader->pid;
  }
  if (program != 0) StartActor(m, process, program, {});
  return process;
}

void World::ForgetActors(ProgramId waiting) {
  Machine& m = machine_;
  bool is_last = true;
  for (int actor = m.actor_count - 1; actor >= 0; --actor) {
    is_last = is_last && !m.actors[actor].is_alive;
    if (is_last) m.actor_count = static_cast<std::int8_t>(actor);
    m.first_clock[actor] = -1;
    if (m.actors[actor].is_alive) {
      m.actors[actor].program = waiting;
    } else {
      m.actors[actor] = Actor{};
      m.descriptors[actor].fill(kNoDescription);
    }
  }
  Rehash();
}

int World::AddMember(int init, std::string_view name) {
  return Fork(machine_, init, machine_.texts->Intern(name));
}

void World::AddFile(std::string_view path, std::string_view bytes, mode_t mode) {
  const int inode = MakeLeaf(machine_, path, InodeType::kRegular, static_cast<int>(mode));
  Edit file(machine_, machine_.inodes[inode]);
  file->content = file->synced = machine_.texts->Intern(bytes);
}

void World::AddDirectory(std::string_view path, mode_t mode) {
  const int inode = MakeDirectories(machine_, path, 0755);
  Edit directory(machine_, machine_.inodes[inode]);
  directory->mode = static_cast<std::uint16_t>(mode & 07777);
}

void World::AddSymlink(std::string_view path, std::string_view target) {
  const int inode = MakeLeaf(machine_, path, InodeType::kSymlink, 0777);
  Edit link(machine_, machine_.inodes[inode]);
  link->content = link->synced = machine_.texts->Intern(target);
}

void World::AddMount(std::string_view path) {
  Machine& m = machine_;
  const int point = MakeDirectories(m, path, 0755);
  const int root =
      MakeInode(m, InodeType::kDirectory, point, m.texts->Intern("mounted"), 0755);
  AddMountPoint(m, path, {.root = static_cast<std::int16_t>(root)});
  Edit mounted(m, m.inodes[root]);
  mounted->links = 2;
  mounted->device = m.inodes[point].mounted;
}

void World::AddCgroup(std::string_view path) {
  Machine& m = machine_;
  const auto components = m.texts->Path(m.texts->Intern(path)).components;
  for (int h = 0; h < m.hierarchies; ++h) {
    int at = h;
    for (TextId name : components) {
      Place child = CgroupChild(m, at, name);
      if (child.kind == PlaceKind::kNone) {
        MakeCgroup(m, at, name);
        child = CgroupChild(m, at, name);
      }
      at = child.object;
    }
  }
}

Process& World::EditProcess(int process) { return machine_.processes[process]; }
Cgroup& World::EditCgroup(int cgroup) { return machine_.cgroups[cgroup]; }

void World::Rehash() {
  Machine& m = machine_;
  Derive(m);
  m.hash = 0;
  ForEachTable(m, [&](const auto& table, auto& changed) {
    for (const auto& object : table) m.hash += Contribution(m, object);
    changed.FreeAll();
  });
}

}  // namespace reapcheck::sim
