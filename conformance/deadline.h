// A moment after which a wait gives up. CLOCK_MONOTONIC; a value, safe to copy.
#ifndef REAPCHECK_CONFORMANCE_DEADLINE_H_
#define REAPCHECK_CONFORMANCE_DEADLINE_H_

#include <algorithm>
#include <chrono>

namespace reapcheck::conformance {

class Deadline {
 public:
  static Deadline After(std::chrono::milliseconds duration) {
    return Deadline(std::chrono::steady_clock::now() + duration);
  }
  bool Expired() const { return std::chrono::steady_clock::now() >= when_; }
  // Never negative; rounded up, so that poll(2) does not spin before the end.
  std::chrono::milliseconds Remaining() const {
    auto left = std::chrono::ceil<std::chrono::milliseconds>(when_ -
                                                             std::chrono::steady_clock::now());
    return std::max(left, std::chrono::milliseconds(0));
  }

 private:
  explicit Deadline(std::chrono::steady_clock::time_point when) : when_(when) {}
  std::chrono::steady_clock::time_point when_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_DEADLINE_H_
