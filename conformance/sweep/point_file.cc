#include "conformance/sweep/point_file.h"

#include <algorithm>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

namespace reapcheck::sweep {
namespace {

using conformance::CgroupLayout;
using inject::Action;
using Json = nlohmann::ordered_json;

constexpr char kVersionKey[] = "reapcheckSweepPoint";
constexpr int kErrnoLimit = 134;  // above the last errno that Linux names

template <typename T>
struct Named {
  const char* name;
  T value;
};
constexpr Named<Action> kActions[] = {{"fail", Action::kFail},
                                      {"shorten", Action::kShorten},
                                      {"kill before", Action::kKillBefore},
                                      {"kill after", Action::kKillAfter},
                                      {"terminate", Action::kTerminate},
                                      {"delay", Action::kDelay},
                                      {"hold", Action::kHold}};
constexpr Named<CgroupLayout> kLayouts[] = {
    {"host", CgroupLayout::kHost}, {"v1", CgroupLayout::kV1}, {"v2", CgroupLayout::kV2}};

template <typename T, std::size_t N>
std::string NameOf(const Named<T> (&table)[N], T value) {
  return std::ranges::find(table, value, &Named<T>::value)->name;
}

template <typename T, std::size_t N>
std::optional<T> ValueOf(const Named<T> (&table)[N], const std::string& name) {
  for (const Named<T>& entry : table) {
    if (name == entry.name) return entry.value;
  }
  return std::nullopt;
}

std::optional<int> ErrnoOf(const std::string& name) {
  for (int error = 1; error < kErrnoLimit; ++error) {
    const char* known = strerrorname_np(error);
    if (known != nullptr && name == known) return error;
  }
  return std::nullopt;
}

// Reads one key after the other; the first that is wrong is told, and nothing after it.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  std::string Text(const char* key) {
    const auto found = json_.find(key);
    if (found == json_.end()) return Wrong(key, "is missing");
    if (!found->is_string()) return Wrong(key, "is no text");
    return found->get<std::string>();
  }

  // What `parse` makes of the text at `key`.
  template <typename Parse>
  auto Parsed(const char* key, const char* what, Parse&& parse) {
    const std::string text = Text(key);
    auto value = parse(text);
    if (!value) Wrong(key, "'" + text + "' is no " + what);
    return value;
  }

  int Occurrence() {
    const auto found = json_.find("occurrence");
    if (found == json_.end()) Wrong("occurrence", "is missing");
    const bool is_number = error_.empty() && found->is_number_integer() && *found >= 1;
    if (error_.empty() && !is_number) Wrong("occurrence", "is no whole number from 1 on");
    return is_number ? found->get<int>() : 1;
  }

  bool Flag(const char* key) {
    const auto found = json_.find(key);
    const bool is_flag = found != json_.end() && found->is_boolean();
    if (!is_flag) Wrong(key, "is neither true nor false");
    return is_flag && found->get<bool>();
  }

  const std::string& error() const { return error_; }

 private:
  std::string Wrong(const char* key, const std::string& what) {
    if (error_.empty()) error_ = std::string("/") + key + ": " + what;
    return "";
  }

  const Json& json_;
  std::string error_;
};

}  // namespace

std::string PointText(const PointFile& file) {
  const inject::Injection& injection = file.point.injection;
  Json json = {{kVersionKey, kPointFileVersion}};
  if (file.scenario.empty()) {
    json["operation"] = OperationName(file.operation);
  } else {
    json["scenario"] = file.scenario;
  }
  json["cgroup"] = NameOf(kLayouts, file.layout);
  json["call"] = injection.call;
  json["occurrence"] = injection.occurrence;
  json["action"] = NameOf(kActions, injection.action);
  if (injection.action == Action::kFail) {
    json["errno"] = strerrorname_np(injection.error);
    json["lasting"] = injection.lasting;
  }
  if (injection.whole_tree) json["wholeTree"] = true;
  if (file.point.second) json["second"] = OperationName(*file.point.second);
  json["invariant"] = file.invariant;
  json["summary"] = file.summary;
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool IsPointFile(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains(kVersionKey);
}

std::expected<PointFile, std::string> ParsePointFile(const std::string& text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::unexpected("is no JSON object");
  const auto version = json.find(kVersionKey);
  if (version == json.end() || *version != kPointFileVersion) {
    return std::unexpected(std::string("/") + kVersionKey + ": is not " +
                           std::to_string(kPointFileVersion) +
                           ", the version that this one reads");
  }
  Reader reader(json);
  PointFile file;
  inject::Injection& injection = file.point.injection;
  const auto layout = [](const std::string& name) { return ValueOf(kLayouts, name); };
  const auto action = [](const std::string& name) { return ValueOf(kActions, name); };
  if (json.contains("scenario")) {
    file.scenario = reader.Text("scenario");
  } else {
    file.operation =
        reader.Parsed("operation", "operation", ParseOperation).value_or(Operation::kDelete);
  }
  file.layout = reader.Parsed("cgroup", "cgroup layout", layout).value_or(CgroupLayout::kHost);
  injection.call = reader.Text("call");
  injection.occurrence = reader.Occurrence();
  injection.action = reader.Parsed("action", "action", action).value_or(Action::kNothing);
  if (injection.action == Action::kFail) {
    injection.error = reader.Parsed("errno", "errno", ErrnoOf).value_or(0);
    injection.lasting = reader.Flag("lasting");
  }
  if (json.contains("wholeTree")) injection.whole_tree = reader.Flag("wholeTree");
  if (injection.action == Action::kHold) {
    file.point.second = reader.Parsed("second", "operation", ParseOperation);
  }
  file.invariant = reader.Text("invariant");
  file.summary = reader.Text("summary");
  if (!reader.error().empty()) return std::unexpected(reader.error());
  return file;
}

}  // namespace reapcheck::sweep
