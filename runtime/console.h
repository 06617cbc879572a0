// process.terminal: a pseudo terminal of the container's own devpts, whose master goes to the
// engine over the console socket. pty(7), and the terminals document of runc, which engines follow.
#ifndef REAPCHECK_RUNTIME_CONSOLE_H_
#define REAPCHECK_RUNTIME_CONSOLE_H_

#include "runtime/failure.h"
#include "runtime/oci_config.h"

namespace reapcheck {

struct ConsoleRequest {
  const ProcessConfig& process;
  int socket = -1;             // connected unix socket
  bool bind_dev_console = false;  // for a container's init
};

// With "/" the container's root, in a session without a terminal: opens /dev/ptmx, sends the master
// away, makes the other end the controlling terminal and descriptors 0 to 2.
Outcome<void> SetUpConsole(const ConsoleRequest& request);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONSOLE_H_
