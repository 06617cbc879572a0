// The second door to the operating system, used by create, start, run and exec alone: what builds
// a container. What state, kill and delete need is in kernel.h and stays small.
//
// The child's side after the clone is one function, BecomeContainer (container_init.h), which only
// the real kernel has; the simulator puts an actor in its place that speaks the same protocol.
#ifndef REAPCHECK_RUNTIME_CONTAINER_KERNEL_H_
#define REAPCHECK_RUNTIME_CONTAINER_KERNEL_H_

#include <string>
#include <vector>

#include "runtime/failure.h"
#include "runtime/kernel.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// A compiled seccomp filter: struct sock_filter[], ready for seccomp(2). Empty: none.
struct SeccompProgram {
  std::vector<char> instructions;
  unsigned flags = 0;  // SECCOMP_FILTER_FLAG_*
};

// What the child needs to become the container's init. Borrowed until CloneInit returns; the child
// has its own copy of the memory.
struct InitRequest {
  const OciConfig* config = nullptr;
  std::string id;
  std::string bundle;            // absolute
  std::string oci_state;         // state JSON for hooks; the child replaces pid and status
  const SeccompProgram* seccomp = nullptr;
  Fd gate;                       // fifo, O_RDWR: the child reads one byte when start opens it
  Fd result;                     // fifo, O_RDWR: the child reports here after the gate
  Fd console_socket;             // connected unix socket for the terminal, or {-1}
  std::vector<Fd> cgroup_tasks;  // of v1 cgroups: the child moves itself (OpenTaskFiles)
  bool no_pivot = false;
  int preserve_fds = 0;          // descriptors 3 ... 3+n-1 go to the program
};

// What the child needs to run one more process in a running container.
struct ExecRequest {
  const ProcessConfig* process = nullptr;
  const OciConfig* config = nullptr;  // the container's, for its namespaces
  Fd init_pidfd;                      // verified
  const SeccompProgram* seccomp = nullptr;
  Fd console_socket;
  int preserve_fds = 0;
  bool detach = false;
};

struct ClonedChild {
  Pid pid;       // in the runtime's pid namespace; a child of the runtime
  OwnedFd sync;  // SOCK_SEQPACKET, non-blocking on neither side; end of file when the child is gone
};

// Messages on `sync`, one per packet.
//
// Both sides live in one order, and the end of file from the other side is its death: a child that
// reads it exits at once, and until `detached` it also has PR_SET_PDEATHSIG(SIGKILL).
//
//   init:  parent "go"      v2 cgroup joined, id maps written; the child joins those of v1
//          child  "mounted" the root file system is prepared, before pivot_root
//          parent "pivot"   prestart and createRuntime hooks are done
//          child  "ready"   createContainer hooks are done, pivot_root, all set; args[0] found
//          parent "detach"  the record says created
//          child  "detached" the parent-death signal is off; the child now waits at the gate
//   exec:  parent "go"      cgroup joined, in no race with delete
//          child  "ready"   namespaces joined, user and capabilities are next
//          parent "detach"  the pid file is written
//          then the program is executed: end of file, or "error ..."
//   At any time: child "error KIND TEXT" (KIND: the number of a FailureKind), then it exits.
//
// On `result` after the gate: the child writes 'E' just before execve(2) of the program, or
// "!KIND TEXT" when a startContainer hook, execve or anything between fails. The descriptor is
// close-on-exec, so the reader sees POLLHUP when the program runs or the child is dead.
inline constexpr char kSyncGo[] = "go";
inline constexpr char kSyncMounted[] = "mounted";
inline constexpr char kSyncPivot[] = "pivot";
inline constexpr char kSyncReady[] = "ready";
inline constexpr char kSyncDetach[] = "detach";
inline constexpr char kSyncDetached[] = "detached";
inline constexpr char kSyncError[] = "error ";
inline constexpr char kResultExecuting = 'E';
inline constexpr char kResultError = '!';

class ContainerKernel {
 public:
  virtual ~ContainerKernel() = default;

  // clone3(2) with the new namespaces of `request.config`, after setns(2) into those given by
  // path (in a short-lived intermediate process, so that the runtime's own are untouched). The
  // child is the runtime's and waits for "go".
  virtual Outcome<ClonedChild> CloneInit(const InitRequest& request) = 0;
  // clone3(2) of a process that joins the namespaces of the container and waits for "go".
  virtual Outcome<ClonedChild> CloneExec(const ExecRequest& request) = 0;
  // mkfifoat(3).
  virtual Result<void> MkfifoAt(Fd dir, const std::string& path, mode_t mode) = 0;
  // socket(2), connect(2) to the unix socket at `path`.
  virtual Result<OwnedFd> ConnectUnix(const std::string& path) = 0;
  // bpf(2): the device rules as a BPF_CGROUP_DEVICE program attached to this cgroup2 directory.
  virtual Result<void> AttachDeviceProgram(Fd cgroup, const std::vector<DeviceRule>& rules) = 0;
  // sched(7) and rlimits of the caller are not touched; setsid(2) is the child's.
};

// libseccomp on the profile; kInvalidConfig and kUnsupported name the JSON pointer
// ("/linux/seccomp/syscalls/3/action"). No system call but memfd_create(2).
Outcome<SeccompProgram> CompileSeccomp(const SeccompConfig& profile);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CONTAINER_KERNEL_H_
