// ContractLab on the simulated kernel.
#ifndef REAPCHECK_SIM_CONTRACT_LAB_SIM_H_
#define REAPCHECK_SIM_CONTRACT_LAB_SIM_H_

#include <memory>
#include <string>
#include <vector>

#include "sim/contract_lab.h"
#include "sim/sim_kernel.h"
#include "sim/world.h"

namespace reapcheck::sim {

class SimLab : public ContractLab {
 public:
  explicit SimLab(LabLayout layout);
  SimLab(const SimLab&) = delete;
  SimLab& operator=(const SimLab&) = delete;

  Kernel& kernel() override { return kernel_; }
  Result<void> MkfifoAt(Fd dir, const std::string& path, mode_t mode) override;
  std::string root() const override;
  std::string cgroup() const override;
  std::string second_cgroup() const override;
  Result<Pid> Clone(const PassiveRequest& request) override;
  Result<Pid> CloneWithPid(Pid wanted) override;
  Result<Pid> SpawnExiting(int status) override;
  Result<Pid> SpawnLasting() override;
  void AddSymlink(const std::string& name_in_root, const std::string& target) override;
  void SetCapKill(bool on) override;
  bool Eventually(const std::function<bool()>& condition) override;
  void Reset() override { world_ = fresh_; }

 private:
  static int AddTester(World& world);

  LabLayout layout_;
  TextTable texts_;
  WorldOptions options_;
  World world_;
  int tester_;  // its place in World::processes
  SimKernel kernel_;
  World fresh_;
  std::vector<Step> steps_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CONTRACT_LAB_SIM_H_
