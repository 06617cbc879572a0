// rename(2) and umount(2).
#include <fcntl.h>
#include <sys/mount.h>

#include <cerrno>

#include "sim/world_cgroups.h"
#include "sim/world_files.h"
#include "sim/world_hash.h"
#include "sim/world_inodes.h"
#include "sim/world_path.h"

namespace reapcheck::sim {
namespace {

bool IsBelow(const Machine& m, int inode, int ancestor) {
  for (int at = inode; at > 0; at = m.inodes[at].parent) {
    if (at == ancestor) return true;
  }
  return inode == ancestor;
}

int WhyNotRenamed(const Machine& m, const Lookup& from, const Lookup& to) {
  const bool both_files =
      from.parent.kind == PlaceKind::kInode && to.parent.kind == PlaceKind::kInode;
  if (!both_files ||
      m.inodes[from.parent.object].device != m.inodes[to.parent.object].device) {
    return EXDEV;
  }
  if (from.last != LastComponent::kNormal || to.last != LastComponent::kNormal) return EBUSY;
  if (from.covered.kind == PlaceKind::kNone) return ENOENT;
  const bool target_exists = to.covered.kind != PlaceKind::kNone;
  const Inode& moved = m.inodes[from.covered.object];
  const bool is_directory = moved.type == InodeType::kDirectory;
  if (!is_directory && to.must_be_directory) return ENOTDIR;
  if (from.covered == to.covered) return 0;
  if (is_directory && IsBelow(m, to.parent.object, from.covered.object)) return EINVAL;
  if (target_exists && IsBelow(m, from.parent.object, to.covered.object)) return ENOTEMPTY;
  if (!IsLinked(m, to.parent.object)) return ENOENT;
  if (!target_exists) return moved.mounted != 0 ? EBUSY : 0;
  const Inode& replaced = m.inodes[to.covered.object];
  const bool replaces_directory = replaced.type == InodeType::kDirectory;
  if (is_directory && !replaces_directory) return ENOTDIR;
  if (!is_directory && replaces_directory) return EISDIR;
  if (moved.mounted != 0 || replaced.mounted != 0) return EBUSY;
  return replaced.first >= 0 ? ENOTEMPTY : 0;
}

// Takes the name away and keeps what it named.
void DetachEntry(Machine& m, int entry, int inode) {
  ++m.inodes[inode].opens;
  RemoveEntry(m, entry);
  --m.inodes[inode].opens;
}

void Move(Machine& m, const Lookup& from, const Lookup& to) {
  const int inode = from.covered.object;
  if (to.covered.kind != PlaceKind::kNone) {
    RemoveEntry(m, FindEntry(m, to.parent.object, to.name));
  }
  const bool is_directory = m.inodes[inode].type == InodeType::kDirectory;
  const std::int16_t links = m.inodes[inode].links;
  DetachEntry(m, FindEntry(m, from.parent.object, from.name), inode);
  if (is_directory) {
    Edit kept(m, m.inodes[inode]);
    kept->links = links;
  }
  AddEntry(m, to.parent.object, to.name, inode);
}

void DropTree(Machine& m, int directory) {
  while (m.inodes[directory].first >= 0) {
    const int entry = m.inodes[directory].first;
    const int inode = m.entries[entry].inode;
    if (m.inodes[inode].type == InodeType::kDirectory) DropTree(m, inode);
    RemoveEntry(m, entry);
  }
}

bool IsBusy(const Machine& m, int mount) {
  return m.inode_slots.Find([&](int slot) {
           const Inode& inode = m.inodes[slot];
           return inode.device == mount + 1 && (inode.opens > 0 || inode.mounted != 0);
         }) >= 0;
}

}  // namespace

void TakeOffMount(Machine& m, int slot) {
  const Mount removed = m.mounts[slot];
  {
    Edit point(m, m.inodes[removed.point]);
    point->mounted = 0;
  }
  DropTree(m, removed.root);
  {
    Edit root(m, m.inodes[removed.root]);
    root->links = 0;
  }
  ReleaseInode(m, removed.root);
  Edit mount(m, m.mounts[slot]);
  *mount = Mount{};
}

CallResult RenameAtCall(Machine& m, ActorId actor, const Call& call) {
  const Lookup from = Walk(m, actor, call.a, call.text, /*follow_last=*/false);
  if (from.error != 0) return Failed(from.error);
  const Lookup to = Walk(m, actor, call.b, call.text2, /*follow_last=*/false);
  if (to.error != 0) return Failed(to.error);
  if (from.parent.kind == PlaceKind::kCgroup && to.parent.kind == PlaceKind::kCgroup) {
    return RenameCgroup(m, from, to);
  }
  if (const int why_not = WhyNotRenamed(m, from, to); why_not != 0) return Failed(why_not);
  if (from.covered != to.covered) Move(m, from, to);
  return {};
}

CallResult UmountCall(Machine& m, ActorId actor, const Call& call) {
  constexpr int kKnownFlags = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;
  if ((call.b & ~kKnownFlags) != 0) return Failed(EINVAL);
  const Lookup at = Walk(m, actor, AT_FDCWD, call.text, (call.b & UMOUNT_NOFOLLOW) == 0);
  if (at.error != 0) return Failed(at.error);
  if (at.target.kind == PlaceKind::kNone) return Failed(ENOENT);
  if (CallerOf(m, actor).uid != 0) return Failed(EPERM);
  for (int slot = 0; slot < kMaxMounts; ++slot) {
    const Mount& mount = m.mounts[slot];
    const bool is_root = mount.exists && mount.kind == MountKind::kFiles &&
                         at.target.kind == PlaceKind::kInode && at.target.object == mount.root;
    if (!is_root) continue;
    if ((call.b & MNT_DETACH) == 0 && IsBusy(m, slot)) return Failed(EBUSY);
    TakeOffMount(m, slot);
    return {};
  }
  // The mounts of the machine itself are always in use.
  return Failed(at.covered != at.target ? EBUSY : EINVAL);
}

}  // namespace reapcheck::sim
