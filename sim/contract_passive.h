// Passive processes on Linux: what ContractLab::Clone makes there. Such a process waits for orders
// on a socket, so that it can clone a child of its own, and never ends by itself while this
// process lives.
//
// The caller owns the processes: it kills and reaps them. One thread.
#ifndef REAPCHECK_SIM_CONTRACT_PASSIVE_H_
#define REAPCHECK_SIM_CONTRACT_PASSIVE_H_

#include <map>

#include "sim/contract_lab.h"

namespace reapcheck::sim {

class PassiveProcesses {
 public:
  PassiveProcesses() = default;
  ~PassiveProcesses() { Forget(); }
  PassiveProcesses(const PassiveProcesses&) = delete;
  PassiveProcesses& operator=(const PassiveProcesses&) = delete;

  Result<Pid> Clone(const PassiveRequest& request);
  // EEXIST: another process has the pid. Needs CAP_SYS_ADMIN: clone(2), set_tid.
  Result<Pid> CloneWithPid(Pid wanted);
  // Closes all sockets, when the processes are dead.
  void Forget();

 private:
  Result<Pid> CloneHere(const PassiveRequest& request, Pid wanted);
  Result<Pid> CloneBelow(const PassiveRequest& request, int socket);

  std::map<Pid, int> sockets_;  // to send orders to each process; a child shares its parent's
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CONTRACT_PASSIVE_H_
