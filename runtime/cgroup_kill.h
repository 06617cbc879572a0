// Signals to all processes of a container: cgroup.kill of cgroup-v2.rst, and what stands in for it.
#ifndef REAPCHECK_RUNTIME_CGROUP_KILL_H_
#define REAPCHECK_RUNTIME_CGROUP_KILL_H_

#include <chrono>

#include "runtime/cgroup.h"

namespace reapcheck {

// Sends `signal` once to every process of these cgroups; one that exits meanwhile is no failure.
// Each is sent through a pidfd whose process was seen to be a member after the pidfd was opened.
Outcome<void> SignalCgroups(Kernel& kernel, const Cgroups& cgroups, Signal signal);

// Kills every process of these cgroups, those forked meanwhile too, and waits until none is left:
// cgroup.kill where there is one, else freeze, SIGKILL, thaw, until empty. Whatever happens, what
// was frozen (nested cgroups too) is thawed. kStillAlive: some live on after the bound.
Outcome<void> KillCgroups(Kernel& kernel, const Cgroups& cgroups, std::chrono::milliseconds bound);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CGROUP_KILL_H_
