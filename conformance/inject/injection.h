// What is to happen to a runtime at one of its system calls, and what was seen of its calls.
//
// A call is named by what it means, as in the simulator (sim/world_classes.cc): "rmdir cgroup",
// "unlink record", "signal init". Its occurrence is counted from 1 over the whole process tree of
// the invocation, so that a name means the same in a program with threads. Plain values.
#ifndef REAPCHECK_CONFORMANCE_INJECT_INJECTION_H_
#define REAPCHECK_CONFORMANCE_INJECT_INJECTION_H_

#include <string>
#include <vector>

namespace reapcheck::inject {

enum class Action {
  kNothing,     // record only
  kFail,        // returns the errno and is not executed
  kKillBefore,  // SIGKILL to the runtime; the call does not happen
  kKillAfter,   // SIGKILL to the runtime once the call is done
  kHold,        // the call waits until Injector::Release, at most kLongestHold
};

struct Injection {
  std::string call;    // "rmdir cgroup"
  int occurrence = 1;
  Action action = Action::kNothing;
  int error = 0;         // kFail: the errno
  bool lasting = false;  // kFail: also every later call of that name

  bool operator==(const Injection&) const = default;
};

// One call that the runtime was about to make.
struct SeenCall {
  std::string call;
  int occurrence = 1;
  std::string path;  // of what it is about; "" where there is none
  bool is_effect = false;  // it changes something that outlives the runtime

  bool operator==(const SeenCall&) const = default;
};

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_INJECTION_H_
