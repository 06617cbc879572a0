// The only door to the operating system for state, kill, delete, list, ps, pause and resume.
//
// One method is one system call (Spawn is fork and exec as one, because code between them can not
// be simulated): no retry, policy or logging below this line. Every method can fail with EINTR
// where the manual page says so; callers retry. cgroups and /proc are files, not methods.
//
// Implementations: LinuxKernel (the real one) and the simulator's. An object is used by one thread
// at a time. Paths are relative to `dir` as in the *at calls; kCwd stands for AT_FDCWD.
#ifndef REAPCHECK_RUNTIME_KERNEL_H_
#define REAPCHECK_RUNTIME_KERNEL_H_

#include <sys/types.h>

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/error.h"

namespace reapcheck {

class Kernel;

// A process id in the caller's pid namespace.
struct Pid {
  pid_t value = 0;
  auto operator<=>(const Pid&) const = default;
};

// A signal number, 0 (probe) to 64.
struct Signal {
  int number = 0;
  auto operator<=>(const Signal&) const = default;
};

// A borrowed descriptor: whoever holds the OwnedFd keeps it open.
struct Fd {
  int number = -1;
  auto operator<=>(const Fd&) const = default;
};

inline constexpr Fd kCwd{-100};  // AT_FDCWD

// A descriptor that closes through the kernel that opened it. Move-only.
class OwnedFd {
 public:
  OwnedFd() = default;
  OwnedFd(Kernel& kernel, Fd fd) : kernel_(&kernel), fd_(fd) {}
  OwnedFd(OwnedFd&& other) noexcept;
  OwnedFd& operator=(OwnedFd&& other) noexcept;
  OwnedFd(const OwnedFd&) = delete;
  OwnedFd& operator=(const OwnedFd&) = delete;
  ~OwnedFd() { Reset(); }

  Fd get() const { return fd_; }
  explicit operator bool() const { return fd_.number >= 0; }
  void Reset();
  // Gives the descriptor up without closing it.
  Fd Release();

 private:
  Kernel* kernel_ = nullptr;
  Fd fd_;
};

struct FileStat {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  mode_t mode = 0;
  uid_t uid = 0;
  nlink_t links = 0;
  std::int64_t size = 0;
  std::chrono::nanoseconds modified{0};  // since the epoch
};

struct DirectoryEntry {
  std::string name;        // never "." or ".."
  unsigned char type = 0;  // DT_DIR, DT_REG, ... or DT_UNKNOWN: readdir(3)
};

struct PollRequest {
  Fd fd;
  short events = 0;    // poll(2)
  short returned = 0;  // filled by Poll
};

// A child that changed state: waitid(2).
struct ChildStatus {
  Pid pid;
  int code = 0;    // CLD_EXITED, CLD_KILLED, ...
  int status = 0;  // exit code or signal
};

struct SpawnRequest {
  std::string path;                      // absolute, executed as it stands
  std::vector<std::string> arguments;    // argv, argv[0] included
  std::vector<std::string> environment;  // "NAME=value"
  std::string working_directory;         // empty: the caller's
  std::string stdin_text;                // what the child reads from descriptor 0, then end of file
  // The child leads a process group of its own; it inherits descriptors 1 and 2 and no other.
};

struct ClockTime {
  std::chrono::nanoseconds since_boot{0};
  auto operator<=>(const ClockTime&) const = default;
};

class Kernel {
 public:
  virtual ~Kernel() = default;

  // --- Processes and signals ---

