// Namespaces as clone3(2) and setns(2) know them: which are new, which are joined.
#ifndef REAPCHECK_RUNTIME_NAMESPACE_JOIN_H_
#define REAPCHECK_RUNTIME_NAMESPACE_JOIN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "runtime/failure.h"
#include "runtime/oci_config.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

// CLONE_NEWPID and so on.
std::uint64_t NamespaceFlag(NamespaceType type);

// Those that clone3(2) makes for the container's init. Not the cgroup namespace, which has its root
// where the process is when it is made: the child makes it, once it is in its cgroup.
std::uint64_t NewNamespaceFlags(const OciConfig& config);

// All that config.json names, new or joined: where a process of the container lives.
std::uint64_t ContainerNamespaceFlags(const OciConfig& config);

struct NamespaceToJoin {
  std::uint64_t flag = 0;
  ScopedFd fd;        // of the namespace, or a pidfd
  std::string where;  // "/linux/namespaces/2/path /run/netns/a"
};

// Opens those that are given by path. kInvalidConfig: not a namespace, or one of another type.
// One that the runtime is in already is left out.
Outcome<std::vector<NamespaceToJoin>> OpenNamespaces(const OciConfig& config);

// setns(2) for each. A namespace may be owned by the user namespace to be joined or by the one that
// is left: those that refuse before are tried again after it.
Outcome<void> JoinNamespaces(const std::vector<NamespaceToJoin>& namespaces);

// Joins all of `flags` that the process behind `pidfd` is in.
Outcome<void> JoinNamespacesOf(int pidfd, std::uint64_t flags);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_NAMESPACE_JOIN_H_
