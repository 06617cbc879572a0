#include "runtime/container_directory.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "runtime/deadline.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

constexpr std::size_t kMaxIdLength = 255;  // NAME_MAX

// Whoever waits longer is told so: an operation that holds the lock this long is stuck.
constexpr std::chrono::seconds kLockBound(20);

// create and a delete of the same id may make and remove the directory in turns.
constexpr int kMaxClaims = 100;

constexpr int kMaxDirectoryDepth = 16;  // the runtime itself makes no directory in there
constexpr int kMaxRemovals = 3;         // of one directory in which things keep appearing

constexpr int kOpenDirectory = O_RDONLY | O_DIRECTORY | O_NOFOLLOW;

bool IsIdCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         c == '_' || c == '+' || c == '.' || c == '-';
}

Outcome<void> CheckOwner(Kernel& kernel, Fd dir, const std::string& path) {
  auto stat = kernel.StatAt(dir, "", AT_EMPTY_PATH);
  if (!stat) return Refuse(stat.error(), "open " + path);
  auto self = kernel.StatAt(kCwd, "/proc/self", 0);
  if (!self) return Refuse(self.error(), "open " + path);
  if (stat->uid != self->uid) {
    return Refuse(FailureKind::kCorruptRecord, path + ": belongs to user " +
                                                   std::to_string(stat->uid) +
                                                   ", refused as not safe");
  }
  if ((stat->mode & (S_IWGRP | S_IWOTH)) != 0) {
    return Refuse(FailureKind::kCorruptRecord,
                  path + ": writable by group or others, refused as not safe");
  }
  return {};
}

// mkdir -p.
Result<void> MakeDirectories(Kernel& kernel, const std::string& path) {
  for (std::size_t end = path.find('/', 1);; end = path.find('/', end + 1)) {
    auto made = kernel.MkdirAt(kCwd, path.substr(0, end), 0711);
    if (!made && made.error().code != EEXIST) return made;
    if (end == std::string::npos) return {};
  }
}

Outcome<OwnedFd> OpenIdDirectory(Kernel& kernel, Fd root, const std::string& path,
                                 const std::string& id) {
  auto dir = OpenFile(kernel, root, id, kOpenDirectory);
  if (!dir) {
    switch (dir.error().code) {
      case ENOENT:
        return Refuse(FailureKind::kNotFound, "container " + id + " does not exist");
      case ENOTDIR:
      case ELOOP:
        return Refuse(FailureKind::kCorruptRecord,
                      path + ": is not a directory, refused as not safe");
      default:
        return Refuse(dir.error(), "open container " + id);
    }
  }
  if (auto owner = CheckOwner(kernel, dir->get(), path); !owner) return Forward(std::move(owner));
  return std::move(*dir);
}

Result<bool> IsInPlace(Kernel& kernel, const ContainerDirectory& container) {
  auto held = kernel.StatAt(container.dir.get(), "", AT_EMPTY_PATH);
  if (!held) return Forward(std::move(held));
  auto named = kernel.StatAt(container.root.get(), container.id, AT_SYMLINK_NOFOLLOW);
  if (!named && named.error().code == ENOENT) return false;
  if (!named) return Forward(std::move(named));
  return held->device == named->device && held->inode == named->inode;
}

// What says of the machine that the file can not be read now, and nothing of the file.
bool IsOfTheMachine(int code) {
  return code == EIO || code == EMFILE || code == ENFILE || code == ENOMEM || code == EINTR;
}

Outcome<Record> ReadRecord(Kernel& kernel, const ContainerDirectory& container,
                           const char* file) {
  auto text = ReadFileText(kernel, container.dir.get(), file);
  if (!text) {
    if (text.error().code == ENOENT) {
      return Refuse(FailureKind::kNotFound, container.path + "/" + file + ": is missing");
    }
    if (IsOfTheMachine(text.error().code)) return Refuse(text.error(), "read the record");
    return Refuse(FailureKind::kCorruptRecord, text.error().ToString());
  }
  auto record = ParseRecord(*text, container.id);
  if (record) return record;
  return Refuse(FailureKind::kCorruptRecord,
                container.path + "/" + file + ": " + record.error().text);
}

