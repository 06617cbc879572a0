#include "runtime/record.h"

#include <nlohmann/json.hpp>

#include <array>
#include <utility>

namespace reapcheck {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::pair<Phase, std::string_view>, 5> kPhases{{
    {Phase::kCreating, "creating"},
    {Phase::kCreated, "created"},
    {Phase::kStarting, "starting"},
    {Phase::kRunning, "running"},
    {Phase::kTombstone, "tombstone"},
}};

std::string PhaseName(Phase phase) {
  for (const auto& [value, name] : kPhases) {
    if (value == phase) return std::string(name);
  }
  __builtin_unreachable();
}

// Reading code below throws nlohmann's exceptions for a missing key or a wrong type, and this for
// a value that can not be; ParseRecord turns both into a Failure.
struct BadValue {
  std::string what;
};

Phase PhaseOf(const std::string& text) {
  for (const auto& [value, name] : kPhases) {
    if (name == text) return value;
  }
  throw BadValue{"phase \"" + text + "\""};
}

// The status that a reader of the file alone is told; `state` asks the kernel.
Status StoredStatus(Phase phase) {
  switch (phase) {
    case Phase::kCreating:
      return Status::kCreating;
    case Phase::kCreated:
    case Phase::kStarting:
      return Status::kCreated;
    case Phase::kRunning:
      return Status::kRunning;
    case Phase::kTombstone:
      return Status::kStopped;
  }
  __builtin_unreachable();
}

// A bundle's path may hold bytes that are no UTF-8: shown replaced, never thrown about.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ToJson(const ProcessIdentity& process) {
  return {{"pid", process.pid.value}, {"startTime", process.start_time}};
}

Json ToJson(const CgroupDirectory& cgroup) {
  return {{"mountPoint", cgroup.hierarchy.mount_point},
          {"version", cgroup.hierarchy.version == CgroupVersion::kV1 ? 1 : 2},
          {"controllers", cgroup.hierarchy.controllers},
          {"path", cgroup.path},
          {"owned", cgroup.owned},
          {"highestCreated", cgroup.highest_created}};
}

Json ToJson(const std::vector<Hook>& hooks) {
  Json list = Json::array();
  for (const Hook& hook : hooks) {
    Json entry = {{"path", hook.path}, {"args", hook.arguments}, {"env", hook.environment}};
    if (hook.timeout) entry["timeout"] = hook.timeout->count();
    list.push_back(std::move(entry));
  }
  return list;
}

template <typename Integer>
Integer IntegerAt(const Json& json, const char* key) {
  const Json& value = json.at(key);
  const bool fits = value.is_number_unsigned() &&
                    std::in_range<Integer>(value.get<std::uint64_t>());
  if (!fits) throw BadValue{std::string(key) + " is not a whole number in its range"};
  return value.get<Integer>();
}

ProcessIdentity ProcessFrom(const Json& json) {
  return {.pid = Pid{IntegerAt<pid_t>(json, "pid")},
          .start_time = IntegerAt<std::uint64_t>(json, "startTime")};
}

// A record's paths are not trusted to lie where delete may remove.
CgroupDirectory CgroupFrom(const Json& json) {
  CgroupDirectory cgroup;
  cgroup.hierarchy.mount_point = json.at("mountPoint").get<std::string>();
  cgroup.hierarchy.version =
      IntegerAt<int>(json, "version") == 1 ? CgroupVersion::kV1 : CgroupVersion::kV2;
  cgroup.hierarchy.controllers = json.at("controllers").get<std::vector<std::string>>();
  cgroup.path = json.at("path").get<std::string>();
  cgroup.owned = json.at("owned").get<bool>();
  cgroup.highest_created = json.at("highestCreated").get<std::string>();
  if (!cgroup.hierarchy.mount_point.starts_with('/')) throw BadValue{"cgroup mount point"};
  if (!IsSafeCgroupPath(cgroup.path)) throw BadValue{"cgroup path \"" + cgroup.path + "\""};
  const std::string& top = cgroup.highest_created;
  if (!top.empty() && (!IsSafeCgroupPath(top) || !(cgroup.path + "/").starts_with(top + "/"))) {
    throw BadValue{"cgroup highestCreated \"" + top + "\""};
  }
  return cgroup;
}

