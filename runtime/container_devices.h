// config-linux.md#devices and #default-devices: nodes and symlinks in the container's /dev.
#ifndef REAPCHECK_RUNTIME_CONTAINER_DEVICES_H_
#define REAPCHECK_RUNTIME_CONTAINER_DEVICES_H_

#include "runtime/failure.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// Makes linux.devices, and where config.json does not bind a directory onto /dev also the default
// devices and symlinks. Where mknod(2) is not allowed (a user namespace) the host's node of the
// same path and number is bind-mounted. Before pivot_root: the host's /dev is still at /dev.
Outcome<void> MakeDevices(const OciConfig& config, int root);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_DEVICES_H_
