// Device rules of cgroup v2, which has no devices.allow file: a BPF_PROG_TYPE_CGROUP_DEVICE program
// that the kernel asks at each open(2) and mknod(2) of a device. bpf(2), cgroup-v2 "Device
// controller".
//
// Rules are pure data; AttachDeviceRules alone makes system calls and belongs to the real kernel.
#ifndef REAPCHECK_RUNTIME_DEVICE_PROGRAM_H_
#define REAPCHECK_RUNTIME_DEVICE_PROGRAM_H_

#include <linux/bpf.h>

#include <vector>

#include "runtime/error.h"
#include "runtime/kernel.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// The configured rules, then those for the devices that every container has
// (config-linux.md#default-devices) and for mknod(2), which gives no access by itself. As for runc
// and crun the latter come last: a profile that starts by denying everything keeps /dev/null.
std::vector<DeviceRule> WithDefaultDevices(std::vector<DeviceRule> configured);

// The program. Each kind of access (r, w, m) that is asked for is decided by the last rule that
// matches the device and names this access, as if the rules were written one after the other to
// devices.allow and devices.deny of cgroup v1; all of them must be allowed. What no rule decides is
// denied, so no rules deny everything.
std::vector<struct bpf_insn> BuildDeviceProgram(const std::vector<DeviceRule>& rules);

// Loads the program and attaches it to the cgroup2 directory. Programs of parents stay in force,
// and so does one that is attached already. EPERM, EINVAL, EBADF, ENOMEM, EAGAIN (a signal came).
Result<void> AttachDeviceRules(Fd cgroup, const std::vector<DeviceRule>& rules);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_DEVICE_PROGRAM_H_