  // pidfd_open(2). EINVAL (no such form of pid), ESRCH, EMFILE, ENFILE, ENOMEM, ENOSYS.
  virtual Result<OwnedFd> PidfdOpen(Pid pid) = 0;
  // pidfd_send_signal(2). Signal 0 probes. EPERM, ESRCH (reaped), EINVAL, ENOSYS.
  virtual Result<void> PidfdSendSignal(Fd pidfd, Signal signal) = 0;
  // kill(2); a negative pid is a process group. EINVAL, EPERM, ESRCH.
  virtual Result<void> Kill(Pid pid, Signal signal) = 0;
  // waitid(2) for WEXITED on one child, or on any with pid 0. With `block` false (WNOHANG), nullopt
  // means that none has changed state. ECHILD, EINTR.
  virtual Result<std::optional<ChildStatus>> Waitid(Pid pid, bool block) = 0;
  // poll(2): how many requests have `returned` != 0. A negative timeout waits for ever. EINTR.
  virtual Result<int> Poll(std::span<PollRequest> requests, std::chrono::milliseconds timeout) = 0;
  // fork(2), setpgid(2), execve(2); an exec that fails is reported here, with no child left.
  // E2BIG, EACCES, EAGAIN, ENOENT, ENOEXEC, ENOMEM, ...
  virtual Result<Pid> Spawn(const SpawnRequest& request) = 0;
  // prctl(PR_SET_CHILD_SUBREAPER): orphaned descendants become the caller's children.
  virtual Result<void> SetChildSubreaper(bool on) = 0;

  // --- Files ---

  // openat(2); O_CLOEXEC is always added.
  virtual Result<OwnedFd> OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) = 0;
  // read(2), at most buffer.size() bytes; 0 is the end.
  virtual Result<std::size_t> Read(Fd fd, std::span<char> buffer) = 0;
  // pread(2).
  virtual Result<std::size_t> Pread(Fd fd, std::span<char> buffer, std::int64_t offset) = 0;
  // write(2); may write less than asked.
  virtual Result<std::size_t> Write(Fd fd, std::string_view data) = 0;
  // fsync(2).
  virtual Result<void> Fsync(Fd fd) = 0;
  // close(2); the descriptor is gone whatever is returned.
  virtual Result<void> Close(Fd fd) = 0;
  // fstatat(2): AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH.
  virtual Result<FileStat> StatAt(Fd dir, const std::string& path, int flags) = 0;
  // mkdirat(2).
  virtual Result<void> MkdirAt(Fd dir, const std::string& path, mode_t mode) = 0;
  // unlinkat(2): 0 or AT_REMOVEDIR.
  virtual Result<void> UnlinkAt(Fd dir, const std::string& path, int flags) = 0;
  // renameat(2).
  virtual Result<void> RenameAt(Fd from_dir, const std::string& from, Fd to_dir,
                                const std::string& to) = 0;
  // readlinkat(2), whole.
  virtual Result<std::string> ReadlinkAt(Fd dir, const std::string& path) = 0;
  // getdents64(2) from the start to the end, in the kernel's order, without "." and "..".
  virtual Result<std::vector<DirectoryEntry>> GetDirectoryEntries(Fd dir) = 0;
  // fsetxattr(2) and fgetxattr(2) of a short text. ENODATA: none; ENOTSUP, EPERM.
  virtual Result<void> SetXattr(Fd fd, const std::string& name, const std::string& value) = 0;
  virtual Result<std::string> GetXattr(Fd fd, const std::string& name) = 0;
  // flock(2): LOCK_EX, LOCK_SH, LOCK_UN, with LOCK_NB. EWOULDBLOCK, EINTR, ENOLCK.
  virtual Result<void> Flock(Fd fd, int operation) = 0;
  // statfs(2): the file system's magic number (f_type) of an open file.
  virtual Result<std::int64_t> StatFs(Fd fd) = 0;
  // umount2(2).
  virtual Result<void> Umount(const std::string& path, int flags) = 0;

  // --- Time and privilege ---

  // clock_gettime(2), CLOCK_BOOTTIME.
  virtual ClockTime ClockGettime() = 0;
  // nanosleep(2), whole or until a signal. EINTR.
  virtual Result<void> Nanosleep(std::chrono::nanoseconds duration) = 0;
  // capget(2): the caller's effective set, bit n for capability n.
  virtual Result<std::uint64_t> CapGet() = 0;
  // getpid(2).
  virtual Pid GetPid() = 0;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_KERNEL_H_
