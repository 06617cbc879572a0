// What only create and exec do with cgroups: make them, limit them, put processes into them.
#ifndef REAPCHECK_RUNTIME_CGROUP_CREATE_H_
#define REAPCHECK_RUNTIME_CGROUP_CREATE_H_

#include <string>

#include "runtime/cgroup.h"
#include "runtime/container_kernel.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// Which directories create will make for `path`, and which of them are there already. Makes
// nothing. kExists: the cgroup is there and has processes in it, which would then be the
// container's to kill.
Outcome<Cgroups> PlanCgroups(Kernel& kernel, const std::string& path);

// Makes what PlanCgroups said, or nothing. kBusy: somebody else made or removed a directory of it
// in between, and the plan has to be made anew.
Outcome<void> MakeCgroups(Kernel& kernel, const Cgroups& cgroups);

// Writes the limits. kUnsupported names the JSON pointer when the machine has not the controller.
Outcome<void> LimitCgroups(Kernel& kernel, ContainerKernel& container_kernel,
                           const Cgroups& cgroups, const Resources& resources);

// "tasks" of each v1 cgroup, O_WRONLY: a process of one thread moves itself by writing "0" there.
// To move another process, the kernel holds up every fork and exit of the machine, and first waits
// for an RCU grace period: 5 to 15 ms, half of what create cost (cgroup_attach_lock in Linux).
Outcome<std::vector<OwnedFd>> OpenTaskFiles(Kernel& kernel, const Cgroups& cgroups);

// Those of v2, where no process can move itself without that wait.
Cgroups UnifiedCgroups(const Cgroups& cgroups);

// Moves a process into each of the cgroups.
Outcome<void> JoinCgroups(Kernel& kernel, const Cgroups& cgroups, Pid pid);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CGROUP_CREATE_H_
