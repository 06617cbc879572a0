#include "conformance/scenario/programs.h"

#include <poll.h>
#include <signal.h>

#include <nlohmann/json.hpp>

#include <cerrno>
#include <chrono>

#include "runtime/file_text.h"
#include "runtime/process.h"
#include "runtime/profile.h"
#include "runtime/sync_message.h"

namespace reapcheck::scenario {
namespace {

using Json = nlohmann::json;
using sim::ProgramKernel;

// The descriptors that CloneInit and CloneExec leave a new process: sim/world.h.
constexpr Fd kSync{3};
constexpr Fd kGate{4};
constexpr Fd kResult{5};
constexpr int kFirstTasks = 6;

constexpr int kHookFailure = 3;
constexpr std::chrono::milliseconds kForEver(-1);

int ExitStatus(bool done) { return done ? 0 : 1; }

// The next message, or "" when the other side is gone.
std::string Hear(Kernel& kernel) {
  char buffer[256];
  auto count = Uninterrupted([&] { return kernel.Read(kSync, buffer); });
  return count ? std::string(buffer, *count) : std::string();
}

bool Say(Kernel& kernel, const char* message) {
  return Uninterrupted([&] { return kernel.Write(kSync, message); }).has_value();
}

// Each v1 cgroup, through the task files that were left open: container_kernel.h.
bool JoinOwnCgroups(Kernel& kernel) {
  for (int fd = kFirstTasks;; ++fd) {
    auto joined = Uninterrupted([&] { return kernel.Write(Fd{fd}, "0"); });
    if (FailedWith(joined, EBADF)) return true;
    if (!joined) return false;
  }
}

int WaitAtGate(ProgramKernel& kernel) {
  char opened = 0;
  auto waited = Uninterrupted([&] { return kernel.Read(kGate, {&opened, 1}); });
  if (!waited || *waited != 1) return 1;
  static_cast<void>(kernel.Write(kResult, std::string_view(&kResultExecuting, 1)));
  kernel.Execve("payload");
  return 0;
}

int BecomeInit(ProgramKernel& kernel) {
  if (Hear(kernel) != kSyncGo || !JoinOwnCgroups(kernel)) return 1;
  if (!Say(kernel, kSyncMounted) || Hear(kernel) != kSyncPivot) return 1;
  if (!Say(kernel, kSyncReady) || Hear(kernel) != kSyncDetach) return 1;
  if (!Say(kernel, kSyncDetached)) return 1;
  return WaitAtGate(kernel);
}

int BecomeExec(ProgramKernel& kernel) {
  if (Hear(kernel) != kSyncGo) return 1;
  if (!Say(kernel, kSyncReady) || Hear(kernel) != kSyncDetach) return 1;
  kernel.Execve("payload");
  return 0;
}

// Waits for a child within the engine's patience; nullopt: it has not ended.
std::optional<int> Await(Kernel& kernel, Pid child, std::chrono::milliseconds patience) {
  auto pidfd = kernel.PidfdOpen(child);
  if (!pidfd) return 1;
  PollRequest request{.fd = pidfd->get(), .events = POLLIN};
  auto ready = kernel.Poll({&request, 1}, patience);
  if (!ready || *ready == 0) return std::nullopt;
  auto status = kernel.Waitid(child, /*block=*/true);
  return status && *status ? (*status)->status : 1;
}

int RunEngine(Kernel& kernel, const SpawnRequest& request, std::chrono::milliseconds patience) {
  auto first = kernel.Spawn(request);
  if (!first) return 1;
  if (auto status = Await(kernel, *first, patience)) return *status;
  auto second = kernel.Spawn(request);
  if (!second) return 1;
  const int last = Await(kernel, *second, kForEver).value_or(1);
  static_cast<void>(Await(kernel, *first, kForEver));
  return last;
}

Json NamespacesOf(const ContainerSetup& container, Pid joined) {
  Json namespaces = Json::array({{{"type", "mount"}}, {{"type", "ipc"}}});
  switch (container.pid_namespace) {
    case PidNamespace::kPrivate:
      namespaces.push_back({{"type", "pid"}});
      break;
    case PidNamespace::kHost:
      break;
    case PidNamespace::kJoined:
      namespaces.push_back(
          {{"type", "pid"}, {"path", "/proc/" + std::to_string(joined.value) + "/ns/pid"}});
      break;
  }
  return namespaces;
}

}  // namespace

Subject ProfileSubject(const std::string& profile) {
  Subject subject{.name = profile};
  subject.make_runtime = [profile](Kernel& kernel, const std::string& root, WarningSink warn) {
    return MakeRuntime(profile, kernel, root, std::move(warn));
  };
  subject.make_builder = [](Runtime& runtime, ContainerKernel& container_kernel) {
    return std::make_unique<Builder>(runtime, container_kernel);
  };
  return subject;
}

Body OperationBody(const Operation& operation, const Subject& subject) {
  return [operation, subject](ProgramKernel& kernel) {
    auto runtime = subject.make_runtime(kernel, kRoot, [](const std::string&) {});
    const std::string& id = operation.id;
    switch (operation.verb) {
      case Verb::kExec: {
        const ExecOptions options{.arguments = {"payload"}, .detach = true};
        return ExitStatus(subject.make_builder(*runtime, kernel)->Exec(id, options).has_value());
      }
      case Verb::kCreate: {
        auto builder = subject.make_builder(*runtime, kernel);
        return ExitStatus(builder->Create(id, {.bundle = kBundles + ("/" + id)}).has_value());
      }
      case Verb::kStart:
        return ExitStatus(subject.make_builder(*runtime, kernel)->Start(id).has_value());
      case Verb::kKill:
        return ExitStatus(
            runtime->Kill(id, {.signal = operation.signal, .all = operation.all}).has_value());
      case Verb::kDelete:
        return ExitStatus(runtime->Delete(id, {.force = operation.force}).has_value());
      case Verb::kState:
        return ExitStatus(runtime->State(id).has_value());
      case Verb::kPause:
        return ExitStatus(runtime->Pause(id).has_value());
      case Verb::kResume:
        return ExitStatus(runtime->Resume(id).has_value());
    }
    __builtin_unreachable();
  };
}

Body EngineBody(const Operation& operation) {
  return [operation](ProgramKernel& kernel) {
    return RunEngine(kernel, {.path = kRuntimePath, .arguments = {CommandText(operation)}},
                     std::chrono::milliseconds(operation.engine_patience_ms));
  };
}

Body HookBody(HookEnd end, const std::string& id, const Subject& subject) {
  switch (end) {
    case HookEnd::kSucceeds:
    case HookEnd::kIsMissing:
      return [](ProgramKernel&) { return 0; };
    case HookEnd::kFails:
      return [](ProgramKernel&) { return kHookFailure; };
    case HookEnd::kIsKilled:
      return [](ProgramKernel& kernel) {
        static_cast<void>(kernel.Kill(kernel.GetPid(), Signal{SIGKILL}));
        static_cast<void>(kernel.Poll({}, kForEver));
        return 0;
      };
    case HookEnd::kHangs:
      return [](ProgramKernel& kernel) {
        static_cast<void>(kernel.Poll({}, kForEver));
        return 0;
      };
    case HookEnd::kLeavesChild:
      return [](ProgramKernel& kernel) {
        auto child = kernel.Spawn({.path = std::string(kHookDirectory) + "/lasting"});
        return ExitStatus(child.has_value());
      };
    case HookEnd::kAsksState:
      return [body = OperationBody({.verb = Verb::kState, .id = id}, subject)](
                 ProgramKernel& kernel) {
        return body(kernel);
      };
    case HookEnd::kDeletes:
      return [body = OperationBody({.verb = Verb::kDelete, .id = id, .force = true}, subject)](
                 ProgramKernel& kernel) {
        static_cast<void>(body(kernel));
        return 0;
      };
  }
  __builtin_unreachable();
}

Body InitBody() { return BecomeInit; }
Body GateBody() { return WaitAtGate; }
Body ExecBody() { return BecomeExec; }

std::string DirectoryOf(const ContainerSetup& container) {
  return std::string(kRoot) + "/" + container.id;
}

std::string HookPath(const ContainerSetup& container, std::size_t index) {
  return std::string(kHookDirectory) + "/" + container.id + "/" +
         HookKindName(container.hooks[index].kind) + "-" + std::to_string(index + 1);
}

std::string ConfigText(const ContainerSetup& container, Pid joined) {
  Json hooks = Json::object();
  for (std::size_t i = 0; i < container.hooks.size(); ++i) {
    Json hook = {{"path", HookPath(container, i)}};
    if (container.hooks[i].end == HookEnd::kHangs) hook["timeout"] = 1;
    hooks[HookKindName(container.hooks[i].kind)].push_back(std::move(hook));
  }
  Json config = {
      {"ociVersion", "1.0.2"},
      {"root", {{"path", "rootfs"}}},
      {"process", {{"cwd", "/"}, {"args", {"payload"}}, {"user", {{"uid", 0}, {"gid", 0}}}}},
      {"linux",
       {{"cgroupsPath", CgroupPathOf(container)},
        {"namespaces", NamespacesOf(container, joined)}}}};
  if (container.has_device_rules) {
    config["linux"]["resources"]["devices"] = {{{"allow", false}, {"access", "rwm"}}};
  }
  if (!hooks.empty()) config["hooks"] = std::move(hooks);
  return config.dump();
}

}  // namespace reapcheck::scenario
