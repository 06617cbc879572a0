// Paths of the container, resolved as the container would: openat2(2) with RESOLVE_IN_ROOT, so that
// neither ".." nor a symlink in the root file system leads out, and magic links (/proc/PID/fd/N,
// /proc/PID/root) are refused with ELOOP. The root is a descriptor, never a path.
#ifndef REAPCHECK_RUNTIME_PATH_IN_ROOT_H_
#define REAPCHECK_RUNTIME_PATH_IN_ROOT_H_

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "runtime/error.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

// openat2(2); O_CLOEXEC is added. `resolve` adds RESOLVE_* to RESOLVE_IN_ROOT.
Result<ScopedFd> OpenInRoot(int root, const std::string& path, int flags, std::uint64_t resolve = 0,
                            mode_t mode = 0);

enum class NodeKind { kDirectory, kFile };

// An O_PATH descriptor of `path`. What is missing is made: directories with mode 0755, and an empty
// file at the end for kFile. A dangling symlink is followed, inside the root, and its target made.
Result<ScopedFd> OpenOrCreateInRoot(int root, const std::string& path, NodeKind kind);

// "/a/b/c" -> {"/a/b", "c"}; trailing slashes do not count.
struct SplitPath {
  std::string directory;
  std::string name;  // empty for the root itself
};
SplitPath SplitLast(const std::string& path);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_PATH_IN_ROOT_H_
