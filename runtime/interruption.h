// System calls that a signal interrupted, in the process that becomes the container: it makes its
// calls itself, below no Kernel. signal(7) names the calls that can fail with EINTR.
#ifndef REAPCHECK_RUNTIME_INTERRUPTION_H_
#define REAPCHECK_RUNTIME_INTERRUPTION_H_

#include <sys/statfs.h>

#include <cerrno>

#include "runtime/file_text.h"

namespace reapcheck {

// Makes the call again while it fails with EINTR, kMaxInterruptions times at most. `call` returns
// what the system call does: negative with errno on failure.
template <typename Call>
auto UninterruptedSystemCall(Call&& call) {
  auto result = call();
  for (int i = 0; i < kMaxInterruptions && result < 0 && errno == EINTR; ++i) result = call();
  return result;
}

// fstatfs(2), which a signal can interrupt.
inline int StatFileSystem(int fd, struct statfs& file_system) {
  return UninterruptedSystemCall([&] { return ::fstatfs(fd, &file_system); });
}

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_INTERRUPTION_H_
