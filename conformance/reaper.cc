#include "conformance/reaper.h"

#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

#include "conformance/process_table.h"

namespace reapcheck::conformance {
namespace {

// A container that forks without end makes zombies as fast as they are reaped: whoever waits must
// get to look at its deadline.
constexpr std::chrono::milliseconds kLongestReap{100};

}  // namespace

Reaper::Reaper() {
  sigset_t mask;
  sigemptyset(&mask);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  signals_ = FileDescriptor(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
}

// Peeks first: while it is a zombie its start time can still be read.
bool Reaper::ReapOne(bool own_only, pid_t pid) {
  siginfo_t info{};
  idtype_t which = own_only ? P_PID : P_ALL;
  if (waitid(which, static_cast<id_t>(pid), &info, WEXITED | WNOHANG | WNOWAIT) != 0) return false;
  if (info.si_pid == 0) return false;
  std::optional<ProcessInfo> process = ReadProcess(info.si_pid);
  waitid(P_PID, static_cast<id_t>(info.si_pid), &info, WEXITED | WNOHANG);
  bool exited = info.si_code == CLD_EXITED;
  Record record{.exited = exited,
                .code = exited ? info.si_status : 0,
                .signal = exited ? 0 : info.si_status,
                .when = std::chrono::steady_clock::now()};
  if (process) ends_[process->id] = record;
  if (own_.erase(info.si_pid) > 0) own_ends_[info.si_pid] = record;
  return true;
}

void Reaper::Reap() {
  if (reaps_orphans_) {
    const auto end = std::chrono::steady_clock::now() + kLongestReap;
    while (ReapOne(false, 0) && std::chrono::steady_clock::now() < end) {
    }
    return;
  }
  for (pid_t pid : std::vector<pid_t>(own_.begin(), own_.end())) ReapOne(true, pid);
}

void Reaper::WaitForChange(std::chrono::microseconds at_most) {
  pollfd request{.fd = signals_.get(), .events = POLLIN, .revents = 0};
  timespec timeout{.tv_sec = at_most.count() / 1000000,
                   .tv_nsec = at_most.count() % 1000000 * 1000};
  if (ppoll(&request, 1, &timeout, nullptr) > 0) {
    signalfd_siginfo drained[8];
    [[maybe_unused]] ssize_t size = read(signals_.get(), drained, sizeof drained);
  }
}

std::optional<Reaper::Record> Reaper::EndOfOwn(pid_t pid) const {
  auto found = own_ends_.find(pid);
  if (found == own_ends_.end()) return std::nullopt;
  return found->second;
}

std::optional<Reaper::Record> Reaper::EndOf(const ProcessId& process) const {
  auto found = ends_.find(process);
  if (found == ends_.end()) return std::nullopt;
  return found->second;
}

}  // namespace reapcheck::conformance
