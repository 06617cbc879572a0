#include "conformance/deviations.h"

#include <nlohmann/json.hpp>

#include "conformance/deviations_data.h"
#include "conformance/glob.h"

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::json;

// What is wrong with an entry, or "".
std::string Complaint(const Json& entry) {
  if (!entry.is_object()) return "is not an object";
  for (const char* key : {"case", "reason", "discussed"}) {
    auto found = entry.find(key);
    if (found == entry.end() || !found->is_string() || found->get<std::string>().empty()) {
      return std::string("has no text \"") + key + "\"";
    }
  }
  for (const auto& [key, value] : entry.items()) {
    bool known = key == "case" || key == "reason" || key == "discussed" || key == "cgroup" ||
                 key == "level" || key == "sometimes";
    if (!known) return "has an unknown key \"" + key + "\"";
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
  return {.case_glob = entry["case"],
          .cgroup = entry.value("cgroup", ""),
          .level = ParseLevel(entry.value("level", "")),
          .reason = entry["reason"],
          .discussed = entry["discussed"],
          .sometimes = entry.value("sometimes", false)};
}

bool Fits(const Deviation& deviation, const std::string& cgroup, const CaseResult& result) {
  return GlobMatches(deviation.case_glob, result.name) &&
         (deviation.cgroup.empty() || deviation.cgroup == cgroup) &&
         (!deviation.level || *deviation.level == result.level);
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
      if (!Fits(deviation, report.cgroup, result)) continue;
      Apply(deviation, result);
      break;  // the first that fits
    }
  }
}

}  // namespace reapcheck::conformance
