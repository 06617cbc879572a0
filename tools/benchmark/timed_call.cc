#include "tools/benchmark/timed_call.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "conformance/file.h"

namespace reapcheck::benchmark {
namespace {

using conformance::FileDescriptor;

constexpr int kResult = 3;           // stopwatch.cc writes there
constexpr int kDeathBoundMs = 30000;  // after a SIGKILL that was sent

struct Report {
  long long began = 0, ended = 0, cpu_us = 0;
  long peak_kb = 0;
  int status = -1;
};

long long Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

// The stopwatch with its descriptors; -1 when it can not be started.
pid_t StartStopwatch(const std::vector<std::string>& words, const std::string& output,
                     int result) {
  static const std::string kStopwatch = BuiltBeside("stopwatch");
  std::vector<char*> argv{const_cast<char*>(kStopwatch.c_str())};
  for (const std::string& word : words) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  posix_spawn_file_actions_adddup2(&files, result, kResult);
  posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, 1, output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&files, 1, 2);
  pid_t pid = -1;
  if (posix_spawn(&pid, kStopwatch.c_str(), &files, nullptr, argv.data(), environ) != 0) pid = -1;
  posix_spawn_file_actions_destroy(&files);
  return pid;
}

std::string LastLine(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

std::string Failure(const std::vector<std::string>& words, const std::string& output,
                    int status) {
  std::string typed;
  for (const std::string& word : words) typed += (typed.empty() ? "" : " ") + word;
  const std::string how = WIFEXITED(status)
                              ? "exited " + std::to_string(WEXITSTATUS(status))
                              : "was ended by signal " + std::to_string(WTERMSIG(status));
  return "`" + typed + "` " + how + ": " +
         LastLine(conformance::ReadText(output).value_or("no output"));
}

// When `awaited` was first readable, while the stopwatch's result was waited for as well; 0 when it
// did not come in time.
long long WatchBoth(int result, int awaited) {
  long long died = 0;
  bool reported = false;
  while (!reported || (awaited >= 0 && died == 0)) {
    pollfd requests[] = {{.fd = reported ? -1 : result, .events = POLLIN, .revents = 0},
                         {.fd = died != 0 ? -1 : awaited, .events = POLLIN, .revents = 0}};
    if (poll(requests, 2, reported ? kDeathBoundMs : -1) == 0) return 0;
    if (requests[1].revents != 0) died = Now();
    if (requests[0].revents != 0) reported = true;
  }
  return died;
}

}  // namespace

std::string BuiltBeside(const std::string& name) {
  char self[PATH_MAX];
  const std::string path = realpath("/proc/self/exe", self) != nullptr ? self : "";
  return path.substr(0, path.rfind('/') + 1) + name;
}

std::expected<TimedCall, std::string> TimeCall(const std::vector<std::string>& words,
                                               const std::string& output, int awaited) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::unexpected("pipe: no descriptor left");
  FileDescriptor in(ends[0]), out(ends[1]);
  const pid_t stopwatch = StartStopwatch(words, output, out.get());
  out.Close();
  if (stopwatch < 0) return std::unexpected("can not execute " + BuiltBeside("stopwatch"));
  const long long died = WatchBoth(in.get(), awaited);
  const std::string text = conformance::ReadAll(in.get());
  waitpid(stopwatch, nullptr, 0);
  Report report;
  if (std::sscanf(text.c_str(), "%lld %lld %lld %ld %d", &report.began, &report.ended,
                  &report.cpu_us, &report.peak_kb, &report.status) != 5) {
    return std::unexpected("can not execute " + words.front());
  }
  if (report.status != 0) return std::unexpected(Failure(words, output, report.status));
  if (awaited >= 0 && died == 0) return std::unexpected(words.front() + ": init does not die");
  return TimedCall{
      .timing = {.wall_ms = static_cast<double>(report.ended - report.began) / 1e6,
                 .cpu_ms = static_cast<double>(report.cpu_us) / 1e3,
                 .peak_kb = report.peak_kb},
      .wait_ms = std::max(0.0, static_cast<double>(died - report.ended) / 1e6)};
}

}  // namespace reapcheck::benchmark
