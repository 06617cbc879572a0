#include "runtime/namespace_join.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "runtime/errno_failure.h"

namespace reapcheck {
namespace {

constexpr std::array kTypes = {
    NamespaceType::kPid, NamespaceType::kNetwork, NamespaceType::kMount,  NamespaceType::kIpc,
    NamespaceType::kUts, NamespaceType::kUser,    NamespaceType::kCgroup, NamespaceType::kTime,
};

// The name in /proc/PID/ns and in the messages.
const char* Name(NamespaceType type) {
  switch (type) {
    case NamespaceType::kPid: return "pid";
    case NamespaceType::kNetwork: return "net";
    case NamespaceType::kMount: return "mnt";
    case NamespaceType::kIpc: return "ipc";
    case NamespaceType::kUts: return "uts";
    case NamespaceType::kUser: return "user";
    case NamespaceType::kCgroup: return "cgroup";
    case NamespaceType::kTime: return "time";
  }
  return "";
}

bool IsOwn(int fd, NamespaceType type) {
  struct stat theirs, own;
  const std::string path = std::string("/proc/self/ns/") + Name(type);
  return ::fstat(fd, &theirs) == 0 && ::stat(path.c_str(), &own) == 0 &&
         theirs.st_dev == own.st_dev && theirs.st_ino == own.st_ino;
}

Outcome<ScopedFd> OpenNamespace(const Namespace& entry, const std::string& where) {
  ScopedFd fd(::open(entry.path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return RefuseErrno(where);
  const int type = ::ioctl(fd.get(), NS_GET_NSTYPE);
  if (type < 0) return Refuse(FailureKind::kInvalidConfig, where + ": is not a namespace");
  if (static_cast<std::uint64_t>(type) != NamespaceFlag(entry.type)) {
    return Refuse(FailureKind::kInvalidConfig,
                  where + ": is not a namespace of type " + Name(entry.type));
  }
  return fd;
}

// Those that were refused with EPERM stay in `left`.
Outcome<void> JoinWhatMayBe(std::vector<const NamespaceToJoin*>& left, bool last_try) {
  std::vector<const NamespaceToJoin*> refused;
  for (const NamespaceToJoin* entry : left) {
    if (::setns(entry->fd.get(), static_cast<int>(entry->flag)) == 0) continue;
    if (errno != EPERM || last_try) return RefuseErrno("setns " + entry->where);
    refused.push_back(entry);
  }
  left = std::move(refused);
  return {};
}

}  // namespace

std::uint64_t NamespaceFlag(NamespaceType type) {
  switch (type) {
    case NamespaceType::kPid: return CLONE_NEWPID;
    case NamespaceType::kNetwork: return CLONE_NEWNET;
    case NamespaceType::kMount: return CLONE_NEWNS;
    case NamespaceType::kIpc: return CLONE_NEWIPC;
    case NamespaceType::kUts: return CLONE_NEWUTS;
    case NamespaceType::kUser: return CLONE_NEWUSER;
    case NamespaceType::kCgroup: return CLONE_NEWCGROUP;
    case NamespaceType::kTime: return CLONE_NEWTIME;
  }
  return 0;
}

std::uint64_t NewNamespaceFlags(const OciConfig& config) {
  std::uint64_t flags = 0;
  for (const Namespace& entry : config.namespaces) {
    if (entry.path.empty()) flags |= NamespaceFlag(entry.type);
  }
  return flags & ~std::uint64_t{CLONE_NEWCGROUP};
}

std::uint64_t ContainerNamespaceFlags(const OciConfig& config) {
  std::uint64_t flags = 0;
  for (const Namespace& entry : config.namespaces) flags |= NamespaceFlag(entry.type);
  return flags;
}

Outcome<std::vector<NamespaceToJoin>> OpenNamespaces(const OciConfig& config) {
  std::vector<NamespaceToJoin> namespaces;
  for (std::size_t i = 0; i < config.namespaces.size(); ++i) {
    const Namespace& entry = config.namespaces[i];
    if (entry.path.empty()) continue;
    std::string where = "/linux/namespaces/" + std::to_string(i) + "/path " + entry.path;
    auto fd = OpenNamespace(entry, where);
    if (!fd) return Forward(std::move(fd));
    // setns(2) refuses to enter one's own user namespace.
    if (IsOwn(fd->get(), entry.type)) continue;
    namespaces.push_back({NamespaceFlag(entry.type), std::move(*fd), std::move(where)});
  }
  return namespaces;
}

Outcome<void> JoinNamespaces(const std::vector<NamespaceToJoin>& namespaces) {
  std::vector<const NamespaceToJoin*> left;
  const NamespaceToJoin* user = nullptr;
  for (const NamespaceToJoin& entry : namespaces) {
    if (entry.flag == CLONE_NEWUSER) {
      user = &entry;
    } else {
      left.push_back(&entry);
    }
  }
  auto joined = JoinWhatMayBe(left, /*last_try=*/user == nullptr);
  if (!joined || user == nullptr) return joined;
  if (::setns(user->fd.get(), CLONE_NEWUSER) != 0) return RefuseErrno("setns " + user->where);
  return JoinWhatMayBe(left, /*last_try=*/true);
}

Outcome<void> JoinNamespacesOf(int pidfd, std::uint64_t flags) {
  if (flags == 0 || ::setns(pidfd, static_cast<int>(flags)) == 0) return {};
  const bool own_user = errno == EINVAL;
  // EPERM: they have different owners. EINVAL: the user namespace is the runtime's own.
  if (errno != EPERM && errno != EINVAL) return RefuseErrno("setns of the container");
  std::vector<NamespaceToJoin> namespaces;
  for (NamespaceType type : kTypes) {
    if ((flags & NamespaceFlag(type)) == 0) continue;
    if (type == NamespaceType::kUser && own_user) continue;
    ScopedFd copy(::fcntl(pidfd, F_DUPFD_CLOEXEC, 3));
    namespaces.push_back({NamespaceFlag(type), std::move(copy),
                          std::string("the container's ") + Name(type) + " namespace"});
  }
  return JoinNamespaces(namespaces);
}

}  // namespace reapcheck
