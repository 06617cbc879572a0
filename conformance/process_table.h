// Processes as proc(5) shows them. Reads only, but for SendSignal, which verifies identity first.
#ifndef REAPCHECK_CONFORMANCE_PROCESS_TABLE_H_
#define REAPCHECK_CONFORMANCE_PROCESS_TABLE_H_

#include <optional>
#include <vector>

#include "conformance/observation.h"

namespace reapcheck::conformance {

// nullopt: there is no such process (or it went while it was read).
std::optional<ProcessInfo> ReadProcess(pid_t pid);

// All descendants of `root`, zombies too, without itself; sorted by pid.
std::vector<ProcessInfo> Descendants(pid_t root);

// Sends to exactly this process: pidfd_open(2), then the start time is checked, then the signal.
// False when it does not exist any more.
bool SendSignal(const ProcessId& process, int signal);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_PROCESS_TABLE_H_
