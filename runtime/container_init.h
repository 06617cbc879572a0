// The child's side of create and start: from the clone to the execution of the container's program.
// container_kernel.h has the protocol. Everything here may make system calls directly.
#ifndef REAPCHECK_RUNTIME_CONTAINER_INIT_H_
#define REAPCHECK_RUNTIME_CONTAINER_INIT_H_

#include "runtime/container_kernel.h"

namespace reapcheck {

// Runs in the cloned process, in its new and joined namespaces (all but a new cgroup namespace,
// which it makes once it is in its cgroup). `sync_fd` is its end of the socket pair. The first
// `listen_fds` of request.preserve_fds are sockets to listen on: sd_listen_fds(3).
//
// Every failure goes to `sync_fd`, or after the gate to request.result, and ends the process with
// code 1. Resource limits are set last: what needs privilege of them, CloneInit has done.
[[noreturn]] void BecomeContainer(const InitRequest& request, int sync_fd, int listen_fds = 0);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_INIT_H_
