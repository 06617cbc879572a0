#include "conformance/scenario/explore_report.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string_view>

#include "runtime/error.h"
#include "sim/choice.h"
#include "sim/fault_table.h"

namespace reapcheck::scenario {
namespace {

using Json = nlohmann::ordered_json;

std::string Counted(std::uint64_t number, const char* one, const char* many) {
  return std::to_string(number) + " " + (number == 1 ? one : many);
}

std::string BoundsText(const sim::Budget& bounds) {
  return std::to_string(bounds.faults) + "f " + std::to_string(bounds.crashes) + "c " +
         std::to_string(bounds.preemptions) + "p";
}

std::string Seconds(double seconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f s", seconds);
  return text;
}

const char* VerdictOf(const ScenarioResult& result) {
  if (!result.error.empty()) return "no set-up";
  if (result.report.divergence) return "not deterministic";
  if (!result.report.violations.empty()) return "VIOLATED";
  if (!result.unreached.empty()) return "VACUOUS";
  return result.report.stats.is_complete ? "complete" : "incomplete";
}

std::string ViolationText(const ScenarioResult& result, std::size_t index) {
  const sim::FoundViolation& found = result.report.violations[index];
  std::string text = "\n" + found.violation.invariant + "  " + result.scenario->name + ": " +
                     found.violation.summary + "\n";
  text += "    " + (found.last_effect.empty() ? "" : "after " + found.last_effect + "; ") +
          Counted(found.count, "schedule ends", "schedules end") + " so; the smallest costs " +
          std::to_string(found.cost) + "\n    " + sim::ToString(found.choices) + "\n";
  if (index < result.files.size()) {
    text += "    reapcheck replay " + result.files[index] + "\n";
  }
  return text;
}

Json ViolationJson(const ScenarioResult& result, std::size_t index) {
  const sim::FoundViolation& found = result.report.violations[index];
  return {{"invariant", found.violation.invariant},
          {"choices", sim::ToString(found.choices)},
          {"file", index < result.files.size() ? Json(result.files[index]) : Json(nullptr)},
          {"summary", found.violation.summary},
          {"lastEffect", found.last_effect},
          {"cost", found.cost},
          {"schedules", found.count}};
}

}  // namespace

bool IsClean(const ScenarioResult& result) {
  return result.error.empty() && !result.report.divergence && result.unreached.empty() &&
         result.report.violations.empty();
}

bool IsComplete(const ScenarioResult& result) { return result.report.stats.is_complete; }

std::string ResultLine(const ScenarioResult& result) {
  const sim::SearchStats& stats = result.report.stats;
  char text[256];
  std::snprintf(text, sizeof text, "%-36s %-10s %-9s %9llu schedules %9llu states %8s",
                result.scenario->name.c_str(), VerdictOf(result),
                BoundsText(stats.bounds).c_str(),
                static_cast<unsigned long long>(stats.schedules),
                static_cast<unsigned long long>(stats.states), Seconds(stats.seconds).c_str());
  std::string line = text;
  if (!result.error.empty()) line += "  " + result.error;
  if (result.report.divergence) line += "  " + result.report.divergence->ToString();
  for (const std::string& operation : result.unreached) {
    line += "  never ended as it should: " + operation;
  }
  if (!result.note.empty()) line += "  " + result.note;
  return line + "\n";
}

std::string PrettyReport(const std::vector<ScenarioResult>& results, double seconds) {
  std::string text;
  sim::SearchStats sum;
  std::map<std::string_view, std::size_t> verdicts;
  std::size_t violations = 0;
  for (const ScenarioResult& result : results) {
    for (std::size_t i = 0; i < result.report.violations.size(); ++i) {
      text += ViolationText(result, i);
    }
    violations += result.report.violations.size();
    ++verdicts[VerdictOf(result)];
    sum.Merge(result.report.stats);
  }
  text += "\n" + Counted(results.size(), "scenario", "scenarios") + ":";
  for (const auto& [verdict, count] : verdicts) {
    text += " " + std::to_string(count) + " " + std::string(verdict) + ",";
  }
  char collisions[64];
  std::snprintf(collisions, sizeof collisions, "%.2g", sum.ExpectedCollisions());
  text += " " + Counted(violations, "violation", "violations") + "; " +
          Counted(sum.schedules, "schedule", "schedules") + ", " +
          Counted(sum.kernel_calls, "kernel call", "kernel calls") + ", " + collisions +
          " states merged wrongly at most (expected), " + Seconds(seconds) + "\n";
  return text;
}

std::string CoverageReport(const std::vector<ScenarioResult>& results) {
  sim::FaultCounts fired;
  for (const ScenarioResult& result : results) fired.Merge(result.report.stats.faults);
  std::string text = "\nfaults injected, by call and errno:\n";
  std::string never;
  std::string_view call;
  for (const sim::PossibleFault& fault : sim::AllFaults()) {
    if (sim::OpName(fault.op) != call) {
      call = sim::OpName(fault.op);
      char name[32];
      std::snprintf(name, sizeof name, "%s  %-18s", text.ends_with('\n') ? "" : "\n",
                    std::string(call).c_str());
      text += name;
    }
    const std::uint64_t count = fired.Of(fault.op, fault.error);
    text += " " + ErrnoName(fault.error) + " " + std::to_string(count);
    if (count == 0) never += " " + std::string(call) + "!" + ErrnoName(fault.error);
  }
  return text + "\nnever fired:" + (never.empty() ? " none" : never) + "\n";
}

std::string JsonReport(const std::vector<ScenarioResult>& results) {
  Json list = Json::array();
  for (const ScenarioResult& result : results) {
    const sim::SearchStats& stats = result.report.stats;
    Json violations = Json::array();
    for (std::size_t i = 0; i < result.report.violations.size(); ++i) {
      violations.push_back(ViolationJson(result, i));
    }
    Json entry = {{"scenario", result.scenario->name},
                  {"profile", result.subject},
                  {"complete", stats.is_complete},
                  {"bounds",
                   {{"faults", stats.bounds.faults},
                    {"crashes", stats.bounds.crashes},
                    {"preemptions", stats.bounds.preemptions}}},
                  {"schedules", stats.schedules},
                  {"states", stats.states},
                  {"kernel_calls", stats.kernel_calls},
                  {"pruned", stats.pruned},
                  {"seconds", stats.seconds},
                  {"unreached", result.unreached},
                  {"violations", std::move(violations)}};
    if (!result.error.empty()) entry["error"] = result.error;
    if (result.report.divergence) entry["error"] = result.report.divergence->ToString();
    list.push_back(std::move(entry));
  }
  return list.dump(2) + "\n";
}

}  // namespace reapcheck::scenario
