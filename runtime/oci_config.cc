#include "runtime/oci_config.h"

#include <algorithm>

#include "runtime/oci_config_parts.h"

namespace reapcheck {
namespace {

// Takes a run of digits off the front; false when there is none.
bool SkipNumber(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_not_of("0123456789"), text.size());
  text.remove_prefix(end);
  return end > 0;
}

// Semantic Versioning 2.0.0 with major version 1: "1.0.2-dev", "1.2.0+build".
bool IsVersionOne(std::string_view text) {
  if (!text.starts_with("1.")) return false;
  text.remove_prefix(2);
  if (!SkipNumber(text) || !text.starts_with('.')) return false;
  text.remove_prefix(1);
  if (!SkipNumber(text)) return false;
  if (text.empty()) return true;
  const bool has_suffix = text.size() > 1 && (text.front() == '-' || text.front() == '+');
  constexpr char kSuffix[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.+";
  return has_suffix && text.find_first_not_of(kSuffix) == std::string_view::npos;
}

std::string ReadVersion(const JsonNode& node) {
  std::string version = node.String();
  if (!IsVersionOne(version)) node.Invalid("must be a version 1.x.y, is " + Quoted(version));
  return version;
}

void ReadRoot(const JsonNode& node, OciConfig& config) {
  JsonObject root(node);
  const JsonNode path = root.Require("path");
  config.root_path = path.String();
  if (!path.IsAbsent() && config.root_path.empty()) path.Invalid("must not be empty");
  config.root_readonly = root.Get("readonly").Bool();
}

std::string ReadUtsName(const JsonNode& node) {
  constexpr std::size_t kLongest = 64;  // sethostname(2): __NEW_UTS_LEN
  std::string name = node.String();
  if (name.size() > kLongest) node.Invalid("must not be longer than 64 bytes");
  return name;
}

// What only makes sense in a namespace of the container: anything else would change the host.
void CheckNamespaces(const JsonNode& top, const OciConfig& config) {
  if (config.FindNamespace(NamespaceType::kUts) == nullptr) {
    constexpr char kNeeds[] = "needs a uts namespace";
    if (!config.hostname.empty()) top.At("hostname").Invalid(kNeeds);
    if (!config.domainname.empty()) top.At("domainname").Invalid(kNeeds);
  }
  if (config.FindNamespace(NamespaceType::kMount) == nullptr) {
    constexpr char kNeeds[] = "needs a mount namespace";
    if (!config.mounts.empty()) top.At("mounts").Invalid(kNeeds);
    if (config.root_readonly) top.At("root").At("readonly").Invalid(kNeeds);
  }
}

OciConfig ReadConfig(const JsonNode& top, const std::string& bundle) {
  JsonObject object(top);
  // config.md#extensibility: unknown properties are to be ignored. At this level they are; below
  // it see the class's own rule, which departs from that for the user's safety.
  object.IgnoreOthers();
  OciConfig config;
  config.oci_version = ReadVersion(object.Require("ociVersion"));
  ReadRoot(object.Require("root"), config);
  if (const JsonNode process = object.Get("process"); !process.IsAbsent()) {
    config.process = ReadProcess(process);
  }
  config.hostname = ReadUtsName(object.Get("hostname"));
  config.domainname = ReadUtsName(object.Get("domainname"));
  config.mounts = ReadMounts(object.Get("mounts"), bundle);
  config.hooks = ReadHooks(object.Get("hooks"));
  config.annotations = object.Get("annotations").StringMap();
  ReadLinux(object.Get("linux"), config);
  CheckNamespaces(top, config);
  return config;
}

// A document that is not an object has no members to complain about.
void RequireObject(const JsonValue& document, ConfigProblems& problems) {
  if (document.kind == JsonValue::Kind::kObject) return;
  problems.Add(FailureKind::kInvalidConfig, "", "must be an object");
}

}  // namespace

// Departs from: config.md#extensibility, "MUST NOT generate an error if they encounter an unknown
// property". A property below the top level that the runtime does not know is refused when it asks
// for something: a limit or a restriction that is silently not there is worse than an error.
Outcome<OciConfig> ParseOciConfig(std::string_view json_text, const std::string& bundle) {
  const std::string where = "config.json";
  Outcome<JsonValue> document = ParseJson(json_text, where);
  if (!document.has_value()) return Forward(std::move(document));
  ConfigProblems problems(where);
  RequireObject(*document, problems);
  OciConfig config = ReadConfig(JsonNode(&*document, "", problems), bundle);
  if (problems.first().has_value()) return std::unexpected(*problems.first());
  return config;
}

Outcome<ProcessConfig> ParseProcessConfig(std::string_view json_text, const std::string& where) {
  Outcome<JsonValue> document = ParseJson(json_text, where);
  if (!document.has_value()) return Forward(std::move(document));
  ConfigProblems problems(where);
  RequireObject(*document, problems);
  ProcessConfig process = ReadProcess(JsonNode(&*document, "", problems));
  if (problems.first().has_value()) return std::unexpected(*problems.first());
  return process;
}

const Namespace* OciConfig::FindNamespace(NamespaceType type) const {
  const auto found = std::ranges::find(namespaces, type, &Namespace::type);
  return found == namespaces.end() ? nullptr : &*found;
}

bool OciConfig::HasPrivatePidNamespace() const {
  const Namespace* pid = FindNamespace(NamespaceType::kPid);
  return pid != nullptr && pid->path.empty();
}

}  // namespace reapcheck
