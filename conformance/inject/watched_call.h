// The system calls that are watched, and how each says what it is about. x86-64.
//
// Families, not single calls: a runtime may unlink with unlink(2), unlinkat(2) or rmdir(2). Calls
// that runtimes use to probe the kernel (seccomp, prctl) and those of the language's own runtime
// (futex, mmap, nanosleep) are not in it.
#ifndef REAPCHECK_CONFORMANCE_INJECT_WATCHED_CALL_H_
#define REAPCHECK_CONFORMANCE_INJECT_WATCHED_CALL_H_

#include <linux/filter.h>
#include <sys/syscall.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/call.h"

namespace reapcheck::inject {

// Which argument says what the call is about.
enum class About {
  kPath,      // arguments[path]
  kPathAt,    // arguments[path], relative to the descriptor arguments[path - 1]
  kFd,        // arguments[0]
  kPid,       // arguments[0]
  kThread,    // tgkill(2): arguments[0] is the process
  kPidfd,     // arguments[0]
  kProgram,   // execve(2): arguments[path]
};

struct WatchedCall {
  long number;
  sim::Op op;  // of the simulator: the table of faults is asked by it
  About about;
  int path = 0;   // index of the argument
  int flags = -1; // index of the argument with open(2)'s or unlinkat(2)'s flags; -1: none
};

std::span<const WatchedCall> WatchedCalls();
// nullptr: is not watched.
const WatchedCall* FindWatched(long number);

// sched_getaffinity(2): stops besides, and is no call of the runtime that can fail.
inline constexpr int kAffinityQuestion = SYS_sched_getaffinity;

// "rmdir", "open", "signal": the first word of the call's name, as in the simulator.
std::string VerbOf(const WatchedCall& call, std::uint64_t flags);

// The operation by which the table of faults knows a verb: "rmdir" is unlinkat(2) there.
std::optional<sim::Op> OpOfVerb(std::string_view verb);

// A filter that stops its process at these calls (SECCOMP_RET_TRACE).
//
// The kernel knows by the filter which calls it lets through whatever their arguments are, and does
// not run it for them: what is not watched costs nothing more.
class CallFilter {
 public:
  // Of the calls that may have this name ("rmdir cgroup"), so that occurrences of it are counted as
  // if all were watched; "" for all.
  explicit CallFilter(std::string_view name = "");

  // For the caller and what it will start. Needs CAP_SYS_ADMIN, because no_new_privs would change
  // what the runtime may do. The tracer must be attached before: without one the calls fail with
  // ENOSYS. One system call, also fit for after vfork(2). False when the kernel refused.
  bool Install() const;

  const std::vector<sock_filter>& program() const { return program_; }

 private:
  std::vector<sock_filter> program_;
};

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_WATCHED_CALL_H_
