#include "sim/world_path.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_inodes.h"
#include "sim/world_memo.h"
#include "sim/world_processes.h"
#include "sim/world_procfs.h"

namespace reapcheck::sim {
namespace {

constexpr int kMaxLinks = 40;           // MAXSYMLINKS
constexpr std::size_t kMaxPath = 4095;  // PATH_MAX
constexpr std::size_t kMaxName = 255;   // NAME_MAX

Place InodePlace(int inode) { return {PlaceKind::kInode, 0, static_cast<std::int16_t>(inode)}; }

// What covers the place: something is mounted on it.
Place CrossMounts(const Machine& m, Place place) {
  while (place.kind == PlaceKind::kInode && m.inodes[place.object].mounted != 0) {
    const Mount& mount = m.mounts[m.inodes[place.object].mounted - 1];
    switch (mount.kind) {
      case MountKind::kFiles:
        place = InodePlace(mount.root);
        break;
      case MountKind::kProc:
        return {PlaceKind::kProcRoot, 0, 0};
      case MountKind::kCgroup:
        return {PlaceKind::kCgroup, 0, mount.root};
    }
  }
  return place;
}

// The same, if something is.
Place Cross(const Machine& m, Place place) {
  const bool is_plain = place.kind != PlaceKind::kInode || m.inodes[place.object].mounted == 0;
  return is_plain ? place : CrossMounts(m, place);
}

// The inode that a mount with this root covers; -1: the place is no mount's root.
int CoveredBy(const Machine& m, const Place& root) {
  for (const Mount& mount : m.mounts) {
    if (!mount.exists) continue;
    const bool is_it = mount.kind == MountKind::kFiles
                           ? root == InodePlace(mount.root)
                           : Cross(m, InodePlace(mount.point)) == root;
    if (is_it) return mount.point;
  }
  return -1;
}

Place ParentOf(const Machine& m, Place place) {
  for (int point = CoveredBy(m, place); point >= 0; point = CoveredBy(m, place)) {
    place = InodePlace(point);
  }
  switch (place.kind) {
    case PlaceKind::kInode: {
      const int parent = m.inodes[place.object].parent;
      return InodePlace(parent >= 0 ? parent : place.object);
    }
    case PlaceKind::kCgroup:
      return {PlaceKind::kCgroup, 0, m.cgroups[place.object].parent};
    case PlaceKind::kProcess:
      return {PlaceKind::kProcRoot, 0, 0};
    case PlaceKind::kNamespaces:
      return {PlaceKind::kProcess, 0, place.object};
    default:
      return kRootPlace;
  }
}

class Walker {
 public:
  Walker(const Machine& m, ActorId actor) : m_(m), actor_(actor) {}

  Lookup From(Place at, const PathParts& path, bool follow_last) {
    Lookup found;
    found.parent = at;
    found.target = found.covered = at;
    found.last = LastComponent::kRoot;
    const std::size_t count = path.components.size();
    for (std::size_t i = 0; i < count && found.error == 0; ++i) {
      const bool is_last = i + 1 == count;
      StepInto(found, path.components[i], is_last,
               !is_last || follow_last || path.ends_with_slash);
    }
    found.must_be_directory = path.ends_with_slash;
    const bool exists = found.error == 0 && found.target.kind != PlaceKind::kNone;
    if (exists && found.must_be_directory && !IsDirectory(m_, found.target)) {
      found.error = ENOTDIR;
      found.is_not_directory = true;
    }
    return found;
  }

 private:
  void StepInto(Lookup& found, TextId name, bool is_last, bool follow) {
    const Place at = found.target;
    found.error = WhyNotEntered(at);
    if (found.error != 0) return;
    found.parent = at;
    found.name = name;
    found.last = LastComponent::kNormal;
    if (name == m_.memo->dot) {
      found.last = LastComponent::kDot;
      return;
    }
    if (name == m_.memo->dot_dot) {
      found.last = LastComponent::kDotDot;
      found.target = found.covered = ParentOf(m_, at);
      return;
    }
    if (at.kind == PlaceKind::kInode) {
      const int entry = FindEntry(m_, at.object, name);
      found.covered = entry < 0 ? Place{} : InodePlace(m_.entries[entry].inode);
    } else {
      found.covered = ChildOf(m_, actor_, at, name);
    }
    found.target = Cross(m_, found.covered);
    if (found.target.kind == PlaceKind::kNone) {
      const bool too_long = m_.texts->Text(name).size() > kMaxName;
      if (too_long || !is_last) found.error = too_long ? ENAMETOOLONG : ENOENT;
      return;
    }
    if (follow && IsSymlink(m_, found.target)) Follow(found, is_last);
  }

  // ENOTDIR, EACCES, or what a directory of a dead process says.
  int WhyNotEntered(const Place& at) const {
    if (!IsDirectory(m_, at)) return ENOTDIR;
    if (at.kind == PlaceKind::kProcess || at.kind == PlaceKind::kNamespaces) {
      return m_.processes[at.object].state == ProcessState::kFree ? ESRCH : 0;
    }
    if (at.kind != PlaceKind::kInode || actor_ >= kMaxActors) return 0;
    const std::uint32_t uid = CallerOf(m_, actor_).uid;
    if (uid == 0) return 0;
    const Inode& inode = m_.inodes[at.object];
    const int bit = inode.uid == uid ? S_IXUSR : S_IXOTH;
    return (inode.mode & bit) != 0 ? 0 : EACCES;
  }

