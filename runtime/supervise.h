// What a foreground `run` or `exec` does while the program runs: passes the caller's signals and
// terminal on to it, and waits for its end. Real kernel only: not part of kill and delete.
#ifndef REAPCHECK_RUNTIME_SUPERVISE_H_
#define REAPCHECK_RUNTIME_SUPERVISE_H_

#include "runtime/kernel.h"

namespace reapcheck {

// Two connected sockets for the terminal of a foreground program: one is the child's
// --console-socket, from the other Supervise receives the terminal.
struct ConsolePair {
  OwnedFd for_child;
  OwnedFd own;
};
Result<ConsolePair> MakeConsolePair(Kernel& kernel);

// Blocks the signals that are to be passed on, from before the program exists.
void HoldSignals();

// Waits for a child of this process. Its exit code, or 128 + the signal that killed it. `console`
// is where its terminal arrives, or no descriptor.
Result<int> Supervise(Pid child, const OwnedFd& console);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_SUPERVISE_H_
