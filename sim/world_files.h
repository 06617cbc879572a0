// The file methods of Kernel, over files, cgroups, /proc and sockets alike. Each function is one
// system call; which rule of which manual page it keeps stands beside the rule.
#ifndef REAPCHECK_SIM_WORLD_FILES_H_
#define REAPCHECK_SIM_WORLD_FILES_H_

#include "sim/call.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

// world_open.cc
CallResult OpenAtCall(Machine& m, ActorId actor, const Call& call);
// False while open(2) of a fifo waits for its other end.
bool IsOpenReady(const Machine& m, ActorId actor, const Call& call);
CallResult FsyncCall(Machine& m, ActorId actor, const Call& call);
CallResult SetXattrCall(Machine& m, ActorId actor, const Call& call);
CallResult GetXattrCall(Machine& m, ActorId actor, const Call& call);
CallResult StatFsCall(Machine& m, ActorId actor, const Call& call);

// world_transfer.cc
CallResult ReadCall(Machine& m, ActorId actor, const Call& call);
CallResult PreadCall(Machine& m, ActorId actor, const Call& call);
CallResult WriteCall(Machine& m, ActorId actor, const Call& call);
bool IsReadReady(const Machine& m, ActorId actor, const Call& call);
bool IsWriteReady(const Machine& m, ActorId actor, const Call& call);

// world_names.cc
CallResult StatAtCall(Machine& m, ActorId actor, const Call& call);
CallResult MkdirAtCall(Machine& m, ActorId actor, const Call& call);
CallResult MkfifoAtCall(Machine& m, ActorId actor, const Call& call);
CallResult UnlinkAtCall(Machine& m, ActorId actor, const Call& call);
CallResult ReadlinkAtCall(Machine& m, ActorId actor, const Call& call);
CallResult GetDirectoryEntriesCall(Machine& m, ActorId actor, const Call& call);

// world_rename.cc
CallResult RenameAtCall(Machine& m, ActorId actor, const Call& call);
CallResult UmountCall(Machine& m, ActorId actor, const Call& call);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_FILES_H_
