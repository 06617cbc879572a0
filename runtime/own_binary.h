// A container that runs code in a process of the runtime, or looks at one in a shared pid
// namespace, can open the runtime's binary through /proc/PID/exe and, as root, write to it
// (CVE-2019-5736).
// The processes that become a container's run from a copy that can not be written.
#ifndef REAPCHECK_RUNTIME_OWN_BINARY_H_
#define REAPCHECK_RUNTIME_OWN_BINARY_H_

#include "runtime/error.h"

namespace reapcheck {

// Executes this program once more, with the same arguments, environment and descriptors, from a
// detached read-only mount of its binary, or where that is not allowed from a sealed copy in
// memory. Returns when this already is the second run. For create, run and exec, before anything
// is opened.
Result<void> ProtectOwnBinary(char** argv);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_OWN_BINARY_H_
