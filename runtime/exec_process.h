// The child's side of exec: one more process in a running container.
#ifndef REAPCHECK_RUNTIME_EXEC_PROCESS_H_
#define REAPCHECK_RUNTIME_EXEC_PROCESS_H_

#include "runtime/container_kernel.h"

namespace reapcheck {

// Runs in the cloned process, in the container's namespaces. `root_fd` is the container's root for
// one that has no mount namespace of its own (chroot(2)), else -1. Every failure goes to `sync_fd`
// and ends the process with code 1.
[[noreturn]] void BecomeExecProcess(const ExecRequest& request, int sync_fd, int root_fd = -1);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_EXEC_PROCESS_H_
