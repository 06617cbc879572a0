#include "sim/schedule_trace.h"

#include "sim/hash.h"

namespace reapcheck::sim {

std::uint64_t HashOf(const TextTable& texts, const Trace& trace) {
  std::uint64_t hash = static_cast<std::uint64_t>(trace.end);
  for (const TraceStep& step : trace.steps) {
    hash = Combine(hash, HashBytes(ToString(step.choice)));
    hash = Combine(hash, static_cast<std::uint64_t>(step.time));
    if (step.is_call) {
      hash = Combine(hash, step.actor);
      hash = Combine(hash, HashOf(texts, step.call));
      hash = Combine(hash, HashOf(texts, step.result));
    }
    hash = Combine(hash, HashBytes(step.text));
  }
  for (const Violation& violation : trace.violations) {
    hash = Combine(hash, HashBytes(violation.invariant));
    hash = Combine(hash, HashBytes(violation.summary));
  }
  return hash;
}

}  // namespace reapcheck::sim
