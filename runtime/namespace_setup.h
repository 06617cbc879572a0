// What is set inside the container's namespaces and needs nothing of its root file system:
// hostname, domainname, kernel parameters, the loopback interface, the session keyring.
#ifndef REAPCHECK_RUNTIME_NAMESPACE_SETUP_H_
#define REAPCHECK_RUNTIME_NAMESPACE_SETUP_H_

#include "runtime/failure.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// All of it. oci_config.cc has checked that each has a namespace of its own. Before pivot_root.
Outcome<void> SetUpNamespaces(const OciConfig& config);

// A session keyring of its own, so that the caller's keys stay the caller's: keyrings(7). Where
// there are none, or the quota is used up, there is nothing to protect.
void LeaveSessionKeyring();

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_NAMESPACE_SETUP_H_
