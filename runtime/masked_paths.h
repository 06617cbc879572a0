// config-linux.md#masked-paths and #readonly-paths. Paths that are not there are passed over.
#ifndef REAPCHECK_RUNTIME_MASKED_PATHS_H_
#define REAPCHECK_RUNTIME_MASKED_PATHS_H_

#include "runtime/failure.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// A file gets the host's /dev/null on top (the container's may be anything: CVE-2025-31133), a
// directory an empty read-only tmpfs. Before pivot_root.
Outcome<void> MaskPaths(const OciConfig& config, int root);

// Each becomes a read-only mount of itself, with all that is mounted in it.
Outcome<void> MakePathsReadonly(const OciConfig& config, int root);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_MASKED_PATHS_H_
