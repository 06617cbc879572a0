// A point of a sweep: one fault at one call of an operation. Plain values, and the faults that each
// call of a census gives rise to.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_POINT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_POINT_H_

#include <string>
#include <string_view>
#include <vector>

#include "conformance/inject/injection.h"

namespace reapcheck::sweep {

enum class FaultKind { kCrash, kErrno };

std::string_view FaultKindName(FaultKind kind);  // "crash"

struct Point {
  inject::Injection injection;
  std::string path;  // of the call in the census

  // "before", "after", "EBUSY", "EBUSY for ever".
  std::string WhatHappens() const;
  std::string Describe() const;  // "rmdir cgroup #3 EBUSY"
};

// One before and one after each effect, or each errno that the simulator's table has for a call of
// that name, once and for ever. `seen` is what the operation called when nothing went wrong.
std::vector<Point> PointsOf(const std::vector<inject::SeenCall>& seen, FaultKind kind);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_POINT_H_
