#include "sim/contract_passive.h"

#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace reapcheck::sim {
namespace {

// A process that does not answer for so long is frozen or dead.
constexpr timeval kAnswerBound{.tv_sec = 2, .tv_usec = 0};

struct Order {
  bool is_namespace_init = false;
  bool ignores_sigterm = false;
  uid_t uid = 0;
};

struct Answer {
  int error = 0;  // errno of what the process did on its way to be passive
};

// clone3(2) as fork(2) does it: the child goes on here with a copy of the memory.
pid_t ForkWith(bool new_pid_namespace, pid_t wanted) {
  clone_args arguments{};
  arguments.flags = new_pid_namespace ? CLONE_NEWPID : 0;
  arguments.exit_signal = SIGCHLD;
  arguments.set_tid = wanted == 0 ? 0 : reinterpret_cast<__u64>(&wanted);
  arguments.set_tid_size = wanted == 0 ? 0 : 1;
  return static_cast<pid_t>(::syscall(SYS_clone3, &arguments, sizeof arguments));
}

enum class Role { kTakesOrders, kChildOfOne };

[[noreturn]] void Live(const Order& order, Role role);

// The child of a passive process answers for itself; a clone that fails is answered here.
void Obey(const Order& order) {
  const pid_t child = ForkWith(order.is_namespace_init, 0);
  if (child == 0) Live(order, Role::kChildOfOne);
  if (child > 0) return;
  const Answer answer{.error = errno};
  static_cast<void>(!::write(0, &answer, sizeof answer));
}

// Everything that a passive process does. Descriptor 0 is its socket, whose end of file is the
// end of the tester, and then its own. A child of a passive process does not read: the orders are
// its parent's.
void Live(const Order& order, Role role) {
  Answer answer;
  ::signal(SIGPIPE, SIG_DFL);  // the tester ignores it
  ::signal(SIGTERM, order.ignores_sigterm ? SIG_IGN : SIG_DFL);
  if (order.uid != 0 && ::syscall(SYS_setresuid, order.uid, order.uid, order.uid) != 0) {
    answer.error = errno;
  }
  static_cast<void>(!::write(0, &answer, sizeof answer));
  for (;;) {
    pollfd socket{.fd = 0, .events = 0, .revents = 0};
    if (role == Role::kTakesOrders) socket.events = POLLIN;
    if (::poll(&socket, 1, -1) < 0) continue;
    if ((socket.revents & POLLHUP) != 0) ::_exit(0);
    Order next;
    if (::read(0, &next, sizeof next) == sizeof next) Obey(next);
  }
}

// The child's first steps: what it inherited is closed before it answers, so that it holds no lock
// and no end of a fifo of the tester's.
[[noreturn]] void Begin(const Order& order, int socket) {
  ::setpgid(0, 0);
  ::dup2(socket, 0);
  ::syscall(SYS_close_range, 1U, ~0U, 0U);
  Live(order, Role::kTakesOrders);
}

// Who answered, as this process's pid namespace sees it: unix(7), SCM_CREDENTIALS.
Result<Pid> AwaitAnswer(int socket) {
  Answer answer;
  iovec place{.iov_base = &answer, .iov_len = sizeof answer};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(ucred))];
  msghdr message{};
  message.msg_iov = &place;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t count = ::recvmsg(socket, &message, 0);
  if (count < 0) return Fail(errno, "recvmsg", "a passive process");
  const cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (count != sizeof answer || header == nullptr || header->cmsg_type != SCM_CREDENTIALS) {
    return Fail(ECHILD, "recvmsg", "a passive process");
  }
  if (answer.error != 0) return Fail(answer.error, "clone3", "a passive process");
  ucred sender;
  std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
  return Pid{sender.pid};
}

}  // namespace

Result<Pid> PassiveProcesses::Clone(const PassiveRequest& request) {
  if (request.parent == Pid{}) return CloneHere(request, Pid{});
  const auto parent = sockets_.find(request.parent);
  if (parent == sockets_.end()) return Fail(ESRCH, "clone3", "a parent that takes no orders");
  return CloneBelow(request, parent->second);
}

Result<Pid> PassiveProcesses::CloneWithPid(Pid wanted) { return CloneHere({}, wanted); }

Result<Pid> PassiveProcesses::CloneHere(const PassiveRequest& request, Pid wanted) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return Fail(errno, "socketpair", "a passive process");
  }
  const int yes = 1;
  ::setsockopt(ends[0], SOL_SOCKET, SO_PASSCRED, &yes, sizeof yes);
  ::setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &kAnswerBound, sizeof kAnswerBound);
  const Order order{.ignores_sigterm = request.ignores_sigterm, .uid = request.uid};
  const pid_t child = ForkWith(request.is_namespace_init, wanted.value);
  if (child == 0) Begin(order, ends[1]);
  const int error = errno;
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    return Fail(error, "clone3", "a passive process");
  }
  sockets_[Pid{child}] = ends[0];
  Result<Pid> answered = AwaitAnswer(ends[0]);
  if (!answered) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  return answered;
}

Result<Pid> PassiveProcesses::CloneBelow(const PassiveRequest& request, int socket) {
  const Order order{.is_namespace_init = request.is_namespace_init,
                    .ignores_sigterm = request.ignores_sigterm,
                    .uid = request.uid};
  if (::send(socket, &order, sizeof order, MSG_NOSIGNAL) != sizeof order) {
    return Fail(errno, "send", "a passive process");
  }
  return AwaitAnswer(socket);
}

void PassiveProcesses::Forget() {
  for (const auto& [pid, socket] : sockets_) ::close(socket);
  sockets_.clear();
}

}  // namespace reapcheck::sim
