// The container's life cycle as one table: which operation is allowed in which status, and how the
// status is found out. runtime.md#lifecycle.
#ifndef REAPCHECK_RUNTIME_LIFECYCLE_H_
#define REAPCHECK_RUNTIME_LIFECYCLE_H_

#include "runtime/container_directory.h"
#include "runtime/failure.h"
#include "runtime/kernel.h"
#include "runtime/record.h"

namespace reapcheck {

enum class Operation { kStart, kExec, kKill, kDelete, kPause, kResume };

// What the specification and the engines let be done; delete --force is allowed in every status.
constexpr bool IsAllowed(Operation operation, Status status) {
  switch (operation) {
    case Operation::kStart:
      return status == Status::kCreated;
    case Operation::kExec:
      return status == Status::kCreated || status == Status::kRunning;
    case Operation::kKill:
      return status == Status::kCreated || status == Status::kRunning ||
             status == Status::kPaused;
    case Operation::kDelete:
      // Departs from: runtime.md#delete, which refuses every container that is not stopped. Engines
      // rely on the delete of a created one, whose program never ran.
      return status == Status::kCreated || status == Status::kStopped;
    case Operation::kPause:
      return status == Status::kCreated || status == Status::kRunning;
    case Operation::kResume:
      return status == Status::kPaused;
  }
  __builtin_unreachable();
}

// What the container is now, by the kernel's word and the recorded phase. Unknown is an error.
// Not for tombstones.
Result<Status> FindStatus(Kernel& kernel, const ContainerDirectory& container,
                          const Record& record, bool init_alive);

// What a process of the container's cgroups that outlived init is: leftovers make a stopped
// container one that SIGKILL still has work to do in (shared pid namespaces).
Result<bool> HasProcesses(Kernel& kernel, const Record& record);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_LIFECYCLE_H_
