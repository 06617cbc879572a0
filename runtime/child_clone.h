// clone3(2) of a process that is this process's child, directly or through a helper that joins
// namespaces first. For a process with one thread.
#ifndef REAPCHECK_RUNTIME_CHILD_CLONE_H_
#define REAPCHECK_RUNTIME_CHILD_CLONE_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "runtime/failure.h"

namespace reapcheck {

struct CloneRequest {
  std::uint64_t new_namespaces = 0;  // CLONE_NEW*
  // Runs in the helper, before the clone. Empty: no helper is needed.
  std::function<Outcome<void>()> prepare;
  // What the helper keeps of the caller's descriptors, besides 0 to 2 and the preserved ones. From
  // its first moment its child can be stopped for good by whoever is in the pid namespace already,
  // and would then hold whatever it inherited: the container's lock.
  std::vector<int> keep;
  int preserve_fds = 0;
  // Runs in the child and does not return.
  std::function<void()> become;
};

// The child's pid. After a failure there is no child.
Outcome<pid_t> CloneChild(const CloneRequest& request);

// SIGKILL and reap, for a child that was just cloned.
void EndChild(pid_t child);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CHILD_CLONE_H_
