// A point of a sweep: one fault at one call of an operation. Plain values, and the faults that each
// call of a census gives rise to.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_POINT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_POINT_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/inject/injection.h"
#include "conformance/sweep/operation.h"

namespace reapcheck::sweep {

enum class FaultKind {
  kCrash,      // SIGKILL to the process that was called
  kCrashTree,  // SIGKILL to all processes of the runtime
  kErrno,
  kShort,      // a write(2) that writes less than it was given
  kTerm,       // SIGTERM to the process that was called
  kDelay,
  kPair,       // a second operation while the first is held
};

inline constexpr FaultKind kAllFaults[] = {
    FaultKind::kCrash, FaultKind::kCrashTree, FaultKind::kErrno, FaultKind::kShort,
    FaultKind::kTerm,  FaultKind::kDelay,     FaultKind::kPair};

std::string_view FaultKindName(FaultKind kind);  // "crash"

struct Point {
  inject::Injection injection;
  std::string path;  // of the call in the census
  // kHold: runs while the call is held, and as long as it waits for that.
  std::optional<Operation> second;

  // "killed before", "all killed after", "EBUSY", "EBUSY for ever", "written in part",
  // "SIGTERM", "delayed", "held for kill".
  std::string WhatHappens() const;
  std::string Describe() const;  // "rmdir cgroup #3 EBUSY"
};

FaultKind FaultKindOf(const Point& point);

// A call that an operation repeats on one path (it polls) has points at its first few: how many
// come later depends on how long the kernel takes.
inline constexpr int kRepetitions = 3;

// Crashes before and after each effect; each errno that the simulator's table has for a call of
// that name, once and for ever; writes to files on disk cut short; SIGTERM and a delay at each
// effect; each second operation while an effect is held. `seen` is what the operation called when
// nothing went wrong.
std::vector<Point> PointsOf(const std::vector<inject::SeenCall>& seen, FaultKind kind);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_POINT_H_
