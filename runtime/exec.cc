// Not in the specification: one more process in a container that runs.
#include <signal.h>

#include <cerrno>
#include <charconv>

#include "runtime/builder.h"
#include "runtime/cgroup_create.h"
#include "runtime/file_text.h"
#include "runtime/pid_file.h"
#include "runtime/sync_message.h"

namespace reapcheck {
namespace {

template <typename Id>
bool ParseId(std::string_view text, Id& id) {
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), id);
  return code == std::errc() && end == text.data() + text.size();
}

Outcome<void> ApplyUser(const std::string& user, ProcessConfig& process) {
  if (user.empty()) return {};
  const std::size_t colon = user.find(':');
  const bool valid = ParseId(std::string_view(user).substr(0, colon), process.uid) &&
                     (colon == std::string::npos ||
                      ParseId(std::string_view(user).substr(colon + 1), process.gid));
  if (valid) return {};
  return Refuse(FailureKind::kInvalidConfig, "--user \"" + user + "\": must be UID[:GID]");
}

Outcome<void> AddCapabilities(const std::vector<std::string>& names, ProcessConfig& process) {
  for (const std::string& name : names) {
    auto number = CapabilityNumber(name);
    if (!number) {
      return Refuse(FailureKind::kInvalidConfig, "--cap \"" + name + "\": not a capability");
    }
    if (!process.capabilities) process.capabilities.emplace();
    CapabilitySets& sets = *process.capabilities;
    for (std::uint64_t* set : {&sets.bounding, &sets.effective, &sets.permitted}) {
      *set |= std::uint64_t{1} << *number;
    }
  }
  return {};
}

// The process to run: --process, or the container's own with what the options change.
Outcome<ProcessConfig> ProcessFor(Kernel& kernel, const OciConfig& config,
                                  const ExecOptions& options) {
  if (!options.process_file.empty()) {
    auto text = ReadFileText(kernel, kCwd, options.process_file);
    if (!text) return Refuse(text.error(), "--process");
    return ParseProcessConfig(*text, options.process_file);
  }
  if (options.arguments.empty()) {
    return Refuse(FailureKind::kInvalidConfig, "exec: no program given");
  }
  ProcessConfig process = config.process.value_or(ProcessConfig{});
  process.arguments = options.arguments;
  process.terminal = options.terminal;
  if (!options.cwd.empty()) process.cwd = options.cwd;
  if (!process.cwd.starts_with('/')) {
    return Refuse(FailureKind::kInvalidConfig, "--cwd \"" + process.cwd + "\": must be absolute");
  }
  process.no_new_privileges = process.no_new_privileges || options.no_new_privileges;
  auto& environment = process.environment;
  environment.insert(environment.end(), options.environment.begin(), options.environment.end());
  auto& groups = process.additional_gids;
  groups.insert(groups.end(), options.additional_gids.begin(), options.additional_gids.end());
  if (auto user = ApplyUser(options.user, process); !user) return Forward(std::move(user));
  auto capabilities = AddCapabilities(options.capabilities, process);
  if (!capabilities) return Forward(std::move(capabilities));
  return process;
}

Outcome<void> CheckExec(Runtime::Loaded& loaded) {
  if (IsAllowed(Operation::kExec, loaded.status)) return {};
  return Refuse(FailureKind::kNotRunning, "container " + loaded.container.id +
                                              " can not run a process: it is " +
                                              std::string(StatusName(loaded.status)));
}

Outcome<OciConfig> KeptConfig(Kernel& kernel, Runtime::Loaded& loaded) {
  auto text = ReadFileText(kernel, loaded.container.dir.get(), kConfigFile);
  if (!text) return Refuse(text.error(), "read the container's config.json");
  return ParseOciConfig(*text, loaded.record().bundle);
}

