// The supervisor of one invocation of a runtime: traces its whole process tree with ptrace(2), and
// acts at the calls that the seccomp filter stops (watched_call.h).
//
// It runs in a process of its own, beside the runtime, not above it: the runtime stays the child of
// whoever called it. All tracees die with it (PTRACE_O_EXITKILL). A container's init that was born
// under the filter stays traced, at the cost of a stop for each watched call, until it ends: a call
// that the filter stops without a tracer would fail with ENOSYS.
#ifndef REAPCHECK_CONFORMANCE_INJECT_TRACER_H_
#define REAPCHECK_CONFORMANCE_INJECT_TRACER_H_

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <vector>

#include "conformance/inject/call_name.h"
#include "conformance/inject/injection.h"
#include "conformance/inject/one_core.h"

namespace reapcheck::inject {

// A call that is held goes on by itself after so long: longer than any operation that waits for a
// lock of it has a reason to.
inline constexpr std::chrono::seconds kLongestHold{15};

// In memory that the supervisor shares with who asked for it.
struct Shared {
  static constexpr std::size_t kTextSize = std::size_t{1} << 22;

  std::atomic<int> problem{0};   // errno of what kept the supervisor from tracing
  std::atomic<int> reached{0};   // how often the injection acted
  std::atomic<int> passed{0};    // how many of a sequence of injections acted
  std::atomic<int> held{0};
  std::atomic<bool> overflowed{false};
  // Lines "occurrence TAB effect TAB number TAB call TAB path".
  std::atomic<std::uint32_t> used{0};
  char text[kTextSize];
};

struct TraceRequest {
  int request = -1;  // the runtime's pid comes from it
  int reply = -1;    // one byte is written to it when the runtime may go on
  OneCore core;      // that both are on
  Places places;
  Injection injection;
  std::vector<Injection> then;    // one after the other, each when those before it acted
  std::vector<Injection> lasting;  // from the beginning, whether they come or not
  Shared* shared = nullptr;
  int release = -1;  // an eventfd(2) that is readable when a call that is held may go on
};

// Returns when nothing is traced any more.
void Trace(const TraceRequest& request);

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_TRACER_H_
