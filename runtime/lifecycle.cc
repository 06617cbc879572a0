#include "runtime/lifecycle.h"

#include <fcntl.h>

#include <cerrno>

#include "runtime/cgroup_freezer.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

// Init holds the gate open for reading while it waits there, and nobody else does: a
// writer that need not wait tells the two apart (fifo(7): ENXIO without a reader).
Result<bool> WaitsAtGate(Kernel& kernel, const ContainerDirectory& container) {
  auto gate = OpenFile(kernel, container.dir.get(), kGateFile, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  if (gate) return true;
  if (gate.error().code == ENXIO || gate.error().code == ENOENT) return false;
  return Forward(std::move(gate));
}

}  // namespace

Result<Status> FindStatus(Kernel& kernel, const ContainerDirectory& container,
                          const Record& record, bool init_alive) {
  if (record.phase == Phase::kCreating) {
    if (init_alive) return Status::kCreating;
    // Without an init there may be one yet, while the create that is to make it lives.
    auto creator_alive = IsAlive(kernel, record.invocation);
    if (!creator_alive) return Forward(std::move(creator_alive));
    return *creator_alive && record.init.pid.value == 0 ? Status::kCreating : Status::kStopped;
  }
  if (!init_alive) return Status::kStopped;
  auto frozen = IsFrozen(kernel, record.cgroups);
  if (!frozen) return Forward(std::move(frozen));
  if (*frozen) return Status::kPaused;
  if (record.phase == Phase::kCreated) return Status::kCreated;
  if (record.phase == Phase::kRunning) return Status::kRunning;
  auto waits = WaitsAtGate(kernel, container);
  if (!waits) return Forward(std::move(waits));
  return *waits ? Status::kCreated : Status::kRunning;
}

Result<bool> HasProcesses(Kernel& kernel, const Record& record) {
  auto processes = CgroupProcesses(kernel, record.cgroups);
  if (!processes) return Forward(std::move(processes));
  return !processes->empty();
}

}  // namespace reapcheck
