#include "conformance/hook_log.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

namespace reapcheck::conformance {
namespace {

using Json = nlohmann::json;

// The payload writes a byte that is not ASCII as \u0080 ... \u00ff: back to that byte.
std::string BytesOf(const std::string& utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    unsigned char c = static_cast<unsigned char>(utf8[i]);
    if ((c == 0xc2 || c == 0xc3) && i + 1 < utf8.size()) {
      bytes += static_cast<char>(((c & 0x03) << 6) | (utf8[++i] & 0x3f));
    } else {
      bytes += utf8[i];
    }
  }
  return bytes;
}

std::string StringOr(const Json& object, const char* key) {
  auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

std::vector<std::string> Strings(const Json& object, const char* key) {
  std::vector<std::string> list;
  for (const Json& entry : object.value(key, Json::array())) {
    if (entry.is_string()) list.push_back(entry.get<std::string>());
  }
  return list;
}

std::map<std::string, std::string> StringMap(const Json& object, const char* key) {
  std::map<std::string, std::string> entries;
  auto found = object.find(key);
  if (found == object.end() || !found->is_object()) return entries;
  for (const auto& [name, value] : found->items()) {
    if (value.is_string()) entries[name] = value.get<std::string>();
  }
  return entries;
}

void ReadState(HookRecord& record) {
  Json state = Json::parse(record.stdin_text, nullptr, /*allow_exceptions=*/false);
  if (!state.is_object()) return;
  record.state_id = StringOr(state, "id");
  record.state_status = StringOr(state, "status");
  record.state_bundle = StringOr(state, "bundle");
  record.state_version = StringOr(state, "ociVersion");
  if (state.contains("pid") && state["pid"].is_number_integer()) {
    record.state_pid = state["pid"].get<pid_t>();
  }
  record.state_annotations = StringMap(state, "annotations");
}

}  // namespace

std::vector<HookRecord> ParseHookLog(const std::string& text) {
  std::vector<HookRecord> records;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    Json entry = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!entry.is_object()) continue;
    HookRecord record{.kind = StringOr(entry, "kind"),
                      .name = StringOr(entry, "name"),
                      .argv = Strings(entry, "argv"),
                      .environment = Strings(entry, "environ"),
                      .cwd = StringOr(entry, "cwd"),
                      .pid = entry.value("pid", 0),
                      .stdin_text = BytesOf(StringOr(entry, "stdin")),
                      .state_pid_alive = entry.value("state_pid_alive", false),
                      .when = std::chrono::microseconds(entry.value("when_us", 0LL)),
                      .namespaces = StringMap(entry, "namespaces")};
    ReadState(record);
    records.push_back(std::move(record));
  }
  std::ranges::stable_sort(records, {}, &HookRecord::when);
  return records;
}

}  // namespace reapcheck::conformance
