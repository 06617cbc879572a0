#include "runtime/supervise.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace reapcheck {
namespace {

sigset_t PassedSignals() {
  sigset_t set;
  sigfillset(&set);
  // Faults of this process itself, and what can not be caught.
  for (int signal : {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP, SIGSYS, SIGKILL, SIGSTOP,
                     SIGPIPE, SIGTTOU, SIGTTIN, SIGURG}) {
    sigdelset(&set, signal);
  }
  return set;
}

int ReceiveDescriptor(int socket) {
  char byte[4096];
  iovec vector{.iov_base = byte, .iov_len = sizeof byte};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))];
  msghdr message{.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control,
                 .msg_controllen = sizeof control};
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) <= 0) return -1;
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return -1;
  return *reinterpret_cast<const int*>(CMSG_DATA(header));
}

// The caller's terminal in raw mode for as long as this lives, if it is one.
class RawTerminal {
 public:
  explicit RawTerminal(bool wanted)
      : is_terminal_(wanted && ::tcgetattr(STDIN_FILENO, &before_) == 0) {
    if (!is_terminal_) return;
    termios raw = before_;
    ::cfmakeraw(&raw);
    ::tcsetattr(STDIN_FILENO, TCSANOW, &raw);
  }
  ~RawTerminal() {
    if (is_terminal_) ::tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
  bool is_terminal_;
};

void CopyWindowSize(int master) {
  winsize size{};
  if (::ioctl(STDIN_FILENO, TIOCGWINSZ, &size) == 0) ::ioctl(master, TIOCSWINSZ, &size);
}

// Copies what is there; false at the end of the source.
bool Relay(int from, int to) {
  char buffer[8192];
  ssize_t count = ::read(from, buffer, sizeof buffer);
  if (count <= 0) return count < 0 && errno == EINTR;
  for (ssize_t at = 0; at < count;) {
    ssize_t written = ::write(to, buffer + at, count - at);
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) at += written;
  }
  return true;
}

// True when the child has ended, with `code` filled in.
bool Reap(pid_t child, int& code) {
  int status = 0;
  if (::waitpid(child, &status, WNOHANG) != child) return false;
  code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return true;
}

void PassOn(int signals, pid_t child, int master) {
  signalfd_siginfo info;
  while (::read(signals, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    const int signal = static_cast<int>(info.ssi_signo);
    if (signal == SIGCHLD) continue;
    if (signal == SIGWINCH && master >= 0) CopyWindowSize(master);
    ::kill(child, signal);
  }
}

int SuperviseLoop(pid_t child, int signals, int master) {
  bool input_open = master >= 0;
  bool output_open = master >= 0;
  int code = 0;
  for (;;) {
    if (Reap(child, code)) break;
    pollfd polled[3] = {{.fd = signals, .events = POLLIN, .revents = 0},
                        {.fd = output_open ? master : -1, .events = POLLIN, .revents = 0},
                        {.fd = input_open ? STDIN_FILENO : -1, .events = POLLIN, .revents = 0}};
    if (::poll(polled, 3, -1) < 0) continue;
    if (polled[0].revents != 0) PassOn(signals, child, master);
    if (polled[1].revents != 0) output_open = Relay(master, STDOUT_FILENO);
    if (polled[2].revents != 0) input_open = Relay(STDIN_FILENO, master);
  }
  // What the program wrote last is still in the terminal.
  for (pollfd rest{.fd = master, .events = POLLIN, .revents = 0};
       output_open && ::poll(&rest, 1, 0) > 0;) {
    output_open = Relay(master, STDOUT_FILENO);
  }
  return code;
}

}  // namespace

Result<ConsolePair> MakeConsolePair(Kernel& kernel) {
  int sockets[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0) {
    return Fail(errno, "socketpair", "console");
  }
  return ConsolePair{OwnedFd(kernel, Fd{sockets[0]}), OwnedFd(kernel, Fd{sockets[1]})};
}

void HoldSignals() {
  sigset_t set = PassedSignals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

Result<int> Supervise(Pid child, const OwnedFd& console) {
  const sigset_t set = PassedSignals();
  int signals = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) return Fail(errno, "signalfd", "foreground");
  int master = console ? ReceiveDescriptor(console.get().number) : -1;
  if (console && master < 0) return Fail(EIO, "recvmsg", "the program's terminal");
  if (master >= 0) CopyWindowSize(master);
  int code = 0;
  {
    RawTerminal raw(master >= 0);
    code = SuperviseLoop(child.value, signals, master);
  }
  if (master >= 0) ::close(master);
  ::close(signals);
  return code;
}

}  // namespace reapcheck
