#include "runtime/linux_container_kernel.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "runtime/child_clone.h"
#include "runtime/child_start.h"
#include "runtime/container_credentials.h"
#include "runtime/container_init.h"
#include "runtime/device_program.h"
#include "runtime/errno_failure.h"
#include "runtime/exec_process.h"
#include "runtime/file_text.h"
#include "runtime/namespace_join.h"

namespace reapcheck {
namespace {

struct SyncPair {
  OwnedFd parent;
  ScopedFd child;
};

Outcome<SyncPair> MakeSyncPair(Kernel& kernel) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return RefuseErrno("socketpair");
  }
  return SyncPair{OwnedFd(kernel, Fd{ends[0]}), ScopedFd(ends[1])};
}

// sd_listen_fds(3): the sockets that this process was started with, from descriptor 3 on.
int ListenFds() {
  const char* count = std::getenv("LISTEN_FDS");
  const char* pid = std::getenv("LISTEN_PID");
  if (count == nullptr || pid == nullptr || std::atoi(pid) != ::getpid()) return 0;
  return std::max(std::atoi(count), 0);
}

// `process` is a directory of /proc: "self" or a pid. Inherited by what is cloned afterwards.
Outcome<void> AdjustOomScore(const std::string& process, const ProcessConfig* config) {
  if (config == nullptr || !config->oom_score_adj) return {};
  const std::string value = std::to_string(*config->oom_score_adj);
  const std::string path = "/proc/" + process + "/oom_score_adj";
  ScopedFd file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file || ::write(file.get(), value.data(), value.size()) < 0) {
    return RefuseErrno("/process/oomScoreAdj " + value +
                       ": this machine does not allow it to the runtime");
  }
  return {};
}

// What the child needs more privilege for than it keeps. It waits for "go" meanwhile.
Outcome<void> Privilege(pid_t child, const ProcessConfig* process, bool adjust) {
  if (adjust) {
    auto adjusted = AdjustOomScore(std::to_string(child), process);
    if (!adjusted) return adjusted;
  }
  if (process == nullptr) return {};
  return RaiseHardLimits(child, process->rlimits);
}

Outcome<ClonedChild> Finish(SyncPair pair, Outcome<pid_t> child, const ProcessConfig* process,
                            bool adjust) {
  if (!child) return Forward(std::move(child));
  auto privileged = Privilege(*child, process, adjust);
  if (!privileged) {
    EndChild(*child);
    return Forward(std::move(privileged));
  }
  return ClonedChild{Pid{*child}, std::move(pair.parent)};
}

// The pid behind a pidfd: "Pid:" of /proc/self/fdinfo/N. -1: it is gone.
int PidOf(Kernel& kernel, Fd pidfd) {
  auto text = ReadFileText(kernel, kCwd, "/proc/self/fdinfo/" + std::to_string(pidfd.number));
  const std::size_t at = text ? text->find("\nPid:\t") : std::string::npos;
  return at == std::string::npos ? -1 : std::atoi(text->c_str() + at + 6);
}

// The root directory of a container without a mount namespace of its own.
Outcome<ScopedFd> OpenRootOf(Kernel& kernel, const ExecRequest& request) {
  if (request.config->FindNamespace(NamespaceType::kMount) != nullptr) return ScopedFd();
  const int pid = PidOf(kernel, request.init_pidfd);
  const std::string path = "/proc/" + std::to_string(pid) + "/root";
  ScopedFd root(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return RefuseErrno("open " + path);
  // Still alive: the pid was not another's when its root was opened.
  auto alive = kernel.PidfdSendSignal(request.init_pidfd, Signal{0});
  if (!alive) return Refuse(alive.error(), "container's init");
  return root;
}

}  // namespace

Outcome<ClonedChild> LinuxContainerKernel::CloneInit(const InitRequest& request) {
  const OciConfig& config = *request.config;
  const ProcessConfig* process = config.process ? &*config.process : nullptr;
  auto joined = OpenNamespaces(config);
  if (!joined) return Forward(std::move(joined));
  auto pair = MakeSyncPair(kernel_);
  if (!pair) return Forward(std::move(pair));
  const int listen_fds = ListenFds();
  InitRequest for_child = request;
  for_child.preserve_fds += listen_fds;
  CloneRequest clone{.new_namespaces = NewNamespaceFlags(config)};
  clone.become = [&] { BecomeContainer(for_child, pair->child.get(), listen_fds); };
  if (!joined->empty()) {
    clone.keep = {pair->child.get(), request.gate.number, request.result.number,
                  request.console_socket.number};
    for (Fd tasks : request.cgroup_tasks) clone.keep.push_back(tasks.number);
    for (const NamespaceToJoin& space : *joined) clone.keep.push_back(space.fd.get());
    clone.preserve_fds = for_child.preserve_fds;
    clone.prepare = [&]() -> Outcome<void> {
      auto adjusted = AdjustOomScore("self", process);
      if (!adjusted) return adjusted;
      // From its first moment the child is closed to those who are in the pid namespace already.
      const std::uint64_t pids = NamespaceFlag(NamespaceType::kPid);
      if (std::ranges::find(*joined, pids, &NamespaceToJoin::flag) != joined->end()) {
        HideFromContainer();
      }
      return JoinNamespaces(*joined);
    };
  }
  auto child = CloneChild(clone);
  return Finish(std::move(*pair), std::move(child), process, /*adjust=*/joined->empty());
}

Outcome<ClonedChild> LinuxContainerKernel::CloneExec(const ExecRequest& request) {
  auto root = OpenRootOf(kernel_, request);
  if (!root) return Forward(std::move(root));
  auto pair = MakeSyncPair(kernel_);
  if (!pair) return Forward(std::move(pair));
  CloneRequest clone{.keep = {pair->child.get(), request.console_socket.number,
                              request.init_pidfd.number, root->get()},
                     .preserve_fds = request.preserve_fds};
  clone.prepare = [&]() -> Outcome<void> {
    auto adjusted = AdjustOomScore("self", request.process);
    if (!adjusted) return adjusted;
    HideFromContainer();
    return JoinNamespacesOf(request.init_pidfd.number, ContainerNamespaceFlags(*request.config));
  };
  clone.become = [&] { BecomeExecProcess(request, pair->child.get(), root->get()); };
  auto child = CloneChild(clone);
  return Finish(std::move(*pair), std::move(child), request.process, /*adjust=*/false);
}

Result<void> LinuxContainerKernel::MkfifoAt(Fd dir, const std::string& path, mode_t mode) {
  if (::mkfifoat(dir.number, path.c_str(), mode) != 0) return Fail(errno, "mkfifoat", path);
  return {};
}

Result<OwnedFd> LinuxContainerKernel::ConnectUnix(const std::string& path) {
  sockaddr_un address{.sun_family = AF_UNIX};
  if (path.size() >= sizeof address.sun_path) return Fail(ENAMETOOLONG, "connect", path);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return Fail(errno, "socket", path);
  OwnedFd socket(kernel_, Fd{fd});
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return Fail(errno, "connect", path);
  }
  return socket;
}

Result<void> LinuxContainerKernel::AttachDeviceProgram(Fd cgroup,
                                                       const std::vector<DeviceRule>& rules) {
  return AttachDeviceRules(cgroup, rules);
}

}  // namespace reapcheck
