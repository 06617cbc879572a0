// Who the container's process is: user and group ids, the capability sets, no_new_privs, the
// seccomp filter, resource limits. credentials(7), capabilities(7), seccomp(2), getrlimit(2).
//
// Two moments: AssumeUser gives up what it can while a retry of chdir(2) is still to come, then
// SealPrivileges, after which nothing but execve(2) is meant to follow.
#ifndef REAPCHECK_RUNTIME_CONTAINER_CREDENTIALS_H_
#define REAPCHECK_RUNTIME_CONTAINER_CREDENTIALS_H_

#include <sys/types.h>

#include <vector>

#include "runtime/container_kernel.h"
#include "runtime/failure.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// Root of the user namespace that the process is in, once its id maps are written. Without
// supplementary groups, where that is allowed: user_namespaces(7).
Outcome<void> BecomeNamespaceRoot();

// Hard limits above those of the process `pid` are raised, its soft limits stay: only that needs
// privilege, so what the machine does not allow is told at create. By the runtime, on a child that
// has not changed its ids yet.
Outcome<void> RaiseHardLimits(pid_t pid, const std::vector<Rlimit>& limits);

// The limits as they are asked for. Last but for SealPrivileges: they could hinder the runtime's
// own work.
Outcome<void> SetLimits(const std::vector<Rlimit>& limits);

// Drops the bounding set, sets groups, gid and uid, and keeps the permitted capabilities.
Outcome<void> AssumeUser(const ProcessConfig& process);

// no_new_privs, the filter and the capability sets, in the order that leaves each allowed.
// Capabilities that the process does not have are left out: config.md says that a runtime should
// not fail for them (it warns, which is the parent's to do).
Outcome<void> SealPrivileges(const ProcessConfig& process, const SeccompProgram* seccomp);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_CREDENTIALS_H_
