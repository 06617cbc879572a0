#include "runtime/console.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cstring>

#include "runtime/detached_mount.h"
#include "runtime/errno_failure.h"
#include "runtime/path_in_root.h"

namespace reapcheck {
namespace {

struct Terminal {
  ScopedFd master;
  ScopedFd peer;
};

Outcome<Terminal> OpenTerminal(int root) {
  auto master = OpenInRoot(root, "/dev/ptmx", O_RDWR | O_NOCTTY);
  if (!master) return Refuse(master.error(), "/process/terminal");
  struct stat status;
  // pts(4): the multiplexer is 5, 2. Anything else was put there to be taken for it.
  if (::fstat(master->get(), &status) != 0 || !S_ISCHR(status.st_mode) ||
      status.st_rdev != makedev(5, 2)) {
    return RefuseErrno("/process/terminal: /dev/ptmx is something else", ENODEV);
  }
  int locked = 0;
  if (::ioctl(master->get(), TIOCSPTLCK, &locked) != 0) return RefuseErrno("unlock the terminal");
  // By the master, not by a path under /dev/pts, which the image could have prepared.
  ScopedFd peer(::ioctl(master->get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!peer) return RefuseErrno("open the terminal");
  return Terminal{std::move(*master), std::move(peer)};
}

Outcome<void> SendMaster(int socket, int master) {
  char name[] = "/dev/ptmx";
  iovec text{.iov_base = name, .iov_len = sizeof name - 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))]{};
  msghdr message{.msg_iov = &text,
                 .msg_iovlen = 1,
                 .msg_control = control,
                 .msg_controllen = sizeof control};
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &master, sizeof master);
  ssize_t sent;
  do {
    sent = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  if (sent < 0) return RefuseErrno("send the terminal to the console socket");
  return {};
}

Outcome<void> BindDevConsole(int root, int peer) {
  auto target = OpenOrCreateInRoot(root, "/dev/console", NodeKind::kFile);
  if (!target) return Refuse(target.error(), "/dev/console");
  auto copy = CopyMount(peer, "", /*recursive=*/false);
  if (!copy) return Refuse(copy.error(), "/dev/console");
  auto attached = AttachMount(copy->get(), target->get());
  if (!attached) return Refuse(attached.error(), "/dev/console");
  return {};
}

Outcome<void> SetSize(int peer, const std::optional<ConsoleSize>& size) {
  if (!size) return {};
  winsize window{.ws_row = size->height, .ws_col = size->width};
  if (::ioctl(peer, TIOCSWINSZ, &window) != 0) return RefuseErrno("/process/consoleSize");
  return {};
}

Outcome<void> TakeTerminal(int peer) {
  if (::ioctl(peer, TIOCSCTTY, 0) != 0) return RefuseErrno("controlling terminal");
  for (int number = 0; number < 3; ++number) {
    if (::dup2(peer, number) < 0) return RefuseErrno("terminal as standard streams");
  }
  return {};
}

}  // namespace

Outcome<void> SetUpConsole(const ConsoleRequest& request) {
  if (!request.process.terminal) return {};
  if (request.socket < 0) {
    return Refuse(FailureKind::kInvalidConfig, "/process/terminal: needs a console socket");
  }
  ScopedFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  auto terminal = OpenTerminal(root.get());
  if (!terminal) return Forward(std::move(terminal));
  auto sized = SetSize(terminal->peer.get(), request.process.console_size);
  if (!sized) return sized;
  auto sent = SendMaster(request.socket, terminal->master.get());
  if (!sent) return sent;
  if (request.bind_dev_console) {
    auto bound = BindDevConsole(root.get(), terminal->peer.get());
    if (!bound) return bound;
  }
  return TakeTerminal(terminal->peer.get());
}

}  // namespace reapcheck
