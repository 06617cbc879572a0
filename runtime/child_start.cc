#include "runtime/child_start.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

namespace reapcheck {

void DieWithParent() { ::prctl(PR_SET_PDEATHSIG, SIGKILL); }

void OutliveParent() { ::prctl(PR_SET_PDEATHSIG, 0); }

void ResetSignals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void CloseAllBut(std::vector<int> keep, int preserve_fds) {
  std::ranges::sort(keep);
  for (int number = 3; number < 3 + preserve_fds; ++number) {
    const int flags = ::fcntl(number, F_GETFD);
    const bool own = flags >= 0 && (flags & FD_CLOEXEC) != 0;
    if (own && !std::ranges::binary_search(keep, number)) ::close(number);
  }
  unsigned first = 3U + preserve_fds;
  for (int kept : keep) {
    if (kept < static_cast<int>(first)) continue;
    const auto number = static_cast<unsigned>(kept);
    if (number > first) ::syscall(SYS_close_range, first, number - 1, 0);
    first = number + 1;
  }
  ::syscall(SYS_close_range, first, ~0U, 0);
}

void HideFromContainer() { ::prctl(PR_SET_DUMPABLE, 0); }

std::vector<std::string> ListenEnvironment(int listen_fds) {
  if (listen_fds == 0) return {};
  return {"LISTEN_FDS=" + std::to_string(listen_fds), "LISTEN_PID=1"};
}

}  // namespace reapcheck
