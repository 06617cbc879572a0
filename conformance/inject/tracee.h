// One stopped thread of a traced process: its registers, its memory, and what its call is about.
// x86-64 calling convention: syscall(2).
#ifndef REAPCHECK_CONFORMANCE_INJECT_TRACEE_H_
#define REAPCHECK_CONFORMANCE_INJECT_TRACEE_H_

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "conformance/inject/call_name.h"
#include "conformance/inject/watched_call.h"

namespace reapcheck::inject {

struct CallArguments {
  long number = -1;
  std::array<std::uint64_t, 6> values{};
};

// nullopt when the thread is gone: a SIGKILL may end any stop.
std::optional<CallArguments> ReadCall(pid_t thread);
// The call is not executed and returns -errno. False when the thread is gone.
bool FailCall(pid_t thread, int error);
// write(2) is given the first half of its bytes. False when they are fewer than two, or the thread
// is gone.
bool ShortenWrite(pid_t thread);

// Runtimes execute copies of themselves, from a memfd or below another mount point.
bool IsCopy(std::string_view program, std::string_view original);

// The program that the process of a thread executes, as proc_pid_exe(5) names it; "" when it ended.
std::string ProgramOf(pid_t thread);

// tgkill(2) to a thread of the caller's own process: how Go interrupts its threads.
bool IsToOwnThread(pid_t thread, const WatchedCall& call, const CallArguments& arguments);

struct CallSubject {
  std::string kind;  // second word of the call's name
  std::string path;
  bool creates = false;  // open(2) with O_CREAT
  std::uint64_t flags = 0;
};
CallSubject SubjectOf(const Places& places, pid_t thread, const WatchedCall& call,
                      const CallArguments& arguments);

}  // namespace reapcheck::inject

#endif  // REAPCHECK_CONFORMANCE_INJECT_TRACEE_H_
