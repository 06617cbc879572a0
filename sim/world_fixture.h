// A small world for tests of what it does: one caller that runs each call directly, a container's
// init with a member, a cgroup for them, and the runtime's directory.
#ifndef REAPCHECK_SIM_WORLD_FIXTURE_H_
#define REAPCHECK_SIM_WORLD_FIXTURE_H_

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "sim/sim_kernel.h"
#include "sim/world.h"

namespace reapcheck::sim {

class WorldFixture {
 public:
  static constexpr ActorId kCaller = 0;

  explicit WorldFixture(WorldOptions asked = {})
      : options(std::move(asked)), world(texts, options) {
    caller = world.AddProcess("reaprun", 1);
    init = world.AddProcess("init");
    world.EditProcess(init).pid_namespace = static_cast<std::int16_t>(init + 1);
    member = world.AddMember(init, "sleep");
    world.AddCgroup("/c1");
    world.AddDirectory("/run/reaprun/c1");
    world.Rehash();
  }

  // The mount point with v2; with v1 that of the freezer.
  std::string CgroupRoot() const {
    return options.layout == CgroupLayout::kV2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/freezer";
  }

  int OpenError(const std::string& path, int flags) {
    auto opened = kernel.OpenAt(kCwd, path, flags, 0600);
    return opened ? 0 : opened.error().code;
  }

  // The text, or the errno's name.
  std::string Read(const std::string& path) {
    auto file = kernel.OpenAt(kCwd, path, 0, 0);
    if (!file) return "open: " + ErrnoName(file.error().code);
    return ReadFrom(file->get());
  }

  std::string ReadFrom(Fd fd) {
    char buffer[4096];
    auto count = kernel.Read(fd, buffer);
    return count ? std::string(buffer, *count) : "read: " + ErrnoName(count.error().code);
  }

  // 0 or an errno.
  int Write(const std::string& path, const std::string& text) {
    auto file = kernel.OpenAt(kCwd, path, 1 /* O_WRONLY */, 0);
    if (!file) return file.error().code;
    auto written = kernel.Write(file->get(), text);
    return written ? 0 : written.error().code;
  }

  int PollFor(Fd fd, short events) {
    PollRequest request{.fd = fd, .events = events};
    auto ready = kernel.Poll({&request, 1}, std::chrono::milliseconds(0));
    return ready ? request.returned : -1;
  }

  Pid PidOf(int process) const { return Pid{world.processes()[process].pid}; }
  std::string PidText(int process) const { return std::to_string(PidOf(process).value); }

  // Takes all steps of this kind, and no others, until there is none.
  int TakeAll(StepKind kind) {
    int taken = 0;
    for (;;) {
      std::vector<Step> steps;
      world.ListSteps(steps);
      std::erase_if(steps, [&](const Step& step) { return step.kind != kind; });
      if (steps.empty()) return taken;
      world.Take(steps.front());
      ++taken;
    }
  }

  // The hash that was kept up to date is the one of the tables.
  bool HashIsRight() const {
    World copy = world;
    copy.Rehash();
    return copy.Hash() == world.Hash();
  }

  TextTable texts;
  WorldOptions options;
  World world;
  SimKernel kernel{world, kCaller};
  int caller = 0;
  int init = 0;
  int member = 0;
};

template <typename T>
int ErrorOf(const Result<T>& result) {
  return result ? 0 : result.error().code;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_FIXTURE_H_