std::vector<Hook> HooksFrom(const Json& json) {
  if (!json.is_array()) throw BadValue{"hooks"};
  std::vector<Hook> hooks;
  for (const Json& entry : json) {
    Hook hook{.path = entry.at("path").get<std::string>(),
              .arguments = entry.at("args").get<std::vector<std::string>>(),
              .environment = entry.at("env").get<std::vector<std::string>>()};
    if (entry.contains("timeout")) {
      hook.timeout = std::chrono::seconds(IntegerAt<std::int64_t>(entry, "timeout"));
    }
    if (!hook.path.starts_with('/')) throw BadValue{"hook path \"" + hook.path + "\""};
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

Record RecordFrom(const Json& json) {
  Record record;
  record.id = json.at("id").get<std::string>();
  record.oci_version = json.at("ociVersion").get<std::string>();
  record.bundle = json.at("bundle").get<std::string>();
  if (json.contains("annotations")) {
    record.annotations = json.at("annotations").get<std::map<std::string, std::string>>();
  }
  const Json& own = json.at("reaprun");
  record.phase = PhaseOf(own.at("phase").get<std::string>());
  record.init = ProcessFrom(own.at("init"));
  record.invocation = ProcessFrom(own.at("invocation"));
  record.private_pid_namespace = own.at("privatePidNamespace").get<bool>();
  record.has_process = own.at("hasProcess").get<bool>();
  if (!own.at("cgroups").is_array()) throw BadValue{"cgroups"};
  for (const Json& entry : own.at("cgroups")) record.cgroups.push_back(CgroupFrom(entry));
  record.poststart = HooksFrom(own.at("poststart"));
  record.poststop = HooksFrom(own.at("poststop"));
  record.hooks_begun = own.at("hooksBegun").get<bool>();
  record.poststop_started = IntegerAt<std::size_t>(own, "poststopStarted");
  return record;
}

Json OciState(const Record& record, Status status, Pid pid) {
  Json json = {{"ociVersion", record.oci_version},
               {"id", record.id},
               {"status", StatusName(status)},
               {"pid", pid.value},
               {"bundle", record.bundle}};
  if (!record.annotations.empty()) json["annotations"] = record.annotations;
  return json;
}

}  // namespace

std::string_view StatusName(Status status) {
  switch (status) {
    case Status::kCreating:
      return "creating";
    case Status::kCreated:
      return "created";
    case Status::kRunning:
      return "running";
    case Status::kPaused:
      return "paused";
    case Status::kStopped:
      return "stopped";
  }
  __builtin_unreachable();
}

std::string OciStateText(const Record& record, Status status, Pid pid) {
  return Dump(OciState(record, status, pid));
}

std::string RecordText(const Record& record) {
  Json json = OciState(record, StoredStatus(record.phase), record.init.pid);
  Json cgroups = Json::array();
  for (const CgroupDirectory& cgroup : record.cgroups) cgroups.push_back(ToJson(cgroup));
  json["reaprun"] = {{"phase", PhaseName(record.phase)},
                     {"init", ToJson(record.init)},
                     {"invocation", ToJson(record.invocation)},
                     {"privatePidNamespace", record.private_pid_namespace},
                     {"hasProcess", record.has_process},
                     {"cgroups", std::move(cgroups)},
                     {"poststart", ToJson(record.poststart)},
                     {"poststop", ToJson(record.poststop)},
                     {"hooksBegun", record.hooks_begun},
                     {"poststopStarted", record.poststop_started}};
  return Dump(json);
}

Outcome<Record> ParseRecord(std::string_view text, const std::string& id) {
  const auto corrupt = [](const std::string& what) {
    return Refuse(FailureKind::kCorruptRecord, what);
  };
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return corrupt(text.empty() ? "is empty" : "is not valid JSON");
  try {
    Record record = RecordFrom(json);
    if (record.id != id) return corrupt("is of another container, \"" + record.id + "\"");
    if (record.poststop_started > record.poststop.size()) return corrupt("bad poststopStarted");
    return record;
  } catch (const BadValue& bad) {
    return corrupt("has a bad value: " + bad.what);
  } catch (const Json::exception&) {
    return corrupt("lacks a field or has one of the wrong type");
  }
}

}  // namespace reapcheck
