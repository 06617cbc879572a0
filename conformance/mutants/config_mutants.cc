// Properties of config.json that are read, accepted and not applied.
#include "conformance/mutants/mutant.h"

namespace reapcheck::mutants {
namespace {

// What config.json asks for is applied by init, which the simulator replaces.
constexpr char kInside[] = "shows inside a real container only";

using ConfigChange = void (*)(OciConfig&);

template <ConfigChange change>
class Leaves : public Builder {
  using Builder::Builder;
  Outcome<Plan> MakePlan(const std::string& id, const CreateOptions& options) override {
    auto plan = Builder::MakePlan(id, options);
    if (plan) change(plan->config);
    return plan;
  }
};

void OutRlimits(OciConfig& config) {
  if (config.process) config.process->rlimits.clear();
}
void OutNoNewPrivileges(OciConfig& config) {
  if (config.process) config.process->no_new_privileges = false;
}
void OutCapabilities(OciConfig& config) {
  if (config.process) config.process->capabilities.reset();
}
void OutEnvironment(OciConfig& config) {
  if (config.process) config.process->environment.clear();
}
void OutSysctl(OciConfig& config) { config.sysctl.clear(); }
void OutMaskedPaths(OciConfig& config) { config.masked_paths.clear(); }
void OutReadonlyPaths(OciConfig& config) {
  config.readonly_paths.clear();
  config.root_readonly = false;
}
void OutResources(OciConfig& config) { config.resources = {}; }
void OutUserNamespace(OciConfig& config) {
  std::erase_if(config.namespaces,
                [](const Namespace& one) { return one.type == NamespaceType::kUser; });
  config.uid_mappings.clear();
  config.gid_mappings.clear();
}
void OutTimeouts(OciConfig& config) {
  for (Hook& hook : config.hooks.create_runtime) {
    if (hook.timeout) hook.timeout = std::chrono::seconds(0);
  }
}
void OutHostname(OciConfig& config) { config.hostname.clear(); }

// It is compiled while the plan is made.
class LeavesOutSeccomp : public Builder {
  using Builder::Builder;
  Outcome<Plan> MakePlan(const std::string& id, const CreateOptions& options) override {
    auto plan = Builder::MakePlan(id, options);
    if (plan) plan->seccomp = {};
    return plan;
  }
};

Mutant Omits(std::string what, std::vector<std::string> caught_by, BuilderMaker make) {
  return {.name = "config-no-" + what,
          .plants = "config.json's " + what + " are accepted and not applied.",
          .bug = "A8",
          .breaks = "A8",
          .caught_by = std::move(caught_by),
          .part = make,
          .not_simulated = kInside};
}

}  // namespace

std::vector<Mutant> ConfigMutants() {
  return {
      Omits("rlimits", {"ConfigProcess.RlimitsAreLowered"}, MakeBuilderOf<Leaves<OutRlimits>>),
      Omits("privilege-limits", {"ConfigProcess.NoNewPrivileges"},
            MakeBuilderOf<Leaves<OutNoNewPrivileges>>),
      Omits("capabilities",
            {"ConfigProcess.NoCapabilitiesMeansNone", "ConfigProcess.CapabilitiesOfRootAreExact"},
            MakeBuilderOf<Leaves<OutCapabilities>>),
      Omits("variables", {"ConfigProcess.EnvironmentAndArgumentsAreExact"},
            MakeBuilderOf<Leaves<OutEnvironment>>),
      Omits("sysctls", {"ConfigLinux.SysctlIsTheContainersAlone"},
            MakeBuilderOf<Leaves<OutSysctl>>),
      Omits("masked-paths",
            {"ConfigMounts.MaskedPathsCanNotBeRead",
             "ConfigMounts.MaskedPathThatIsALinkHidesWhatItLeadsTo"},
            MakeBuilderOf<Leaves<OutMaskedPaths>>),
      Omits("readonly-paths",
            {"ConfigMounts.ReadonlyPathsCanNotBeWritten", "ConfigMounts.ReadonlyRoot"},
            MakeBuilderOf<Leaves<OutReadonlyPaths>>),
      // The lab's v1 has the controller of each of these.
      {.name = "config-no-resources",
       .plants = "config.json's resources are accepted and not applied.",
       .bug = "A8",
       .breaks = "A8",
       .caught_by = {"ConfigLinux.PidsLimitStopsAForkBomb", "ConfigLinux.DeviceRulesHold"},
       .cgroup = "v1",
       .part = MakeBuilderOf<Leaves<OutResources>>,
       .not_simulated = kInside},
      Omits("seccomp-rules",
            {"ConfigLinux.SeccompRefusesACall", "ConfigLinux.SeccompKillsTheProgram"},
            MakeBuilderOf<LeavesOutSeccomp>),
      Omits("user-mappings",
            {"UserNamespace.RootInsideIsAnotherUserOutside", "UserNamespace.ExecIsMappedToo"},
            MakeBuilderOf<Leaves<OutUserNamespace>>),
      {.name = "hook-no-time",
       .plants = "A hook with a timeout is late at once.",
       .bug = "A28",
       .breaks = "A28",
       .caught_by = {"HookTimeout.CountsSeconds"},
       .part = MakeBuilderOf<Leaves<OutTimeouts>>,
       .not_simulated = kInside},
      Omits("host-names", {"ConfigLinux.HostnameIsTheContainersAlone"},
            MakeBuilderOf<Leaves<OutHostname>>),
  };
}

}  // namespace reapcheck::mutants
