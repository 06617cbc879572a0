#include "runtime/child_clone.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <charconv>
#include <string>
#include <utility>

#include "runtime/child_start.h"
#include "runtime/errno_failure.h"
#include "runtime/scoped_fd.h"
#include "runtime/sync_channel.h"

namespace reapcheck {
namespace {

constexpr char kReportPid = 'P';
constexpr char kReportFailure = 'F';

// As fork(2): the child goes on with a copy of the memory.
pid_t Clone(std::uint64_t flags) {
  clone_args arguments{};
  arguments.flags = flags;
  // The sibling of a helper takes over the helper's exit signal, SIGCHLD.
  arguments.exit_signal = (flags & CLONE_PARENT) != 0 ? 0 : SIGCHLD;
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

Outcome<pid_t> CloneInto(const CloneRequest& request, std::uint64_t more_flags) {
  const pid_t child = Clone(request.new_namespaces | more_flags);
  if (child == 0) {
    request.become();
    ::_exit(1);
  }
  if (child < 0) return RefuseErrno("clone");
  return child;
}

// The helper: joins, clones its sibling, reports "P<pid>" or "F<kind> <text>".
[[noreturn]] void Help(const CloneRequest& request, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::vector<int> keep = request.keep;
  keep.push_back(report);
  CloseAllBut(std::move(keep), request.preserve_fds);
  Outcome<pid_t> child;
  auto prepared = request.prepare();
  if (prepared) {
    child = CloneInto(request, CLONE_PARENT);
  } else {
    child = Forward(std::move(prepared));
  }
  const std::string text = child ? kReportPid + std::to_string(*child)
                                 : FailureReport(std::string(1, kReportFailure), child.error());
  static_cast<void>(!::write(report, text.data(), text.size()));
  ::_exit(0);
}

// What the helper wrote, at once and whole, before it ended.
std::string ReadReport(int report) {
  char buffer[kMaxReport];
  const ssize_t length = ::read(report, buffer, sizeof buffer);
  return length > 0 ? std::string(buffer, length) : std::string();
}

Outcome<pid_t> ParseReport(const std::string& report) {
  int number = 0;
  const char* end = report.data() + report.size();
  if (report.size() < 2) return Refuse(FailureKind::kSystem, "clone: the helper process died");
  const auto [after, error] = std::from_chars(report.data() + 1, end, number);
  if (report.front() == kReportPid && error == std::errc()) return pid_t{number};
  const std::string text(after < end ? after + 1 : end, end);
  return Refuse(static_cast<FailureKind>(number), text);
}

}  // namespace

Outcome<pid_t> CloneChild(const CloneRequest& request) {
  if (!request.prepare) return CloneInto(request, 0);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return RefuseErrno("pipe");
  ScopedFd report(ends[0]);
  ScopedFd writer(ends[1]);
  const pid_t helper = Clone(0);
  if (helper == 0) Help(request, writer.get());
  if (helper < 0) return RefuseErrno("clone");
  // The helper is in no pid namespace of others, so that nobody keeps it from its end; its sibling,
  // which holds the pipe too, may be.
  while (::waitpid(helper, nullptr, 0) < 0 && errno == EINTR) {
  }
  return ParseReport(ReadReport(report.get()));
}

void EndChild(pid_t child) {
  ::kill(child, SIGKILL);
  while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace reapcheck
