#include "sim/explorer_report.h"

#include <algorithm>
#include <cmath>

#include "sim/hash.h"

namespace reapcheck::sim {
namespace {

std::uint64_t NameOf(const Violation& violation, std::uint64_t effect) {
  return Combine(Combine(HashBytes(violation.invariant), HashBytes(violation.summary)), effect);
}

}  // namespace

void FaultCounts::Merge(const FaultCounts& other) {
  for (int op = 0; op < kOpCount; ++op) {
    for (int error = 0; error < kErrors; ++error) counts_[op][error] += other.counts_[op][error];
  }
}

double SearchStats::ExpectedCollisions() const {
  return std::ldexp(static_cast<double>(states) * static_cast<double>(states), -65);
}

void SearchStats::Merge(const SearchStats& other) {
  is_complete = is_complete && other.is_complete;
  total = std::max(total, other.total);
  schedules += other.schedules;
  states += other.states;
  transitions += other.transitions;
  kernel_calls += other.kernel_calls;
  pruned += other.pruned;
  continuations += other.continuations;
  depth = std::max(depth, other.depth);
  table_bytes += other.table_bytes;
  histories += other.histories;
  fingerprint = Combine(fingerprint, other.fingerprint);
  seconds += other.seconds;
  faults.Merge(other.faults);
}

int ViolationLog::Find(const Violation& violation, std::uint64_t effect) const {
  const auto known = known_.find(NameOf(violation, effect));
  return known == known_.end() ? -1 : known->second;
}

int ViolationLog::Sort(const Violation& violation, std::uint64_t effect,
                       const std::string& effect_class) {
  const auto [place, is_new] = sorted_.try_emplace(
      GroupKey{violation.invariant, violation.summary, effect_class},
      static_cast<int>(groups_.size()));
  if (is_new) {
    groups_.push_back(FoundViolation{.violation = violation, .last_effect = effect_class});
  }
  known_.emplace(NameOf(violation, effect), place->second);
  return place->second;
}

void ViolationLog::Count(int group, std::span<const Choice> choices, int cost) {
  FoundViolation& found = groups_[group];
  const bool is_smaller = std::pair(cost, choices.size()) <
                          std::pair(found.cost, found.choices.size());
  ++found.count;
  if (!is_smaller) return;
  found.choices.assign(choices.begin(), choices.end());
  found.cost = cost;
}

void ViolationLog::ForgetCounts() {
  for (FoundViolation& found : groups_) found.count = 0;
}

std::vector<FoundViolation> ViolationLog::Take() const {
  std::vector<FoundViolation> sorted;
  for (const auto& [key, group] : sorted_) sorted.push_back(groups_[group]);
  return sorted;
}

}  // namespace reapcheck::sim
