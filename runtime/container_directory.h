// ROOT and ROOT/ID: the directories that say which containers there are.
//
// Both are opened by descriptor, never through a link, and must belong to the caller and be
// writable by nobody else: whoever can write there can have anything removed. A directory is locked
// by flock(2) on itself, so that a crash unlocks it and no lock file is left. Whoever holds the
// lock
// of a directory that is still in place is the only one who changes or removes what it describes.
#ifndef REAPCHECK_RUNTIME_CONTAINER_DIRECTORY_H_
#define REAPCHECK_RUNTIME_CONTAINER_DIRECTORY_H_

#include <string>

#include "runtime/failure.h"
#include "runtime/kernel.h"
#include "runtime/record.h"

namespace reapcheck {

// [A-Za-z0-9_+.-]{1,255}, and neither "." nor "..": it becomes the name of a directory.
Outcome<void> CheckContainerId(const std::string& id);

// ROOT. kNotFound when there is none; with `make` it is made, missing parents too.
Outcome<OwnedFd> OpenRoot(Kernel& kernel, const std::string& root, bool make);

struct ContainerDirectory {
  std::string id;
  std::string path;  // for messages and umount(2)
  OwnedFd root;
  OwnedFd dir;
};

// Opens ROOT/ID. kNotFound; kCorruptRecord when it is no directory or not the caller's.
Outcome<ContainerDirectory> OpenContainer(Kernel& kernel, const std::string& root,
                                          const std::string& id);

// Makes ROOT/ID and locks it. kExists when the id is taken.
Outcome<ContainerDirectory> ClaimContainer(Kernel& kernel, const std::string& root,
                                           const std::string& id);

// Takes the lock, and checks that the directory is still in place: kNotFound when a delete was
// faster, kBusy when the lock is not free within the bound.
Outcome<void> LockContainer(Kernel& kernel, const ContainerDirectory& container);
// The same after the lock was given back for a while: kNotFound also when a delete has begun to run
// the container's poststop hooks, because the rest is that delete's to do.
Outcome<void> RelockContainer(Kernel& kernel, const ContainerDirectory& container);
void UnlockContainer(Kernel& kernel, const ContainerDirectory& container);

// The record as it can be read now.
struct LoadedRecord {
  Record record;
  // state.json can not be used, and this is intent.json's record; `unusable` says why.
  bool from_intent = false;
  std::string unusable;
  bool state_is_missing = false;  // there is no state.json at all
};

// state.json, else intent.json (`from_intent`). kCorruptRecord when neither is usable, and
// kNotFound when there is neither, the directory being empty of all records.
Outcome<LoadedRecord> LoadRecord(Kernel& kernel, const ContainerDirectory& container);

// The same for operations that kill or remove what the record names: where state.json names other
// cgroups than the intent did, it was changed by somebody else, and the intent counts.
Outcome<LoadedRecord> LoadTrustedRecord(Kernel& kernel, const ContainerDirectory& container);

// Writes state.json (rename(2): old or new, never half).
Outcome<void> SaveRecord(Kernel& kernel, const ContainerDirectory& container,
                         const Record& record);

// Takes a record away that can not be used, whatever lies there under its name: as one of the last
// files of a removal that is cut off it would tell nothing.
Outcome<void> DropRecord(Kernel& kernel, const ContainerDirectory& container, const char* file);

// Removes the directory and all in it: what is mounted below is unmounted, no link is followed, and
// the records go last, state.json after all others, so that a removal that was cut off can be
// completed.
Outcome<void> RemoveContainer(Kernel& kernel, const ContainerDirectory& container);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_DIRECTORY_H_
