// Scenarios as JSON.
#include <nlohmann/json.hpp>

#include "conformance/scenario/scenario.h"

namespace reapcheck::scenario {
namespace {

using Json = nlohmann::ordered_json;

const char* Name(Reached reached) {
  switch (reached) {
    case Reached::kNothing:
      return "nothing";
    case Reached::kCreated:
      return "created";
    case Reached::kRunning:
      return "running";
    case Reached::kPaused:
      return "paused";
    case Reached::kZombie:
      return "zombie";
    case Reached::kStopped:
      return "stopped";
    case Reached::kAborted:
      return "aborted";
  }
  __builtin_unreachable();
}

const char* Name(PidNamespace pid_namespace) {
  switch (pid_namespace) {
    case PidNamespace::kPrivate:
      return "private";
    case PidNamespace::kHost:
      return "host";
    case PidNamespace::kJoined:
      return "joined";
  }
  __builtin_unreachable();
}

const char* Name(Damage damage) {
  switch (damage) {
    case Damage::kNone:
      return "none";
    case Damage::kStateMissing:
      return "state.json missing";
    case Damage::kStateEmpty:
      return "state.json empty";
    case Damage::kStateTruncated:
      return "state.json truncated";
    case Damage::kStateNull:
      return "state.json is null";
    case Damage::kStateObject:
      return "state.json is {}";
    case Damage::kStateIsDirectory:
      return "state.json is a directory";
    case Damage::kStateAndIntentMissing:
      return "state.json and intent.json missing";
    case Damage::kAllFilesMissing:
      return "all files missing";
    case Damage::kForeignPid:
      return "state.json names a foreign process";
  }
  __builtin_unreachable();
}

const char* Name(HookEnd end) {
  switch (end) {
    case HookEnd::kSucceeds:
      return "succeeds";
    case HookEnd::kFails:
      return "fails";
    case HookEnd::kIsKilled:
      return "is killed";
    case HookEnd::kHangs:
      return "hangs";
    case HookEnd::kLeavesChild:
      return "leaves a child";
    case HookEnd::kAsksState:
      return "asks state";
    case HookEnd::kDeletes:
      return "deletes";
    case HookEnd::kIsMissing:
      return "is missing";
  }
  __builtin_unreachable();
}

const char* Name(sim::CgroupLayout layout) {
  switch (layout) {
    case sim::CgroupLayout::kV1:
      return "v1";
    case sim::CgroupLayout::kV2:
      return "v2";
    case sim::CgroupLayout::kHybrid:
      return "hybrid";
  }
  __builtin_unreachable();
}

Json HooksJson(const std::vector<HookSetup>& hooks) {
  Json list = Json::array();
  for (const HookSetup& hook : hooks) {
    list.push_back({{"kind", HookKindName(hook.kind)}, {"end", Name(hook.end)}});
  }
  return list;
}

Json ContainerJson(const ContainerSetup& container) {
  Json json = {{"id", container.id}, {"reached", Name(container.reached)}};
  if (container.reached == Reached::kAborted) json["abortedAt"] = container.aborted_at;
  json["pidNamespace"] = Name(container.pid_namespace);
  json["cgroup"] = CgroupPathOf(container);
  if (container.is_cgroup_there_before) json["cgroupThereBefore"] = true;
  if (!container.hooks.empty()) json["hooks"] = HooksJson(container.hooks);
  if (container.processes != 0) json["processes"] = container.processes;
  if (container.forks != 0) json["forks"] = container.forks;
  if (container.ignores_sigterm) json["ignoresSigterm"] = true;
  if (container.is_init_uninterruptible) json["initUninterruptible"] = true;
  if (container.has_subcgroup) {
    json["subcgroup"] = container.is_subcgroup_frozen ? "frozen" : "thawed";
  }
  if (container.has_device_rules) json["deviceRules"] = true;
  if (container.has_mount_in_directory) json["mountInDirectory"] = true;
  if (container.damage != Damage::kNone) json["damage"] = Name(container.damage);
  return json;
}

Json OperationJson(const Operation& operation) {
  Json json = {{"command", CommandText(operation)}};
  if (!operation.is_faultable) json["faultable"] = false;
  if (operation.is_refused) json["refused"] = true;
  if (operation.engine_patience_ms != 0) {
    json["enginePatienceMs"] = operation.engine_patience_ms;
  }
  return json;
}

}  // namespace

const char* HookKindName(HookKind kind) {
  switch (kind) {
    case HookKind::kPrestart:
      return "prestart";
    case HookKind::kCreateRuntime:
      return "createRuntime";
    case HookKind::kPoststart:
      return "poststart";
    case HookKind::kPoststop:
      return "poststop";
  }
  __builtin_unreachable();
}

std::string CgroupPathOf(const ContainerSetup& container) {
  return container.cgroup.empty() ? "/" + container.id : container.cgroup;
}

std::string CommandText(const Operation& operation) {
  switch (operation.verb) {
    case Verb::kCreate:
      return "create " + operation.id;
    case Verb::kStart:
      return "start " + operation.id;
    case Verb::kExec:
      return "exec " + operation.id + " payload";
    case Verb::kKill:
      return std::string("kill ") + (operation.all ? "--all " : "") + operation.id + " " +
             operation.signal;
    case Verb::kDelete:
      return std::string("delete ") + (operation.force ? "--force " : "") + operation.id;
    case Verb::kState:
      return "state " + operation.id;
    case Verb::kPause:
      return "pause " + operation.id;
    case Verb::kResume:
      return "resume " + operation.id;
  }
  __builtin_unreachable();
}

std::string ScenarioText(const Scenario& scenario) {
  Json containers = Json::array();
  for (const ContainerSetup& container : scenario.containers) {
    containers.push_back(ContainerJson(container));
  }
  Json operations = Json::array();
  for (const Operation& operation : scenario.operations) {
    operations.push_back(OperationJson(operation));
  }
  Json json = {{"name", scenario.name},
               {"summary", scenario.summary},
               {"cites", scenario.cites},
               {"cgroup", Name(scenario.layout)},
               {"containers", std::move(containers)},
               {"operations", std::move(operations)},
               {"recovery", CommandText(scenario.recovery)},
               {"bounds",
                {{"faults", scenario.bounds.faults},
                 {"crashes", scenario.bounds.crashes},
                 {"preemptions", scenario.bounds.preemptions},
                 {"lastingFaults", scenario.bounds.has_lasting_faults}}}};
  if (!scenario.has_cgroup_kill) json["cgroupKill"] = false;
  if (!scenario.has_pidfd) json["pidfd"] = false;
  if (scenario.is_pid_reused) json["pidReused"] = true;
  if (scenario.lacks_cap_kill) json["capKill"] = false;
  if (scenario.has_power_failure) json["powerFailure"] = true;
  return json.dump(2) + "\n";
}

}  // namespace reapcheck::scenario
