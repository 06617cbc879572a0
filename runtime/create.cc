// runtime.md#create: read and check everything, claim the id, say what will be made, make it.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>

#include "runtime/builder.h"
#include "runtime/cgroup_create.h"
#include "runtime/derive_record.h"
#include "runtime/file_text.h"
#include "runtime/hooks.h"
#include "runtime/pid_file.h"
#include "runtime/sync_message.h"

namespace reapcheck {
namespace {

// Deletes of siblings may make shared parents of the cgroup come and go.
constexpr int kMaxPlans = 100;

Outcome<std::string> AbsoluteBundle(Kernel& kernel, const std::string& bundle) {
  if (bundle.starts_with('/')) return bundle;
  auto cwd = kernel.ReadlinkAt(kCwd, "/proc/self/cwd");
  if (!cwd) return Refuse(cwd.error(), "find the working directory");
  return bundle.empty() || bundle == "." ? *cwd : *cwd + "/" + bundle;
}

Outcome<void> CheckRootFilesystem(Kernel& kernel, const OciConfig& config,
                                  const std::string& bundle) {
  const std::string path =
      config.root_path.starts_with('/') ? config.root_path : bundle + "/" + config.root_path;
  auto stat = kernel.StatAt(kCwd, path, 0);
  if (stat && S_ISDIR(stat->mode)) return {};
  return Refuse(FailureKind::kInvalidConfig,
                "config.json: /root/path: " +
                    (stat ? path + " is not a directory" : stat.error().ToString()));
}

Outcome<void> WriteFiles(Kernel& kernel, ContainerKernel& container_kernel,
                         const ContainerDirectory& container, const std::string& config_text) {
  const Fd dir = container.dir.get();
  auto kept = ReplaceFileText(kernel, dir, kConfigFile, config_text);
  if (!kept) return Refuse(kept.error(), "keep config.json");
  for (const char* name : {kGateFile, kResultFile}) {
    auto made = container_kernel.MkfifoAt(dir, name, 0600);
    if (!made) return Refuse(made.error(), "make fifo");
  }
  return {};
}

// Maps users and groups of a new user namespace: user_namespaces(7).
Outcome<void> WriteIdMaps(Kernel& kernel, const OciConfig& config, Pid pid) {
  const Namespace* user = config.FindNamespace(NamespaceType::kUser);
  if (user == nullptr || !user->path.empty()) return {};
  const std::string directory = "/proc/" + std::to_string(pid.value) + "/";
  const auto write = [&](const char* file, const std::vector<IdMapping>& mappings,
                         const char* pointer) -> Outcome<void> {
    std::string text;
    for (const IdMapping& mapping : mappings) {
      text += std::to_string(mapping.container_id) + " " + std::to_string(mapping.host_id) + " " +
              std::to_string(mapping.size) + "\n";
    }
    if (text.empty()) return {};
    auto written = WriteControlFile(kernel, kCwd, directory + file, text);
    if (!written) return Refuse(written.error(), pointer);
    return {};
  };
  auto users = write("uid_map", config.uid_mappings, "config.json: /linux/uidMappings");
  if (!users) return users;
  return write("gid_map", config.gid_mappings, "config.json: /linux/gidMappings");
}

// A cgroup that is there already is taken as it is, unless its processes could then not be told
// from the container's.
Outcome<void> CheckNotShared(Runtime& runtime, const std::string& id, const Cgroups& cgroups,
                             const Record& record) {
  const auto there = std::ranges::find(cgroups, false, &CgroupDirectory::owned);
  if (there == cgroups.end()) return {};
  const std::string what = "config.json: /linux/cgroupsPath: \"" + there->path + "\" ";
  if (!record.private_pid_namespace) {
    return Refuse(FailureKind::kExists,
                  what + "is there already: without a pid namespace of its own the container could "
                         "not be told from others in it");
  }
  auto owner = runtime.FindCgroupOwner(there->path, id);
  if (!owner) return Forward(std::move(owner));
  if (owner->empty()) return {};
  return Refuse(FailureKind::kExists, what + "belongs to container " + *owner);
}

// config.md#linux-process: capabilities that can not be granted are left out, with a warning.
void WarnOfWhatIsLeftOut(Runtime& runtime, const OciConfig& config) {
  if (!config.process) return;
  for (const std::string& warning : config.process->warnings) {
    runtime.Warn("config.json: " + warning);
  }
  auto own = runtime.kernel().CapGet();
  if (!own || !config.process->capabilities) return;
  const std::uint64_t missing = config.process->capabilities->permitted & ~*own;
  for (unsigned number = 0; number < 64; ++number) {
    if ((missing >> number & 1) == 0) continue;
    runtime.Warn("config.json: /process/capabilities: capability " + std::to_string(number) +
                 " is not this machine's to give and is left out");
  }
}

bool HasAnyHook(const Hooks& hooks) {
  return !hooks.prestart.empty() || !hooks.create_runtime.empty() ||
         !hooks.create_container.empty() || !hooks.start_container.empty() ||
         !hooks.poststart.empty() || !hooks.poststop.empty();
}

}  // namespace

Outcome<Pid> Builder::Create(const std::string& id, const CreateOptions& options) {
  auto plan = MakePlan(id, options);
  if (!plan) return Forward(std::move(plan));
  auto container = ClaimContainer(kernel_, runtime_.root(), id);
  if (!container) return Forward(std::move(container));
  auto built = ClaimCgroups(*container, *plan);
  if (built) built = BuildContainer(*container, *plan, options);
  if (built) return plan->record.init.pid;
  UndoCreate(*container, *plan, options);
  return Refuse(built.error().kind, "create " + id + ": " + built.error().text);
}

Outcome<Builder::Plan> Builder::MakePlan(const std::string& id, const CreateOptions& options) {
  if (auto valid = CheckContainerId(id); !valid) return Forward(std::move(valid));
  auto bundle = AbsoluteBundle(kernel_, options.bundle);
  if (!bundle) return Forward(std::move(bundle));
  auto text = ReadFileText(kernel_, kCwd, *bundle + "/" + kConfigFile);
  if (!text) return Refuse(text.error(), "read the bundle's config.json");
  auto config = ParseOciConfig(*text, *bundle);
  if (!config) return Forward(std::move(config));
  if (auto root = CheckRootFilesystem(kernel_, *config, *bundle); !root) {
    return Forward(std::move(root));
  }
  Plan plan{.config = std::move(*config), .config_text = std::move(*text), .bundle = *bundle};
  WarnOfWhatIsLeftOut(runtime_, plan.config);
  if (plan.config.seccomp) {
    auto program = CompileSeccomp(*plan.config.seccomp);
    if (!program) return Forward(std::move(program));
    plan.seccomp = std::move(*program);
  }
  if (!options.console_socket.empty()) {
    auto socket = container_kernel_.ConnectUnix(options.console_socket);
    if (!socket) return Refuse(socket.error(), "--console-socket");
    plan.console = std::move(*socket);
  }
  const bool has_console = plan.console || options.console.number >= 0;
  if (plan.config.process && plan.config.process->terminal != has_console) {
    return Refuse(FailureKind::kInvalidConfig,
                  has_console ? "--console-socket: config.json's /process/terminal is not true"
                              : "config.json: /process/terminal: needs --console-socket");
  }
  auto self = IdentifyProcess(kernel_, kernel_.GetPid());
  if (!self) return Refuse(self.error(), "identify this process");
  plan.record = Record{.id = id,
                       .oci_version = plan.config.oci_version,
                       .bundle = plan.bundle,
                       .annotations = plan.config.annotations,
                       .phase = Phase::kCreating,
                       .invocation = *self,
                       .private_pid_namespace = plan.config.HasPrivatePidNamespace(),
                       .has_process = plan.config.process.has_value(),
                       .poststart = plan.config.hooks.poststart,
                       .poststop = plan.config.hooks.poststop};
  return plan;
}

Outcome<void> Builder::ClaimCgroups(const ContainerDirectory& container, Plan& plan) {
  std::string path = plan.config.cgroups_path;
  if (path.empty()) path = DefaultCgroupPath(container.id);
  if (!path.starts_with('/')) path.insert(0, "/");
  // Where nothing but the directory is left of a container, this still tells where it was. A file
  // system that keeps no such attribute does without.
  static_cast<void>(kernel_.SetXattr(container.dir.get(), kCgroupAttribute, path));
  Outcome<void> made;
  for (int i = 0; i < kMaxPlans; ++i) {
    auto cgroups = PlanCgroups(kernel_, path);
    if (!cgroups) return Forward(std::move(cgroups));
    auto free = CheckNotShared(runtime_, container.id, *cgroups, plan.record);
    if (!free) return free;
    plan.record.cgroups = std::move(*cgroups);
    if (auto noted = WriteIntent(container, plan); !noted) return noted;
    made = MakeCgroups(kernel_, plan.record.cgroups);
    if (made) return {};
    // Nothing was made: what is there now is not this container's to remove.
    plan.record.cgroups.clear();
    if (made.error().kind != FailureKind::kBusy) return made;
  }
  return made;
}

Outcome<void> Builder::WriteIntent(const ContainerDirectory& container, const Plan& plan) {
  auto written =
      ReplaceFileText(kernel_, container.dir.get(), kIntentFile, RecordText(plan.record));
  if (!written) return Refuse(written.error(), "write the intent");
  return {};
}

Outcome<void> Builder::BuildContainer(const ContainerDirectory& container, Plan& plan,
                                      const CreateOptions& options) {
  auto files = WriteFiles(kernel_, container_kernel_, container, plan.config_text);
  if (!files) return files;
  auto limited = LimitCgroups(kernel_, container_kernel_, plan.record.cgroups,
                              plan.config.resources);
  if (!limited) return limited;
  OwnedFd sync;
  {
    // Only init may keep the fifos open: who else does would be taken for it.
    auto gate = kernel_.OpenAt(container.dir.get(), kGateFile, O_RDWR | O_NOFOLLOW, 0);
    auto result = kernel_.OpenAt(container.dir.get(), kResultFile, O_RDWR | O_NOFOLLOW, 0);
    if (!gate) return Refuse(gate.error(), "open the gate");
    if (!result) return Refuse(result.error(), "open the result");
    auto child = container_kernel_.CloneInit(
        {.config = &plan.config,
         .id = container.id,
         .bundle = plan.bundle,
         .oci_state = OciStateText(plan.record, Status::kCreating, Pid{0}),
         .seccomp = &plan.seccomp,
         .gate = gate->get(),
         .result = result->get(),
         .console_socket = plan.console ? plan.console.get() : options.console,
         .no_pivot = options.no_pivot,
         .preserve_fds = options.preserve_fds});
    if (!child) return Forward(std::move(child));
    sync = std::move(child->sync);
    if (auto noted = RecordInit(container, plan, child->pid); !noted) return noted;
  }
  if (auto placed = PlaceInit(plan, plan.record.init.pid); !placed) return placed;
  if (auto told = TellChild(kernel_, sync.get(), kSyncGo); !told) return told;
  UnlockContainer(kernel_, container);
  return FollowInit(container, plan, sync.get(), options);
}

Outcome<void> Builder::RecordInit(const ContainerDirectory& container, Plan& plan, Pid pid) {
  auto init = IdentifyProcess(kernel_, pid);
  if (!init) return Refuse(init.error(), "identify the container's init");
  plan.record.init = *init;
  plan.record.hooks_begun = HasAnyHook(plan.config.hooks);
  // Both: whichever of them is lost later, the other tells where everything is.
  if (auto intent = WriteIntent(container, plan); !intent) return intent;
  return SaveRecord(kernel_, container, plan.record);
}

Outcome<void> Builder::PlaceInit(const Plan& plan, Pid pid) {
  if (auto joined = JoinCgroups(kernel_, plan.record.cgroups, pid); !joined) return joined;
  return WriteIdMaps(kernel_, plan.config, pid);
}

Outcome<void> Builder::FollowInit(const ContainerDirectory& container, Plan& plan, Fd sync,
                                  const CreateOptions& options) {
  if (auto mounted = ExpectFromChild(kernel_, sync, kSyncMounted); !mounted) return mounted;
  const std::string state = OciStateText(plan.record, Status::kCreating, plan.record.init.pid);
  const Hooks& hooks = plan.config.hooks;
  auto ran = RunHooks(kernel_, hooks.prestart, state, "prestart");
  if (ran) ran = RunHooks(kernel_, hooks.create_runtime, state, "createRuntime");
  if (!ran) return ran;
  if (auto told = TellChild(kernel_, sync, kSyncPivot); !told) return told;
  if (auto ready = ExpectFromChild(kernel_, sync, kSyncReady); !ready) return ready;
  if (!options.pid_file.empty()) {
    auto written = WritePidFile(kernel_, options.pid_file, plan.record.init.pid);
    if (!written) return Refuse(written.error(), "--pid-file");
  }
  return RecordCreated(container, plan, sync);
}

Outcome<void> Builder::RecordCreated(const ContainerDirectory& container, Plan& plan, Fd sync) {
  auto locked = LockContainer(kernel_, container);
  if (!locked && locked.error().kind == FailureKind::kNotFound) {
    return Refuse(FailureKind::kNotFound, "it was deleted meanwhile");
  }
  if (!locked) return locked;
  plan.record.phase = Phase::kCreated;
  auto saved = SaveRecord(kernel_, container, plan.record);
  if (saved) saved = TellChild(kernel_, sync, kSyncDetach);
  if (saved) saved = ExpectFromChild(kernel_, sync, kSyncDetached);
  UnlockContainer(kernel_, container);
  return saved;
}

void Builder::UndoCreate(const ContainerDirectory& container, Plan& plan,
                         const CreateOptions& options) {
  if (!options.pid_file.empty() && plan.record.init.pid.value != 0) {
    static_cast<void>(kernel_.UnlinkAt(kCwd, options.pid_file, 0));
  }
  // The lock may have been given back; a delete that came in between has done all this.
  auto locked = LockContainer(kernel_, container);
  if (locked) {
    plan.record.phase = Phase::kCreating;
    auto destroyed = runtime_.Destroy(container, plan.record, /*force=*/true);
    if (!destroyed) runtime_.Warn(destroyed.error().text + " (delete --force tries again)");
    UnlockContainer(kernel_, container);
  }
  const Pid init = plan.record.init.pid;
  if (init.value != 0) static_cast<void>(kernel_.Waitid(init, /*block=*/false));
}

}  // namespace reapcheck
