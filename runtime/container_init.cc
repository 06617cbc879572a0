#include "runtime/container_init.h"

#include <poll.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "runtime/cgroup_mount.h"
#include "runtime/child_start.h"
#include "runtime/console.h"
#include "runtime/container_credentials.h"
#include "runtime/container_devices.h"
#include "runtime/container_mounts.h"
#include "runtime/errno_failure.h"
#include "runtime/hook_state.h"
#include "runtime/hooks.h"
#include "runtime/interruption.h"
#include "runtime/linux_kernel.h"
#include "runtime/masked_paths.h"
#include "runtime/namespace_setup.h"
#include "runtime/program.h"
#include "runtime/rootfs.h"
#include "runtime/sync_channel.h"

namespace reapcheck {
namespace {

void StartAsChild(const InitRequest& request, int sync_fd) {
  DieWithParent();
  ResetSignals();
  std::vector<int> keep{sync_fd, request.gate.number, request.result.number,
                        request.console_socket.number};
  for (Fd tasks : request.cgroup_tasks) keep.push_back(tasks.number);
  CloseAllBut(std::move(keep), request.preserve_fds);
  ::umask(0);
}

// From here on this process is what a delete finds in the cgroups. It is recorded already, so that
// one that comes before finds it too.
Outcome<void> JoinV1Cgroups(const InitRequest& request) {
  for (Fd tasks : request.cgroup_tasks) {
    const auto joined = UninterruptedSystemCall([&] { return ::write(tasks.number, "0", 1); });
    if (joined != 1) return RefuseErrno("join cgroup");
    ::close(tasks.number);
  }
  return {};
}

// A prepared root file system and what is still to be done to it.
struct Prepared {
  ScopedFd root;
  std::vector<ScopedFd> readonly_later;
};

// The runtime's user id, which reaches the bundle, is given up for that of the container's root.
Outcome<void> EnterUserNamespace(const OciConfig& config) {
  if (config.FindNamespace(NamespaceType::kUser) != nullptr) {
    auto became = BecomeNamespaceRoot();
    if (!became) return became;
    DieWithParent();
  }
  HideFromContainer();
  return {};
}

Outcome<void> EnterCgroupNamespace(const OciConfig& config) {
  const Namespace* cgroup = config.FindNamespace(NamespaceType::kCgroup);
  if (cgroup == nullptr || !cgroup->path.empty()) return {};
  if (::unshare(CLONE_NEWCGROUP) != 0) return RefuseErrno("unshare cgroup namespace");
  return {};
}

Outcome<Prepared> Prepare(const InitRequest& request) {
  const OciConfig& config = *request.config;
  auto root = PrepareRootfs(config, RootfsPath(config, request.bundle));
  if (!root) return Forward(std::move(root));
  auto sources = OpenBindSources(config);
  if (!sources) return Forward(std::move(sources));
  const CgroupView cgroups = LookAtCgroups(config);
  auto user = EnterUserNamespace(config);
  if (!user) return Forward(std::move(user));
  auto cgroup = EnterCgroupNamespace(config);
  if (!cgroup) return Forward(std::move(cgroup));
  auto named = SetUpNamespaces(config);
  if (!named) return Forward(std::move(named));
  auto mounted = MountAll({config, root->get(), cgroups}, std::move(*sources));
  if (!mounted) return Forward(std::move(mounted));
  auto devices = MakeDevices(config, root->get());
  if (!devices) return Forward(std::move(devices));
  return Prepared{std::move(*root), std::move(*mounted)};
}

Outcome<void> RunContainerHooks(const InitRequest& request, const std::vector<Hook>& hooks,
                                std::string_view kind, std::string_view status) {
  if (hooks.empty()) return {};
  LinuxKernel kernel;
  return RunHooks(kernel, hooks, StateForHook(request.oci_state, ::getpid(), status), kind);
}

// What follows the hooks of the runtime's side, which may have mounted more into the rootfs.
Outcome<void> EnterContainer(const InitRequest& request, const Prepared& prepared) {
  const OciConfig& config = *request.config;
  const int root = prepared.root.get();
  if (::fchdir(root) != 0) return RefuseErrno("chdir to root file system");
  auto hooks =
      RunContainerHooks(request, config.hooks.create_container, "createContainer", "creating");
  if (!hooks) return hooks;
  auto readonly = MakePathsReadonly(config, root);
  if (!readonly) return readonly;
  auto masked = MaskPaths(config, root);
  if (!masked) return masked;
  return EnterRootfs(config, root, request.no_pivot);
}

// The program's path, "" without a process.
Outcome<std::string> FinishInside(const InitRequest& request, const Prepared& prepared) {
  const OciConfig& config = *request.config;
  ReopenNullStreams();
  if (config.process) {
    auto console = SetUpConsole({*config.process, request.console_socket.number,
                                 config.FindNamespace(NamespaceType::kMount) != nullptr});
    if (!console) return Forward(std::move(console));
    auto cwd = CheckWorkingDirectory(*config.process, /*create=*/true);
    if (!cwd) return Forward(std::move(cwd));
  }
  auto readonly = FinishReadonlyMounts(prepared.readonly_later);
  if (!readonly) return Forward(std::move(readonly));
  if (config.root_readonly) {
    auto root = MakeRootReadonly();
    if (!root) return Forward(std::move(root));
  }
  return config.process ? FindProgram(*config.process) : Outcome<std::string>("");
}

Outcome<std::string> Build(const InitRequest& request, SyncChannel& sync) {
  auto joined = JoinV1Cgroups(request);
  if (!joined) return Forward(std::move(joined));
  // Without it a signal or hang-up of the runtime's terminal would reach the container.
  if (::setsid() < 0) return RefuseErrno("setsid");
  LeaveSessionKeyring();
  auto prepared = Prepare(request);
  if (!prepared) return Forward(std::move(prepared));
  sync.Say(kSyncMounted);
  sync.Expect(kSyncPivot);
  auto entered = EnterContainer(request, *prepared);
  if (!entered) return Forward(std::move(entered));
  return FinishInside(request, *prepared);
}

// One byte of `start`. The process holds the fifo for writing too, so there is no end of file.
void AwaitGate(int gate) {
  char byte;
  for (;;) {
    const ssize_t length = ::read(gate, &byte, 1);
    if (length == 1) return;
    if (length < 0 && errno == EAGAIN) {
      pollfd readable{.fd = gate, .events = POLLIN};
      ::poll(&readable, 1, -1);
    } else if (length == 0 || errno != EINTR) {
      ::_exit(1);
    }
  }
}

Failure Start(const InitRequest& request, const std::string& program, int listen_fds) {
  const OciConfig& config = *request.config;
  if (!config.process) {
    return Failure(FailureKind::kInvalidConfig, "/process: is required to start");
  }
  auto hooks =
      RunContainerHooks(request, config.hooks.start_container, "startContainer", "created");
  if (!hooks) return hooks.error();
  return ExecuteProgram({.process = *config.process,
                         .path = program,
                         .seccomp = request.seccomp,
                         .extra_environment = ListenEnvironment(listen_fds),
                         .preserve_fds = request.preserve_fds,
                         .announce_fd = request.result.number});
}

}  // namespace

void BecomeContainer(const InitRequest& request, int sync_fd, int listen_fds) {
  StartAsChild(request, sync_fd);
  SyncChannel sync(sync_fd);
  sync.Expect(kSyncGo);
  const Outcome<std::string> program = Build(request, sync);
  if (!program) sync.Fail(program.error());
  sync.Say(kSyncReady);
  sync.Expect(kSyncDetach);
  OutliveParent();
  sync.Say(kSyncDetached);
  sync.Close();
  if (request.console_socket.number >= 0) ::close(request.console_socket.number);
  AwaitGate(request.gate.number);
  ::close(request.gate.number);
  const std::string report =
      FailureReport(std::string(1, kResultError), Start(request, program.value(), listen_fds));
  static_cast<void>(!::write(request.result.number, report.data(), report.size()));
  ::_exit(1);
}

}  // namespace reapcheck
