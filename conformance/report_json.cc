#include <cmath>
#include <nlohmann/json.hpp>

#include "conformance/report.h"

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::ordered_json;

double Rounded(double value) { return std::round(value * 1000) / 1000; }

Json ToJson(const CaseResult& result) {
  Json entry = {{"case", result.name},
                {"level", LevelName(result.level)},
                {"cites", result.cites},
                {"verdict", VerdictName(result.verdict)},
                {"reason", result.reason},
                {"duration_ms", Rounded(result.duration_ms)},
                {"inside_ms", Rounded(result.inside_ms)}};
  if (result.runs > 1) {
    entry["runs"] = result.runs;
    entry["bad_runs"] = result.bad_runs;
  }
  return entry;
}

}  // namespace

std::string JsonReport(const Report& report) {
  Json runtimes = Json::array();
  for (const RuntimeReport& runtime : report.runtimes) {
    Json results = Json::array();
    for (const CaseResult& result : runtime.results) results.push_back(ToJson(result));
    Json entry = {{"name", runtime.name},
                  {"version", runtime.version},
                  {"cgroup", runtime.cgroup},
                  {"command", runtime.command},
                  {"results", results}};
    if (!runtime.note.empty()) entry["note"] = runtime.note;
    runtimes.push_back(entry);
  }
  Summary summary = report.Summarize();
  Json whole = {{"runtimes", runtimes},
                {"summary",
                 {{"pass", summary.pass},
                  {"fail", summary.fail},
                  {"xfail", summary.xfail},
                  {"xpass", summary.xpass},
                  {"skip", summary.skip},
                  {"broken", summary.broken},
                  {"seconds", Rounded(summary.seconds)},
                  {"harness_share", Rounded(summary.harness_share)}}}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace reapcheck::conformance
