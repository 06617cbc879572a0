#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_files.h"
#include "sim/world_hash.h"
#include "sim/world_inodes.h"
#include "sim/world_path.h"

namespace reapcheck::sim {
namespace {

constexpr std::int64_t kPidfsMagic = 0x50494446;
constexpr std::int64_t kSocketMagic = 0x534F434B;

std::uint8_t AccessOf(int flags) {
  if ((flags & O_PATH) != 0) return kPathOnly;
  const int mode = flags & O_ACCMODE;
  std::uint8_t access = mode == O_WRONLY ? 0 : kReadable;
  if (mode != O_RDONLY) access |= kWritable;
  if ((flags & O_NONBLOCK) != 0) access |= kNonblocking;
  if ((flags & O_APPEND) != 0) access |= kAppending;
  return access;
}

DescriptionKind KindOf(PlaceKind place) {
  switch (place) {
    case PlaceKind::kInode:
      return DescriptionKind::kInode;
    case PlaceKind::kCgroup:
      return DescriptionKind::kCgroup;
    case PlaceKind::kControlFile:
      return DescriptionKind::kControlFile;
    case PlaceKind::kProcRoot:
      return DescriptionKind::kProcRoot;
    case PlaceKind::kProcess:
      return DescriptionKind::kProcess;
    case PlaceKind::kProcFile:
    case PlaceKind::kProcSelf:
      return DescriptionKind::kProcFile;
    case PlaceKind::kNamespaces:
      return DescriptionKind::kNamespaces;
    case PlaceKind::kNamespace:
      return DescriptionKind::kNamespace;
    case PlaceKind::kNone:
      return DescriptionKind::kFree;
  }
  __builtin_unreachable();
}

// Only root and the owner are told apart: who is neither has the rights of others.
bool MayOpen(const Machine& m, ActorId actor, const Place& place, std::uint8_t access) {
  const std::uint32_t uid = CallerOf(m, actor).uid;
  if (uid == 0) return true;
  std::uint32_t owner = 0;
  int mode = 0644;
  if (place.kind == PlaceKind::kInode) {
    owner = m.inodes[place.object].uid;
    mode = m.inodes[place.object].mode;
  } else if (place.kind != PlaceKind::kControlFile) {
    mode = 0555;
  }
  const int shift = owner == uid ? 6 : 0;
  if ((access & kReadable) != 0 && (mode >> shift & 4) == 0) return false;
  return (access & kWritable) == 0 || (mode >> shift & 2) != 0;
}

// open(2) of a name that is not there, with O_CREAT.
CallResult CreateFile(Machine& m, ActorId actor, const Lookup& at, const Call& call) {
  if (at.must_be_directory) return Failed(EISDIR);
  if (at.parent.kind == PlaceKind::kCgroup) {
    return Failed(m.cgroups[at.parent.object].exists ? EACCES : ENOENT);
  }
  if (at.parent.kind != PlaceKind::kInode) return Failed(ENOENT);
  const int directory = at.parent.object;
  if (!IsLinked(m, directory)) return Failed(ENOENT);
  if (!MayOpen(m, actor, at.parent, kWritable)) return Failed(EACCES);
  const int inode = MakeInode(m, InodeType::kRegular, directory, at.name,
                              static_cast<int>(call.n));
  {
    Edit created(m, m.inodes[inode]);
    created->uid = CallerOf(m, actor).uid;
  }
  AddEntry(m, directory, at.name, inode);
  const int fd = OpenDescription(m, actor,
                                 {.kind = DescriptionKind::kInode,
                                  .flags = AccessOf(call.b),
                                  .object = static_cast<std::int16_t>(inode)});
  return {.value = fd};
}

int WhyNotOpened(const Machine& m, ActorId actor, const Lookup& at, int flags) {
  const std::uint8_t access = AccessOf(flags);
  const bool is_directory = IsDirectory(m, at.target);
  if ((flags & O_CREAT) != 0) {
    if ((flags & O_EXCL) != 0) return EEXIST;
    if (is_directory || at.must_be_directory) return EISDIR;
  }
  if (IsSymlink(m, at.target) && (access & kPathOnly) == 0) {
    return (flags & O_DIRECTORY) != 0 ? ENOTDIR : ELOOP;
  }
  if ((flags & O_DIRECTORY) != 0 && !is_directory) return ENOTDIR;
  if (is_directory && ((access & kWritable) != 0 || (flags & O_TRUNC) != 0)) return EISDIR;
  if (!MayOpen(m, actor, at.target, access)) return EACCES;
  if (at.target.kind != PlaceKind::kInode) return 0;
  const Inode& inode = m.inodes[at.target.object];
  // fifo(7): nobody reads.
  const bool writes_only = (access & (kReadable | kWritable)) == kWritable;
  const bool has_reader = inode.queue >= 0 && m.queues[inode.queue].readers > 0;
  return inode.type == InodeType::kFifo && writes_only && !has_reader ? ENXIO : 0;
}

// xattr(7): a name begins with its namespace.
bool IsAttributeName(std::string_view name) {
  constexpr std::string_view kNamespaces[] = {"user.", "trusted.", "security."};
  return std::ranges::any_of(kNamespaces, [&](std::string_view space) {
    return name.starts_with(space) && name.size() > space.size();
  });
}

// The open description behind a descriptor that is not O_PATH, nullptr: EBADF.
Description* Opened(Machine& m, ActorId actor, int fd) {
  const int slot = DescriptionOf(m, actor, fd);
  if (slot < 0 || (m.descriptions[slot].flags & kPathOnly) != 0) return nullptr;
  return &m.descriptions[slot];
}

}  // namespace

CallResult OpenAtCall(Machine& m, ActorId actor, const Call& call) {
  const int flags = call.b;
  if ((flags & O_CREAT) != 0 && (flags & O_DIRECTORY) != 0) return Failed(EINVAL);
  const bool follow =
      (flags & O_NOFOLLOW) == 0 && (flags & (O_CREAT | O_EXCL)) != (O_CREAT | O_EXCL);
  const Lookup at = Walk(m, actor, call.a, call.text, follow);
  if (at.error != 0) return Failed(at.error);
  if (at.target.kind == PlaceKind::kNone) {
    return (flags & O_CREAT) != 0 ? CreateFile(m, actor, at, call) : Failed(ENOENT);
  }
  const int why_not = WhyNotOpened(m, actor, at, flags);
  if (why_not != 0) return Failed(why_not);
  const Place place = at.target;
  const bool is_regular = place.kind == PlaceKind::kInode &&
                          m.inodes[place.object].type == InodeType::kRegular;
  if (is_regular && (flags & O_TRUNC) != 0) {
    Edit inode(m, m.inodes[place.object]);
    inode->content = {};
  }
  // Every control file has news for who has not read it: kernfs_generic_poll of Linux.
  const bool is_unread = place.kind == PlaceKind::kControlFile;
  const int fd = OpenDescription(m, actor,
                                 {.kind = KindOf(place.kind),
                                  .file = place.file,
                                  .flags = AccessOf(flags),
                                  .object = place.object,
                                  .is_changed = is_unread});
  return {.value = fd};
}

bool IsOpenReady(const Machine& m, ActorId actor, const Call& call) {
  const int mode = call.b & O_ACCMODE;
  if ((call.b & (O_NONBLOCK | O_CREAT | O_DIRECTORY | O_PATH)) != 0 || mode == O_RDWR) return true;
  if (!HasFifo(m)) return true;
  const Lookup at = Walk(m, actor, call.a, call.text, (call.b & O_NOFOLLOW) == 0);
  if (at.error != 0 || at.target.kind != PlaceKind::kInode) return true;
  const Inode& inode = m.inodes[at.target.object];
  if (inode.type != InodeType::kFifo) return true;
  const Queue& queue = m.queues[inode.queue];
  return mode == O_RDONLY ? queue.writers > 0 : queue.readers > 0;
}

CallResult FsyncCall(Machine& m, ActorId actor, const Call& call) {
  const Description* d = Opened(m, actor, call.a);
  if (d == nullptr) return Failed(EBADF);
  if (d->kind == DescriptionKind::kControlFile) return {};
  if (d->kind != DescriptionKind::kInode) return Failed(EINVAL);
  if (m.inodes[d->object].type == InodeType::kFifo) return Failed(EINVAL);
  Edit inode(m, m.inodes[d->object]);
  inode->synced = inode->content;
  return {};
}

CallResult SetXattrCall(Machine& m, ActorId actor, const Call& call) {
  const Description* d = Opened(m, actor, call.a);
  if (d == nullptr) return Failed(EBADF);
  if (!IsAttributeName(m.texts->Text(call.text))) return Failed(EOPNOTSUPP);
  const auto set = [&](auto&& object) -> CallResult {
    if (object->attribute.number != 0 && object->attribute != call.text) {
      TableIsFull("extended attributes of a file", 1);
    }
    object->attribute = call.text;
    object->attribute_value = call.text2;
    return {};
  };
  if (d->kind == DescriptionKind::kInode) return set(Edit(m, m.inodes[d->object]));
  if (d->kind == DescriptionKind::kCgroup) return set(Edit(m, m.cgroups[d->object]));
  return Failed(EOPNOTSUPP);
}

CallResult GetXattrCall(Machine& m, ActorId actor, const Call& call) {
  const Description* d = Opened(m, actor, call.a);
  if (d == nullptr) return Failed(EBADF);
  if (!IsAttributeName(m.texts->Text(call.text))) return Failed(EOPNOTSUPP);
  const auto get = [&](const auto& object) -> CallResult {
    if (object.attribute != call.text || call.text.number == 0) return Failed(ENODATA);
    return {.text = object.attribute_value};
  };
  if (d->kind == DescriptionKind::kInode) return get(m.inodes[d->object]);
  if (d->kind == DescriptionKind::kCgroup) return get(m.cgroups[d->object]);
  return Failed(d->kind == DescriptionKind::kControlFile ? ENODATA : EOPNOTSUPP);
}

CallResult StatFsCall(Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0) return Failed(EBADF);
  const Description& d = m.descriptions[slot];
  switch (d.kind) {
    case DescriptionKind::kInode:
      return {.value = TMPFS_MAGIC};
    case DescriptionKind::kCgroup:
    case DescriptionKind::kControlFile:
      return {.value = IsV1(m, d.object) ? CGROUP_SUPER_MAGIC : CGROUP2_SUPER_MAGIC};
    case DescriptionKind::kProcRoot:
    case DescriptionKind::kProcess:
    case DescriptionKind::kProcFile:
    case DescriptionKind::kNamespaces:
      return {.value = PROC_SUPER_MAGIC};
    case DescriptionKind::kNamespace:
      return {.value = NSFS_MAGIC};
    case DescriptionKind::kPidfd:
      return {.value = kPidfsMagic};
    case DescriptionKind::kSocket:
    case DescriptionKind::kConsole:
      return {.value = kSocketMagic};
    case DescriptionKind::kFree:
      break;
  }
  return Failed(EBADF);
}

}  // namespace reapcheck::sim
