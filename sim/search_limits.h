// When a search ends although it is not done.
#ifndef REAPCHECK_SIM_SEARCH_LIMITS_H_
#define REAPCHECK_SIM_SEARCH_LIMITS_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace reapcheck::sim {

struct SearchLimits {
  std::optional<std::chrono::steady_clock::time_point> deadline;
  const std::atomic<bool>* stop = nullptr;  // another thread or a signal handler sets it
  std::uint64_t max_states = UINT64_MAX;
  std::uint64_t max_depth = 20'000;  // a longer schedule is judged as one that does not end

  bool AreReached() const {
    return (stop != nullptr && stop->load(std::memory_order_relaxed)) ||
           (deadline && std::chrono::steady_clock::now() >= *deadline);
  }
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SEARCH_LIMITS_H_
