#include "conformance/inject/watched_call.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace reapcheck::inject {
namespace {

using sim::Op;

constexpr std::size_t kNumbers = 512;  // above any of these

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
    {SYS_fstatfs, Op::kStatFs, About::kFd},
    {SYS_umount2, Op::kUmount, About::kPath, 0},
    {SYS_fsetxattr, Op::kSetXattr, About::kFd},
    {SYS_fgetxattr, Op::kGetXattr, About::kFd},
    {SYS_execve, Op::kSpawn, About::kProgram, 0},
    {SYS_execveat, Op::kSpawn, About::kProgram, 1},
};

// With some flags.
bool MayBe(const WatchedCall& call, std::string_view verb) {
  return VerbOf(call, 0) == verb || VerbOf(call, AT_REMOVEDIR) == verb;
}

// Where a run of numbers that stop begins, and the number after it, in turns.
std::vector<std::uint32_t> BoundsOf(std::vector<std::uint32_t> stopped) {
  std::ranges::sort(stopped);
  std::vector<std::uint32_t> bounds;
  for (const std::uint32_t number : stopped) {
    if (!bounds.empty() && bounds.back() == number) {
      ++bounds.back();
    } else {
      bounds.insert(bounds.end(), {number, number + 1});
    }
  }
  return bounds;
}

// A binary search in [first, last) of the bounds, appended to `program`. A number that lies above
// an odd count of bounds stops. Jumps forward are relative, and bounded by 255: the caller's table
// is far below.
void AppendSearch(std::vector<sock_filter>& program, const std::vector<std::uint32_t>& bounds,
                  std::size_t first, std::size_t last) {
  constexpr std::uint16_t kJumpIfAtLeast = BPF_JMP | BPF_JGE | BPF_K;
  if (first == last) {
    program.push_back(BPF_STMT(BPF_RET | BPF_K, first % 2 == 1 ? SECCOMP_RET_TRACE
                                                               : SECCOMP_RET_ALLOW));
    return;
  }
  const std::size_t middle = first + (last - first) / 2;
  const std::size_t node = program.size();
  program.push_back(BPF_JUMP(kJumpIfAtLeast, bounds[middle], 0, 0));
  AppendSearch(program, bounds, first, middle);
  program[node].jt = static_cast<std::uint8_t>(program.size() - node - 1);
  AppendSearch(program, bounds, middle + 1, last);
}

// The kernel runs a new filter once for each number there is, and compiles it: that it is short
// to run and short is most of what it costs.
std::vector<sock_filter> ProgramFor(const std::vector<std::uint32_t>& bounds) {
  std::vector<sock_filter> program = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)),
      // Numbers mean something else to a program of 32 bits: it is let through.
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr))};
  AppendSearch(program, bounds, 0, bounds.size());
  return program;
}

}  // namespace

std::span<const WatchedCall> WatchedCalls() { return kCalls; }

const WatchedCall* FindWatched(long number) {
  static constexpr auto kIndex = [] {
    std::array<std::uint8_t, kNumbers> index{};
    for (std::size_t i = 0; i < std::size(kCalls); ++i) {
      index[static_cast<std::size_t>(kCalls[i].number)] = static_cast<std::uint8_t>(i + 1);
    }
    return index;
  }();
  const bool is_known = number >= 0 && number < static_cast<long>(kNumbers);
  const int place = is_known ? kIndex[static_cast<std::size_t>(number)] : 0;
  return place == 0 ? nullptr : &kCalls[place - 1];
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

CallFilter::CallFilter(std::string_view name) {
  const std::string_view verb = name.substr(0, name.find(' '));
  std::vector<std::uint32_t> stopped = {kAffinityQuestion};
  for (const WatchedCall& call : kCalls) {
    if (verb.empty() || MayBe(call, verb)) {
      stopped.push_back(static_cast<std::uint32_t>(call.number));
    }
  }
  program_ = ProgramFor(BoundsOf(std::move(stopped)));
}

bool CallFilter::Install() const {
  const sock_fprog program{.len = static_cast<unsigned short>(program_.size()),
                           .filter = const_cast<sock_filter*>(program_.data())};
  // Without the flag older kernels slow down all that runs under a filter.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                 &program) == 0;
}

}  // namespace reapcheck::inject
