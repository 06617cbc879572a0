// Not in the specification: which processes a container has.
#include "runtime/runtime.h"

namespace reapcheck {

Outcome<std::set<Pid>> Runtime::Ps(const std::string& id) {
  auto loaded = Load(id);
  if (!loaded) return Forward(std::move(loaded));
  auto processes = CgroupProcesses(kernel_, loaded->record().cgroups);
  if (!processes) return Refuse(processes.error(), "list the processes of " + id);
  if (loaded->status != Status::kStopped) processes->insert(loaded->record().init.pid);
  return std::move(*processes);
}

}  // namespace reapcheck
