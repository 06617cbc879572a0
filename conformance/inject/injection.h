// What is to happen to a runtime at one of its system calls, and what was seen of its calls.
//
// A call is named by what it means, as in the simulator (sim/world_classes.cc): "rmdir cgroup",
// "unlink record", "signal init". Its occurrence is counted from 1 over the whole process tree of
// the invocation, so that a name means the same in a program with threads. Plain values.
#ifndef REAPCHECK_CONFORMANCE_INJECT_INJECTION_H_
#define REAPCHECK_CONFORMANCE_INJECT_INJECTION_H_

#include <chrono>
#include <string>
#include <vector>

namespace reapcheck::inject {

enum class Action {
  kNothing,     // record only
  kFail,        // returns the errno and is not executed
  kShorten,     // write(2): only the first half of what it is given
  kKillBefore,  // SIGKILL to the runtime; the call does not happen
  kKillAfter,   // SIGKILL to the runtime once the call is done
  kTerminate,   // SIGTERM to the runtime; the call happens
  kDelay,       // the call waits kDelay
  kHold,        // the call waits until Injector::Release, at most kLongestHold
};

// More than the kernel needs to end a process and to empty its cgroups.
inline constexpr std::chrono::milliseconds kDelay{100};

struct Injection {
  std::string call;    // "rmdir cgroup"
  int occurrence = 1;
  Action action = Action::kNothing;
  int error = 0;            // kFail: the errno
  bool lasting = false;     // kFail: also every later call of that name
  // kKillBefore, kKillAfter: all processes of the runtime that run its program, not only the one
  // that was called.
  bool whole_tree = false;

  bool operator==(const Injection&) const = default;
};

// One call that the runtime was about to make.
struct SeenCall {
  std::string call;
  int occurrence = 1;
  std::string path;  // of what it is about; "" where there is none
  bool is_effect = false;  // it changes something that outlives the runtime
  long number = -1;        // of the system call: one name may stand for several

  bool operator==(const SeenCall&) const = default;
};

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_INJECTION_H_
