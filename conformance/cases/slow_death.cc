#include "conformance/cases/slow_death.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "conformance/case_end.h"
#include "conformance/lab_impl.h"

namespace reapcheck::conformance {
namespace {

constexpr int kSeized = 5000;  // milliseconds: ptrace(2) answers at once

// The helper's side. It ends by SIGKILL, which lets the process go, or with the process.
[[noreturn]] void HoldAtExit(pid_t process, int news) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const long traced = ptrace(PTRACE_SEIZE, process, nullptr, PTRACE_O_TRACEEXIT);
  const char answer = traced == 0 ? 0 : static_cast<char>(errno);
  if (write(news, &answer, 1) != 1 || traced != 0) _exit(1);
  for (int status = 0; waitpid(process, &status, __WALL) == process;) {
    if (!WIFSTOPPED(status)) _exit(0);
    const int event = status >> 16;
    const long signal = event == 0 ? WSTOPSIG(status) : 0;
    if (event == PTRACE_EVENT_EXIT) {
      if (write(news, "d", 1) != 1) _exit(1);
      while (true) pause();
    }
    const bool is_group_stop = event == PTRACE_EVENT_STOP && WSTOPSIG(status) != SIGTRAP;
    ptrace(is_group_stop ? PTRACE_LISTEN : PTRACE_CONT, process, nullptr, signal);
  }
  _exit(0);
}

}  // namespace

SlowDeath::SlowDeath(Lab& lab, const ProcessId& process) : lab_(lab) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw LabBroken("pipe: no helper that traces");
  news_ = FileDescriptor(ends[0]);
  FileDescriptor told(ends[1]);
  tracer_ = fork();
  if (tracer_ == 0) HoldAtExit(process.pid, told.get());
  if (tracer_ < 0) throw LabBroken(std::string("fork: ") + strerror(errno));
  lab.impl().reaper.Own(tracer_);
  lab.impl().own_processes.insert(lab.Identify(tracer_));
  pollfd request{.fd = news_.get(), .events = POLLIN, .revents = 0};
  char answer = 0;
  if (poll(&request, 1, kSeized) != 1 || read(news_.get(), &answer, 1) != 1) {
    throw LabBroken("no answer of the helper that traces");
  }
  if (answer != 0) throw CaseSkipped(std::string("ptrace: ") + strerror(answer));
}

SlowDeath::~SlowDeath() { LetGo(); }

bool SlowDeath::is_dying() {
  pollfd request{.fd = news_.get(), .events = POLLIN, .revents = 0};
  char byte = 0;
  if (!is_dying_ && poll(&request, 1, 0) == 1) is_dying_ = read(news_.get(), &byte, 1) == 1;
  return is_dying_;
}

void SlowDeath::LetGo() {
  if (tracer_ < 0) return;
  if (!lab_.impl().reaper.EndOfOwn(tracer_)) kill(tracer_, SIGKILL);
  tracer_ = -1;
}

}  // namespace reapcheck::conformance
