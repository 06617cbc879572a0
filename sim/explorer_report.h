// What a search found and how far it came.
#ifndef REAPCHECK_SIM_EXPLORER_REPORT_H_
#define REAPCHECK_SIM_EXPLORER_REPORT_H_

#include <array>
#include <climits>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "sim/behavior.h"
#include "sim/choice.h"
#include "sim/schedule_judge.h"
#include "sim/visited.h"

namespace reapcheck::sim {

// How often each errno was returned by each kind of call instead of its result.
class FaultCounts {
 public:
  static constexpr int kErrors = 134;

  void Add(Op op, int error) { ++counts_[static_cast<int>(op)][error]; }
  std::uint64_t Of(Op op, int error) const { return counts_[static_cast<int>(op)][error]; }
  void Merge(const FaultCounts& other);

 private:
  std::array<std::array<std::uint64_t, kErrors>, kOpCount> counts_{};
};

struct SearchStats {
  bool is_complete = false;         // all within the bounds was seen
  Budget bounds;                    // ... or would have been
  int total = 0;                    // faults, crashes and preemptions together, of the last round
  std::uint64_t schedules = 0;      // that reached an end or a violation
  std::uint64_t states = 0;         // distinct ones, of the last round
  std::uint64_t transitions = 0;    // choices made, of the last round
  std::uint64_t kernel_calls = 0;
  std::uint64_t pruned = 0;         // arrivals in a known state
  std::uint64_t continuations = 0;  // ends from which a judge had more run
  std::uint64_t depth = 0;          // choices of the longest schedule
  std::uint64_t table_bytes = 0;
  std::uint64_t histories = 0;      // nodes of the behaviour
  std::uint64_t fingerprint = 0;    // of all that was done: equal for equal searches
  double seconds = 0;
  FaultCounts faults;

  // How many pairs of different states have the same key, expected.
  double ExpectedCollisions() const;
  void Merge(const SearchStats& other);
};

struct FoundViolation {
  Violation violation;
  std::string last_effect;  // "rmdir cgroup": the class of the last call that changed something
  std::vector<Choice> choices;
  int cost = INT_MAX;       // faults, crashes and preemptions
  std::uint64_t count = 0;  // schedules that end in it
};

struct SearchReport {
  SearchStats stats;
  std::vector<FoundViolation> violations;  // by invariant, summary and last effect
  std::optional<Divergence> divergence;    // the search stopped: a program is not deterministic
};

// Violations as they come, each group with its smallest schedule.
class ViolationLog {
 public:
  // The group that this violation was sorted into before, -1: none. `effect` names the last call
  // that changed something, by its content.
  int Find(const Violation& violation, std::uint64_t effect) const;
  // Sorts it by the class of its last effect, so that the next one like it is found.
  int Sort(const Violation& violation, std::uint64_t effect, const std::string& effect_class);
  void Count(int group, std::span<const Choice> choices, int cost);

  // Before a search that meets the same schedules again.
  void ForgetCounts();

  bool empty() const { return groups_.empty(); }
  // Sorted.
  std::vector<FoundViolation> Take() const;

 private:
  using GroupKey = std::tuple<std::string, std::string, std::string>;

  std::vector<FoundViolation> groups_;
  std::map<GroupKey, int> sorted_;
  std::unordered_map<std::uint64_t, int> known_;  // looked up, never iterated
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_EXPLORER_REPORT_H_
