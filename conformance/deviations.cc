#include "conformance/deviations.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "conformance/deviations_data.h"
#include "conformance/glob.h"

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::json;

bool IsText(const Json& value) { return value.is_string() && !value.get<std::string>().empty(); }

// "case" is one glob or a list of them.
bool IsGlobs(const Json& value) {
  if (!value.is_array()) return IsText(value);
  return !value.empty() && std::ranges::all_of(value, IsText);
}

// As one filter: "A.X:A.Y*".
std::string GlobsOf(const Json& value) {
  if (value.is_string()) return value;
  std::string globs;
  for (const Json& glob : value) globs += (globs.empty() ? "" : ":") + glob.get<std::string>();
  return globs;
}

// What is wrong with an entry, or "".
std::string Complaint(const Json& entry) {
  if (!entry.is_object()) return "is not an object";
  if (!entry.contains("case") || !IsGlobs(entry["case"])) return "has no text \"case\"";
  for (const char* key : {"reason", "discussed"}) {
    if (!entry.contains(key) || !IsText(entry[key])) {
      return std::string("has no text \"") + key + "\"";
    }
  }
  for (const auto& [key, value] : entry.items()) {
    bool known = key == "case" || key == "reason" || key == "discussed" || key == "cgroup" ||
                 key == "level" || key == "versions" || key == "observed" || key == "sometimes";
    if (!known) return "has an unknown key \"" + key + "\"";
    if (key == "case") continue;
    if (key == "sometimes" ? !value.is_boolean() : !value.is_string()) {
      return "\"" + key + "\" has the wrong type";
    }
  }
  if (entry.contains("level") && !ParseLevel(entry["level"].get<std::string>())) {
    return "names an unknown level";
  }
  return "";
}

Deviation FromJson(const Json& entry) {
  return {.case_globs = GlobsOf(entry["case"]),
          .cgroup = entry.value("cgroup", ""),
          .level = ParseLevel(entry.value("level", "")),
          .versions = entry.value("versions", ""),
          .observed = entry.value("observed", ""),
          .reason = entry["reason"],
          .discussed = entry["discussed"],
          .sometimes = entry.value("sometimes", false)};
}

bool Saw(const std::string& observed, const CaseResult& result) {
  if (observed.empty()) return true;
  return result.verdict == Verdict::kFail && GlobMatches(observed, result.reason);
}

bool Fits(const Deviation& deviation, const RuntimeReport& report, const CaseResult& result) {
  return FilterMatches(deviation.case_globs, result.name) &&
         (deviation.cgroup.empty() || deviation.cgroup == report.cgroup) &&
         (deviation.versions.empty() || GlobMatches(deviation.versions, report.version)) &&
         (!deviation.level || *deviation.level == result.level) && Saw(deviation.observed, result);
}

void Apply(const Deviation& deviation, CaseResult& result) {
  if (result.verdict == Verdict::kFail) {
    result.verdict = Verdict::kXfail;
    result.reason = deviation.reason + " (" + deviation.discussed + ")\n" + result.reason;
  } else if (result.verdict == Verdict::kPass && !deviation.sometimes) {
    result.verdict = Verdict::kXpass;
    result.reason = "passed, and is expected to fail: " + deviation.reason + " (" +
                    deviation.discussed + ")";
  }
}

}  // namespace

std::expected<std::vector<Deviation>, std::string> ParseDeviations(std::string_view text,
                                                                   const std::string& where) {
  Json list = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!list.is_array()) return std::unexpected(where + ": is not a JSON list");
  std::vector<Deviation> deviations;
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::string complaint = Complaint(list[i]);
    if (!complaint.empty()) {
      return std::unexpected(where + ": entry " + std::to_string(i + 1) + " " + complaint);
    }
    deviations.push_back(FromJson(list[i]));
  }
  return deviations;
}

std::string_view BuiltInDeviations(const std::string& runtime_name) {
  for (const DeviationsFile& file : kDeviationsFiles) {
    if (file.name == runtime_name) return file.text;
  }
  return "[]";
}

void ApplyDeviations(const std::vector<Deviation>& deviations, RuntimeReport& report) {
  for (CaseResult& result : report.results) {
    for (const Deviation& deviation : deviations) {
      if (!Fits(deviation, report, result)) continue;
      Apply(deviation, result);
      break;  // the first that fits
    }
  }
}

}  // namespace reapcheck::conformance
