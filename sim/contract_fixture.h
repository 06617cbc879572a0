// What contract tests share: a lab for each kernel and layout, and short words for what is done in
// every body. A body runs once for each of {sim, linux} x {v1, v2}, on no more than kernel.h.
#ifndef REAPCHECK_SIM_CONTRACT_FIXTURE_H_
#define REAPCHECK_SIM_CONTRACT_FIXTURE_H_

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/kernel.h"
#include "sim/contract_lab.h"

namespace reapcheck::sim {

struct ContractSetup {
  KernelKind kernel = KernelKind::kSim;
  LabLayout layout = LabLayout::kV2;
};

// "ok", or the name of the errno: "EBUSY".
template <typename T>
std::string Answer(const Result<T>& result) {
  return result.has_value() ? "ok" : ErrnoName(result.error().code);
}

class ContractTest : public ::testing::TestWithParam<ContractSetup> {
 protected:
  void SetUp() override;

  bool IsV1() const { return GetParam().layout == LabLayout::kV1; }
  ContractLab& lab() { return *lab_; }
  Kernel& k() { return lab_->kernel(); }
  Fd root() const { return root_.get(); }      // lab().root(), open
  Fd cgroup() const { return cgroup_.get(); }  // lab().cgroup(), open

  // --- Files ---
  // A descriptor, with a failed test when there is none.
  OwnedFd Open(Fd dir, const std::string& path, int flags = 0);
  OwnedFd MakeFile(const std::string& path, const std::string& text = "");
  void MakeDirectory(const std::string& path);
  // All that can be read from here on; or the errno's name.
  std::string Rest(Fd fd);
  // The whole file; or the errno's name.
  std::string Text(Fd dir, const std::string& path);
  // "ok" or an errno's name, of open(2) for writing and write(2).
  std::string Put(Fd dir, const std::string& path, const std::string& text);
  // Sorted names; or an errno's name alone.
  std::vector<std::string> Names(Fd dir);
  FileStat Stat(Fd dir, const std::string& path, int flags = 0);
  // What poll(2) returns of it at once.
  short Polled(Fd fd, short events);

  // --- Processes ---
  Pid Clone(const PassiveRequest& request = {});
  // "alive", "zombie" or "gone".
  std::string StateOf(Pid pid);
  bool Becomes(Pid pid, const std::string& state);
  // Kills it and waits for the zombie.
  void MakeZombie(Pid pid);
  // Reaps a zombie that is the tester's child.
  void Reap(Pid pid);
  // A pid that was the tester's child and is nobody's any more.
  Pid Reaped();

  // --- Cgroups ---
  // A process in the cgroup of this directory.
  Pid CloneInto(Fd dir, const PassiveRequest& request = {});
  std::string Move(Pid pid, Fd dir);
  std::set<Pid> Members(Fd dir);
  // "0" or "1" by its key in cgroup.events.
  std::string Event(Fd dir, const std::string& key);
  // Asks the freezer for it, in the layout's own words; does not wait.
  std::string SetFrozen(Fd dir, bool on);
  bool IsFrozen(Fd dir);
  bool BecomesFrozen(Fd dir) { return Eventually([&] { return IsFrozen(dir); }); }
  bool Eventually(const std::function<bool()>& condition) { return lab_->Eventually(condition); }

 private:
  std::unique_ptr<ContractLab> lab_;
  OwnedFd root_;
  OwnedFd cgroup_;
};

std::vector<ContractSetup> AllSetups();
std::vector<ContractSetup> SetupsOf(LabLayout layout);
std::string SetupName(const ::testing::TestParamInfo<ContractSetup>& info);

#define CONTRACT_ON_ALL(suite) \
  INSTANTIATE_TEST_SUITE_P(Kernels, suite, ::testing::ValuesIn(AllSetups()), SetupName)
#define CONTRACT_ON(suite, layout) \
  INSTANTIATE_TEST_SUITE_P(Kernels, suite, ::testing::ValuesIn(SetupsOf(layout)), SetupName)

// A pid above any that Linux gives: PID_MAX_LIMIT.
inline constexpr Pid kNoProcess{0x3fffffff};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CONTRACT_FIXTURE_H_
