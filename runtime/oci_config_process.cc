// config.md#process and config.md#posix-platform-hooks.
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <limits>

#include "runtime/oci_config_parts.h"

namespace reapcheck {
namespace {

// -1 means "unchanged" to setresuid(2) and chown(2), so it is nobody's id.
constexpr std::uint32_t kLargestId = std::numeric_limits<std::uint32_t>::max() - 1;

constexpr std::array<std::string_view, 41> kCapabilityNames = {
    "CAP_CHOWN",
    "CAP_DAC_OVERRIDE",
    "CAP_DAC_READ_SEARCH",
    "CAP_FOWNER",
    "CAP_FSETID",
    "CAP_KILL",
    "CAP_SETGID",
    "CAP_SETUID",
    "CAP_SETPCAP",
    "CAP_LINUX_IMMUTABLE",
    "CAP_NET_BIND_SERVICE",
    "CAP_NET_BROADCAST",
    "CAP_NET_ADMIN",
    "CAP_NET_RAW",
    "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",
    "CAP_SYS_MODULE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_CHROOT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",
    "CAP_SYS_ADMIN",
    "CAP_SYS_BOOT",
    "CAP_SYS_NICE",
    "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_MKNOD",
    "CAP_LEASE",
    "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL",
    "CAP_SETFCAP",
    "CAP_MAC_OVERRIDE",
    "CAP_MAC_ADMIN",
    "CAP_SYSLOG",
    "CAP_WAKE_ALARM",
    "CAP_BLOCK_SUSPEND",
    "CAP_AUDIT_READ",
    "CAP_PERFMON",
    "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE",
};

struct RlimitName {
  std::string_view name;
  int resource;
};
constexpr std::array<RlimitName, 16> kRlimitNames = {{
    {"RLIMIT_AS", RLIMIT_AS},
    {"RLIMIT_CORE", RLIMIT_CORE},
    {"RLIMIT_CPU", RLIMIT_CPU},
    {"RLIMIT_DATA", RLIMIT_DATA},
    {"RLIMIT_FSIZE", RLIMIT_FSIZE},
    {"RLIMIT_LOCKS", RLIMIT_LOCKS},
    {"RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"RLIMIT_MSGQUEUE", RLIMIT_MSGQUEUE},
    {"RLIMIT_NICE", RLIMIT_NICE},
    {"RLIMIT_NOFILE", RLIMIT_NOFILE},
    {"RLIMIT_NPROC", RLIMIT_NPROC},
    {"RLIMIT_RSS", RLIMIT_RSS},
    {"RLIMIT_RTPRIO", RLIMIT_RTPRIO},
    {"RLIMIT_RTTIME", RLIMIT_RTTIME},
    {"RLIMIT_SIGPENDING", RLIMIT_SIGPENDING},
    {"RLIMIT_STACK", RLIMIT_STACK},
}};

void ReadUser(const JsonNode& node, ProcessConfig& process) {
  JsonObject user(node);
  process.uid = user.Get("uid").Unsigned32(kLargestId);
  process.gid = user.Get("gid").Unsigned32(kLargestId);
  if (const JsonNode umask = user.Get("umask"); !umask.IsAbsent()) {
    process.umask = umask.Unsigned32(0777);
  }
  for (const JsonNode& gid : user.Get("additionalGids").Elements()) {
    process.additional_gids.push_back(gid.Unsigned32(kLargestId));
  }
}

std::uint64_t ReadCapabilitySet(const JsonNode& node, std::vector<std::string>& warnings) {
  std::uint64_t set = 0;
  const std::vector<std::string> names = node.Strings();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::optional<unsigned> number = CapabilityNumber(names[i]);
    if (number.has_value()) {
      set |= std::uint64_t{1} << *number;
    } else {
      warnings.push_back(node.At(i).pointer() + ": unknown capability " + Quoted(names[i]) +
                         " is left out");
    }
  }
  return set;
}

CapabilitySets ReadCapabilities(const JsonNode& node, std::vector<std::string>& warnings) {
  JsonObject sets(node);
  const auto read = [&](const char* key) { return ReadCapabilitySet(sets.Get(key), warnings); };
  return {.bounding = read("bounding"),
          .effective = read("effective"),
          .inheritable = read("inheritable"),
          .permitted = read("permitted"),
          .ambient = read("ambient")};
}

Rlimit ReadRlimit(const JsonNode& node) {
  JsonObject object(node);
  const JsonNode type = object.Require("type");
  Rlimit limit{.name = type.String(),
               .soft = object.Require("soft").Unsigned(),
               .hard = object.Require("hard").Unsigned()};
  const auto known = std::ranges::find(kRlimitNames, limit.name, &RlimitName::name);
  if (known != kRlimitNames.end()) {
    limit.resource = known->resource;
  } else {
    type.Invalid("unknown limit " + Quoted(limit.name));
  }
  if (limit.soft > limit.hard) {
    node.At("soft").Invalid("must not be above hard: " + std::to_string(limit.soft) + " > " +
                            std::to_string(limit.hard));
  }
  return limit;
}

std::vector<Rlimit> ReadRlimits(const JsonNode& node) {
  std::vector<Rlimit> limits;
  for (const JsonNode& element : node.Elements()) {
    Rlimit limit = ReadRlimit(element);
    // config.md#posix-process: "the runtime MUST generate an error" for a duplicate.
    if (std::ranges::find(limits, limit.name, &Rlimit::name) != limits.end()) {
      element.At("type").Invalid(Quoted(limit.name) + " is there twice");
    }
    limits.push_back(std::move(limit));
  }
  return limits;
}

ConsoleSize ReadConsoleSize(const JsonNode& node) {
  constexpr std::uint32_t kLargest = std::numeric_limits<std::uint16_t>::max();  // winsize
  JsonObject size(node);
  return {.height = static_cast<std::uint16_t>(size.Require("height").Unsigned(kLargest)),
          .width = static_cast<std::uint16_t>(size.Require("width").Unsigned(kLargest))};
}

Hook ReadHook(const JsonNode& node) {
  JsonObject object(node);
  Hook hook;
  const JsonNode path = object.Require("path");
  hook.path = path.AbsolutePath();
  if (!path.IsAbsent() && hook.path.empty()) path.Invalid("must not be empty");
  hook.arguments = object.Get("args").Strings();
  if (hook.arguments.empty()) hook.arguments.push_back(hook.path);
  hook.environment = object.Get("env").Strings();
  if (const JsonNode timeout = object.Get("timeout"); !timeout.IsAbsent()) {
    // config.md: "If set, timeout MUST be greater than zero."
    constexpr std::int64_t kLongest = std::numeric_limits<std::int32_t>::max();
    hook.timeout = std::chrono::seconds(timeout.Integer(1, kLongest));
  }
  return hook;
}

std::vector<Hook> ReadHookList(const JsonNode& node) {
  std::vector<Hook> hooks;
  for (const JsonNode& element : node.Elements()) hooks.push_back(ReadHook(element));
  return hooks;
}

}  // namespace

ProcessConfig ReadProcess(const JsonNode& node) {
  JsonObject object(node);
  ProcessConfig process;
  const JsonNode arguments = object.Require("args");
  process.arguments = arguments.Strings();
  if (!arguments.IsAbsent() && process.arguments.empty()) arguments.Invalid("must not be empty");
  process.environment = object.Get("env").Strings();
  const JsonNode cwd = object.Require("cwd");
  process.cwd = cwd.AbsolutePath();
  if (!cwd.IsAbsent() && process.cwd.empty()) cwd.Invalid("must not be empty");
  ReadUser(object.Get("user"), process);
  if (const JsonNode sets = object.Get("capabilities"); !sets.IsAbsent()) {
    process.capabilities = ReadCapabilities(sets, process.warnings);
  }
  process.rlimits = ReadRlimits(object.Get("rlimits"));
  process.no_new_privileges = object.Get("noNewPrivileges").Bool();
  if (const JsonNode score = object.Get("oomScoreAdj"); !score.IsAbsent()) {
    process.oom_score_adj = static_cast<int>(score.Integer(-1000, 1000));
  }
  process.terminal = object.Get("terminal").Bool();
  if (const JsonNode size = object.Get("consoleSize"); !size.IsAbsent()) {
    process.console_size = ReadConsoleSize(size);
  }
  return process;
}

Hooks ReadHooks(const JsonNode& node) {
  JsonObject hooks(node);
  return {.prestart = ReadHookList(hooks.Get("prestart")),
          .create_runtime = ReadHookList(hooks.Get("createRuntime")),
          .create_container = ReadHookList(hooks.Get("createContainer")),
          .start_container = ReadHookList(hooks.Get("startContainer")),
          .poststart = ReadHookList(hooks.Get("poststart")),
          .poststop = ReadHookList(hooks.Get("poststop"))};
}

std::span<const std::string_view> CapabilityNames() { return kCapabilityNames; }

std::optional<unsigned> CapabilityNumber(std::string_view name) {
  const auto position = std::ranges::find(kCapabilityNames, name);
  if (position == kCapabilityNames.end()) return std::nullopt;
  return static_cast<unsigned>(position - kCapabilityNames.begin());
}

}  // namespace reapcheck
