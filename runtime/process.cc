#include "runtime/process.h"

#include <fcntl.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>

#include "runtime/file_text.h"

namespace reapcheck {
namespace {

std::string ProcPath(Pid pid, const char* file) {
  return "/proc/" + std::to_string(pid.value) + "/" + file;
}

bool IsGone(const Error& error) { return error.code == ENOENT || error.code == ESRCH; }

template <typename Number>
std::optional<Number> ParseNumber(std::string_view text) {
  Number number{};
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// The `index`-th field of `text`, counted from 0, fields being separated by one space.
std::string_view Field(std::string_view text, int index) {
  for (; index > 0; --index) {
    std::size_t space = text.find(' ');
    if (space == std::string_view::npos) return {};
    text.remove_prefix(space + 1);
  }
  return text.substr(0, text.find_first_of(" \n"));
}

}  // namespace

Result<ProcStat> ParseProcStat(std::string_view text) {
  // comm is in parentheses and may hold parentheses; no later field can.
  std::size_t open = text.find('(');
  std::size_t close = text.rfind(") ");
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) {
    return Fail(EINVAL, "parse", "stat of a process");
  }
  std::string_view rest = text.substr(close + 2);
  auto parent = ParseNumber<pid_t>(Field(rest, 1));
  auto start_time = ParseNumber<std::uint64_t>(Field(rest, 19));
  if (rest.empty() || !parent || !start_time) return Fail(EINVAL, "parse", "stat of a process");
  return ProcStat{.comm = std::string(text.substr(open + 1, close - open - 1)),
                  .state = rest.front(),
                  .parent = Pid{*parent},
                  .start_time = *start_time};
}

Result<ProcStat> ReadProcStat(Kernel& kernel, Pid pid) {
  auto text = ReadFileText(kernel, kCwd, ProcPath(pid, "stat"));
  if (!text) return Forward(std::move(text));
  return ParseProcStat(*text);
}

Result<ProcessIdentity> IdentifyProcess(Kernel& kernel, Pid pid) {
  auto stat = ReadProcStat(kernel, pid);
  if (!stat) return Forward(std::move(stat));
  return ProcessIdentity{.pid = pid, .start_time = stat->start_time};
}

Result<bool> IsAlive(Kernel& kernel, const ProcessIdentity& process) {
  if (process.pid.value <= 0) return false;
  auto stat = ReadProcStat(kernel, process.pid);
  if (!stat) {
    if (IsGone(stat.error())) return false;
    return Forward(std::move(stat));
  }
  return stat->start_time == process.start_time && stat->state != 'Z' && stat->state != 'X';
}

Result<OwnedFd> OpenProcess(Kernel& kernel, const ProcessIdentity& process) {
  if (process.pid.value <= 0) return OwnedFd();
  auto pidfd = Uninterrupted([&] { return kernel.PidfdOpen(process.pid); });
  if (!pidfd) {
    // ESRCH is the proof of death. EINVAL is what older kernels say of a pid that is a thread's
    // now: the stat file decides, and if the process lives the refusal stands.
    if (pidfd.error().code == ESRCH) return OwnedFd();
    auto alive = IsAlive(kernel, process);
    if (alive && !*alive) return OwnedFd();
    return Forward(std::move(pidfd));
  }
  auto alive = IsAlive(kernel, process);
  if (!alive) return Forward(std::move(alive));
  if (!*alive) return OwnedFd();
  return pidfd;
}

Result<bool> WaitForExit(Kernel& kernel, Fd pidfd, std::chrono::milliseconds bound) {
  const ClockTime start = kernel.ClockGettime();
  for (int interruptions = 0;;) {
    auto passed = std::chrono::duration_cast<std::chrono::milliseconds>(
        kernel.ClockGettime().since_boot - start.since_boot);
    PollRequest request{.fd = pidfd, .events = POLLIN};
    auto ready =
        kernel.Poll({&request, 1}, std::max(bound - passed, std::chrono::milliseconds(0)));
    const bool interrupted = FailedWith(ready, EINTR) && ++interruptions <= kMaxInterruptions;
    if (!ready && !interrupted) return Forward(std::move(ready));
    if (ready && *ready > 0) return true;
    if (passed >= bound) return false;
  }
}

Result<std::vector<Pid>> ListProcesses(Kernel& kernel) {
  auto dir = OpenFile(kernel, kCwd, "/proc", O_RDONLY | O_DIRECTORY);
  if (!dir) return Forward(std::move(dir));
  auto entries = kernel.GetDirectoryEntries(dir->get());
  if (!entries) return Forward(std::move(entries));
  std::vector<Pid> pids;
  for (const DirectoryEntry& entry : *entries) {
    if (auto pid = ParseNumber<pid_t>(entry.name)) pids.push_back(Pid{*pid});
  }
  return pids;
}

}  // namespace reapcheck