// What tells where the rest of the container is, in the order of its removal: with any of it left,
// a removal that was cut off can be completed.
constexpr const char* kRecords[] = {kConfigFile, kIntentFile, kStateFile};

bool IsRecord(const DirectoryEntry& entry) {
  return std::ranges::find(kRecords, entry.name) != std::end(kRecords);
}

Result<void> RemoveEntries(Kernel& kernel, Fd dir, const std::string& path, int depth);

// Removes one entry, whatever it is. EBUSY: something is mounted on it.
Result<void> RemoveEntry(Kernel& kernel, Fd dir, const std::string& path,
                         const DirectoryEntry& entry, int depth) {
  const std::string below = path + "/" + entry.name;
  for (int i = 0; i < kMaxRemovals; ++i) {
    auto removed = kernel.UnlinkAt(dir, entry.name, 0);
    if (!removed && removed.error().code == EISDIR) {
      // A mount is taken off first: what is in it belongs to others.
      removed = kernel.UnlinkAt(dir, entry.name, AT_REMOVEDIR);
    }
    if (removed || removed.error().code == ENOENT) return {};
    if (removed.error().code == EBUSY) {
      auto unmounted = kernel.Umount(below, MNT_DETACH | UMOUNT_NOFOLLOW);
      if (!unmounted && unmounted.error().code != EINVAL) return unmounted;
      continue;
    }
    if (removed.error().code != ENOTEMPTY) return removed;
    auto child = OpenFile(kernel, dir, entry.name, kOpenDirectory);
    if (!child) return Forward(std::move(child));
    auto emptied = RemoveEntries(kernel, child->get(), below, depth + 1);
    if (!emptied) return emptied;
  }
  return Fail(EBUSY, "unlink", below);
}

Result<void> RemoveEntries(Kernel& kernel, Fd dir, const std::string& path, int depth) {
  if (depth > kMaxDirectoryDepth) return Fail(ELOOP, "unlink", path);
  auto entries = kernel.GetDirectoryEntries(dir);
  if (FailedWith(entries, ENOENT)) return {};
  if (!entries) return Forward(std::move(entries));
  for (const DirectoryEntry& entry : *entries) {
    if (depth == 0 && IsRecord(entry)) continue;
    auto removed = RemoveEntry(kernel, dir, path, entry, depth);
    if (!removed) return removed;
  }
  return {};
}

}  // namespace

Outcome<void> CheckContainerId(const std::string& id) {
  const bool valid = !id.empty() && id.size() <= kMaxIdLength && id != "." && id != ".." &&
                     std::ranges::all_of(id, IsIdCharacter);
  if (valid) return {};
  const std::string shown = id.size() > 40 ? id.substr(0, 40) + "..." : id;
  return Refuse(FailureKind::kInvalidId,
                "invalid container id \"" + shown +
                    "\": 1 to 255 of A-Z a-z 0-9 _ + . - and not \".\" or \"..\"");
}

Outcome<OwnedFd> OpenRoot(Kernel& kernel, const std::string& root, bool make) {
  auto dir = OpenFile(kernel, kCwd, root, kOpenDirectory);
  if (FailedWith(dir, ENOENT) && make) {
    if (auto made = MakeDirectories(kernel, root); !made) {
      return Refuse(made.error(), "make root directory");
    }
    dir = OpenFile(kernel, kCwd, root, kOpenDirectory);
  }
  if (FailedWith(dir, ELOOP) || FailedWith(dir, ENOTDIR)) {
    return Refuse(FailureKind::kCorruptRecord, root + ": is not a directory, refused as not safe");
  }
  if (FailedWith(dir, ENOENT)) return Refuse(FailureKind::kNotFound, root + " does not exist");
  if (!dir) return Refuse(dir.error(), "open root directory");
  if (auto owner = CheckOwner(kernel, dir->get(), root); !owner) return Forward(std::move(owner));
  return std::move(*dir);
}

