// From a path to what it names: path_resolution(7), over files, mounts, cgroups and /proc.
#ifndef REAPCHECK_SIM_WORLD_PATH_H_
#define REAPCHECK_SIM_WORLD_PATH_H_

#include <cstdint>
#include <string>

#include "sim/world_memo.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

enum class PlaceKind : std::uint8_t {
  kNone, kInode, kCgroup, kControlFile, kProcRoot, kProcSelf, kProcess, kProcFile, kNamespaces,
  kNamespace,
};

// Anything that a path can lead to.
struct Place {
  PlaceKind kind = PlaceKind::kNone;
  std::uint8_t file = 0;     // ControlFile, ProcFile, index of kNamespaceFiles
  std::int16_t object = -1;  // inode, cgroup, process
  bool operator==(const Place&) const = default;
};

enum class LastComponent : std::uint8_t { kNormal, kDot, kDotDot, kRoot };

struct Lookup {
  int error = 0;
  Place parent;   // the directory of the last component
  TextId name;    // the last component
  LastComponent last = LastComponent::kNormal;
  bool must_be_directory = false;  // the path ends with "/"
  bool is_not_directory = false;   // ... and what it leads to is none: that is all of the error
  Place covered;  // what the name leads to, before the mount that covers it
  Place target;   // kNone: nothing of that name
};

inline constexpr Place kRootPlace{PlaceKind::kInode, 0, 0};

// `dir` as in openat(2). With an empty path and `may_be_empty` the descriptor itself.
Lookup Walk(const Machine& m, ActorId actor, int dir, TextId path, bool follow_last,
            bool may_be_empty = false);
// The same as process 1: from a directory, and from the root.
Lookup WalkFrom(const Machine& m, const Place& start, TextId path, bool follow_last);
inline Lookup WalkFromRoot(const Machine& m, TextId path, bool follow_last) {
  return WalkFrom(m, kRootPlace, path, follow_last);
}

// What an open description is of; kNone for a pidfd or socket.
Place PlaceOf(const Description& description);

inline bool IsDirectory(const Machine& m, const Place& place) {
  if (place.kind == PlaceKind::kInode) return m.inodes[place.object].type == InodeType::kDirectory;
  return place.kind == PlaceKind::kCgroup || place.kind == PlaceKind::kProcRoot ||
         place.kind == PlaceKind::kProcess || place.kind == PlaceKind::kNamespaces;
}
inline bool IsSymlink(const Machine& m, const Place& place) {
  if (place.kind == PlaceKind::kInode) return m.inodes[place.object].type == InodeType::kSymlink;
  return place.kind == PlaceKind::kProcSelf ||
         (place.kind == PlaceKind::kProcFile && place.file == kProcCwd);
}
// The entry `name` of a directory, symlinks and mounts as they are; kNone: there is none.
Place ChildOf(const Machine& m, ActorId actor, const Place& directory, TextId name);
// The target of a symlink, as readlink(2) gives it.
std::string LinkText(const Machine& m, ActorId actor, const Place& place);
// For traces: an absolute path.
std::string PathOf(const Machine& m, const Place& place);
// The file's name in its first directory; "" when it has none.
TextId NameOf(const Machine& m, int inode);

// The process that the actor is.
inline const Process& CallerOf(const Machine& m, ActorId actor) {
  return m.processes[m.actors[actor].process];
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_PATH_H_
