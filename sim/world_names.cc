// What is done to names: stat(2), mkdir(2), unlink(2), readlink(2), getdents(2).
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <string>

#include "runtime/kernel.h"
#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_files.h"
#include "sim/world_hash.h"
#include "sim/world_inodes.h"
#include "sim/world_memo.h"
#include "sim/world_path.h"
#include "sim/world_procfs.h"

namespace reapcheck::sim {
namespace {

constexpr std::uint64_t kFilesDevice = 64;    // minors: the root file system, then each mount
constexpr std::uint64_t kProcInodes = 1 << 20;

mode_t TypeBits(InodeType type) {
  switch (type) {
    case InodeType::kDirectory:
      return S_IFDIR;
    case InodeType::kSymlink:
      return S_IFLNK;
    case InodeType::kFifo:
      return S_IFIFO;
    case InodeType::kRegular:
    case InodeType::kFree:
      return S_IFREG;
  }
  __builtin_unreachable();
}

FileStat StatOfInode(const Machine& m, int slot) {
  const Inode& inode = m.inodes[slot];
  const bool has_size = inode.type == InodeType::kRegular || inode.type == InodeType::kSymlink;
  return {.device = makedev(0, kFilesDevice + inode.device),
          .inode = static_cast<std::uint64_t>(slot) + 2,
          .mode = TypeBits(inode.type) | inode.mode,
          .uid = inode.uid,
          .links = static_cast<nlink_t>(inode.links),
          .size = has_size ? static_cast<std::int64_t>(m.texts->Text(inode.content).size()) : 0};
}

FileStat StatOfCgroup(const Machine& m, const Place& place) {
  const Cgroup& cgroup = m.cgroups[place.object];
  const bool is_directory = place.kind == PlaceKind::kCgroup;
  return {.device = makedev(0, CgroupDeviceMinor(cgroup.hierarchy)),
          .inode = static_cast<std::uint64_t>(place.object) * 64 + place.file + 1,
          .mode = is_directory ? S_IFDIR | 0755U : S_IFREG | ControlFileMode(place.file),
          .links = is_directory ? 2U + cgroup.children : 1U};
}

FileStat StatOfProc(const Machine& m, const Place& place) {
  FileStat stat{.device = makedev(0, kProcDeviceMinor), .inode = 1, .mode = S_IFDIR | 0555,
                .links = 2};
  if (place.kind == PlaceKind::kProcRoot) return stat;
  if (place.kind == PlaceKind::kNamespace) {
    return {.device = makedev(0, 4),
            .inode = NamespaceNumber(m, place),
            .mode = S_IFREG | 0444,
            .links = 1};
  }
  const Process& process = m.processes[place.object];
  stat.inode = kProcInodes + process.start_time * 64U + place.file;
  stat.uid = process.uid;
  if (place.kind == PlaceKind::kProcFile) {
    stat.mode = place.file == kProcCwd ? S_IFLNK | 0777 : S_IFREG | 0444;
    stat.links = 1;
  }
  if (place.kind == PlaceKind::kProcSelf) {
    stat = {.device = stat.device, .inode = 2, .mode = S_IFLNK | 0777, .links = 1};
  }
  return stat;
}

// Descriptors that no path leads to.
FileStat StatOfNameless(const Description& d) {
  const bool is_pidfd = d.kind == DescriptionKind::kPidfd;
  return {.device = makedev(0, is_pidfd ? 3 : 8),
          .inode = static_cast<std::uint64_t>(d.object) + 1,
          .mode = is_pidfd ? S_IFREG | 0700U : S_IFSOCK | 0777U,
          .links = 1};
}

CallResult Interned(const Machine& m, const FileStat& stat) {
  static_assert(sizeof(FileStat) == 48, "no padding, so that equal ones are equal texts");
  return {.text = m.texts->Intern({reinterpret_cast<const char*>(&stat), sizeof stat})};
}

CallResult StatOf(const Machine& m, const Place& place) {
  switch (place.kind) {
    case PlaceKind::kNone:
      return Failed(ENOENT);
    case PlaceKind::kInode:
      return Interned(m, StatOfInode(m, place.object));
    case PlaceKind::kCgroup:
    case PlaceKind::kControlFile:
      return Interned(m, StatOfCgroup(m, place));
    default:
      return Interned(m, StatOfProc(m, place));
  }
}

// The directory in which mkdir(2) or mkfifo(3) may make the name, or why not.
int WhyNotMade(const Machine& m, const Lookup& at, bool is_directory) {
  if (at.is_not_directory) return EEXIST;
  if (at.error != 0) return at.error;
  if (at.target.kind != PlaceKind::kNone) return EEXIST;
  if (at.parent.kind == PlaceKind::kCgroup) {
    if (!m.cgroups[at.parent.object].exists) return ENOENT;
    return is_directory ? 0 : EPERM;
  }
  if (at.parent.kind != PlaceKind::kInode || !IsLinked(m, at.parent.object)) return ENOENT;
  return !is_directory && at.must_be_directory ? ENOENT : 0;
}

CallResult MakeNode(Machine& m, ActorId actor, const Lookup& at, InodeType type, int mode) {
  const int inode = MakeInode(m, type, at.parent.object, at.name, mode);
  {
    Edit made(m, m.inodes[inode]);
    made->uid = CallerOf(m, actor).uid;
  }
  AddEntry(m, at.parent.object, at.name, inode);
  return {};
}

CallResult RemoveDirectory(Machine& m, const Lookup& at) {
  if (at.last == LastComponent::kDot) return Failed(EINVAL);
  if (at.last == LastComponent::kDotDot) return Failed(ENOTEMPTY);
  if (at.last == LastComponent::kRoot) return Failed(EBUSY);
  switch (at.covered.kind) {
    case PlaceKind::kNone:
      return Failed(ENOENT);
    case PlaceKind::kCgroup:
      return RemoveCgroup(m, at.covered.object);
    case PlaceKind::kControlFile:
      return Failed(ENOTDIR);
    case PlaceKind::kInode:
      break;
    default:
      return Failed(IsDirectory(m, at.covered) ? EPERM : ENOTDIR);
  }
  const Inode& inode = m.inodes[at.covered.object];
  if (inode.type != InodeType::kDirectory) return Failed(ENOTDIR);
  if (inode.mounted != 0) return Failed(EBUSY);
  if (inode.first >= 0) return Failed(ENOTEMPTY);
  RemoveEntry(m, FindEntry(m, at.parent.object, at.name));
  return {};
}

CallResult RemoveFile(Machine& m, const Lookup& at) {
  if (at.last != LastComponent::kNormal) return Failed(EISDIR);
  if (at.covered.kind == PlaceKind::kNone) return Failed(ENOENT);
  if (IsDirectory(m, at.covered)) return Failed(EISDIR);
  if (at.covered.kind != PlaceKind::kInode) return Failed(EPERM);
  if (m.inodes[at.covered.object].mounted != 0) return Failed(EBUSY);
  RemoveEntry(m, FindEntry(m, at.parent.object, at.name));
  return {};
}

char TypeByte(InodeType type) { return static_cast<char>(TypeBits(type) >> 12); }

CallResult ListDirectory(const Machine& m, int directory) {
  if (!IsLinked(m, directory)) return Failed(ENOENT);
  std::uint64_t key = Mix(1);
  for (int at = m.inodes[directory].first; at >= 0; at = m.entries[at].next) {
    const Entry& entry = m.entries[at];
    key = Combine(key, m.texts->Hash(entry.name) + static_cast<int>(m.inodes[entry.inode].type));
  }
  return {.text = m.memo->Rendered(key, [&] {
    std::string text;
    for (int at = m.inodes[directory].first; at >= 0; at = m.entries[at].next) {
      const Entry& entry = m.entries[at];
      text += TypeByte(m.inodes[entry.inode].type);
      text += m.texts->Text(entry.name);
      text += '\0';
    }
    return text;
  })};
}

bool MayChange(const Machine& m, ActorId actor, const Place& directory) {
  const std::uint32_t uid = CallerOf(m, actor).uid;
  if (uid == 0) return true;
  if (directory.kind != PlaceKind::kInode) return false;
  const Inode& inode = m.inodes[directory.object];
  return (inode.mode >> (inode.uid == uid ? 6 : 0) & 2) != 0;
}

}  // namespace

CallResult StatAtCall(Machine& m, ActorId actor, const Call& call) {
  constexpr int kKnownFlags = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_NO_AUTOMOUNT |
                              AT_STATX_SYNC_TYPE;
  if ((call.b & ~kKnownFlags) != 0) return Failed(EINVAL);
  const bool is_empty = call.text.number == 0;
  if (is_empty && (call.b & AT_EMPTY_PATH) != 0 && call.a != AT_FDCWD) {
    const int slot = DescriptionOf(m, actor, call.a);
    if (slot < 0) return Failed(EBADF);
    const Place place = PlaceOf(m.descriptions[slot]);
    if (place.kind == PlaceKind::kNone) return Interned(m, StatOfNameless(m.descriptions[slot]));
    return StatOf(m, place);
  }
  const Lookup at = Walk(m, actor, call.a, call.text, (call.b & AT_SYMLINK_NOFOLLOW) == 0,
                         (call.b & AT_EMPTY_PATH) != 0);
  if (at.error != 0) return Failed(at.error);
  // Of a link in /proc/PID/ns the link itself has its own, and what it leads to the namespace's.
  return StatOf(m, at.target);
}

CallResult MkdirAtCall(Machine& m, ActorId actor, const Call& call) {
  const Lookup at = Walk(m, actor, call.a, call.text, /*follow_last=*/false);
  if (const int why_not = WhyNotMade(m, at, /*is_directory=*/true); why_not != 0) {
    return Failed(why_not);
  }
  if (!MayChange(m, actor, at.parent)) return Failed(EACCES);
  if (at.parent.kind == PlaceKind::kCgroup) return MakeCgroup(m, at.parent.object, at.name);
  return MakeNode(m, actor, at, InodeType::kDirectory, static_cast<int>(call.n));
}

CallResult MkfifoAtCall(Machine& m, ActorId actor, const Call& call) {
  const Lookup at = Walk(m, actor, call.a, call.text, /*follow_last=*/false);
  if (const int why_not = WhyNotMade(m, at, /*is_directory=*/false); why_not != 0) {
    return Failed(why_not);
  }
  if (!MayChange(m, actor, at.parent)) return Failed(EACCES);
  return MakeNode(m, actor, at, InodeType::kFifo, static_cast<int>(call.n));
}

CallResult UnlinkAtCall(Machine& m, ActorId actor, const Call& call) {
  if ((call.b & ~AT_REMOVEDIR) != 0) return Failed(EINVAL);
  const Lookup at = Walk(m, actor, call.a, call.text, /*follow_last=*/false);
  if (at.error != 0) return Failed(at.error);
  const bool is_there = at.covered.kind != PlaceKind::kNone;
  if (is_there && !MayChange(m, actor, at.parent)) return Failed(EACCES);
  return (call.b & AT_REMOVEDIR) != 0 ? RemoveDirectory(m, at) : RemoveFile(m, at);
}

CallResult ReadlinkAtCall(Machine& m, ActorId actor, const Call& call) {
  const Lookup at = Walk(m, actor, call.a, call.text, /*follow_last=*/false);
  if (at.error != 0) return Failed(at.error);
  if (at.target.kind == PlaceKind::kNone) return Failed(ENOENT);
  if (!IsSymlink(m, at.target) && at.target.kind != PlaceKind::kNamespace) return Failed(EINVAL);
  return {.text = m.texts->Intern(LinkText(m, actor, at.target))};
}

CallResult GetDirectoryEntriesCall(Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0 || (m.descriptions[slot].flags & kPathOnly) != 0) return Failed(EBADF);
  const Description& d = m.descriptions[slot];
  const Place place = PlaceOf(d);
  if (place.kind == PlaceKind::kNone || !IsDirectory(m, place)) {
    // The position is set to the start first: lseek(2) of what has none.
    const bool is_stream = d.kind == DescriptionKind::kSocket ||
                           (d.kind == DescriptionKind::kInode &&
                            m.inodes[d.object].type == InodeType::kFifo);
    if (is_stream) return Failed(ESPIPE);
    if (d.kind == DescriptionKind::kControlFile && !m.cgroups[d.object].exists) {
      return Failed(ENODEV);
    }
    Edit description(m, m.descriptions[slot]);
    description->offset = 0;
    return Failed(ENOTDIR);
  }
  switch (place.kind) {
    case PlaceKind::kInode:
      return ListDirectory(m, place.object);
    case PlaceKind::kCgroup:
      return ListCgroup(m, place.object);
    default:
      return ListProc(m, place);
  }
}

}  // namespace reapcheck::sim
