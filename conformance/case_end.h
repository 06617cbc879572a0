// What ends the body of a case at once.
//
// Departs from: no exceptions as control flow. A case has helpers that can not go on (the container
// did not come up), and a body full of checks for that hides its claim.
#ifndef REAPCHECK_CONFORMANCE_CASE_END_H_
#define REAPCHECK_CONFORMANCE_CASE_END_H_

#include <exception>
#include <stdexcept>

namespace reapcheck::conformance {

// Failed; the reason has been noted as a GoogleTest failure.
class CaseStopped : public std::exception {};

// Can not be judged here, for the reason in what().
class CaseSkipped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The lab itself can not go on: the verdict is "broken", never a judgement of the runtime.
class LabBroken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASE_END_H_
