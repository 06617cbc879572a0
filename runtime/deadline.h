// Bounds for everything that waits: a point in time, and pauses that grow.
#ifndef REAPCHECK_RUNTIME_DEADLINE_H_
#define REAPCHECK_RUNTIME_DEADLINE_H_

#include <algorithm>
#include <chrono>

#include "runtime/kernel.h"

namespace reapcheck {

class Deadline {
 public:
  Deadline(Kernel& kernel, std::chrono::nanoseconds bound)
      : end_(kernel.ClockGettime().since_boot + bound) {}

  bool Passed(Kernel& kernel) const { return kernel.ClockGettime().since_boot >= end_; }
  // What is left, never negative.
  std::chrono::milliseconds Left(Kernel& kernel) const {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ -
                                                             kernel.ClockGettime().since_boot);
    return std::max(left, std::chrono::milliseconds(0));
  }

 private:
  std::chrono::nanoseconds end_;
};

// Pauses of 0.1 ms that double up to 100 ms, so that none is longer than all before it together:
// for what the kernel gives no event for.
class Backoff {
 public:
  void Wait(Kernel& kernel) {
    // An interrupted pause is a short one; the caller looks again either way.
    static_cast<void>(kernel.Nanosleep(pause_));
    pause_ = std::min<std::chrono::nanoseconds>(pause_ * 2, std::chrono::milliseconds(100));
  }

 private:
  std::chrono::nanoseconds pause_ = std::chrono::microseconds(100);
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_DEADLINE_H_
