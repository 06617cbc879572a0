// Surroundings in which one test body runs on two kernels: Linux, and the simulated one that must
// behave the same. A directory and a cgroup of its own, and passive processes to act on.
//
// The body calls kernel() as the runtime does. Pids, inodes and paths differ between the kernels:
// it compares what they stand for. Nothing that a lab made is left when it goes, and nothing else
// is touched. One lab at a time in a process; one thread.
#ifndef REAPCHECK_SIM_CONTRACT_LAB_H_
#define REAPCHECK_SIM_CONTRACT_LAB_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kernel.h"

namespace reapcheck::sim {

enum class KernelKind { kSim, kLinux };
// Which hierarchies: v1's freezer and pids, each on its own, or v2.
enum class LabLayout { kV1, kV2 };

std::string_view NameOf(KernelKind kind);
std::string_view NameOf(LabLayout layout);

// A process that does nothing, leads a process group and is the tester's child.
struct PassiveRequest {
  // One made before, in whose place this one is cloned: its child, in its group and pid namespace.
  Pid parent;
  bool is_namespace_init = false;  // of a new pid namespace
  bool ignores_sigterm = false;
  uid_t uid = 0;
};

class ContractLab {
 public:
  virtual ~ContractLab() = default;

  // The tester's door: root, a child subreaper, in the root of each cgroup hierarchy.
  virtual Kernel& kernel() = 0;
  virtual Result<void> MkfifoAt(Fd dir, const std::string& path, mode_t mode) = 0;

  // An empty directory on a file system that keeps all that kernel.h asks for.
  virtual std::string root() const = 0;
  // The lab's own cgroup, empty: v2's, or that of v1's freezer. Absolute.
  virtual std::string cgroup() const = 0;
  // The same in v1's pids hierarchy; "" on v2.
  virtual std::string second_cgroup() const = 0;

  virtual Result<Pid> Clone(const PassiveRequest& request) = 0;
  // As by fork(2) when the next free pid is `wanted`, which was used and reaped before.
  virtual Result<Pid> CloneWithPid(Pid wanted) = 0;
  // A child started by Spawn that ends with this status, some time later.
  virtual Result<Pid> SpawnExiting(int status) = 0;
  // One started by Spawn that never ends, with this text on its standard input.
  virtual Result<Pid> SpawnLasting() = 0;
  virtual void AddSymlink(const std::string& name_in_root, const std::string& target) = 0;
  // Whether the tester has CAP_KILL in its effective set: capabilities(7).
  virtual void SetCapKill(bool on) = 0;

  // True as soon as `condition` is, after what the kernel does later is done: on Linux it is asked
  // again until a deadline, in the simulator once, when no step is left.
  virtual bool Eventually(const std::function<bool()>& condition) = 0;

  // As when the lab was new: all processes reaped, the root and the cgroup empty, CAP_KILL there.
  virtual void Reset() = 0;
};

// "" when this machine can run such a lab, else why not.
std::string WhyNoLab(KernelKind kind, LabLayout layout);
// Not null where WhyNoLab is "".
std::unique_ptr<ContractLab> MakeLab(KernelKind kind, LabLayout layout);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CONTRACT_LAB_H_
