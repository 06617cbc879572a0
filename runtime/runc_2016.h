// The profile "runc-2016": kill and delete as runc did them in 2016, the flow that this project set
// out from. Kept to be explored and judged: what is wrong with it is meant to be found.
#ifndef REAPCHECK_RUNTIME_RUNC_2016_H_
#define REAPCHECK_RUNTIME_RUNC_2016_H_

#include "runtime/runtime.h"

namespace reapcheck {

class Runc2016Runtime : public Runtime {
 public:
  using Runtime::Runtime;

  // Load, parse the signal, kill(2) init.
  Outcome<void> Kill(const std::string& id, const KillOptions& options) override;
  // Load; without a record remove the directory; stopped: destroy; created: kill and destroy;
  // otherwise kill and destroy with force, else an error.
  Outcome<void> Delete(const std::string& id, const DeleteOptions& options) override;

 private:
  // SIGKILL to init, signal 0 in a loop until it fails, destroy.
  Outcome<void> KillContainer(const ContainerDirectory& container, Record& record);
  // Without a private pid namespace kill the cgroup's processes; destroy the cgroup; remove the
  // directory; run the poststop hooks up to the first that fails.
  Outcome<void> DestroyContainer(const ContainerDirectory& container, Record& record);
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_RUNC_2016_H_
