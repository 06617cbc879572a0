// config-linux.md#control-groups and config-linux.md#seccomp.
#include <algorithm>
#include <limits>

#include "runtime/oci_config_parts.h"

namespace reapcheck {
namespace {

constexpr std::int64_t kNoLimit = -1;
constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();

// Engines write 0 where they do not want to set a limit, and -1 for none.
std::optional<std::int64_t> ReadLimit(const JsonNode& node) {
  const std::int64_t limit = node.Integer(kNoLimit, kLargest);
  if (limit == 0) return std::nullopt;
  return limit;
}

std::optional<std::uint64_t> ReadPositive(const JsonNode& node) {
  const std::uint64_t value = node.Unsigned();
  if (value == 0) return std::nullopt;
  return value;
}

// A number that may be absent or, in the words of old engines, -1: all.
std::optional<std::uint32_t> ReadDeviceNumber(const JsonNode& node, std::int64_t largest) {
  if (node.IsAbsent()) return std::nullopt;
  const std::int64_t number = node.Integer(-1, largest);
  if (number == -1) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

DeviceRule ReadDeviceRule(const JsonNode& node) {
  JsonObject object(node);
  DeviceRule rule{.allow = object.Require("allow").Bool()};
  const JsonNode type = object.Get("type");
  const std::string name = type.String();
  if (name == "b" || name == "c") {
    rule.type = name.front();
  } else if (!name.empty() && name != "a") {
    type.Invalid("must be \"a\", \"b\" or \"c\", is " + Quoted(name));
  }
  rule.major = ReadDeviceNumber(object.Get("major"), (1 << 12) - 1);
  rule.minor = ReadDeviceNumber(object.Get("minor"), (1 << 20) - 1);
  if (rule.type == 'a' && (rule.major.has_value() || rule.minor.has_value())) {
    // cgroup v1 would ignore the number and take the rule for all devices.
    type.Unsupported("a major or minor number needs the type \"b\" or \"c\"");
  }
  const JsonNode access = object.Get("access");
  if (std::string letters = access.String(); !letters.empty()) rule.access = std::move(letters);
  if (rule.access.find_first_not_of("rwm") != std::string::npos) {
    access.Invalid("must be made of \"r\", \"w\" and \"m\", is " + Quoted(rule.access));
  }
  return rule;
}

void ReadMemory(const JsonNode& node, Resources& resources) {
  JsonObject memory(node);
  resources.memory_limit = ReadLimit(memory.Get("limit"));
  resources.memory_reservation = ReadLimit(memory.Get("reservation"));
  const JsonNode swap = memory.Get("swap");
  resources.memory_swap = ReadLimit(swap);
  if (const JsonNode swappiness = memory.Get("swappiness"); !swappiness.IsAbsent()) {
    resources.memory_swappiness = swappiness.Unsigned(100);
  }
  if (const JsonNode disable = memory.Get("disableOOMKiller"); !disable.IsAbsent()) {
    resources.memory_disable_oom_killer = disable.Bool();
  }
  // Every cgroup that this runtime makes is accounted hierarchically: both values ask for nothing.
  (void)memory.Get("useHierarchy").Bool();
  for (const char* key : {"kernel", "kernelTCP"}) {
    const JsonNode limit = memory.Get(key);
    // Linux 5.16 took kernel memory limits away; no limit is what everybody has.
    if (ReadLimit(limit).value_or(kNoLimit) != kNoLimit) limit.Unsupported("not supported");
  }
  const std::int64_t limit = resources.memory_limit.value_or(kNoLimit);
  if (const std::int64_t both = resources.memory_swap.value_or(kNoLimit); both != kNoLimit) {
    if (limit == kNoLimit) swap.Invalid("needs a memory limit");
    if (both < limit) swap.Invalid("is memory and swap together, so must not be below limit");
  }
}

void ReadCpu(const JsonNode& node, Resources& resources) {
  JsonObject cpu(node);
  resources.cpu_shares = ReadPositive(cpu.Get("shares"));
  resources.cpu_quota = ReadLimit(cpu.Get("quota"));
  resources.cpu_period = ReadPositive(cpu.Get("period"));
  resources.cpu_realtime_runtime = ReadLimit(cpu.Get("realtimeRuntime"));
  resources.cpu_realtime_period = ReadPositive(cpu.Get("realtimePeriod"));
  resources.cpuset_cpus = cpu.Get("cpus").String();
  resources.cpuset_mems = cpu.Get("mems").String();
}

void ReadPids(const JsonNode& node, Resources& resources) {
  JsonObject pids(node);
  // Any negative value means no limit to runc and crun.
  const std::int64_t limit =
      pids.Get("limit").Integer(std::numeric_limits<std::int64_t>::min(), kLargest);
  if (limit != 0) resources.pids_limit = std::max(limit, kNoLimit);
}

// The names of actions are checked by CompileSeccomp; the one that needs a listener is known here.
std::string ReadAction(const JsonNode& node) {
  std::string action = node.String();
  if (action == "SCMP_ACT_NOTIFY") {
    node.Unsupported("SCMP_ACT_NOTIFY is not supported: there is no seccomp listener");
  }
  return action;
}

std::optional<unsigned> ReadErrno(const JsonNode& node) {
  if (node.IsAbsent()) return std::nullopt;
  return node.Unsigned32();
}

SeccompArgument ReadArgument(const JsonNode& node) {
  constexpr std::uint32_t kLastArgument = 5;  // seccomp(2): struct seccomp_data
  JsonObject object(node);
  return {.index = object.Require("index").Unsigned32(kLastArgument),
          .value = object.Require("value").Unsigned(),
          .value_two = object.Get("valueTwo").Unsigned(),
          .op = object.Require("op").String()};
}

SeccompRule ReadRule(const JsonNode& node) {
  JsonObject object(node);
  SeccompRule rule;
  const JsonNode names = object.Require("names");
  rule.names = names.Strings();
  if (!names.IsAbsent() && rule.names.empty()) names.Invalid("must not be empty");
  rule.action = ReadAction(object.Require("action"));
  rule.errno_return = ReadErrno(object.Get("errnoRet"));
  for (const JsonNode& argument : object.Get("args").Elements()) {
    rule.arguments.push_back(ReadArgument(argument));
  }
  return rule;
}

}  // namespace

Resources ReadResources(const JsonNode& node) {
  JsonObject object(node);
  Resources resources;
  for (const JsonNode& rule : object.Get("devices").Elements()) {
    resources.devices.push_back(ReadDeviceRule(rule));
  }
  ReadMemory(object.Get("memory"), resources);
  ReadCpu(object.Get("cpu"), resources);
  ReadPids(object.Get("pids"), resources);
  return resources;
}

SeccompConfig ReadSeccomp(const JsonNode& node) {
  JsonObject object(node);
  SeccompConfig seccomp;
  seccomp.default_action = ReadAction(object.Require("defaultAction"));
  seccomp.default_errno_return = ReadErrno(object.Get("defaultErrnoRet"));
  seccomp.architectures = object.Get("architectures").Strings();
  seccomp.flags = object.Get("flags").Strings();
  for (const JsonNode& rule : object.Get("syscalls").Elements()) {
    seccomp.rules.push_back(ReadRule(rule));
  }
  return seccomp;
}

}  // namespace reapcheck
