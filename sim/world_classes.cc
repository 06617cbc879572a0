// The classes of calls, by which faults are chosen and reports are counted.
#include <fcntl.h>

#include <cstring>

#include "sim/world.h"
#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_inodes.h"
#include "sim/world_memo.h"
#include "sim/world_path.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

std::string_view Verb(const Call& call) {
  switch (call.op) {
    case Op::kPidfdSendSignal:
    case Op::kKill:
      return "signal";
    case Op::kOpenAt:
      return "open";
    case Op::kStatAt:
      return "stat";
    case Op::kMkdirAt:
      return "mkdir";
    case Op::kMkfifoAt:
      return "mkfifo";
    case Op::kUnlinkAt:
      return (call.b & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink";
    case Op::kRenameAt:
      return "rename";
    case Op::kReadlinkAt:
      return "readlink";
    case Op::kGetDirectoryEntries:
      return "getdents";
    case Op::kUmount:
      return "umount";
    case Op::kPread:
      return "read";
    case Op::kCloneInit:
    case Op::kCloneExec:
      return "clone";
    default:
      return OpName(call.op);
  }
}

std::string_view ProcessKind(const Machine& m, int process) {
  if (process < 0) return "process";
  const bool is_init = m.processes[process].is_container_init ||
                       (process != 0 && IsNamespaceInit(m, process));
  return is_init ? "init" : "process";
}

std::string_view NameKind(const Machine& m, TextId name) {
  const std::string_view text = m.texts->Text(name);
  if (text == "state.json") return "record";
  if (text == "intent.json") return "intent";
  if (text == "config.json") return "config";
  if (text == "gate" || text == "result") return text;
  return text.ends_with(".tmp") ? "temporary" : "file";
}

// By the place of `name` in `directory`, whether it is there or not.
std::string_view NamedKind(const Machine& m, int directory, TextId name) {
  const Lookup root = WalkFromRoot(m, m.texts->Intern(m.options->root), true);
  const bool is_known = root.error == 0 && root.target.kind == PlaceKind::kInode;
  if (is_known && directory == root.target.object) return "container";
  const bool is_below = is_known && m.inodes[directory].parent == root.target.object;
  if (is_below) return NameKind(m, name);
  for (int at = directory; is_known && at > 0; at = m.inodes[at].parent) {
    if (at == root.target.object) return "file";
  }
  const std::string_view text = m.texts->Text(name);
  if (text == "config.json") return "config";
  return text.ends_with(".tmp") ? "temporary" : "other";
}

std::string_view InodeKind(const Machine& m, int inode) {
  const Lookup root = WalkFromRoot(m, m.texts->Intern(m.options->root), true);
  const bool is_root = root.error == 0 && root.target.kind == PlaceKind::kInode &&
                       root.target.object == inode;
  if (is_root) return "root";
  const int entry = m.entry_slots.Find([&](int at) { return m.entries[at].inode == inode; });
  if (entry >= 0) return NamedKind(m, m.entries[entry].directory, m.entries[entry].name);
  return m.inodes[inode].type == InodeType::kDirectory ? "container" : "file";
}

std::string_view ControlKind(std::uint8_t file) {
  switch (file) {
    case kProcs:
    case kKillFile:
    case kFreezeFile:
    case kEvents:
    case kFreezerState:
      return ControlFileName(file);
    default:
      return "cgroup file";
  }
}

std::string_view PlaceKindName(const Machine& m, const Place& place) {
  switch (place.kind) {
    case PlaceKind::kNone:
      return "other";
    case PlaceKind::kInode:
      return InodeKind(m, place.object);
    case PlaceKind::kCgroup:
      return "cgroup";
    case PlaceKind::kControlFile:
      return ControlKind(place.file);
    case PlaceKind::kProcFile:
      return place.file == kProcStat ? "proc stat" : "proc";
    case PlaceKind::kProcRoot:
    case PlaceKind::kProcSelf:
    case PlaceKind::kProcess:
    case PlaceKind::kNamespaces:
    case PlaceKind::kNamespace:
      return "proc";
  }
  __builtin_unreachable();
}

// A path that leads nowhere is of the kind that it would have: the text decides.
std::string_view MissingKind(const Machine& m, const Lookup& at) {
  switch (at.parent.kind) {
    case PlaceKind::kInode:
      return NamedKind(m, at.parent.object, at.name);
    case PlaceKind::kCgroup: {
      const std::uint8_t file = m.memo->ControlFileOf(at.name, IsV1(m, at.parent.object));
      return file == kNoControlFile ? "cgroup" : ControlKind(file);
    }
    case PlaceKind::kProcRoot:
    case PlaceKind::kProcess:
      return "proc";
    default:
      return "other";
  }
}

std::string_view PathKind(const Machine& m, ActorId actor, int dir, TextId path) {
  const Lookup at = Walk(m, actor, dir, path, false, true);
  if (at.error == 0 && at.target.kind != PlaceKind::kNone) {
    // A mount of files goes by the name that it covers.
    const bool by_name = at.target.kind == PlaceKind::kInode;
    return PlaceKindName(m, by_name ? at.covered : at.target);
  }
  const std::string_view text = m.texts->Text(path);
  if (text.starts_with("/proc/")) return text.ends_with("/stat") ? "proc stat" : "proc";
  if (text == m.options->root) return "root";
  if (at.parent.kind != PlaceKind::kNone && at.name.number != 0) return MissingKind(m, at);
  return "other";
}

std::string_view DescriptorKind(const Machine& m, ActorId actor, int fd) {
  const int slot = DescriptionOf(m, actor, fd);
  if (slot < 0) return "other";
  const Description& d = m.descriptions[slot];
  if (d.kind == DescriptionKind::kPidfd) return "pidfd";
  if (d.kind == DescriptionKind::kSocket) return "sync";
  return PlaceKindName(m, PlaceOf(d));
}

std::string_view PolledKind(const Machine& m, ActorId actor, TextId text) {
  const std::string_view bytes = m.texts->Text(text);
  std::int32_t fd = -1;
  if (bytes.size() >= sizeof fd) std::memcpy(&fd, bytes.data(), sizeof fd);
  return DescriptorKind(m, actor, fd);
}

std::string_view SignalledKind(const Machine& m, ActorId actor, int fd) {
  const int slot = DescriptionOf(m, actor, fd);
  if (slot < 0 || m.descriptions[slot].kind != DescriptionKind::kPidfd) return "process";
  return ProcessKind(m, m.descriptions[slot].object);
}

std::string_view Kind(const Machine& m, ActorId actor, const Call& call) {
  switch (call.op) {
    case Op::kPidfdOpen:
    case Op::kKill:
    case Op::kWaitid:
      return ProcessKind(m, call.a > 0 ? FindVisible(m, CallerOf(m, actor), call.a) : -1);
    case Op::kPidfdSendSignal:
      return SignalledKind(m, actor, call.a);
    case Op::kPoll:
      return PolledKind(m, actor, call.text);
    case Op::kSpawn:
      return "hook";
    case Op::kCloneInit:
      return "init";
    case Op::kCloneExec:
      return "process";
    case Op::kFlock:
      return "lock";
    case Op::kOpenAt:
    case Op::kStatAt:
    case Op::kMkdirAt:
    case Op::kMkfifoAt:
    case Op::kUnlinkAt:
    case Op::kReadlinkAt:
      return PathKind(m, actor, call.a, call.text);
    case Op::kRenameAt:
      return PathKind(m, actor, call.b, call.text2);
    case Op::kUmount:
      return PathKind(m, actor, AT_FDCWD, call.text);
    case Op::kRead:
    case Op::kPread:
    case Op::kWrite:
    case Op::kFsync:
    case Op::kClose:
    case Op::kGetDirectoryEntries:
    case Op::kSetXattr:
    case Op::kGetXattr:
    case Op::kStatFs:
    case Op::kAttachDeviceProgram:
      return DescriptorKind(m, actor, call.a);
    default:
      return "other";
  }
}

}  // namespace

std::string World::ClassOf(ActorId actor, const Call& call) const {
  std::string name(Verb(call));
  name += ' ';
  return name += Kind(machine_, actor, call);
}

}  // namespace reapcheck::sim
