#include "runtime/container_credentials.h"

#include <grp.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "runtime/errno_failure.h"

namespace reapcheck {
namespace {

// The kernel's sets are 64 bits wide.
constexpr unsigned kMaxCapabilities = 64;

struct HeldSets {
  std::uint64_t effective = 0;
  std::uint64_t permitted = 0;
  std::uint64_t inheritable = 0;
};

constexpr char kCapabilities[] = "/process/capabilities";

Outcome<HeldSets> GetSets() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return RefuseErrno("capget");
  auto wide = [&](auto field) {
    return data[0].*field | static_cast<std::uint64_t>(data[1].*field) << 32;
  };
  return HeldSets{wide(&__user_cap_data_struct::effective),
                  wide(&__user_cap_data_struct::permitted),
                  wide(&__user_cap_data_struct::inheritable)};
}

Outcome<void> SetSets(const HeldSets& sets) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  for (int half = 0; half < 2; ++half) {
    data[half].effective = static_cast<std::uint32_t>(sets.effective >> (32 * half));
    data[half].permitted = static_cast<std::uint32_t>(sets.permitted >> (32 * half));
    data[half].inheritable = static_cast<std::uint32_t>(sets.inheritable >> (32 * half));
  }
  if (::syscall(SYS_capset, &header, data) != 0) return RefuseErrno(kCapabilities);
  return {};
}

Outcome<void> DropBounding(std::uint64_t keep) {
  for (unsigned capability = 0; capability < kMaxCapabilities; ++capability) {
    const int held = ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (held < 0) return {};  // past the last that this kernel knows
    if (held == 0 || (keep >> capability & 1) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) {
      return RefuseErrno(std::string(kCapabilities) + "/bounding");
    }
  }
  return {};
}

std::uint64_t BoundingSet() {
  std::uint64_t bounding = 0;
  for (unsigned capability = 0; capability < kMaxCapabilities; ++capability) {
    if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1) {
      bounding |= std::uint64_t{1} << capability;
    }
  }
  return bounding;
}

Outcome<void> RaiseAmbient(std::uint64_t ambient) {
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) {
    return RefuseErrno(std::string(kCapabilities) + "/ambient");
  }
  for (unsigned capability = 0; capability < kMaxCapabilities; ++capability) {
    if ((ambient >> capability & 1) == 0) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) {
      return RefuseErrno(std::string(kCapabilities) + "/ambient");
    }
  }
  return {};
}

// What is asked for and can be granted: the permitted set can only shrink, and the others lie in
// it.
Outcome<void> SetFinalSets(const ProcessConfig& process) {
  auto held = GetSets();
  if (!held) return Forward(std::move(held));
  // None where config.json gives none.
  const CapabilitySets asked = process.capabilities.value_or(CapabilitySets{});
  HeldSets sets;
  sets.permitted = asked.permitted & held->permitted;
  sets.effective = asked.effective & sets.permitted;
  sets.inheritable = asked.inheritable & (held->inheritable | held->permitted) &
                     (held->inheritable | BoundingSet());
  auto set = SetSets(sets);
  if (!set) return set;
  return RaiseAmbient(asked.ambient & sets.permitted & sets.inheritable);
}

Outcome<void> InstallFilter(const SeccompProgram* seccomp) {
  if (seccomp == nullptr || seccomp->instructions.empty()) return {};
  const std::vector<char>& code = seccomp->instructions;
  sock_fprog program{
      .len = static_cast<unsigned short>(code.size() / sizeof(sock_filter)),
      .filter = reinterpret_cast<sock_filter*>(const_cast<char*>(code.data()))};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, seccomp->flags, &program) != 0) {
    return RefuseErrno("/linux/seccomp");
  }
  return {};
}

std::string Where(std::size_t index, const Rlimit& limit) {
  return "/process/rlimits/" + std::to_string(index) + " " + limit.name;
}

}  // namespace

Outcome<void> BecomeNamespaceRoot() {
  // EPERM: "deny" in /proc/PID/setgroups, as an unprivileged user's map needs.
  if (::setgroups(0, nullptr) != 0 && errno != EPERM) return RefuseErrno("setgroups");
  if (::setresgid(0, 0, 0) != 0) return RefuseErrno("/linux/gidMappings: no group 0");
  if (::setresuid(0, 0, 0) != 0) return RefuseErrno("/linux/uidMappings: no user 0");
  return {};
}

Outcome<void> RaiseHardLimits(pid_t pid, const std::vector<Rlimit>& limits) {
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const auto resource = static_cast<__rlimit_resource>(limits[i].resource);
    rlimit64 now{};
    if (::prlimit64(pid, resource, nullptr, &now) != 0) return RefuseErrno(Where(i, limits[i]));
    if (limits[i].hard <= now.rlim_max) continue;
    const rlimit64 raised{.rlim_cur = now.rlim_cur, .rlim_max = limits[i].hard};
    if (::prlimit64(pid, resource, &raised, nullptr) != 0) {
      return RefuseErrno(Where(i, limits[i]) + ": this machine does not allow a hard limit of " +
                         std::to_string(limits[i].hard) + ", the highest is " +
                         std::to_string(now.rlim_max));
    }
  }
  return {};
}

Outcome<void> SetLimits(const std::vector<Rlimit>& limits) {
  for (std::size_t i = 0; i < limits.size(); ++i) {
    const rlimit64 limit{.rlim_cur = limits[i].soft, .rlim_max = limits[i].hard};
    if (::setrlimit64(static_cast<__rlimit_resource>(limits[i].resource), &limit) != 0) {
      return RefuseErrno(Where(i, limits[i]));
    }
  }
  return {};
}

Outcome<void> AssumeUser(const ProcessConfig& process) {
  if (process.capabilities) {
    auto dropped = DropBounding(process.capabilities->bounding);
    if (!dropped) return dropped;
  }
  if (::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0) return RefuseErrno("PR_SET_KEEPCAPS");
  const std::vector<gid_t>& groups = process.additional_gids;
  // EPERM without any asked for: a user namespace that denies setgroups has none to give away.
  if (::setgroups(groups.size(), groups.data()) != 0 && (errno != EPERM || !groups.empty())) {
    return RefuseErrno("/process/user/additionalGids");
  }
  if (::setresgid(process.gid, process.gid, process.gid) != 0) {
    return RefuseErrno("/process/user/gid " + std::to_string(process.gid));
  }
  if (::setresuid(process.uid, process.uid, process.uid) != 0) {
    return RefuseErrno("/process/user/uid " + std::to_string(process.uid));
  }
  return {};
}

Outcome<void> SealPrivileges(const ProcessConfig& process, const SeccompProgram* seccomp) {
  if (process.no_new_privileges) {
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return RefuseErrno("no_new_privs");
    auto set = SetFinalSets(process);
    if (!set) return set;
    return InstallFilter(seccomp);
  }
  // seccomp(2): without no_new_privs a filter takes CAP_SYS_ADMIN, which the change of the user id
  // took out of the effective set.
  if (seccomp != nullptr && !seccomp->instructions.empty()) {
    auto held = GetSets();
    if (!held) return Forward(std::move(held));
    held->effective = held->permitted;
    auto raised = SetSets(*held);
    if (!raised) return raised;
    auto installed = InstallFilter(seccomp);
    if (!installed) return installed;
  }
  return SetFinalSets(process);
}

}  // namespace reapcheck
