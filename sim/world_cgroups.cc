#include "sim/world_cgroups.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>

#include "sim/world_descriptors.h"
#include "sim/world_hash.h"
#include "sim/world_memo.h"

namespace reapcheck::sim {
namespace {

bool IsAvailable(const Machine& m, int cgroup, std::string_view controller) {
  if (IsV1(m, cgroup)) {
    return ControllerOf(m, m.cgroups[cgroup].hierarchy).find(controller) != std::string::npos;
  }
  const int parent = m.cgroups[cgroup].parent;
  if (parent < 0) return false;
  const auto at = std::ranges::find(kUnifiedControllers, controller);
  return (m.cgroups[parent].subtree_control >> (at - kUnifiedControllers.begin()) & 1) != 0;
}

int FindChild(const Machine& m, int cgroup, TextId name) {
  return m.cgroup_slots.Find([&](int slot) {
    const Cgroup& child = m.cgroups[slot];
    return child.exists && child.parent == cgroup && child.name == name;
  });
}

// Linux names what is gone as long as anybody knows it: a descriptor, or a zombie of it (v2).
bool IsReferenced(const Machine& m, int slot) {
  if (IsHeld(m, DescriptionKind::kCgroup, DescriptionKind::kControlFile, slot)) return true;
  const int by_process = m.process_slots.Find([&](int at) {
    const Process& process = m.processes[at];
    return process.state != ProcessState::kFree &&
           process.cgroup[m.cgroups[slot].hierarchy] == slot;
  });
  const int by_child =
      m.cgroup_slots.Find([&](int at) { return m.cgroups[at].parent == slot && at != slot; });
  return by_process >= 0 || by_child >= 0;
}

// Frees what was removed and is not known to anybody any more, so that its place can be taken.
void FreeRemoved(Machine& m) {
  m.cgroup_slots.ForEach([&](int slot) {
    if (m.cgroups[slot].exists || IsReferenced(m, slot)) return;
    Edit cgroup(m, m.cgroups[slot]);
    *cgroup = Cgroup{};
    m.cgroup_slots.Free(slot);
  });
}

}  // namespace

const std::string& ControllerOf(const Machine& m, int hierarchy) {
  static const std::string kNone;
  return hierarchy == m.unified ? kNone : m.options->v1_controllers[hierarchy];
}

std::uint64_t HierarchyKey(const Machine& m, int hierarchy) {
  const bool is_unified = hierarchy == m.unified;
  return Combine(Pair(is_unified, m.hierarchies), HashBytes(ControllerOf(m, hierarchy)));
}

std::string MountPointOf(const Machine& m, int hierarchy) {
  const std::string base = "/sys/fs/cgroup";
  if (hierarchy == m.unified) return m.hierarchies == 1 ? base : base + "/unified";
  std::string name = ControllerOf(m, hierarchy);
  if (name.starts_with("name=")) name = name.substr(5);
  return base + "/" + name;
}

std::string CgroupPathInHierarchy(const Machine& m, int cgroup) {
  if (m.cgroups[cgroup].parent < 0) return "/";
  const std::string above = CgroupPathInHierarchy(m, m.cgroups[cgroup].parent);
  return (above == "/" ? "" : above) + "/" + std::string(m.texts->Text(m.cgroups[cgroup].name));
}

std::string FullCgroupPath(const Machine& m, int cgroup) {
  const std::string path = CgroupPathInHierarchy(m, cgroup);
  return MountPointOf(m, m.cgroups[cgroup].hierarchy) + (path == "/" ? "" : path);
}

bool IsAtOrBelow(const Machine& m, int cgroup, int ancestor) {
  for (int at = cgroup; at >= 0; at = m.cgroups[at].parent) {
    if (at == ancestor) return true;
  }
  return false;
}

Place CgroupChild(const Machine& m, int cgroup, TextId name) {
  if (!m.cgroups[cgroup].exists) return {};
  const int child = FindChild(m, cgroup, name);
  if (child >= 0) return {PlaceKind::kCgroup, 0, static_cast<std::int16_t>(child)};
  const std::uint8_t file = m.memo->ControlFileOf(name, IsV1(m, cgroup));
  if (file == kNoControlFile || !HasControlFile(m, cgroup, file)) return {};
  return {PlaceKind::kControlFile, file, static_cast<std::int16_t>(cgroup)};
}

bool HasControlFile(const Machine& m, int cgroup, std::uint8_t file) {
  const bool is_root = m.cgroups[cgroup].parent < 0;
  switch (file) {
    case kType:
    case kEvents:
    case kFreezeFile:
      return !is_root;
    case kKillFile:
      return !is_root && m.options->has_cgroup_kill;
    case kFreezerState:
    case kSelfFreezing:
    case kParentFreezing:
      return !is_root && m.cgroups[cgroup].hierarchy == m.freezer;
    default:
      break;
  }
  if (file < kFirstLimit) return true;
  return !is_root && IsAvailable(m, cgroup, kLimits[file - kFirstLimit].controller);
}

mode_t ControlFileMode(std::uint8_t file) {
  switch (file) {
    case kEvents:
    case kControllers:
    case kStat:
    case kSelfFreezing:
    case kParentFreezing:
      return 0444;
    case kKillFile:
      return 0200;
    default:
      return 0644;
  }
}

CallResult MakeCgroup(Machine& m, int parent, TextId name) {
  if (m.texts->Text(name).find('\n') != std::string_view::npos) return Failed(EINVAL);
  const std::uint64_t hash = Combine(parent, m.texts->Hash(name));
  // A name that comes again gets its place again, where it can: so that equal worlds are equal.
  FreeRemoved(m);
  const int slot = m.cgroup_slots.FirstFree(static_cast<int>(hash % kMaxCgroups));
  if (slot < 0) TableIsFull("cgroups", kMaxCgroups);
  m.cgroup_slots.Take(slot);
  {
    Edit cgroup(m, m.cgroups[slot]);
    *cgroup = Cgroup{.exists = true,
                     .hierarchy = m.cgroups[parent].hierarchy,
                     .parent = static_cast<std::int16_t>(parent),
                     .name = name};
    cgroup->shows_frozen = !IsV1(m, slot) && IsFreezing(m, slot);
  }
  ++m.cgroups[parent].children;
  return {};
}

// Neither v1 nor v2 says ENOTEMPTY: cgroup_destroy_locked in Linux. A zombie does not count.
CallResult RemoveCgroup(Machine& m, int slot) {
  const Cgroup& removed = m.cgroups[slot];
  if (removed.parent < 0 || removed.populated > 0 || removed.children > 0 || removed.leaving > 0) {
    return Failed(EBUSY);
  }
  NoteEvents(m, slot);
  if (removed.is_self_frozen) --m.freezing;
  --m.cgroups[removed.parent].children;
  {
    Edit cgroup(m, m.cgroups[slot]);
    cgroup->exists = false;
    cgroup->is_self_frozen = false;
  }
  FreeRemoved(m);
  return {};
}

// cgroup1_rename in Linux: a new name in the same directory, of v1 only.
CallResult RenameCgroup(Machine& m, const Lookup& from, const Lookup& to) {
  if (from.last != LastComponent::kNormal || to.last != LastComponent::kNormal) {
    return Failed(EBUSY);
  }
  if (from.covered.kind == PlaceKind::kNone) return Failed(ENOENT);
  if (!IsV1(m, from.parent.object) || from.covered.kind != PlaceKind::kCgroup) return Failed(EPERM);
  if (to.covered.kind != PlaceKind::kNone) return Failed(EEXIST);
  if (from.parent != to.parent) return Failed(EIO);
  Edit cgroup(m, m.cgroups[from.covered.object]);
  cgroup->name = to.name;
  return {};
}

CallResult ListCgroup(const Machine& m, int cgroup) {
  if (!m.cgroups[cgroup].exists) return Failed(ENOENT);
  const int parent = m.cgroups[cgroup].parent;
  const int hierarchy = m.cgroups[cgroup].hierarchy;
  // All that HasControlFile depends on.
  std::uint64_t key = Combine(Mix(2), HierarchyKey(m, hierarchy));
  key = Combine(key, Packed().Add(parent < 0, 1).Add(hierarchy == m.freezer, 1)
                         .Add(m.options->has_cgroup_kill, 1)
                         .Add(parent < 0 ? 0 : m.cgroups[parent].subtree_control, 8));
  // The order of the places is that of nobody: a sum, and names in their order.
  m.cgroup_slots.ForEach([&](int slot) {
    const Cgroup& child = m.cgroups[slot];
    if (child.exists && child.parent == cgroup) key += Mix(m.texts->Hash(child.name));
  });
  return {.text = m.memo->Rendered(key, [&] {
    std::vector<std::string_view> names;
    m.cgroup_slots.ForEach([&](int slot) {
      const Cgroup& child = m.cgroups[slot];
      if (child.exists && child.parent == cgroup) names.push_back(m.texts->Text(child.name));
    });
    std::ranges::sort(names);
    std::string text;
    for (const std::uint8_t file : m.memo->ControlFiles(IsV1(m, cgroup))) {
      if (!HasControlFile(m, cgroup, file)) continue;
      text += static_cast<char>(DT_REG) + std::string(ControlFileName(file)) + '\0';
    }
    for (std::string_view name : names) {
      text += static_cast<char>(DT_DIR) + std::string(name) + '\0';
    }
    return text;
  })};
}

}  // namespace reapcheck::sim
