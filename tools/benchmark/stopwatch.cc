// stopwatch PROGRAM ARGUMENT...: runs a program and writes to descriptor 3 what it took:
// "BEGAN_NS ENDED_NS CPU_US PEAK_KB STATUS", times of CLOCK_MONOTONIC, status as of wait4(2).
//
// A process of its own because of the peak: getrusage(2)'s ru_maxrss counts what the process was
// before execve(2) too, so that a big parent would show in every child. This one is small.
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace {

constexpr int kResult = 3;

long long Now() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

long long Microseconds(const timeval& time) { return time.tv_sec * 1000000LL + time.tv_usec; }

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  fcntl(kResult, F_SETFD, FD_CLOEXEC);
  const long long began = Now();
  pid_t pid = 0;
  // posix_spawn(3) is a vfork(2): no page table is copied, and the clock is stopped by the exit.
  if (posix_spawn(&pid, argv[1], nullptr, nullptr, argv + 1, environ) != 0) return 1;
  int status = 0;
  rusage usage;
  while (wait4(pid, &status, 0, &usage) < 0) {
    if (errno != EINTR) return 1;
  }
  const long long ended = Now();
  char line[160];
  const int length = std::snprintf(
      line, sizeof line, "%lld %lld %lld %ld %d\n", began, ended,
      Microseconds(usage.ru_utime) + Microseconds(usage.ru_stime), usage.ru_maxrss, status);
  return write(kResult, line, static_cast<size_t>(length)) == length ? 0 : 1;
}
