// The container's program: found inside the container, and executed as the last act of the process
// that became the container. config.md#process, execve(2).
#ifndef REAPCHECK_RUNTIME_PROGRAM_H_
#define REAPCHECK_RUNTIME_PROGRAM_H_

#include <string>
#include <vector>

#include "runtime/container_kernel.h"
#include "runtime/failure.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// The file that process.args[0] stands for, as execvp(3) looks it up, by the PATH of process.env
// and relative to process.cwd. "/" is the container's root. kInvalidConfig names /process/args/0,
// in the words that engines look for.
Outcome<std::string> FindProgram(const ProcessConfig& process);

// process.cwd exists, inside the container, and is a directory; made when `create` says so.
Outcome<void> CheckWorkingDirectory(const ProcessConfig& process, bool create);

// Standard streams that are the host's /dev/null become the container's: no descriptor of a host
// mount that nobody needs.
void ReopenNullStreams();

struct Launch {
  const ProcessConfig& process;
  std::string path;  // of FindProgram
  const SeccompProgram* seccomp = nullptr;
  std::vector<std::string> extra_environment;  // LISTEN_FDS=...
  int preserve_fds = 0;  // descriptors 3 ... 3+n-1 stay open
  int announce_fd = -1;  // gets kResultExecuting once there is nothing left but the last steps
};

// User, limits, working directory, privileges, and execve(2). Returns only when that failed; the
// caller reports it and exits.
Failure ExecuteProgram(const Launch& launch);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_PROGRAM_H_