// Reads, checks and connects all that may fail or take long, before the container is locked.
Outcome<Builder::ExecPlan> PlanExec(Kernel& kernel, ContainerKernel& container_kernel,
                                    Runtime::Loaded& loaded, const ExecOptions& options) {
  Builder::ExecPlan plan;
  auto config = KeptConfig(kernel, loaded);
  if (!config) return Forward(std::move(config));
  plan.config = std::move(*config);
  auto process = ProcessFor(kernel, plan.config, options);
  if (!process) return Forward(std::move(process));
  plan.process = std::move(*process);
  if (!options.console_socket.empty()) {
    auto socket = container_kernel.ConnectUnix(options.console_socket);
    if (!socket) return Refuse(socket.error(), "--console-socket");
    plan.console = std::move(*socket);
  }
  if (plan.process.terminal != (plan.console || options.console.number >= 0)) {
    return Refuse(FailureKind::kInvalidConfig,
                  plan.process.terminal ? "exec: a terminal needs --console-socket with --detach"
                                        : "--console-socket: no terminal is asked for");
  }
  if (plan.config.seccomp) {
    auto program = CompileSeccomp(*plan.config.seccomp);
    if (!program) return Forward(std::move(program));
    plan.seccomp = std::move(*program);
  }
  return plan;
}

}  // namespace

Outcome<Pid> Builder::Exec(const std::string& id, const ExecOptions& options) {
  auto unlocked = runtime_.Load(id);
  if (!unlocked) return Forward(std::move(unlocked));
  if (auto allowed = CheckExec(*unlocked); !allowed) return Forward(std::move(allowed));
  auto plan = PlanExec(kernel_, container_kernel_, *unlocked, options);
  if (!plan) return Forward(std::move(plan));
  auto child = StartExec(id, *plan, options);
  if (!child) return Forward(std::move(child));
  auto done = FollowExec(*child, options);
  if (done) return child->pid;
  static_cast<void>(kernel_.Kill(child->pid, Signal{SIGKILL}));
  static_cast<void>(Uninterrupted([&] { return kernel_.Waitid(child->pid, /*block=*/true); }));
  return Refuse(done.error().kind, "exec in " + id + ": " + done.error().text);
}

Outcome<ClonedChild> Builder::StartExec(const std::string& id, const ExecPlan& plan,
                                        const ExecOptions& options) {
  // Under the lock until the process is in the container's cgroups: a delete then finds it there.
  auto loaded = runtime_.LoadLocked(id);
  if (!loaded) return Forward(std::move(loaded));
  if (auto allowed = CheckExec(*loaded); !allowed) return Forward(std::move(allowed));
  auto init = OpenProcess(kernel_, loaded->record().init);
  if (!init) return Refuse(init.error(), "exec in " + id);
  if (!*init) return Refuse(FailureKind::kNotRunning, "container " + id + " is not running");
  auto child = container_kernel_.CloneExec(
      {.process = &plan.process,
       .config = &plan.config,
       .init_pidfd = init->get(),
       .seccomp = &plan.seccomp,
       .console_socket = plan.console ? plan.console.get() : options.console,
       .preserve_fds = options.preserve_fds,
       .detach = options.detach});
  if (!child) return child;
  auto joined = JoinCgroups(kernel_, loaded->record().cgroups, child->pid);
  if (joined) return child;
  static_cast<void>(kernel_.Kill(child->pid, Signal{SIGKILL}));
  static_cast<void>(Uninterrupted([&] { return kernel_.Waitid(child->pid, /*block=*/true); }));
  return Forward(std::move(joined));
}

Outcome<void> Builder::FollowExec(const ClonedChild& child, const ExecOptions& options) {
  const Fd sync = child.sync.get();
  if (auto told = TellChild(kernel_, sync, kSyncGo); !told) return told;
  if (auto ready = ExpectFromChild(kernel_, sync, kSyncReady); !ready) return ready;
  if (!options.pid_file.empty()) {
    auto written = WritePidFile(kernel_, options.pid_file, child.pid);
    if (!written) return Refuse(written.error(), "--pid-file");
  }
  if (auto told = TellChild(kernel_, sync, kSyncDetach); !told) return told;
  return ExpectEnd(kernel_, sync);
}

}  // namespace reapcheck
