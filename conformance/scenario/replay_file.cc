#include "conformance/scenario/replay_file.h"

#include <nlohmann/json.hpp>

namespace reapcheck::scenario {
namespace {

using Json = nlohmann::ordered_json;

constexpr char kVersionKey[] = "reapcheckReplay";

// The text at `key`; what is wrong with it otherwise.
std::expected<std::string, std::string> TextAt(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end()) return std::unexpected(std::string("/") + key + ": is missing");
  if (!found->is_string()) return std::unexpected(std::string("/") + key + ": is no text");
  return found->get<std::string>();
}

}  // namespace

std::string ReplayText(const ReplayFile& file) {
  const Json json = {{kVersionKey, kReplayVersion},    {"scenario", file.scenario},
                     {"subject", file.subject},        {"invariant", file.invariant},
                     {"summary", file.summary},        {"choices", sim::ToString(file.choices)}};
  return json.dump(2) + "\n";
}

std::expected<ReplayFile, std::string> ParseReplay(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    std::string where = "is no JSON";
    try {
      const Json never = Json::parse(text);
    } catch (const Json::parse_error& error) {
      where += ", from byte " + std::to_string(error.byte);
    }
    return std::unexpected(where);
  }
  if (!json.is_object()) return std::unexpected("is no JSON object");
  const auto version = json.find(kVersionKey);
  if (version == json.end() || *version != kReplayVersion) {
    return std::unexpected(std::string("/") + kVersionKey + ": is not " +
                           std::to_string(kReplayVersion) + ", the version that this one reads");
  }
  ReplayFile file;
  for (const auto& [key, into] : {std::pair{"scenario", &file.scenario},
                                  std::pair{"subject", &file.subject},
                                  std::pair{"invariant", &file.invariant},
                                  std::pair{"summary", &file.summary}}) {
    auto value = TextAt(json, key);
    if (!value) return std::unexpected(value.error());
    *into = std::move(*value);
  }
  auto choices = TextAt(json, "choices");
  if (!choices) return std::unexpected(choices.error());
  auto parsed = sim::ParseChoices(*choices);
  if (!parsed) {
    return std::unexpected("/choices: position " + std::to_string(parsed.error().position) + ": " +
                           parsed.error().message);
  }
  file.choices = std::move(*parsed);
  return file;
}

}  // namespace reapcheck::scenario
