// ContractLab on the real kernel: in a mount namespace of this process's own, with a tmpfs and the
// cgroup hierarchies mounted below /mnt, where nobody else sees them. Needs root.
#ifndef REAPCHECK_SIM_CONTRACT_LAB_LINUX_H_
#define REAPCHECK_SIM_CONTRACT_LAB_LINUX_H_

#include <memory>
#include <string>
#include <vector>

#include "runtime/linux_container_kernel.h"
#include "runtime/linux_kernel.h"
#include "sim/contract_lab.h"
#include "sim/contract_passive.h"

namespace reapcheck::sim {

class LinuxLab : public ContractLab {
 public:
  explicit LinuxLab(LabLayout layout);
  ~LinuxLab() override;
  LinuxLab(const LinuxLab&) = delete;
  LinuxLab& operator=(const LinuxLab&) = delete;

  // "" when the namespace and what is mounted there could be made.
  static std::string WhyNot(LabLayout layout);

  Kernel& kernel() override { return kernel_; }
  Result<void> MkfifoAt(Fd dir, const std::string& path, mode_t mode) override;
  std::string root() const override;
  std::string cgroup() const override { return cgroups_.front(); }
  std::string second_cgroup() const override;
  Result<Pid> Clone(const PassiveRequest& request) override { return passive_.Clone(request); }
  Result<Pid> CloneWithPid(Pid wanted) override;
  Result<Pid> SpawnExiting(int status) override;
  Result<Pid> SpawnLasting() override;
  void AddSymlink(const std::string& name_in_root, const std::string& target) override;
  void SetCapKill(bool on) override;
  bool Eventually(const std::function<bool()>& condition) override;
  void Reset() override;

 private:
  void KillAll();
  void EmptyRoot();

  LinuxKernel kernel_;
  LinuxContainerKernel container_kernel_{kernel_};
  PassiveProcesses passive_;
  std::vector<std::string> cgroups_;  // the lab's own, in each hierarchy
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CONTRACT_LAB_LINUX_H_
