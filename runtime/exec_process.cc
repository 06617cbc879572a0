#include "runtime/exec_process.h"

#include <sys/stat.h>
#include <unistd.h>

#include "runtime/child_start.h"
#include "runtime/console.h"
#include "runtime/container_credentials.h"
#include "runtime/errno_failure.h"
#include "runtime/namespace_setup.h"
#include "runtime/program.h"
#include "runtime/sync_channel.h"

namespace reapcheck {
namespace {

Outcome<void> EnterRoot(int root_fd) {
  if (root_fd >= 0) {
    const bool entered = ::fchdir(root_fd) == 0 && ::chroot(".") == 0;
    ::close(root_fd);
    if (!entered) return RefuseErrno("chroot to the container's root");
  }
  if (::chdir("/") != 0) return RefuseErrno("chdir to /");
  return {};
}

Outcome<std::string> Build(const ExecRequest& request, int root_fd) {
  if (::setsid() < 0) return RefuseErrno("setsid");
  LeaveSessionKeyring();
  auto root = EnterRoot(root_fd);
  if (!root) return Forward(std::move(root));
  if (request.config->FindNamespace(NamespaceType::kUser) != nullptr) {
    auto became = BecomeNamespaceRoot();
    if (!became) return Forward(std::move(became));
    DieWithParent();
    HideFromContainer();
  }
  ReopenNullStreams();
  auto console = SetUpConsole({*request.process, request.console_socket.number});
  if (!console) return Forward(std::move(console));
  auto cwd = CheckWorkingDirectory(*request.process, /*create=*/false);
  if (!cwd) return Forward(std::move(cwd));
  return FindProgram(*request.process);
}

}  // namespace

void BecomeExecProcess(const ExecRequest& request, int sync_fd, int root_fd) {
  DieWithParent();
  // Already in the container's pid namespace: before anything else is in reach.
  HideFromContainer();
  ResetSignals();
  CloseAllBut({sync_fd, request.console_socket.number, root_fd}, request.preserve_fds);
  ::umask(0);
  SyncChannel sync(sync_fd);
  sync.Expect(kSyncGo);
  const Outcome<std::string> program = Build(request, root_fd);
  if (!program) sync.Fail(program.error());
  sync.Say(kSyncReady);
  sync.Expect(kSyncDetach);
  OutliveParent();
  if (request.console_socket.number >= 0) ::close(request.console_socket.number);
  sync.Fail(ExecuteProgram({.process = *request.process,
                            .path = program.value(),
                            .seccomp = request.seccomp,
                            .preserve_fds = request.preserve_fds}));
}

}  // namespace reapcheck
