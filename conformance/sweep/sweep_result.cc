#include "conformance/sweep/sweep_result.h"

#include <algorithm>
#include <set>

namespace reapcheck::sweep {
namespace {

bool Has(const conformance::Violations& violations, std::string_view invariant) {
  return std::ranges::find(violations, invariant, &conformance::Violation::invariant) !=
         violations.end();
}

// What any life of the point has broken, each invariant once: a life may break one in two ways.
conformance::Violations AllOf(const PointResult& point) {
  conformance::Violations all;
  const auto add = [&all](const conformance::Violations& found) {
    for (const auto& violation : found) {
      if (!Has(all, violation.invariant)) all.push_back(violation);
    }
  };
  add(point.violations);
  for (const conformance::Violations& found : point.again) add(found);
  return all;
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

std::vector<BaselineFailure> BaselineOf(const std::vector<conformance::Violations>& lives) {
  std::vector<BaselineFailure> baseline;
  for (const conformance::Violations& life : lives) {
    for (const auto& violation : AllOf({.violations = life})) {
      auto known = std::ranges::find(baseline, violation.invariant, &BaselineFailure::invariant);
      if (known == baseline.end()) {
        known = baseline.insert(known, {.invariant = violation.invariant,
                                        .summary = violation.summary,
                                        .lives = static_cast<int>(lives.size())});
      }
      ++known->failed;
    }
  }
  return baseline;
}

void EraseExcused(conformance::Violations& violations,
                  const std::vector<BaselineFailure>& baseline) {
  std::erase_if(violations, [&](const conformance::Violation& violation) {
    return std::ranges::any_of(baseline, [&](const BaselineFailure& failure) {
      return failure.is_certain() && failure.invariant == violation.invariant;
    });
  });
}

std::string NameOf(const SweepResult& sweep) {
  return sweep.scenario != nullptr ? sweep.scenario->name
                                   : std::string(OperationName(sweep.operation));
}

std::vector<Group> GroupsOf(const SweepResult& sweep) {
  std::vector<Group> groups;
  for (std::size_t i = 0; i < sweep.points.size(); ++i) {
    const PointResult& result = sweep.points[i];
    for (const auto& violation : AllOf(result)) {
      const std::string& call = result.point.injection.call;
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
    if (group.is_certain()) continue;
    const std::size_t last = group.members.size() - 1;
    for (const std::size_t member : {std::size_t{0}, last, last / 2}) {
      if (sweep.points[group.members[member]].is_tried_again) continue;
      wanted.insert(group.members[member]);
      break;
    }
  }
  return {wanted.begin(), wanted.end()};
}

std::string LivesText(int failed, int lives) {
  if (lives < 2) return "";
  return ", in " + std::to_string(failed) + " of " + std::to_string(lives) + " lives";
}

int LivesOf(const PointResult& point) { return 1 + static_cast<int>(point.again.size()); }

int FailedLivesOf(const PointResult& point, std::string_view invariant) {
  const auto again = std::ranges::count_if(
      point.again, [&](const conformance::Violations& found) { return Has(found, invariant); });
  return static_cast<int>(again) + (Has(point.violations, invariant) ? 1 : 0);
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
