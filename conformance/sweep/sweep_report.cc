#include "conformance/sweep/sweep_report.h"

#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <utility>

#include "conformance/layout.h"

namespace reapcheck::sweep {
namespace {

using conformance::CaseResult;
using conformance::LayoutName;
using conformance::Verdict;
using Json = nlohmann::json;

std::string Join(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::string HeadOf(const SweepResult& sweep) {
  std::ostringstream out;
  out << std::left << std::setw(13) << sweep.runtime << " " << std::setw(13) << sweep.version
      << " " << std::setw(6) << LayoutName(sweep.layout)
      << std::setw(21) << NameOf(sweep) << (NameOf(sweep).size() > 20 ? " " : "")
      << std::setw(12) << FaultKindName(sweep.fault);
  return out.str();
}

void TellGroup(std::ostringstream& out, const SweepResult& sweep, const Group& group,
               const std::string& command) {
  out << "  " << group.invariant << "  " << group.call << ", " << group.points
      << (group.points == 1 ? " point: " : " points: ")
      << Join(group.happened) << "\n      " << group.first
      << LivesText(group.failed, group.lives) << ": " << group.summary
      << "\n      again: " << command << " sweep --runtime " << sweep.typed << " --cgroup "
      << LayoutName(sweep.layout)
      << (sweep.scenario != nullptr ? " --scenario " : " --operation ") << NameOf(sweep)
      << " --fault " << FaultKindName(sweep.fault) << " --call '" << group.call << "'\n";
}

Json PointJson(const PointResult& result) {
  Json violations = Json::array();
  for (const auto& violation : result.violations) {
    violations.push_back({{"invariant", violation.invariant},
                          {"summary", violation.summary},
                          {"lives", LivesOf(result)},
                          {"failed_lives", FailedLivesOf(result, violation.invariant)},
                          {"file", result.file}});
  }
  const bool is_after = result.point.injection.action == inject::Action::kKillAfter;
  Json point = {{"call", result.point.injection.call},
                {"path", result.point.path},
                {"occurrence", result.point.injection.occurrence},
                {"when", is_after ? "after" : "before"},
                {"fault", result.point.WhatHappens()},
                {"reached", result.reached},
                {"converged", result.converged},
                {"violations", std::move(violations)}};
  if (!result.broken.empty()) point["broken"] = result.broken;
  return point;
}

Json SweepJson(const SweepResult& sweep) {
  Json points = Json::array(), groups = Json::array();
  for (const PointResult& result : sweep.points) points.push_back(PointJson(result));
  for (const Group& group : GroupsOf(sweep)) {
    groups.push_back({{"invariant", group.invariant},
                      {"call", group.call},
                      {"faults", group.happened},
                      {"points", group.points},
                      {"first", group.first},
                      {"lives", group.lives},
                      {"failed_lives", group.failed},
                      {"summary", group.summary}});
  }
  const Counts counts = CountsOf(sweep);
  Json json = {{"runtime", sweep.runtime},
               {"version", sweep.version},
               {"operation", OperationName(sweep.operation)},
               {"fault", FaultKindName(sweep.fault)},
               {"cgroup", LayoutName(sweep.layout)},
               {"points", std::move(points)},
               {"groups", std::move(groups)},
               {"summary",
                {{"points", counts.points},
                 {"reached", counts.reached},
                 {"not_reached", counts.not_reached},
                 {"failed", counts.failed},
                 {"broken", counts.broken}}}};
  if (sweep.scenario != nullptr) {
    json["scenario"] = sweep.scenario->name;
    json["operation"] = CommandText(sweep.scenario->operations[0]);
  }
  for (const BaselineFailure& failure : sweep.baseline) {
    json["baseline"].push_back({{"invariant", failure.invariant},
                                {"summary", failure.summary},
                                {"lives", failure.lives},
                                {"failed_lives", failure.failed}});
  }
  if (!sweep.problem.empty()) json["problem"] = sweep.problem;
  if (!sweep.skip.empty()) json["skipped"] = sweep.skip;
  return json;
}

CaseResult CaseOf(const PointResult& point) {
  CaseResult result{.claim = "After the fault nothing is left, and what was told is true."};
  for (const auto& violation : point.violations) {
    if (std::ranges::count(result.cites, violation.invariant) == 0) {
      result.cites.push_back(violation.invariant);
    }
    result.reason += (result.reason.empty() ? "" : "\n") + violation.invariant +
                     LivesText(FailedLivesOf(point, violation.invariant), LivesOf(point)) + ": " +
                     violation.summary;
  }
  if (!point.broken.empty()) {
    result.reason = point.broken;
  } else if (!point.violations.empty()) {
    result.verdict = Verdict::kFail;
  } else if (point.reached) {
    result.verdict = Verdict::kPass;
  } else {
    result.verdict = Verdict::kSkip;
    result.reason = "the call never came in " + std::to_string(kTries) + " lives";
  }
  return result;
}

std::vector<CaseResult> CasesOf(const SweepResult& sweep) {
  const std::string group = NameOf(sweep) + "-" + std::string(FaultKindName(sweep.fault));
  std::vector<CaseResult> cases;
  for (const PointResult& point : sweep.points) {
    cases.push_back(CaseOf(point));
    cases.back().name = group + "." + point.point.Describe();
  }
  for (const BaselineFailure& failure : sweep.baseline) {
    cases.push_back({.name = group + ".with nothing wrong",
                     .cites = {failure.invariant},
                     .verdict = Verdict::kFail,
                     .reason = failure.invariant + LivesText(failure.failed, failure.lives) +
                               ": " + failure.summary});
  }
  if (!sweep.problem.empty()) {
    cases.push_back({.name = group + ".census", .reason = sweep.problem});
  }
  if (!sweep.skip.empty()) {
    cases.push_back(
        {.name = group + ".census", .verdict = Verdict::kSkip, .reason = sweep.skip});
  }
  return cases;
}

}  // namespace

std::string PrettyReport(const std::vector<SweepResult>& sweeps, const std::string& command) {
  std::ostringstream out;
  Counts all;
  std::set<std::string> told;
  for (const SweepResult& sweep : sweeps) {
    const Counts counts = CountsOf(sweep);
    if (!sweep.problem.empty()) {
      // The same for all faults: the census of the operation failed.
      std::string line = sweep.version.empty()  // not even once
                             ? sweep.runtime + " can not be swept: " + sweep.problem + "\n"
                             : sweep.runtime + " " + NameOf(sweep) + " can not be swept on " +
                                   std::string(LayoutName(sweep.layout)) + ": " + sweep.problem +
                                   "\n";
      if (told.insert(line).second) out << line;
      continue;
    }
    out << HeadOf(sweep) << std::right << std::setw(5) << counts.reached << "/" << counts.points
        << " reached, " << counts.failed << " failed";
    if (counts.broken > 0) out << ", " << counts.broken << " broken";
    out << "\n";
    if (!sweep.skip.empty()) out << "  skipped: " << sweep.skip << "\n";
    for (const BaselineFailure& failure : sweep.baseline) {
      out << "  " << failure.invariant << "  with nothing wrong"
          << LivesText(failure.failed, failure.lives) << ": " << failure.summary << "\n";
    }
    for (const Group& group : GroupsOf(sweep)) TellGroup(out, sweep, group, command);
    for (const PointResult& result : sweep.points) {
      if (!result.broken.empty()) {
        out << "  broken  " << result.point.Describe() << ": " << result.broken << "\n";
      } else if (!result.reached) {
        out << "  never came in " << kTries << " lives: " << result.point.Describe() << "\n";
      }
    }
    all.points += counts.points;
    all.reached += counts.reached;
    all.failed += counts.failed;
    all.broken += counts.broken;
  }
  out << "\n" << all.points << " points, " << all.reached << " reached, " << all.failed
      << " failed, " << all.broken << " broken\n";
  return out.str();
}

std::string JsonReport(const std::vector<SweepResult>& sweeps) {
  Json all = Json::array();
  for (const SweepResult& sweep : sweeps) all.push_back(SweepJson(sweep));
  return all.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

conformance::Report AsReport(const std::vector<SweepResult>& sweeps) {
  conformance::Report report;
  for (const SweepResult& sweep : sweeps) {
    const std::string layout(LayoutName(sweep.layout));
    const auto is_same = [&](const conformance::RuntimeReport& runtime) {
      return runtime.name == sweep.runtime && runtime.cgroup == layout;
    };
    auto runtime = std::ranges::find_if(report.runtimes, is_same);
    if (runtime == report.runtimes.end()) {
      runtime = report.runtimes.insert(runtime, {.name = sweep.runtime,
                                                 .command = sweep.typed,
                                                 .version = sweep.version,
                                                 .cgroup = layout});
    }
    for (CaseResult& result : CasesOf(sweep)) runtime->results.push_back(std::move(result));
  }
  return report;
}

}  // namespace reapcheck::sweep
