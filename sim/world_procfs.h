// The host's /proc, as far as runtimes read it: proc(5).
#ifndef REAPCHECK_SIM_WORLD_PROCFS_H_
#define REAPCHECK_SIM_WORLD_PROCFS_H_

#include <cstdint>

#include "sim/call.h"
#include "sim/world_path.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

inline constexpr unsigned kProcDeviceMinor = 5;

Place ProcChild(const Machine& m, ActorId actor, const Place& directory, TextId name);
// `process` was reaped when its place is free: ESRCH.
CallResult ReadProcFile(Machine& m, ActorId actor, int process, std::uint8_t file);
CallResult WriteProcFile(Machine& m, int process, std::uint8_t file, TextId data);
CallResult ListProc(const Machine& m, const Place& directory);
// The inode number of a namespace: equal for two processes in the same one.
std::uint64_t NamespaceNumber(const Machine& m, const Place& place);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_PROCFS_H_
