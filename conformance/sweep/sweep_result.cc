#include "conformance/sweep/sweep_result.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace reapcheck::sweep {
namespace {

bool Has(const conformance::Violations& violations, std::string_view invariant) {
  return std::ranges::find(violations, invariant, &conformance::Violation::invariant) !=
         violations.end();
}

// How often the point was tried, and broke the invariant.
int LivesOf(const PointResult& point) { return 1 + static_cast<int>(point.again.size()); }
int FailedLivesOf(const PointResult& point, std::string_view invariant) {
  const auto again = std::ranges::count_if(
      point.again, [&](const conformance::Violations& found) { return Has(found, invariant); });
  return static_cast<int>(again) + (Has(point.violations, invariant) ? 1 : 0);
}

void Join(Group& group, const PointResult& point, std::size_t index, const std::string& summary) {
  const int failed = FailedLivesOf(point, group.invariant);
  if (failed > group.failed) {
    group.first = point.point.Describe();
    group.summary = summary;
    group.failed = failed;
    group.lives = LivesOf(point);
  }
  ++group.points;
  group.happened.push_back(point.point.WhatHappens());
  group.members.push_back(index);
}

}  // namespace

std::string NameOf(const SweepResult& sweep) {
  return sweep.scenario != nullptr ? sweep.scenario->name
                                   : std::string(OperationName(sweep.operation));
}

std::vector<Group> GroupsOf(const SweepResult& sweep) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    const PointResult& result = sweep.points[i];
    std::set<std::string> counted;  // a point may break one invariant in two ways
    for (const auto& violation : result.violations) {
      const std::string& call = result.point.injection.call;
      if (!counted.insert(violation.invariant).second) continue;
      const auto is_alike = [&](const Group& group) {
        return group.invariant == violation.invariant && group.call == call;
      };
      auto group = std::ranges::find_if(groups, is_alike);
      if (group == groups.end()) {
        group = groups.insert(groups.end(), {.invariant = violation.invariant, .call = call});
      }
      Join(*group, result, i, violation.summary);
    }
  }
  for (Group& group : groups) {
    std::ranges::sort(group.happened);
    const auto repeated = std::ranges::unique(group.happened);
    group.happened.erase(repeated.begin(), repeated.end());
  }
  return groups;
}

std::vector<std::size_t> ToBeTriedAgain(const SweepResult& sweep) {
  std::set<std::size_t> wanted;
  for (const Group& group : GroupsOf(sweep)) {
    if (group.lives >= kTries && group.is_certain()) continue;
    for (std::size_t i = 0; i < group.members.size() && i < kTries; ++i) {
      if (!sweep.points[group.members[i]].again.empty()) continue;
      wanted.insert(group.members[i]);
      break;
    }
  }
  return {wanted.begin(), wanted.end()};
}

std::string LivesText(int failed, int lives) {
  return std::to_string(failed) + " of " + std::to_string(lives) + " lives";
}

Counts CountsOf(const SweepResult& sweep) {
  Counts counts{.points = static_cast<int>(sweep.points.size())};
  for (const PointResult& result : sweep.points) {
    const bool is_broken = !result.broken.empty();
    counts.broken += is_broken ? 1 : 0;
    counts.reached += result.reached ? 1 : 0;
    counts.not_reached += !result.reached && !is_broken ? 1 : 0;
    counts.failed += !result.violations.empty() ? 1 : 0;
  }
  return counts;
}

}  // namespace reapcheck::sweep
