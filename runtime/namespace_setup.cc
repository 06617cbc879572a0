#include "runtime/namespace_setup.h"

#include <fcntl.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/interruption.h"

namespace reapcheck {
namespace {

Outcome<void> SetNames(const OciConfig& config) {
  const std::string& host = config.hostname;
  const std::string& domain = config.domainname;
  if (!host.empty() && ::sethostname(host.data(), host.size()) != 0) {
    return RefuseErrno("/hostname " + host);
  }
  if (!domain.empty() && ::setdomainname(domain.data(), domain.size()) != 0) {
    return RefuseErrno("/domainname " + domain);
  }
  return {};
}

// A new network namespace has its loopback interface down; runc and crun bring it up too.
Outcome<void> BringLoopbackUp() {
  ScopedFd any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!any) return RefuseErrno("loopback: socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  if (::ioctl(any.get(), SIOCGIFFLAGS, &request) != 0) return RefuseErrno("loopback: flags");
  request.ifr_flags |= IFF_UP;
  if (::ioctl(any.get(), SIOCSIFFLAGS, &request) != 0) return RefuseErrno("loopback: up");
  return {};
}

// A procfs that nobody else can have prepared. Where a new one is refused, the host's: what is
// written to its sys/ acts on the writer's namespaces all the same.
ScopedFd OpenProcfs() {
  auto fresh = MakeMount({.type = "proc", .source = "proc"});
  if (fresh) return std::move(*fresh);
  ScopedFd proc(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  struct statfs file_system {};
  const bool real = proc && StatFileSystem(proc.get(), file_system) == 0 &&
                    file_system.f_type == PROC_SUPER_MAGIC;
  return real ? std::move(proc) : ScopedFd();
}

Outcome<void> SetSysctl(int proc, const std::string& name, const std::string& value) {
  std::string path = "sys/" + name;
  std::ranges::replace(path, '.', '/');
  open_how how{.flags = O_WRONLY | O_CLOEXEC,
               .mode = 0,
               .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV};
  ScopedFd file(
      static_cast<int>(::syscall(SYS_openat2, proc, path.c_str(), &how, sizeof how)));
  if (!file) return RefuseErrno("/linux/sysctl/" + name);
  if (::write(file.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size())) {
    return RefuseErrno("/linux/sysctl/" + name + " " + value);
  }
  return {};
}

Outcome<void> SetSysctls(const OciConfig& config) {
  if (config.sysctl.empty()) return {};
  const ScopedFd proc = OpenProcfs();
  if (!proc) return RefuseErrno("/linux/sysctl: no procfs");
  for (const auto& [name, value] : config.sysctl) {
    auto set = SetSysctl(proc.get(), name, value);
    if (!set) return set;
  }
  return {};
}

}  // namespace

Outcome<void> SetUpNamespaces(const OciConfig& config) {
  auto named = SetNames(config);
  if (!named) return named;
  const Namespace* network = config.FindNamespace(NamespaceType::kNetwork);
  if (network != nullptr && network->path.empty()) {
    auto up = BringLoopbackUp();
    if (!up) return up;
  }
  return SetSysctls(config);
}

void LeaveSessionKeyring() { ::syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr); }

}  // namespace reapcheck
