// Where the step is a system call that every operation makes: the real kernel with one call
// changed, and what the runtime does before there is a container.
#include <fcntl.h>
#include <signal.h>

#include <cerrno>

#include "conformance/mutants/mutant.h"
#include "runtime/linux_container_kernel.h"
#include "runtime/linux_kernel.h"

namespace reapcheck::mutants {
namespace {

// The simulator is the kernel.
constexpr char kOtherKernel[] = "differs below the Kernel interface";

class NoLock : public LinuxKernel {
  Result<void> Flock(Fd, int) override { return {}; }
};

class FollowsLinks : public LinuxKernel {
  Result<OwnedFd> OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) override {
    return LinuxKernel::OpenAt(dir, path, flags & ~O_NOFOLLOW, mode);
  }
  Result<FileStat> StatAt(Fd dir, const std::string& path, int flags) override {
    return LinuxKernel::StatAt(dir, path, flags & ~AT_SYMLINK_NOFOLLOW);
  }
};

// By /proc the runtime finds what a hook started; its process group is killed either way.
class SeesNoDescendants : public LinuxKernel {
  Result<OwnedFd> OpenAt(Fd dir, const std::string& path, int flags, mode_t mode) override {
    if (path == "/proc") return Fail(EACCES, "open", path);
    return LinuxKernel::OpenAt(dir, path, flags, mode);
  }
};

class IgnoresExitCodes : public LinuxKernel {
  Result<std::optional<ChildStatus>> Waitid(Pid pid, bool block) override {
    auto ended = LinuxKernel::Waitid(pid, block);
    if (ended && *ended) {
      (*ended)->code = CLD_EXITED;
      (*ended)->status = 0;
    }
    return ended;
  }
};

class GivesHooksItsEnvironment : public LinuxKernel {
  Result<Pid> Spawn(const SpawnRequest& request) override {
    SpawnRequest changed = request;
    changed.environment.push_back("PATH=/usr/bin:/bin");
    return LinuxKernel::Spawn(changed);
  }
};

class GivesHooksNoState : public LinuxKernel {
  Result<Pid> Spawn(const SpawnRequest& request) override {
    SpawnRequest changed = request;
    changed.stdin_text = changed.stdin_text.substr(0, 1024);
    return LinuxKernel::Spawn(changed);
  }
};

class DropsHookArguments : public LinuxKernel {
  Result<Pid> Spawn(const SpawnRequest& request) override {
    SpawnRequest changed = request;
    if (!changed.arguments.empty()) changed.arguments[0] = changed.path;
    return LinuxKernel::Spawn(changed);
  }
};

class NoTimeout : public LinuxKernel {
  Result<int> Poll(std::span<PollRequest> requests, std::chrono::milliseconds timeout) override {
    constexpr std::chrono::seconds kNeverMind(8);
    return LinuxKernel::Poll(requests, timeout.count() < 0 ? timeout : kNeverMind);
  }
};

class LeaksDescriptors : public LinuxContainerKernel {
  using LinuxContainerKernel::LinuxContainerKernel;
  Outcome<ClonedChild> CloneInit(const InitRequest& request) override {
    InitRequest leaking = request;
    leaking.preserve_fds = 60;
    return LinuxContainerKernel::CloneInit(leaking);
  }
  Outcome<ClonedChild> CloneExec(const ExecRequest& request) override {
    ExecRequest leaking = request;
    leaking.preserve_fds = 60;
    return LinuxContainerKernel::CloneExec(leaking);
  }
};

std::vector<Mutant> OfHooks() {
  return {
      {.name = "hook-children-live",
       .plants = "Of what a late hook started only its process group is killed.",
       .bug = "crun 1.8.1 (C9)",
       .breaks = "A28 S8",
       .caught_by = {"HookTimeout.DetachedChildrenOfTheHookDieWithIt"},
       .part = MakeKernelOf<SeesNoDescendants>,
       .not_simulated = kOtherKernel},
      {.name = "hook-exit-codes",
       .plants = "The exit code of a hook is not looked at.",
       .bug = "A11",
       .breaks = "A11",
       .caught_by = {"HookFailure.PrestartFailsCreate", "HookFailure.CreateRuntimeFailsCreate",
                     "HookFailure.PoststartFailsStart", "HookFailure.DeathBySignalIsAFailure"},
       .part = MakeKernelOf<IgnoresExitCodes>,
       .not_simulated = kOtherKernel},
      {.name = "hook-environment",
       .plants = "Hooks get variables that config.json does not give them.",
       .bug = "A35",
       .breaks = "A35",
       .caught_by = {"Hooks.EmptyEnvironmentIsEmpty", "Hooks.EnvironmentIsExactlyThatConfigured"},
       .part = MakeKernelOf<GivesHooksItsEnvironment>,
       .not_simulated = kOtherKernel},
      {.name = "hook-short-state",
       .plants = "Hooks get the first kilobyte of the state.",
       .bug = "A29",
       .breaks = "A29",
       .caught_by = {"Hooks.LargeStateArrivesWhole"},
       .part = MakeKernelOf<GivesHooksNoState>,
       .not_simulated = kOtherKernel},
      {.name = "hook-arguments",
       .plants = "argv[0] of a hook is its path, whatever config.json says.",
       .bug = "A35",
       .breaks = "A35",
       .caught_by = {"Hooks.ArgumentsAreExactlyThoseConfigured"},
       .part = MakeKernelOf<DropsHookArguments>,
       .not_simulated = kOtherKernel},
      {.name = "hook-no-timeout",
       .plants = "A hook's timeout is not kept.",
       .bug = "runc 1.1.5 (C9)",
       .breaks = "A28 L1",
       .caught_by = {"HookTimeout.CreateFailsInTimeAndNothingIsLeft"},
       .part = MakeKernelOf<NoTimeout>,
       .not_simulated = kOtherKernel},
  };
}

std::vector<Mutant> OfTheHost() {
  return {
      {.name = "no-lock",
       .plants = "Concurrent operations are not kept apart.",
       .bug = "clearcontainers#541",
       .breaks = "S23",
       .caught_by = {"Concurrency.OneOfSeveralDeletesWins"},
       .most_runs = 60,
       .part = MakeKernelOf<NoLock>,
       .not_simulated = kOtherKernel},
      {.name = "follows-links",
       .plants = "The record and its directory are opened through links.",
       .bug = "S10 (no symlink following)",
       .breaks = "S10",
       .caught_by = {"HostPaths.StateDirectoryThatIsALinkIsNotFollowed",
                     "Aborted.LinkInPlaceOfTheDirectoryIsNotFollowed"},
       .part = MakeKernelOf<FollowsLinks>,
       .not_simulated = kOtherKernel},
      {.name = "leaks-descriptors",
       .plants = "Descriptors of the runtime's caller reach the container.",
       .bug = "CVE-2024-21626 (runc)",
       .breaks = "C18 S10",
       .caught_by = {"Containment.NoDescriptorOfTheHostReachesTheProgram",
                     "Containment.NoDescriptorOfTheHostReachesAnExec"},
       .part = MakeContainerKernelOf<LeaksDescriptors>,
       .not_simulated = kOtherKernel},
      {.name = "own-binary",
       .plants = "The container can write to the runtime's binary.",
       .bug = "CVE-2019-5736 (runc)",
       .breaks = "S10",
       .caught_by = {"Containment.RuntimeBinaryIsNotWritableThroughInit"},
       .part = Unprotected(),
       .not_simulated = kOtherKernel},
  };
}

}  // namespace

std::vector<Mutant> KernelMutants() {
  std::vector<Mutant> all = OfHooks();
  std::vector<Mutant> host = OfTheHost();
  all.insert(all.end(), host.begin(), host.end());
  return all;
}

}  // namespace reapcheck::mutants
