// The limits of config-linux.md#control-groups, written to the files of v1 and v2.
#include <cerrno>
#include <string>

#include "runtime/cgroup_create.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

constexpr char kPointer[] = "config.json: /linux/resources/";

// What every container may open whatever the rules say: config-linux.md#default-devices, making
// device nodes (which opens nothing), and pseudo-terminals.
std::vector<DeviceRule> WithDefaultDevices(std::vector<DeviceRule> rules) {
  rules.push_back({.allow = true, .type = 'c', .access = "m"});
  rules.push_back({.allow = true, .type = 'b', .access = "m"});
  struct Number {
    std::uint32_t major;
    std::optional<std::uint32_t> minor;
  };
  // null, zero, full, random, urandom, tty, ptmx, pts/*
  for (Number device : {Number{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, {5, 0}, {5, 2},
                        {136, std::nullopt}}) {
    rules.push_back(
        {.allow = true, .type = 'c', .major = device.major, .minor = device.minor});
  }
  return rules;
}

class Limiter {
 public:
  Limiter(Kernel& kernel, const Cgroups& cgroups) : kernel_(kernel), cgroups_(cgroups) {}

  // Writes one limit where its controller is: `v1_file` in the controller's hierarchy, or
  // `v2_file` in the unified one. The first failure stays and stops the rest.
  void Write(const std::string& property, const std::string& controller,
             const std::string& v1_file, const std::string& v2_file, const std::string& value) {
    if (!failed_) return;
    for (const CgroupDirectory& cgroup : cgroups_) {
      if (cgroup.hierarchy.Has(controller)) return WriteTo(property, cgroup, v1_file, value);
    }
    const CgroupDirectory* unified = Unified();
    if (unified == nullptr || v2_file.empty() || !Enable(*unified, controller)) {
      failed_ = Refuse(FailureKind::kUnsupported, kPointer + property + ": the " + controller +
                                                      " controller is not available here");
      return;
    }
    WriteTo(property, *unified, v2_file, value);
  }

  const CgroupDirectory* Find(const std::string& controller) const {
    for (const CgroupDirectory& cgroup : cgroups_) {
      if (cgroup.hierarchy.Has(controller)) return &cgroup;
    }
    return nullptr;
  }

  const CgroupDirectory* Unified() const {
    for (const CgroupDirectory& cgroup : cgroups_) {
      if (cgroup.hierarchy.version == CgroupVersion::kV2) return &cgroup;
    }
    return nullptr;
  }

  void WriteTo(const std::string& property, const CgroupDirectory& cgroup,
               const std::string& file, const std::string& value) {
    if (!failed_) return;
    auto written = WriteControlFile(kernel_, kCwd, cgroup.FullPath() + "/" + file, value);
    if (!written) failed_ = Refuse(written.error(), kPointer + property);
  }

  void Fail(Outcome<void> failure) {
    if (failed_) failed_ = std::move(failure);
  }

  Outcome<void> Done() { return std::move(failed_); }

 private:
  // A v2 controller works in a cgroup when every one above it gives it on.
  bool Enable(const CgroupDirectory& unified, const std::string& controller) {
    std::string above = unified.hierarchy.mount_point;
    for (std::size_t end = unified.path.find('/', 1);; end = unified.path.find('/', end + 1)) {
      auto written = WriteControlFile(kernel_, kCwd, above + "/cgroup.subtree_control",
                                      "+" + controller);
      if (!written) return false;
      if (end == std::string::npos) return true;
      above = unified.hierarchy.mount_point + unified.path.substr(0, end);
    }
  }

  Kernel& kernel_;
  const Cgroups& cgroups_;
  Outcome<void> failed_;
};

std::string LimitText(std::int64_t limit, bool v2) {
  if (limit >= 0) return std::to_string(limit);
  return v2 ? "max" : "-1";
}

void LimitPids(Limiter& limiter, const Resources& resources) {
  if (!resources.pids_limit) return;
  // 0 and -1 ask for no limit, which is what a new cgroup has.
  if (*resources.pids_limit <= 0) return;
  limiter.Write("pids/limit", "pids", "pids.max", "pids.max",
                std::to_string(*resources.pids_limit));
}

void LimitMemory(Limiter& limiter, const Resources& resources) {
  const bool v1 = limiter.Find("memory") != nullptr;
  if (resources.memory_limit) {
    limiter.Write("memory/limit", "memory", "memory.limit_in_bytes", "memory.max",
                  LimitText(*resources.memory_limit, !v1));
  }
  if (resources.memory_reservation) {
    limiter.Write("memory/reservation", "memory", "memory.soft_limit_in_bytes", "memory.low",
                  LimitText(*resources.memory_reservation, !v1));
  }
  if (resources.memory_swap) {
    // The specification's swap is memory and swap together; v2 limits swap alone.
    std::int64_t swap = *resources.memory_swap;
    if (!v1 && swap > 0) swap -= resources.memory_limit.value_or(0);
    limiter.Write("memory/swap", "memory", "memory.memsw.limit_in_bytes", "memory.swap.max",
                  LimitText(swap, !v1));
  }
  if (resources.memory_swappiness) {
    limiter.Write("memory/swappiness", "memory", "memory.swappiness", "",
                  std::to_string(*resources.memory_swappiness));
  }
  if (resources.memory_disable_oom_killer.value_or(false)) {
    limiter.Write("memory/disableOOMKiller", "memory", "memory.oom_control", "", "1");
  }
}

void LimitCpu(Limiter& limiter, const Resources& resources) {
  if (resources.cpu_shares.value_or(0) != 0) {
    const std::uint64_t shares = *resources.cpu_shares;
    const bool v1 = limiter.Find("cpu") != nullptr;
    // 2 ... 262144 of v1 onto 1 ... 10000 of v2, as every engine and runtime maps them.
    const std::uint64_t weight =
        shares <= 2 ? 1 : shares >= 262144 ? 10000 : 1 + (shares - 2) * 9999 / 262142;
    limiter.Write("cpu/shares", "cpu", "cpu.shares", "cpu.weight",
                  std::to_string(v1 ? shares : weight));
  }
  const bool v1 = limiter.Find("cpu") != nullptr;
  const std::uint64_t period = resources.cpu_period.value_or(0);
  const std::int64_t quota = resources.cpu_quota.value_or(0);
  if (v1) {
    if (period != 0) {
      limiter.Write("cpu/period", "cpu", "cpu.cfs_period_us", "", std::to_string(period));
    }
    if (quota != 0) {
      limiter.Write("cpu/quota", "cpu", "cpu.cfs_quota_us", "", std::to_string(quota));
    }
  } else if (period != 0 || quota != 0) {
    limiter.Write(quota != 0 ? "cpu/quota" : "cpu/period", "cpu", "", "cpu.max",
                  (quota > 0 ? std::to_string(quota) : "max") + " " +
                      std::to_string(period != 0 ? period : 100000));
  }
  if (resources.cpu_realtime_period.value_or(0) != 0) {
    limiter.Write("cpu/realtimePeriod", "cpu", "cpu.rt_period_us", "",
                  std::to_string(*resources.cpu_realtime_period));
  }
  if (resources.cpu_realtime_runtime.value_or(0) != 0) {
    limiter.Write("cpu/realtimeRuntime", "cpu", "cpu.rt_runtime_us", "",
                  std::to_string(*resources.cpu_realtime_runtime));
  }
  if (!resources.cpuset_cpus.empty()) {
    limiter.Write("cpu/cpus", "cpuset", "cpuset.cpus", "cpuset.cpus", resources.cpuset_cpus);
  }
  if (!resources.cpuset_mems.empty()) {
    limiter.Write("cpu/mems", "cpuset", "cpuset.mems", "cpuset.mems", resources.cpuset_mems);
  }
}

// "c 1:3 rwm".
std::string DeviceRuleText(const DeviceRule& rule) {
  if (rule.type == 'a') return "a";
  const auto number = [](const std::optional<std::uint32_t>& value) {
    return value ? std::to_string(*value) : std::string("*");
  };
  return std::string(1, rule.type) + " " + number(rule.major) + ":" + number(rule.minor) + " " +
         rule.access;
}

void LimitDevices(Limiter& limiter, Kernel& kernel, ContainerKernel& container_kernel,
                  const Resources& resources) {
  if (resources.devices.empty()) return;
  const std::vector<DeviceRule> rules = WithDefaultDevices(resources.devices);
  if (const CgroupDirectory* devices = limiter.Find("devices")) {
    for (const DeviceRule& rule : rules) {
      const char* file = rule.allow ? "devices.allow" : "devices.deny";
      // v1 takes "a" for every access whatever follows it: a part of it is said for either type.
      const bool in_part = rule.type == 'a' && rule.access != "rwm";
      for (char type : in_part ? std::string("bc") : std::string(1, rule.type)) {
        DeviceRule plain = rule;
        plain.type = type;
        limiter.WriteTo("devices", *devices, file, DeviceRuleText(plain));
      }
    }
    return;
  }
  const CgroupDirectory* unified = limiter.Unified();
  if (unified == nullptr) {
    return limiter.Fail(Refuse(FailureKind::kUnsupported,
                               std::string(kPointer) + "devices: no devices controller here"));
  }
  auto dir = OpenCgroup(kernel, *unified);
  if (!dir) return limiter.Fail(Refuse(dir.error(), std::string(kPointer) + "devices"));
  auto attached = container_kernel.AttachDeviceProgram(dir->get(), rules);
  if (!attached) limiter.Fail(Refuse(attached.error(), std::string(kPointer) + "devices"));
}

}  // namespace

Outcome<void> LimitCgroups(Kernel& kernel, ContainerKernel& container_kernel,
                           const Cgroups& cgroups, const Resources& resources) {
  Limiter limiter(kernel, cgroups);
  LimitPids(limiter, resources);
  LimitMemory(limiter, resources);
  LimitCpu(limiter, resources);
  LimitDevices(limiter, kernel, container_kernel, resources);
  return limiter.Done();
}

}  // namespace reapcheck