  void Follow(Lookup& found, bool is_last) {
    if (++links_ > kMaxLinks) {
      found.error = ELOOP;
      return;
    }
    if (found.target.kind == PlaceKind::kProcSelf) {
      const int process = actor_ < kMaxActors ? m_.actors[actor_].process : 0;
      found.target = found.covered = {PlaceKind::kProcess, 0, static_cast<std::int16_t>(process)};
      return;
    }
    if (found.target.kind == PlaceKind::kProcFile) {  // cwd
      found.target = found.covered = kRootPlace;
      return;
    }
    const PathParts path = m_.texts->Path(m_.inodes[found.target.object].content);
    Lookup followed = From(path.is_absolute ? kRootPlace : found.parent, path, true);
    if (!is_last && followed.error == 0 && followed.target.kind == PlaceKind::kNone) {
      followed.error = ENOENT;
    }
    found = followed;
  }

  const Machine& m_;
  ActorId actor_;
  int links_ = 0;
};

}  // namespace

Lookup Walk(const Machine& m, ActorId actor, int dir, TextId path, bool follow_last,
            bool may_be_empty) {
  const bool is_empty = path.number == 0;
  const PathParts parts = m.texts->Path(path);
  Lookup found;
  if (m.texts->Text(path).size() > kMaxPath) found.error = ENAMETOOLONG;
  if (is_empty && !may_be_empty) found.error = ENOENT;
  if (found.error != 0) return found;
  Place start = kRootPlace;
  if (!parts.is_absolute && dir != AT_FDCWD) {
    const int description = DescriptionOf(m, actor, dir);
    if (description < 0) {
      found.error = EBADF;
      return found;
    }
    start = PlaceOf(m.descriptions[description]);
    if (!is_empty && start.kind == PlaceKind::kNone) {
      found.error = ENOTDIR;
      return found;
    }
  }
  return Walker(m, actor).From(start, parts, follow_last);
}

Lookup WalkFrom(const Machine& m, const Place& start, TextId path, bool follow_last) {
  return Walker(m, kMaxActors).From(start, m.texts->Path(path), follow_last);
}

Place PlaceOf(const Description& d) {
  switch (d.kind) {
    case DescriptionKind::kInode:
      return {PlaceKind::kInode, 0, d.object};
    case DescriptionKind::kCgroup:
      return {PlaceKind::kCgroup, 0, d.object};
    case DescriptionKind::kControlFile:
      return {PlaceKind::kControlFile, d.file, d.object};
    case DescriptionKind::kProcRoot:
      return {PlaceKind::kProcRoot, 0, 0};
    case DescriptionKind::kProcess:
      return {PlaceKind::kProcess, 0, d.object};
    case DescriptionKind::kProcFile:
      return {PlaceKind::kProcFile, d.file, d.object};
    case DescriptionKind::kNamespaces:
      return {PlaceKind::kNamespaces, 0, d.object};
    case DescriptionKind::kNamespace:
      return {PlaceKind::kNamespace, d.file, d.object};
    case DescriptionKind::kFree:
    case DescriptionKind::kPidfd:
    case DescriptionKind::kSocket:
    case DescriptionKind::kConsole:
      return {};
  }
  __builtin_unreachable();
}

Place ChildOf(const Machine& m, ActorId actor, const Place& directory, TextId name) {
  switch (directory.kind) {
    case PlaceKind::kInode: {
      const int entry = FindEntry(m, directory.object, name);
      return entry < 0 ? Place{} : InodePlace(m.entries[entry].inode);
    }
    case PlaceKind::kCgroup:
      return CgroupChild(m, directory.object, name);
    case PlaceKind::kProcRoot:
    case PlaceKind::kProcess:
    case PlaceKind::kNamespaces:
      return ProcChild(m, actor, directory, name);
    default:
      return {};
  }
}

std::string LinkText(const Machine& m, ActorId actor, const Place& place) {
  switch (place.kind) {
    case PlaceKind::kInode:
      return std::string(m.texts->Text(m.inodes[place.object].content));
    case PlaceKind::kProcSelf:
      return std::to_string(CallerOf(m, actor).pid);
    case PlaceKind::kNamespace:
      return std::string(kNamespaceFiles[place.file]) + ":[" +
             std::to_string(NamespaceNumber(m, place)) + "]";
    default:
      return "/";
  }
}

TextId NameOf(const Machine& m, int inode) {
  const int entry = m.entry_slots.Find([&](int at) { return m.entries[at].inode == inode; });
  return entry < 0 ? TextId{} : m.entries[entry].name;
}

std::string PathOf(const Machine& m, const Place& place) {
  switch (place.kind) {
    case PlaceKind::kInode: {
      if (place.object == 0) return "/";
      const int point = CoveredBy(m, place);
      if (point >= 0) return PathOf(m, InodePlace(point));
      const int entry =
          m.entry_slots.Find([&](int at) { return m.entries[at].inode == place.object; });
      if (entry < 0) return "(deleted)";
      const std::string above = PathOf(m, InodePlace(m.entries[entry].directory));
      return (above == "/" ? "" : above) + "/" + std::string(m.texts->Text(m.entries[entry].name));
    }
    case PlaceKind::kCgroup:
      return FullCgroupPath(m, place.object);
    case PlaceKind::kControlFile:
      return FullCgroupPath(m, place.object) + "/" + std::string(ControlFileName(place.file));
    case PlaceKind::kProcRoot:
      return "/proc";
    case PlaceKind::kProcSelf:
      return "/proc/self";
    case PlaceKind::kNone:
      return "";
    default:
      break;
  }
  std::string path = "/proc/" + std::to_string(m.processes[place.object].pid);
  if (place.kind == PlaceKind::kProcFile) return path + "/" + std::string(ProcFileName(place.file));
  if (place.kind == PlaceKind::kNamespace) {
    return path + "/ns/" + std::string(kNamespaceFiles[place.file]);
  }
  return place.kind == PlaceKind::kNamespaces ? path + "/ns" : path;
}

}  // namespace reapcheck::sim
