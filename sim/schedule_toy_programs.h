// Programs for ToyModel, right and wrong ones.
#ifndef REAPCHECK_SIM_SCHEDULE_TOY_PROGRAMS_H_
#define REAPCHECK_SIM_SCHEDULE_TOY_PROGRAMS_H_

#include <sys/file.h>

#include <cerrno>
#include <chrono>
#include <string>

#include "sim/behavior_run.h"

namespace reapcheck::sim {

// Sets counter `number` to 1, 2, ... `calls`.
inline Program CountTo(int number, int calls) {
  return [=](ProgramKernel& kernel) {
    for (int value = 1; value <= calls; ++value) {
      (void)kernel.PidfdSendSignal(Fd{number}, Signal{value});
    }
    return 0;
  };
}

// Adds 1 to counter 0 in two calls: wrong when another one comes between.
inline Program AddOne() {
  return [](ProgramKernel& kernel) {
    const auto value = kernel.StatFs(Fd{0});
    (void)kernel.PidfdSendSignal(Fd{0}, Signal{static_cast<int>(*value) + 1});
    return 0;
  };
}

// Takes lock `first`, then `second`.
inline Program TakeLocks(int first, int second) {
  return [=](ProgramKernel& kernel) {
    (void)kernel.Flock(Fd{first}, LOCK_EX);
    (void)kernel.Flock(Fd{second}, LOCK_EX);
    return 0;
  };
}

// Kills process 1, waits a while and removes its cgroup; exit status 1 if that is busy still.
inline Program KillAndWait() {
  return [](ProgramKernel& kernel) {
    (void)kernel.Kill(Pid{1}, Signal{9});
    (void)kernel.Nanosleep(std::chrono::seconds(1));
    return kernel.UnlinkAt(kCwd, "cg1", 0) ? 0 : 1;
  };
}

// Removes cgroup 2 and the file. The file is what tells a second one that there is something left:
// to remove it first is wrong.
inline Program Remove(bool is_record_last) {
  return [=](ProgramKernel& kernel) {
    const std::string first = is_record_last ? "cg2" : "file";
    const std::string second = is_record_last ? "file" : "cg2";
    const auto gone = kernel.UnlinkAt(kCwd, first, 0);
    if (!gone && (gone.error().code != ENOENT || !is_record_last)) return 1;
    return kernel.UnlinkAt(kCwd, second, 0) ? 0 : 1;
  };
}

// Tries to remove the file until it is gone.
inline Program RemoveStubbornly(int attempts) {
  return [=](ProgramKernel& kernel) {
    for (int attempt = 0; attempt < attempts; ++attempt) {
      if (kernel.UnlinkAt(kCwd, "file", 0)) return 0;
    }
    return 1;
  };
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_TOY_PROGRAMS_H_
