#include "tools/benchmark/child_output.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "tools/benchmark/timed_call.h"

namespace reapcheck::benchmark {
namespace {

using conformance::FileDescriptor;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kTick{250};
constexpr std::chrono::seconds kCleanUp{40};  // after SIGTERM, before SIGKILL

sigset_t InterruptingSignals() {
  sigset_t mask;
  sigemptyset(&mask);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&mask, signal);
  return mask;
}

void EndGently(pid_t pid) {
  kill(pid, SIGTERM);
  const Clock::time_point bound = Clock::now() + kCleanUp;
  while (waitpid(pid, nullptr, WNOHANG) == 0) {
    if (Clock::now() > bound) kill(pid, SIGKILL);
    poll(nullptr, 0, 5);
  }
}

// False when there is no more to come.
bool ReadMore(int in, std::string& text) {
  char buffer[65536];
  const ssize_t size = read(in, buffer, sizeof buffer);
  if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
  return size > 0 || (size < 0 && errno == EINTR);
}

}  // namespace

Interrupts::Interrupts() {
  const sigset_t mask = InterruptingSignals();
  sigprocmask(SIG_BLOCK, &mask, nullptr);
  signals_ = FileDescriptor(signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK));
}

std::expected<ChildOutput, std::string> OutputOfChild(const Interrupts& interrupts,
                                                      const std::function<int(int out)>& body,
                                                      const std::function<void(pid_t)>& tick) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::unexpected("pipe: no descriptor left");
  FileDescriptor in(ends[0]), out(ends[1]);
  const pid_t pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    setpgid(0, 0);  // the terminal's Ctrl-C goes to the parent alone
    in.Close();
    _exit(body(out.get()));
  }
  if (pid < 0) return std::unexpected("fork: no process left");
  out.Close();
  ChildOutput output;
  Clock::time_point next_tick = Clock::now();
  for (;;) {
    pollfd requests[] = {{.fd = in.get(), .events = POLLIN, .revents = 0},
                         {.fd = interrupts.descriptor(), .events = POLLIN, .revents = 0}};
    poll(requests, 2, tick ? static_cast<int>(kTick.count()) : -1);
    if (requests[1].revents != 0) {
      EndGently(pid);
      return std::unexpected("interrupted; everything was cleaned up");
    }
    if (requests[0].revents != 0 && !ReadMore(in.get(), output.text)) break;
    if (tick && Clock::now() >= next_tick) {
      tick(pid);
      next_tick = Clock::now() + kTick;
    }
  }
  while (wait4(pid, &output.status, 0, &output.usage) < 0 && errno == EINTR) {
  }
  return output;
}

int BecomeReapcheck(std::vector<std::string> arguments, int out) {
  std::string name = "reapcheck";
  std::vector<char*> argv = {name.data()};
  for (std::string& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(out, STDOUT_FILENO);
  execv(BuiltBeside("../reapcheck").c_str(), argv.data());
  return 127;
}

}  // namespace reapcheck::benchmark
