// The refusal of a system call made by the process that becomes the container: what was being done,
// in the words of config.json, and the errno. "mount /mounts/3 tmpfs on /dev: EINVAL".
#ifndef REAPCHECK_RUNTIME_ERRNO_FAILURE_H_
#define REAPCHECK_RUNTIME_ERRNO_FAILURE_H_

#include <cerrno>
#include <string>

#include "runtime/failure.h"

namespace reapcheck {

inline std::unexpected<Failure> RefuseErrno(const std::string& what, int code) {
  return Refuse(FailureKind::kSystem, what + ": " + ErrnoName(code));
}

// With the errno of the call just made. `what` is a cheap string: nothing in it makes a call.
inline std::unexpected<Failure> RefuseErrno(const std::string& what) {
  return RefuseErrno(what, errno);
}

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_ERRNO_FAILURE_H_
