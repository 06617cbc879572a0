// The operations by name: each is one command line of subject.h's table of engines.
#include <nlohmann/json.hpp>

#include "conformance/subject.h"

namespace reapcheck::conformance {
namespace {

Arguments With(Arguments words, const std::string& last) {
  if (!last.empty()) words.push_back(last);
  return words;
}

}  // namespace

Invocation Subject::Create(const std::string& id, const std::string& bundle,
                           const Arguments& extra) {
  Arguments words{"create", "--bundle", bundle};
  words.insert(words.end(), extra.begin(), extra.end());
  words.push_back(id);
  return Run(words);
}

Invocation Subject::RunDetached(const std::string& id, const std::string& bundle) {
  return Run({"run", "--detach", "--bundle", bundle, id});
}

Invocation Subject::Start(const std::string& id) { return Run({"start", id}); }

Invocation Subject::Kill(const std::string& id, const std::string& signal) {
  return Run(With({"kill", id}, signal));
}

Invocation Subject::KillAll(const std::string& id, const std::string& signal) {
  return Run(With({"kill", "--all", id}, signal));
}

Invocation Subject::Delete(const std::string& id) { return Run({"delete", id}); }

Invocation Subject::DeleteForce(const std::string& id) { return Run({"delete", "--force", id}); }

Invocation Subject::Pause(const std::string& id) { return Run({"pause", id}); }

Invocation Subject::Resume(const std::string& id) { return Run({"resume", id}); }

Invocation Subject::State(const std::string& id) { return Run({"state", id}); }

Invocation Subject::ExecDetached(const std::string& id, const Arguments& words) {
  Arguments all{"exec", "--detach", id, "/payload", "as", "exec", "lab", "/lab"};
  all.insert(all.end(), words.begin(), words.end());
  return Run(all);
}

std::optional<Json> Subject::ReadState(const std::string& id) {
  Invocation state = State(id);
  if (!state.ok()) return std::nullopt;
  Json parsed = Json::parse(state.out, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  return parsed;
}

std::string Subject::Status(const std::string& id) {
  std::optional<Json> state = ReadState(id);
  if (!state || !state->contains("status") || !(*state)["status"].is_string()) return "";
  return (*state)["status"].get<std::string>();
}

std::optional<std::vector<std::string>> Subject::List() {
  Invocation list = Run({"list", "--format", "json"});
  if (!list.ok()) return std::nullopt;
  Json parsed = Json::parse(list.out, nullptr, /*allow_exceptions=*/false);
  std::vector<std::string> ids;
  if (parsed.is_null()) return ids;  // runc prints "null" for an empty list
  if (!parsed.is_array()) return std::nullopt;
  for (const Json& entry : parsed) {
    if (entry.is_object() && entry.contains("id") && entry["id"].is_string()) {
      ids.push_back(entry["id"].get<std::string>());
    }
  }
  return ids;
}

}  // namespace reapcheck::conformance