Outcome<ContainerDirectory> OpenContainer(Kernel& kernel, const std::string& root,
                                          const std::string& id) {
  if (auto valid = CheckContainerId(id); !valid) return Forward(std::move(valid));
  ContainerDirectory container{.id = id, .path = root + "/" + id};
  auto root_dir = OpenRoot(kernel, root, /*make=*/false);
  if (!root_dir && root_dir.error().kind == FailureKind::kNotFound) {
    return Refuse(FailureKind::kNotFound, "container " + id + " does not exist");
  }
  if (!root_dir) return Forward(std::move(root_dir));
  container.root = std::move(*root_dir);
  auto dir = OpenIdDirectory(kernel, container.root.get(), container.path, id);
  if (!dir) return Forward(std::move(dir));
  container.dir = std::move(*dir);
  return container;
}

Outcome<ContainerDirectory> ClaimContainer(Kernel& kernel, const std::string& root,
                                           const std::string& id) {
  if (auto valid = CheckContainerId(id); !valid) return Forward(std::move(valid));
  auto root_dir = OpenRoot(kernel, root, /*make=*/true);
  if (!root_dir) return Forward(std::move(root_dir));
  ContainerDirectory container{
      .id = id, .path = root + "/" + id, .root = std::move(*root_dir)};
  for (int i = 0; i < kMaxClaims; ++i) {
    auto made = kernel.MkdirAt(container.root.get(), id, 0711);
    if (FailedWith(made, EEXIST)) {
      return Refuse(FailureKind::kExists, "container " + id + " exists already");
    }
    if (!made) return Refuse(made.error(), "make container directory");
    // A delete may take the empty directory for an aborted create before it is locked here: then it
    // is not in place any more, and the id is claimed anew.
    auto dir = OpenIdDirectory(kernel, container.root.get(), container.path, id);
    Outcome<void> locked;
    if (dir) {
      container.dir = std::move(*dir);
      locked = LockContainer(kernel, container);
      if (locked) return container;
    } else {
      locked = Forward(std::move(dir));
    }
    if (locked.error().kind == FailureKind::kNotFound) continue;
    // Empty it is nobody's: another create that has made it its own finds it gone and claims anew.
    static_cast<void>(kernel.UnlinkAt(container.root.get(), id, AT_REMOVEDIR));
    return Forward(std::move(locked));
  }
  return Refuse(FailureKind::kBusy, "container " + id + ": its directory keeps being removed");
}

Outcome<void> LockContainer(Kernel& kernel, const ContainerDirectory& container) {
  const Deadline deadline(kernel, kLockBound);
  Backoff backoff;
  for (;;) {
    auto locked = kernel.Flock(container.dir.get(), LOCK_EX | LOCK_NB);
    if (locked) break;
    if (locked.error().code != EWOULDBLOCK && locked.error().code != EINTR) {
      return Refuse(locked.error(), "lock container " + container.id);
    }
    if (deadline.Passed(kernel)) {
      return Refuse(FailureKind::kBusy, "container " + container.id +
                                            ": another operation on it did not end within " +
                                            std::to_string(kLockBound.count()) + " s");
    }
    backoff.Wait(kernel);
  }
  auto in_place = IsInPlace(kernel, container);
  if (in_place && *in_place) return {};
  UnlockContainer(kernel, container);
  if (!in_place) return Refuse(in_place.error(), "lock container " + container.id);
  return Refuse(FailureKind::kNotFound, "container " + container.id + " does not exist");
}

Outcome<void> RelockContainer(Kernel& kernel, const ContainerDirectory& container) {
  if (auto locked = LockContainer(kernel, container); !locked) return locked;
  auto loaded = LoadRecord(kernel, container);
  if (!loaded || loaded->record.phase != Phase::kTombstone) return {};
  UnlockContainer(kernel, container);
  return Refuse(FailureKind::kNotFound, "container " + container.id + " does not exist");
}

