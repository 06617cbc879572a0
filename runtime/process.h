// Who a process is and whether it lives: proc_pid_stat(5), pidfd_open(2).
//
// A pid alone names nobody: it is used again after the process is reaped. A process is its pid and
// its start time. Only these prove death: no such /proc entry, ESRCH, state Z or X, another start
// time. Every other failure is an error, and an error is never taken for death.
#ifndef REAPCHECK_RUNTIME_PROCESS_H_
#define REAPCHECK_RUNTIME_PROCESS_H_

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kernel.h"

namespace reapcheck {

struct ProcessIdentity {
  Pid pid;                        // in the runtime's pid namespace; 0: none
  std::uint64_t start_time = 0;   // clock ticks since boot
  bool operator==(const ProcessIdentity&) const = default;
};

struct ProcStat {
  std::string comm;
  char state = '?';  // R, S, D, Z, X, ...
  Pid parent;
  std::uint64_t start_time = 0;
};

// Parses /proc/PID/stat; a comm may hold any character, ") " too. EINVAL when it is not one.
Result<ProcStat> ParseProcStat(std::string_view text);

// Reads /proc/PID/stat. ENOENT or ESRCH: there is no such process.
Result<ProcStat> ReadProcStat(Kernel& kernel, Pid pid);

// The identity of a process that lives now.
Result<ProcessIdentity> IdentifyProcess(Kernel& kernel, Pid pid);

// True: that very process lives. False: it is proven dead, a zombie included.
Result<bool> IsAlive(Kernel& kernel, const ProcessIdentity& process);

// A pidfd that is proven to be that process, because its identity was checked after it was opened;
// without one (`!fd`) the process is proven dead.
Result<OwnedFd> OpenProcess(Kernel& kernel, const ProcessIdentity& process);

// Polls until the process behind a pidfd has exited (a zombie has). False: the bound has passed.
Result<bool> WaitForExit(Kernel& kernel, Fd pidfd, std::chrono::milliseconds bound);

// The pids of /proc, in its order.
Result<std::vector<Pid>> ListProcesses(Kernel& kernel);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_PROCESS_H_
