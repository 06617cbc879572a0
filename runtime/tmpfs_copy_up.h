// The option "tmpcopyup": a tmpfs begins with a copy of what it covers.
#ifndef REAPCHECK_RUNTIME_TMPFS_COPY_UP_H_
#define REAPCHECK_RUNTIME_TMPFS_COPY_UP_H_

#include "runtime/error.h"

namespace reapcheck {

// Copies the directory `from` into the directory `to`, which may be a detached mount: regular
// files, directories, symlinks, devices and fifos with mode and owner. Symlinks are not followed.
// ELOOP: more than 64 levels deep.
Result<void> CopyUp(int from, int to);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_TMPFS_COPY_UP_H_
