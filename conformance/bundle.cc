#include "conformance/bundle.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace reapcheck::conformance {
namespace {

Json WordsOf(const std::string& binary, const std::string& name, const std::string& share,
             const std::vector<std::string>& words) {
  Json all = {binary, "as", name, "lab", share};
  for (const std::string& word : words) all.push_back(word);
  return all;
}

Json ProcessOf(const ContainerPlan& plan) {
  static const Json kCapabilities = {"CAP_KILL", "CAP_AUDIT_WRITE", "CAP_NET_BIND_SERVICE"};
  Json args = plan.arguments.empty() ? WordsOf("/payload", plan.name, "/lab", plan.program)
                                     : Json(plan.arguments);
  return {{"terminal", false},
          {"user", {{"uid", 0}, {"gid", 0}}},
          {"args", args},
          {"env", plan.environment},
          {"cwd", "/"},
          {"capabilities",
           {{"bounding", kCapabilities},
            {"effective", kCapabilities},
            {"permitted", kCapabilities}}},
          {"noNewPrivileges", true}};
}

Json HookOf(const ContainerPlan& plan, const HookPlan& hook,
            const BundleSurroundings& surroundings) {
  Json entry;
  bool inside = hook.kind == "startContainer";  // resolved and run in the container's namespaces
  std::string binary = inside ? "/payload" : surroundings.payload;
  std::vector<std::string> words{"hook", hook.kind, hook.name};
  words.insert(words.end(), hook.then.begin(), hook.then.end());
  entry["path"] = hook.path.empty() ? binary : hook.path;
  if (hook.path.empty()) {
    entry["args"] = WordsOf(binary, plan.name, inside ? "/lab" : surroundings.share, words);
  } else if (!hook.arguments.empty()) {
    entry["args"] = hook.arguments;
  }
  if (hook.environment) entry["env"] = *hook.environment;
  if (hook.timeout_seconds) entry["timeout"] = *hook.timeout_seconds;
  return entry;
}

Json MountsOf(const ContainerPlan& plan, const BundleSurroundings& surroundings) {
  Json mounts = {{{"destination", "/proc"}, {"type", "proc"}, {"source", "proc"}},
                 {{"destination", "/lab"},
                  {"type", "bind"},
                  {"source", surroundings.share},
                  {"options", {"bind", "rw"}}}};
  if (plan.readonly_rootfs) {
    mounts.push_back({{"destination", "/dev"},
                      {"type", "tmpfs"},
                      {"source", "tmpfs"},
                      {"options", {"nosuid", "mode=755"}}});
  }
  if (plan.cgroup_mount) {
    mounts.push_back({{"destination", "/sys/fs/cgroup"},
                      {"type", "cgroup"},
                      {"source", "cgroup"},
                      {"options", {"nosuid", "noexec", "nodev", "rw"}}});
  }
  return mounts;
}

Json NamespacesOf(const ContainerPlan& plan) {
  Json namespaces = {{{"type", "mount"}}, {{"type", "ipc"}}, {{"type", "uts"}}};
  if (plan.network_namespace) namespaces.push_back({{"type", "network"}});
  switch (plan.pid_namespace) {
    case PidNamespace::kPrivate:
      namespaces.push_back({{"type", "pid"}});
      break;
    case PidNamespace::kJoined:
      namespaces.push_back({{"type", "pid"}, {"path", plan.pid_namespace_path}});
      break;
    case PidNamespace::kHost:
      break;
  }
  return namespaces;
}

}  // namespace

Json ConfigOf(const ContainerPlan& plan, const BundleSurroundings& surroundings) {
  Json config = {{"ociVersion", "1.0.2"},
                 {"root", {{"path", "rootfs"}, {"readonly", plan.readonly_rootfs}}},
                 {"hostname", plan.name},
                 {"mounts", MountsOf(plan, surroundings)},
                 {"linux", {{"namespaces", NamespacesOf(plan)}}}};
  if (!plan.without_process) config["process"] = ProcessOf(plan);
  if (!surroundings.cgroups_path.empty()) {
    config["linux"]["cgroupsPath"] = surroundings.cgroups_path;
  }
  for (const HookPlan& hook : plan.hooks) {
    config["hooks"][hook.kind].push_back(HookOf(plan, hook, surroundings));
  }
  if (!plan.annotations.empty()) config["annotations"] = plan.annotations;
  if (plan.edit) plan.edit(config);
  return config;
}

bool ReportsReadiness(const ContainerPlan& plan) {
  static const std::vector<std::string> kWords{"sleep", "exit-when", "ready", "storm", "restless"};
  return plan.arguments.empty() && !plan.without_process &&
         std::ranges::any_of(plan.program, [](const std::string& word) {
           return std::ranges::count(kWords, word) > 0;
         });
}

}  // namespace reapcheck::conformance
