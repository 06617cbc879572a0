// Freezing a container: cgroup-v1/freezer-subsystem.rst (freezer.state) and cgroup-v2.rst
// (cgroup.freeze, cgroup.events).
#ifndef REAPCHECK_RUNTIME_CGROUP_FREEZER_H_
#define REAPCHECK_RUNTIME_CGROUP_FREEZER_H_

#include <chrono>

#include "runtime/cgroup.h"

namespace reapcheck {

// The directory whose freezer stops the container, or nullptr: v1's freezer hierarchy where it is
// mounted, the cgroup2 directory otherwise.
const CgroupDirectory* FreezerOf(const Cgroups& cgroups);

// True when the processes are frozen, by the container's own freezer or by an ancestor's. False too
// when there is no freezer or the cgroup is gone. A v1 FREEZING that is not settled is not frozen.
Result<bool> IsFrozen(Kernel& kernel, const Cgroups& cgroups);

// Freezes and waits for it to be done. When it is not within the bound (kStillAlive), or fails, the
// cgroup is thawed again. kUnsupported: there is no freezer.
Outcome<void> Freeze(Kernel& kernel, const Cgroups& cgroups, std::chrono::milliseconds bound);

// Takes the container's own freezing away, and nothing that its processes froze below it; does not
// wait. A frozen ancestor is not the container's, and stays. No freezer, nothing to do.
Result<void> Thaw(Kernel& kernel, const Cgroups& cgroups);

// The same with every cgroup below: for what is to die.
Result<void> ThawAll(Kernel& kernel, const Cgroups& cgroups);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CGROUP_FREEZER_H_
