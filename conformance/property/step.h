// One step of a property's sequence: an operation on the container with what goes wrong in it, two
// at once, or something that happens to the container. Plain values that print as one line.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_STEP_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_STEP_H_

#include <string>

#include "conformance/scenario/scenario.h"

namespace reapcheck::property {

enum class StepKind {
  kOperation,
  kTogether,   // `operation`, and beside it `other`
  kInitDies,   // by itself, not through the runtime
  kStateLost,  // state.json is removed
  kStateCut,   // state.json is cut short
};

enum class FaultKind {
  kNone,
  kCrash,  // the runtime is killed when it is about to make its n-th kernel call
  kErrno,  // its n-th kernel call, or the next that can, fails once
};

struct Step {
  StepKind kind = StepKind::kOperation;
  scenario::Operation operation;
  scenario::Operation other;
  FaultKind fault = FaultKind::kNone;
  // n. kTogether: where the first gives way to the second. On the real kernel, where nobody counts,
  // it stands for a time.
  int at = 0;
  int error = 0;  // kErrno: which of the errnos that the call can give, modulo their number
};

// "delete --force c1, killed before call 12".
std::string ToString(const Step& step);

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_STEP_H_
