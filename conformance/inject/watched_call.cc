#include "conformance/inject/watched_call.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <seccomp.h>
#include <sys/syscall.h>

#include <algorithm>

namespace reapcheck::inject {
namespace {

using sim::Op;

constexpr WatchedCall kCalls[] = {
    {SYS_pidfd_open, Op::kPidfdOpen, About::kPid},
    {SYS_pidfd_send_signal, Op::kPidfdSendSignal, About::kPidfd},
    {SYS_kill, Op::kKill, About::kPid},
    {SYS_tgkill, Op::kKill, About::kThread},
    {SYS_open, Op::kOpenAt, About::kPath, 0, 1},
    {SYS_creat, Op::kOpenAt, About::kPath, 0},
    {SYS_openat, Op::kOpenAt, About::kPathAt, 1, 2},
    {SYS_openat2, Op::kOpenAt, About::kPathAt, 1, 2},
    {SYS_read, Op::kRead, About::kFd},
    {SYS_pread64, Op::kPread, About::kFd},
    {SYS_write, Op::kWrite, About::kFd},
    {SYS_pwrite64, Op::kWrite, About::kFd},
    {SYS_fsync, Op::kFsync, About::kFd},
    {SYS_fdatasync, Op::kFsync, About::kFd},
    {SYS_stat, Op::kStatAt, About::kPath, 0},
    {SYS_lstat, Op::kStatAt, About::kPath, 0},
    {SYS_newfstatat, Op::kStatAt, About::kPathAt, 1},
    {SYS_statx, Op::kStatAt, About::kPathAt, 1},
    {SYS_mkdir, Op::kMkdirAt, About::kPath, 0},
    {SYS_mkdirat, Op::kMkdirAt, About::kPathAt, 1},
    {SYS_mknod, Op::kMkfifoAt, About::kPath, 0},
    {SYS_mknodat, Op::kMkfifoAt, About::kPathAt, 1},
    {SYS_unlink, Op::kUnlinkAt, About::kPath, 0},
    {SYS_rmdir, Op::kUnlinkAt, About::kPath, 0},
    {SYS_unlinkat, Op::kUnlinkAt, About::kPathAt, 1, 2},
    {SYS_rename, Op::kRenameAt, About::kPath, 1},
    {SYS_renameat, Op::kRenameAt, About::kPathAt, 3},
    {SYS_renameat2, Op::kRenameAt, About::kPathAt, 3},
    {SYS_readlink, Op::kReadlinkAt, About::kPath, 0},
    {SYS_readlinkat, Op::kReadlinkAt, About::kPathAt, 1},
    {SYS_getdents64, Op::kGetDirectoryEntries, About::kFd},
    {SYS_flock, Op::kFlock, About::kFd},
    {SYS_umount2, Op::kUmount, About::kPath, 0},
    {SYS_fsetxattr, Op::kSetXattr, About::kFd},
    {SYS_fgetxattr, Op::kGetXattr, About::kFd},
    {SYS_execve, Op::kSpawn, About::kProgram, 0},
    {SYS_execveat, Op::kSpawn, About::kProgram, 1},
};

}  // namespace

std::span<const WatchedCall> WatchedCalls() { return kCalls; }

const WatchedCall* FindWatched(long number) {
  const auto found = std::ranges::find(kCalls, number, &WatchedCall::number);
  return found == std::end(kCalls) ? nullptr : found;
}

std::string VerbOf(const WatchedCall& call, std::uint64_t flags) {
  switch (call.op) {
    case Op::kUnlinkAt: {
      const bool removes = call.number == SYS_rmdir ||
                           (call.number == SYS_unlinkat && (flags & AT_REMOVEDIR) != 0);
      return removes ? "rmdir" : "unlink";
    }
    case Op::kKill:
    case Op::kPidfdSendSignal:
      return "signal";
    case Op::kOpenAt:
      return "open";
    case Op::kPread:
      return "read";
    case Op::kStatAt:
      return "stat";
    case Op::kMkdirAt:
      return "mkdir";
    case Op::kMkfifoAt:
      return "mkfifo";
    case Op::kRenameAt:
      return "rename";
    case Op::kReadlinkAt:
      return "readlink";
    case Op::kGetDirectoryEntries:
      return "getdents";
    case Op::kUmount:
      return "umount";
    default:
      return std::string(sim::OpName(call.op));
  }
}

std::optional<sim::Op> OpOfVerb(std::string_view verb) {
  // One system call may have two verbs, by its flags.
  if (verb == "rmdir") return Op::kUnlinkAt;
  const auto found = std::ranges::find_if(
      kCalls, [verb](const WatchedCall& call) { return VerbOf(call, 0) == verb; });
  if (found == std::end(kCalls)) return std::nullopt;
  return found->op;
}

bool InstallFilter() {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
  if (filter == nullptr) return false;
  bool made = seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, 0) == 0;
  for (const WatchedCall& call : kCalls) {
    const int number = static_cast<int>(call.number);
    made = made && seccomp_rule_add(filter, SCMP_ACT_TRACE(0), number, 0) == 0;
  }
  made = made && seccomp_load(filter) == 0;
  seccomp_release(filter);
  return made;
}

}  // namespace reapcheck::inject
