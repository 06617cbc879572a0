#include "runtime/linux_kernel.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstring>

namespace reapcheck {
namespace {

// What an error names: the path, with the directory's descriptor when it is relative to one.
std::string Subject(Fd dir, const std::string& path) {
  if (dir == kCwd || path.starts_with('/')) return path;
  char link[PATH_MAX];
  std::string self = "/proc/self/fd/" + std::to_string(dir.number);
  ssize_t length = ::readlink(self.c_str(), link, sizeof link);
  std::string base = length > 0 ? std::string(link, length) : "fd " + std::to_string(dir.number);
  return path.empty() ? base : base + "/" + path;
}

std::string Subject(Fd fd) { return Subject(fd, ""); }

std::string Subject(Pid pid) { return "pid " + std::to_string(pid.value); }

// The errno must be taken before Subject makes calls of its own.
template <typename What>
std::unexpected<Error> Refused(const char* call, const What& what) {
  int code = errno;
  return Fail(code, call, Subject(what));
}

std::unexpected<Error> Refused(const char* call, Fd dir, const std::string& path) {
  int code = errno;
  return Fail(code, call, Subject(dir, path));
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// A descriptor from which `text` can be read to its end, or -1.
int ReadableText(const std::string& text) {
  int fd = ::memfd_create("stdin", MFD_CLOEXEC);
  if (fd < 0) return -1;
  if (::write(fd, text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::lseek(fd, 0, SEEK_SET) != 0) {
    ::close(fd);
    return -1;
  }
  return fd;
}

// The child's side of Spawn: only async-signal-safe calls. Reports its errno to `report`.
[[noreturn]] void ExecuteChild(const SpawnRequest& request, char* const* arguments,
                               char* const* environment, int stdin_fd, int report) {
  ::setpgid(0, 0);
  ::signal(SIGPIPE, SIG_DFL);  // the command line ignores it
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  bool ready = ::dup2(stdin_fd, 0) == 0;
  // Everything else of the caller is close-on-exec; a descriptor that it inherited may not be.
  ready = ready && ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */) == 0;
  ready = ready &&
          (request.working_directory.empty() || ::chdir(request.working_directory.c_str()) == 0);
  if (ready) ::execve(request.path.c_str(), arguments, environment);
  int code = errno;
  static_cast<void>(!::write(report, &code, sizeof code));
  ::_exit(127);
}

}  // namespace

Result<OwnedFd> LinuxKernel::PidfdOpen(Pid pid) {
  long fd = ::syscall(SYS_pidfd_open, pid.value, 0);
  if (fd < 0) return Refused("pidfd_open", pid);
  return OwnedFd(*this, Fd{static_cast<int>(fd)});
}

Result<void> LinuxKernel::PidfdSendSignal(Fd pidfd, Signal signal) {
  if (::syscall(SYS_pidfd_send_signal, pidfd.number, signal.number, nullptr, 0) != 0) {
    return Refused("pidfd_send_signal", pidfd);
  }
  return {};
}

Result<void> LinuxKernel::Kill(Pid pid, Signal signal) {
  if (::kill(pid.value, signal.number) != 0) return Refused("kill", pid);
  return {};
}

Result<std::optional<ChildStatus>> LinuxKernel::Waitid(Pid pid, bool block) {
  siginfo_t info{};
  idtype_t which = pid.value == 0 ? P_ALL : P_PID;
  if (::waitid(which, pid.value, &info, WEXITED | (block ? 0 : WNOHANG)) != 0) {
    return Refused("waitid", pid);
  }
  if (info.si_pid == 0) return std::optional<ChildStatus>();
  return std::optional(ChildStatus{Pid{info.si_pid}, info.si_code, info.si_status});
}

Result<int> LinuxKernel::Poll(std::span<PollRequest> requests, std::chrono::milliseconds timeout) {
  std::vector<pollfd> raw;
  for (const PollRequest& request : requests) {
    raw.push_back({.fd = request.fd.number, .events = request.events, .revents = 0});
  }
  int ready = ::poll(raw.data(), raw.size(), static_cast<int>(timeout.count()));
  if (ready < 0) return Fail(errno, "poll", std::to_string(raw.size()) + " descriptors");
  for (std::size_t i = 0; i < raw.size(); ++i) requests[i].returned = raw[i].revents;
  return ready;
}

Result<Pid> LinuxKernel::Spawn(const SpawnRequest& request) {
  std::vector<char*> arguments = Pointers(request.arguments);
  std::vector<char*> environment = Pointers(request.environment);
  int stdin_fd = ReadableText(request.stdin_text);
  if (stdin_fd < 0) return Fail(errno, "memfd_create", "stdin of " + request.path);
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) {
    int code = errno;
    ::close(stdin_fd);
    return Fail(code, "pipe2", request.path);
  }
  pid_t child = ::fork();
  if (child == 0) {
    ExecuteChild(request, arguments.data(), environment.data(), stdin_fd, report[1]);
  }
  int code = child < 0 ? errno : 0;
  ::close(stdin_fd);
  ::close(report[1]);
  if (child > 0 && ::read(report[0], &code, sizeof code) == static_cast<ssize_t>(sizeof code)) {
    ::waitpid(child, nullptr, 0);
  }
  ::close(report[0]);
  if (code != 0) return Fail(code, child < 0 ? "fork" : "execve", request.path);
  return Pid{child};
}

Result<void> LinuxKernel::SetChildSubreaper(bool on) {
  if (::prctl(PR_SET_CHILD_SUBREAPER, on ? 1 : 0) != 0) {
    return Fail(errno, "prctl", "PR_SET_CHILD_SUBREAPER");
  }
  return {};
}

Result<OwnedFd> LinuxKernel::OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) {
  int fd = ::openat(dir.number, path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return Refused("openat", dir, path);
  return OwnedFd(*this, Fd{fd});
}

Result<std::size_t> LinuxKernel::Read(Fd fd, std::span<char> buffer) {
  ssize_t count = ::read(fd.number, buffer.data(), buffer.size());
  if (count < 0) return Refused("read", fd);
  return static_cast<std::size_t>(count);
}

Result<std::size_t> LinuxKernel::Pread(Fd fd, std::span<char> buffer, std::int64_t offset) {
  ssize_t count = ::pread(fd.number, buffer.data(), buffer.size(), offset);
  if (count < 0) return Refused("pread", fd);
  return static_cast<std::size_t>(count);
}

Result<std::size_t> LinuxKernel::Write(Fd fd, std::string_view data) {
  ssize_t count = ::write(fd.number, data.data(), data.size());
  if (count < 0) return Refused("write", fd);
  return static_cast<std::size_t>(count);
}

Result<void> LinuxKernel::Fsync(Fd fd) {
  if (::fsync(fd.number) != 0) return Refused("fsync", fd);
  return {};
}

Result<void> LinuxKernel::Close(Fd fd) {
  if (::close(fd.number) != 0) {
    return Fail(errno, "close", "fd " + std::to_string(fd.number));
  }
  return {};
}

Result<FileStat> LinuxKernel::StatAt(Fd dir, const std::string& path, int flags) {
  struct stat raw;
  if (::fstatat(dir.number, path.c_str(), &raw, flags) != 0) return Refused("fstatat", dir, path);
  return FileStat{.device = raw.st_dev,
                  .inode = raw.st_ino,
                  .mode = raw.st_mode,
                  .uid = raw.st_uid,
                  .links = raw.st_nlink,
                  .size = raw.st_size,
                  .modified = std::chrono::seconds(raw.st_mtim.tv_sec) +
                              std::chrono::nanoseconds(raw.st_mtim.tv_nsec)};
}

Result<void> LinuxKernel::MkdirAt(Fd dir, const std::string& path, mode_t mode) {
  if (::mkdirat(dir.number, path.c_str(), mode) != 0) return Refused("mkdirat", dir, path);
  return {};
}

Result<void> LinuxKernel::UnlinkAt(Fd dir, const std::string& path, int flags) {
  if (::unlinkat(dir.number, path.c_str(), flags) != 0) {
    return Refused((flags & AT_REMOVEDIR) != 0 ? "rmdir" : "unlink", dir, path);
  }
  return {};
}

Result<void> LinuxKernel::RenameAt(Fd from_dir, const std::string& from, Fd to_dir,
                                   const std::string& to) {
  if (::renameat(from_dir.number, from.c_str(), to_dir.number, to.c_str()) != 0) {
    return Refused("renameat", to_dir, to);
  }
  return {};
}

Result<std::string> LinuxKernel::ReadlinkAt(Fd dir, const std::string& path) {
  char target[PATH_MAX];
  ssize_t length = ::readlinkat(dir.number, path.c_str(), target, sizeof target);
  if (length < 0) return Refused("readlinkat", dir, path);
  return std::string(target, length);
}

Result<std::vector<DirectoryEntry>> LinuxKernel::GetDirectoryEntries(Fd dir) {
  std::vector<DirectoryEntry> entries;
  alignas(struct dirent64) char buffer[4096];
  if (::lseek(dir.number, 0, SEEK_SET) < 0) return Refused("lseek", dir);
  for (;;) {
    long length = ::syscall(SYS_getdents64, dir.number, buffer, sizeof buffer);
    if (length < 0) return Refused("getdents64", dir);
    if (length == 0) return entries;
    for (long at = 0; at < length;) {
      auto* entry = reinterpret_cast<struct dirent64*>(buffer + at);
      at += entry->d_reclen;
      std::string name = entry->d_name;
      if (name != "." && name != "..") entries.push_back({std::move(name), entry->d_type});
    }
  }
}

Result<void> LinuxKernel::SetXattr(Fd fd, const std::string& name, const std::string& value) {
  if (::fsetxattr(fd.number, name.c_str(), value.data(), value.size(), 0) != 0) {
    return Refused("fsetxattr", fd);
  }
  return {};
}

Result<std::string> LinuxKernel::GetXattr(Fd fd, const std::string& name) {
  char value[PATH_MAX];
  ssize_t length = ::fgetxattr(fd.number, name.c_str(), value, sizeof value);
  if (length < 0) return Refused("fgetxattr", fd);
  return std::string(value, length);
}

Result<void> LinuxKernel::Flock(Fd fd, int operation) {
  if (::flock(fd.number, operation) != 0) return Refused("flock", fd);
  return {};
}

Result<std::int64_t> LinuxKernel::StatFs(Fd fd) {
  struct statfs raw;
  if (::fstatfs(fd.number, &raw) != 0) return Refused("fstatfs", fd);
  return static_cast<std::int64_t>(raw.f_type);
}

Result<void> LinuxKernel::Umount(const std::string& path, int flags) {
  if (::umount2(path.c_str(), flags) != 0) return Fail(errno, "umount2", path);
  return {};
}

ClockTime LinuxKernel::ClockGettime() {
  timespec now{};
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return {std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec)};
}

Result<void> LinuxKernel::Nanosleep(std::chrono::nanoseconds duration) {
  auto whole = std::chrono::duration_cast<std::chrono::seconds>(duration);
  timespec request{.tv_sec = static_cast<time_t>(whole.count()),
                   .tv_nsec = static_cast<long>((duration - whole).count())};
  if (::nanosleep(&request, nullptr) != 0) {
    return Fail(errno, "nanosleep", std::to_string(duration.count()) + " ns");
  }
  return {};
}

Result<std::uint64_t> LinuxKernel::CapGet() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (::syscall(SYS_capget, &header, data) != 0) return Fail(errno, "capget", "self");
  return data[0].effective | static_cast<std::uint64_t>(data[1].effective) << 32;
}

Pid LinuxKernel::GetPid() { return Pid{::getpid()}; }

}  // namespace reapcheck
