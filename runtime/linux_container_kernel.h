// The real kernel behind container_kernel.h. No state but what Linux keeps.
//
// A child is cloned directly where all its namespaces are new. To join others, a short-lived
// process between does it, clones the child as its own sibling (CLONE_PARENT), reports the pid and
// is reaped before the call returns. After a failure no process is left.
#ifndef REAPCHECK_RUNTIME_LINUX_CONTAINER_KERNEL_H_
#define REAPCHECK_RUNTIME_LINUX_CONTAINER_KERNEL_H_

#include <string>
#include <vector>

#include "runtime/container_kernel.h"

namespace reapcheck {

class LinuxContainerKernel : public ContainerKernel {
 public:
  // Descriptors that are returned close through `kernel`, which outlives this object.
  explicit LinuxContainerKernel(Kernel& kernel) : kernel_(kernel) {}

  // Also, on the child: oom_score_adj, and hard limits that are above the runtime's own.
  Outcome<ClonedChild> CloneInit(const InitRequest& request) override;
  Outcome<ClonedChild> CloneExec(const ExecRequest& request) override;
  Result<void> MkfifoAt(Fd dir, const std::string& path, mode_t mode) override;
  Result<OwnedFd> ConnectUnix(const std::string& path) override;
  Result<void> AttachDeviceProgram(Fd cgroup, const std::vector<DeviceRule>& rules) override;

 private:
  Kernel& kernel_;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_LINUX_CONTAINER_KERNEL_H_
