#include "conformance/inject/tracee.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace reapcheck::inject {
namespace {

std::string ReadString(pid_t thread, std::uint64_t address) {
  std::string text;
  // Part by part, none across the end of a page: what follows the text may not be mapped.
  constexpr std::uint64_t kPart = 256;
  while (text.size() < PATH_MAX) {
    char bytes[kPart];
    const std::uint64_t length = kPart - address % kPart;
    iovec local{.iov_base = bytes, .iov_len = length};
    iovec remote{.iov_base = reinterpret_cast<void*>(address), .iov_len = length};
    const ssize_t count = process_vm_readv(thread, &local, 1, &remote, 1, 0);
    if (count <= 0) break;
    const auto* end = static_cast<const char*>(std::memchr(bytes, 0, count));
    text.append(bytes, end == nullptr ? count : end - bytes);
    if (end != nullptr) break;
    address += count;
  }
  return text;
}

std::uint64_t ReadWord(pid_t thread, std::uint64_t address) {
  std::uint64_t word = 0;
  iovec local{.iov_base = &word, .iov_len = sizeof word};
  iovec remote{.iov_base = reinterpret_cast<void*>(address), .iov_len = sizeof word};
  process_vm_readv(thread, &local, 1, &remote, 1, 0);
  return word;
}

std::string ReadLink(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = readlink(path.c_str(), target, sizeof target);
  return length < 0 ? "" : std::string(target, length);
}

std::string ProcPath(pid_t thread, const std::string& what) {
  return "/proc/" + std::to_string(thread) + "/" + what;
}

std::string PathOfFd(pid_t thread, int fd) {
  return ReadLink(ProcPath(thread, "fd/" + std::to_string(fd)));
}

std::string Absolute(pid_t thread, int dir, const std::string& path) {
  // Go reaches files below a directory that it holds through /proc/self/fd/N or /proc/thread-self.
  for (const char* prefix : {"/proc/self/fd/", "/proc/thread-self/fd/"}) {
    if (!path.starts_with(prefix)) continue;
    const std::string rest = path.substr(std::strlen(prefix));
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    return NormalPath(PathOfFd(thread, std::atoi(rest.c_str())) + rest.substr(slash));
  }
  if (path.starts_with("/")) return NormalPath(path);
  const std::string base = dir == AT_FDCWD ? ReadLink(ProcPath(thread, "cwd"))
                                           : PathOfFd(thread, dir);
  return NormalPath(base + "/" + path);
}

// The pid in "Pid:" of a pidfd's fdinfo: pidfd_open(2). 0 for what is none.
int PidOfPidfd(pid_t thread, int fd) {
  const std::string name = ProcPath(thread, "fdinfo/" + std::to_string(fd));
  FILE* file = std::fopen(name.c_str(), "re");
  if (file == nullptr) return 0;
  int pid = 0;
  char line[256];
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "Pid: %d", &pid) == 1) break;
  }
  std::fclose(file);
  return pid;
}

std::string KindOfPid(const Places& places, pid_t pid) {
  return places.init != 0 && pid == places.init ? "init" : "process";
}

CallSubject OfFd(const Places& places, pid_t thread, int fd) {
  const std::string path = PathOfFd(thread, fd);
  return {.kind = KindOfPath(places, path), .path = path};
}

// Runtimes execute copies of themselves, by descriptor or through /proc/self: no hook.
CallSubject OfProgram(pid_t thread, const WatchedCall& call,
                      const std::array<std::uint64_t, 6>& values) {
  const std::string path = ReadString(thread, values[call.path]);
  constexpr std::string_view kSelf = "/proc/self/";
  std::string program = path;
  if (path.empty() && call.path > 0) {
    program = PathOfFd(thread, static_cast<int>(values[call.path - 1]));
  } else if (path.starts_with(kSelf)) {
    program = ReadLink(ProcPath(thread, path.substr(kSelf.size())));
  }
  return {.kind = IsCopy(program, ProgramOf(thread)) ? "self" : "hook", .path = path};
}

std::uint64_t FlagsOf(pid_t thread, const WatchedCall& call, const CallArguments& arguments) {
  if (call.number == SYS_creat) return O_CREAT;
  if (call.flags < 0) return 0;
  const std::uint64_t value = arguments.values[call.flags];
  // openat2(2) has them in a structure, first.
  return call.number == SYS_openat2 ? ReadWord(thread, value) : value;
}

}  // namespace

std::optional<CallArguments> ReadCall(pid_t thread) {
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return std::nullopt;
  return CallArguments{.number = static_cast<long>(registers.orig_rax),
                       .values = {registers.rdi, registers.rsi, registers.rdx, registers.r10,
                                  registers.r8, registers.r9}};
}

bool FailCall(pid_t thread, int error) {
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0) return false;
  registers.orig_rax = -1;
  registers.rax = -error;
  return ptrace(PTRACE_SETREGS, thread, nullptr, &registers) == 0;
}

bool ShortenWrite(pid_t thread) {
  user_regs_struct registers;
  if (ptrace(PTRACE_GETREGS, thread, nullptr, &registers) != 0 || registers.rdx < 2) return false;
  registers.rdx /= 2;
  return ptrace(PTRACE_SETREGS, thread, nullptr, &registers) == 0;
}

bool IsCopy(std::string_view program, std::string_view original) {
  const auto name = [](std::string_view path) { return path.substr(path.rfind('/') + 1); };
  return program.starts_with("/memfd:") || (!program.empty() && name(program) == name(original));
}

std::string ProgramOf(pid_t thread) { return ReadLink(ProcPath(thread, "exe")); }

bool IsToOwnThread(pid_t thread, const WatchedCall& call, const CallArguments& arguments) {
  if (call.about != About::kThread) return false;
  const std::string task = "/proc/" + std::to_string(static_cast<pid_t>(arguments.values[0])) +
                           "/task/" + std::to_string(thread);
  return access(task.c_str(), F_OK) == 0;
}

CallSubject SubjectOf(const Places& places, pid_t thread, const WatchedCall& call,
                      const CallArguments& arguments) {
  const auto& values = arguments.values;
  CallSubject subject;
  switch (call.about) {
    case About::kFd:
      subject = OfFd(places, thread, static_cast<int>(values[0]));
      // As in the simulator: what is locked is the lock.
      if (call.op == sim::Op::kFlock && subject.kind == "container") subject.kind = "lock";
      return subject;
    case About::kPid:
    case About::kThread:
      return {.kind = KindOfPid(places, static_cast<pid_t>(values[0]))};
    case About::kPidfd:
      return {.kind = KindOfPid(places, PidOfPidfd(thread, static_cast<int>(values[0])))};
    case About::kProgram:
      return OfProgram(thread, call, values);
    case About::kPath:
    case About::kPathAt: {
      const int dir = call.about == About::kPath ? AT_FDCWD
                                                 : static_cast<int>(values[call.path - 1]);
      subject.path = Absolute(thread, dir, ReadString(thread, values[call.path]));
      break;
    }
  }
  subject.kind = KindOfPath(places, subject.path);
  subject.flags = FlagsOf(thread, call, arguments);
  subject.creates = call.op == sim::Op::kOpenAt && (subject.flags & O_CREAT) != 0;
  return subject;
}

}  // namespace reapcheck::inject
