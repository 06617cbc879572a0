// Signals as a user writes them: signal(7).
#ifndef REAPCHECK_RUNTIME_SIGNAL_NAME_H_
#define REAPCHECK_RUNTIME_SIGNAL_NAME_H_

#include <optional>
#include <string>
#include <string_view>

#include "runtime/kernel.h"

namespace reapcheck {

// "TERM", "SIGTERM", "sigterm", "15", "0", "RTMIN", "RTMIN+3", "SIGRTMAX-1". Nothing else: no sign,
// no white space, no digits after which something follows, no number above 64.
std::optional<Signal> ParseSignal(std::string_view text);

// "SIGTERM", "SIGRTMIN+3", "0" for the probe.
std::string SignalName(Signal signal);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_SIGNAL_NAME_H_
