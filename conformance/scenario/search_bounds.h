// How far a search of a scenario goes: explored, hunted, replayed and shrunk alike.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_SEARCH_BOUNDS_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_SEARCH_BOUNDS_H_

#include <cstdint>

#include "conformance/scenario/scenario.h"
#include "sim/system.h"

namespace reapcheck::scenario {

// The longest schedule that ends is a back-off of 10 s whose every call is interrupted again and
// again.
inline constexpr std::uint64_t kMaxDepth = 100'000;

inline sim::Bounds BoundsOf(const Scenario& scenario) {
  const auto count = [](int value) { return static_cast<std::uint8_t>(value); };
  sim::Bounds bounds;
  bounds.budget = {.faults = count(scenario.bounds.faults),
                   .crashes = count(scenario.bounds.crashes),
                   .preemptions = count(scenario.bounds.preemptions)};
  bounds.has_power_failure = scenario.has_power_failure;
  bounds.has_lasting_faults = scenario.bounds.has_lasting_faults;
  return bounds;
}

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_SEARCH_BOUNDS_H_
