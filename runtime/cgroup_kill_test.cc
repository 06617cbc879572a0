// Signals to all of a container on the real kernel, v1 and v2, whichever are mounted.
#include "runtime/cgroup_kill.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/cgroup_freezer.h"
#include "runtime/cgroup_lab.h"
#include "runtime/interposed_kernel.h"

namespace reapcheck {
namespace {

using std::chrono::milliseconds;
constexpr milliseconds kBound(5000);

// All at once, as a container has them, and each freezer alone.
std::vector<std::vector<CgroupHierarchy>> Layouts(const CgroupLab& lab) {
  std::vector<std::vector<CgroupHierarchy>> layouts = {lab.hierarchies()};
  for (const auto& hierarchies : {lab.V1Freezer(), lab.V2()}) {
    if (!hierarchies.empty()) layouts.push_back(hierarchies);
  }
  return layouts;
}

// For ever: forks its successor and exits.
void Storm() {
  ::signal(SIGCHLD, SIG_IGN);
  for (int i = 0; i < 3; ++i) {
    if (::fork() == 0) break;
  }
  for (;;) {
    if (::fork() > 0) ::_exit(0);
  }
}

bool IsAlone(CgroupLab& lab, const Cgroups& cgroups) {
  return CgroupProcesses(lab.kernel, cgroups).value().empty();
}

TEST(CgroupKill, AllAreDeadAndABystanderLives) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  int rounds = 0;
  for (const auto& layout : Layouts(lab)) {
    SCOPED_TRACE(layout[0].mount_point);
    const Cgroups cgroups = lab.Make(layout, "c");
    // One for each layout: a process of the last round is still in the others' hierarchies.
    const Cgroups beside = lab.Make(layout, "beside" + std::to_string(++rounds));
    for (int i = 0; i < 5; ++i) lab.Sleep(i % 2 == 0 ? cgroups : lab.Make(layout, "c/a/b"));
    const Pid bystander = lab.Sleep(beside);
    ASSERT_EQ(CgroupProcesses(lab.kernel, cgroups).value().size(), 5u);
    EXPECT_TRUE(KillCgroups(lab.kernel, cgroups, kBound));
    EXPECT_TRUE(IsAlone(lab, cgroups));
    EXPECT_EQ(CgroupProcesses(lab.kernel, beside).value(), std::set<Pid>{bystander});
  }
}

TEST(CgroupKill, AForkStormIsKilled) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& layout : Layouts(lab)) {
    SCOPED_TRACE(layout[0].mount_point);
    const Cgroups cgroups = lab.Make(layout, "storm");
    lab.Run(cgroups, Storm);
    ASSERT_TRUE(Await([&] { return CgroupProcesses(lab.kernel, cgroups).value().size() > 1; }));
    EXPECT_TRUE(KillCgroups(lab.kernel, cgroups, kBound));
    EXPECT_TRUE(IsAlone(lab, cgroups));
  }
}

TEST(CgroupKill, FrozenAndNestedFrozenOnesDie) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& layout : Layouts(lab)) {
    SCOPED_TRACE(layout[0].mount_point);
    const Cgroups cgroups = lab.Make(layout, "c");
    const Cgroups below = lab.Make(layout, "c/a");
    lab.Sleep(cgroups);
    lab.Sleep(below);
    ASSERT_TRUE(Freeze(lab.kernel, below, kBound));
    ASSERT_TRUE(Freeze(lab.kernel, cgroups, kBound));
    EXPECT_TRUE(KillCgroups(lab.kernel, cgroups, kBound));
    EXPECT_TRUE(IsAlone(lab, cgroups));
  }
}

TEST(CgroupKill, NothingToKillIsSuccess) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  EXPECT_TRUE(KillCgroups(lab.kernel, {}, milliseconds(0)));
  EXPECT_TRUE(KillCgroups(lab.kernel, lab.Make("empty"), milliseconds(0)));
  const Cgroups none = CgroupLab::Name(lab.hierarchies(), lab.Path("none"));
  EXPECT_TRUE(KillCgroups(lab.kernel, none, milliseconds(0)));
}

TEST(CgroupKill, Signal_ReachesEachOnceAndNoOther) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const Cgroups cgroups = lab.Make("c");
  const Pid first = lab.Sleep(cgroups);
  const Pid second = lab.Sleep(lab.Make("c/a"));
  const Pid bystander = lab.Sleep(lab.Make("beside"));
  ASSERT_TRUE(SignalCgroups(lab.kernel, cgroups, Signal{SIGUSR1}));
  for (Pid pid : {first, second}) {
    int status = 0;
    ASSERT_EQ(::waitpid(pid.value, &status, 0), pid.value);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGUSR1);
  }
  EXPECT_EQ(::waitpid(bystander.value, nullptr, WNOHANG), 0);
}

// A pid that is no member any more when its pidfd is open belongs to somebody else.
TEST(CgroupKill, Signal_WhoLeftTheCgroupIsNotSignalled) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  const Cgroups cgroups = lab.Make("c");
  const Cgroups beside = lab.Make("beside");
  const Pid leaver = lab.Sleep(cgroups);
  InterposedKernel kernel(lab.kernel);
  kernel.OnCall([&](std::string_view call, const std::string&) {
    if (call != "PidfdOpen") return 0;
    for (const CgroupDirectory& cgroup : beside) {
      WriteControl(cgroup, "cgroup.procs", std::to_string(leaver.value));
    }
    return 0;
  });
  EXPECT_TRUE(SignalCgroups(kernel, cgroups, Signal{SIGKILL}));
  EXPECT_EQ(::waitpid(leaver.value, nullptr, WNOHANG), 0);
}

TEST(CgroupKill, WhatIsFrozenIsThawedWhateverFails) {
  NEEDS_CGROUPS();
  CgroupLab lab;
  for (const auto& layout : Layouts(lab)) {
    for (int n = 1; n < 60; ++n) {
      const Cgroups cgroups = lab.Make(layout, "f" + std::to_string(n));
      lab.Sleep(cgroups);
      InterposedKernel kernel(lab.kernel);
      int calls = 0;
      bool harmed = false;
      kernel.OnCall([&](std::string_view, const std::string&) {
        harmed = harmed || calls + 1 == n;
        return ++calls == n ? EIO : 0;
      });
      static_cast<void>(KillCgroups(kernel, cgroups, milliseconds(20)));
      EXPECT_TRUE(Await([&] { return !IsFrozen(lab.kernel, cgroups).value(); })) << n;
      if (!harmed) break;
    }
  }
}

}  // namespace
}  // namespace reapcheck
