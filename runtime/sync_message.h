// The parent's side of the protocol of container_kernel.h: messages from and to a cloned child.
#ifndef REAPCHECK_RUNTIME_SYNC_MESSAGE_H_
#define REAPCHECK_RUNTIME_SYNC_MESSAGE_H_

#include <string>
#include <string_view>

#include "runtime/failure.h"
#include "runtime/kernel.h"

namespace reapcheck {

// Writes one message. EPIPE: the child is dead.
Outcome<void> TellChild(Kernel& kernel, Fd sync, std::string_view message);

// Waits for exactly this message. The child's "error ..." becomes its Failure; its end, kSystem.
Outcome<void> ExpectFromChild(Kernel& kernel, Fd sync, std::string_view message);

// Waits for the end of file, which is the execution of the program (or the child's death), or for
// the child's "error ...".
Outcome<void> ExpectEnd(Kernel& kernel, Fd sync);

// "KIND TEXT" as a Failure.
Failure ParseChildFailure(std::string_view text);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_SYNC_MESSAGE_H_