void UnlockContainer(Kernel& kernel, const ContainerDirectory& container) {
  // flock(2) LOCK_UN on an open descriptor has no failure that leaves the lock held.
  static_cast<void>(kernel.Flock(container.dir.get(), LOCK_UN));
}

Outcome<LoadedRecord> LoadRecord(Kernel& kernel, const ContainerDirectory& container) {
  auto state = ReadRecord(kernel, container, kStateFile);
  if (state) return LoadedRecord{.record = std::move(*state)};
  // It may be whole: what the intent says is older, and does not know which hooks have run.
  if (state.error().kind == FailureKind::kSystem) return Forward(std::move(state));
  auto intent = ReadRecord(kernel, container, kIntentFile);
  if (intent) {
    return LoadedRecord{.record = std::move(*intent),
                        .from_intent = true,
                        .unusable = std::move(state.error().text),
                        .state_is_missing = state.error().kind == FailureKind::kNotFound};
  }
  if (intent.error().kind == FailureKind::kSystem) return Forward(std::move(intent));
  const bool none = state.error().kind == FailureKind::kNotFound &&
                    intent.error().kind == FailureKind::kNotFound;
  return Refuse(none ? FailureKind::kNotFound : FailureKind::kCorruptRecord,
                state.error().text + "; " + intent.error().text);
}

Outcome<LoadedRecord> LoadTrustedRecord(Kernel& kernel, const ContainerDirectory& container) {
  auto loaded = LoadRecord(kernel, container);
  if (!loaded || loaded->from_intent) return loaded;
  auto intent = ReadRecord(kernel, container, kIntentFile);
  if (!intent) return loaded;
  const Record& record = loaded->record;
  // What was recorded before init was known says nothing of it.
  const bool same_init = intent->init.pid.value == 0 || intent->init == record.init;
  if (same_init && intent->cgroups == record.cgroups && intent->poststop == record.poststop &&
      intent->private_pid_namespace == record.private_pid_namespace) {
    return loaded;
  }
  return LoadedRecord{.record = std::move(*intent),
                      .from_intent = true,
                      .unusable = container.path + "/" + kStateFile +
                                  ": names other processes, cgroups or hooks than create made"};
}

Outcome<void> SaveRecord(Kernel& kernel, const ContainerDirectory& container,
                         const Record& record) {
  auto saved = ReplaceFileText(kernel, container.dir.get(), kStateFile, RecordText(record));
  if (!saved) return Refuse(saved.error(), "write the record of " + container.id);
  return {};
}

Outcome<void> DropRecord(Kernel& kernel, const ContainerDirectory& container, const char* file) {
  auto dropped = RemoveEntry(kernel, container.dir.get(), container.path, {.name = file}, 0);
  if (!dropped) return Refuse(dropped.error(), "remove the record of " + container.id);
  return {};
}

Outcome<void> RemoveContainer(Kernel& kernel, const ContainerDirectory& container) {
  const std::string doing = "remove the directory of " + container.id;
  const Fd dir = container.dir.get();
  // What somebody mounted over the directory is not the container's, and hides what is.
  if (auto unmounted = kernel.Umount(container.path, MNT_DETACH | UMOUNT_NOFOLLOW); unmounted) {
    return Refuse(FailureKind::kBusy, doing + ": something was mounted on it and is unmounted now; "
                                              "delete it again");
  }
  Result<void> removed;
  for (int i = 0; i < kMaxRemovals; ++i) {
    removed = RemoveEntries(kernel, dir, container.path, 0);
    for (const char* record : kRecords) {
      if (removed) removed = RemoveEntry(kernel, dir, container.path, {.name = record}, 0);
    }
    if (!removed) return Refuse(removed.error(), doing);
    removed = kernel.UnlinkAt(container.root.get(), container.id, AT_REMOVEDIR);
    if (removed || removed.error().code == ENOENT) return {};
    if (removed.error().code == EBUSY) {
      static_cast<void>(kernel.Umount(container.path, MNT_DETACH | UMOUNT_NOFOLLOW));
    }
  }
  return Refuse(removed.error(), doing);
}

}  // namespace reapcheck
