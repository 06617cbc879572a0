// runtime.md#create: read and check everything, claim the id, say what will be made, make it.
#include <fcntl.h>
#include <signal.h>
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

const char* NamespaceFile(NamespaceType type) {
  switch (type) {
    case NamespaceType::kPid:
      return "pid";
    case NamespaceType::kNetwork:
      return "net";
    case NamespaceType::kMount:
      return "mnt";
    case NamespaceType::kIpc:
      return "ipc";
    case NamespaceType::kUts:
      return "uts";
    case NamespaceType::kUser:
      return "user";
    case NamespaceType::kCgroup:
      return "cgroup";
    case NamespaceType::kTime:
      return "time";
  }
  __builtin_unreachable();
}

// True where joining the runtime's own namespace would let the container's set-up change the host.
bool ChangesItsNamespace(const OciConfig& config, NamespaceType type) {
  switch (type) {
    case NamespaceType::kMount:
      return true;
    case NamespaceType::kUts:
      return !config.hostname.empty() || !config.domainname.empty();
    case NamespaceType::kIpc:
    case NamespaceType::kNetwork:
      return !config.sysctl.empty();
    default:
      return false;
  }
}

Outcome<void> CheckJoinedNamespaces(Kernel& kernel, const OciConfig& config) {
  for (std::size_t i = 0; i < config.namespaces.size(); ++i) {
    const Namespace& joined = config.namespaces[i];
    if (joined.path.empty() || !ChangesItsNamespace(config, joined.type)) continue;
    auto named = kernel.StatAt(kCwd, joined.path, 0);
    auto own = kernel.StatAt(kCwd, std::string("/proc/self/ns/") + NamespaceFile(joined.type), 0);
    const std::string where =
        "config.json: /linux/namespaces/" + std::to_string(i) + "/path: ";
    if (!named) return Refuse(named.error(), where + joined.path);
    if (!own) return Refuse(own.error(), where + joined.path);
    if (named->device != own->device || named->inode != own->inode) continue;
    return Refuse(FailureKind::kInvalidConfig,
                  where + joined.path +
                      " is the runtime's own, and what config.json asks for would change the host");
  }
  return {};
}

// The highest directory of the cgroup's path that is there and has processes of its own, or "".
// What only groups other cgroups has none.
Result<std::string> PopulatedAncestor(Kernel& kernel, const CgroupDirectory& cgroup) {
  for (std::size_t end = cgroup.path.find('/', 1); end != std::string::npos;
       end = cgroup.path.find('/', end + 1)) {
    const std::string ancestor = cgroup.path.substr(0, end);
    auto members =
        ReadFileText(kernel, kCwd, cgroup.hierarchy.mount_point + ancestor + "/cgroup.procs");
    if (members && !members->empty()) return ancestor;
    const bool unreadable = !members && members.error().code != ENOENT &&
                            members.error().code != ENODEV && members.error().code != EOPNOTSUPP;
    if (unreadable) return Forward(std::move(members));
  }
  return std::string();
}

// A cgroup that is there already is taken as it is, unless its processes could then not be told
// from the container's. One inside another container's would die with that.
Outcome<void> CheckNotShared(Runtime& runtime, const std::string& id, const Cgroups& cgroups,
                             const Record& record) {
  if (cgroups.empty()) {
    if (record.private_pid_namespace) return {};
    return Refuse(FailureKind::kUnsupported,
                  "config.json: /linux/namespaces: no cgroup file system is mounted: without a pid "
                  "namespace of its own nothing could tell the container's processes from others");
  }
  const std::string what = "config.json: /linux/cgroupsPath: \"" + cgroups.front().path + "\" ";
  const bool there = OwnedCgroups(cgroups).size() != cgroups.size();
  if (there && !record.private_pid_namespace) {
    return Refuse(FailureKind::kExists,
                  what + "is there already: without a pid namespace of its own the container could "
                         "not be told from others in it");
  }
  bool nested = false;
  for (const CgroupDirectory& cgroup : cgroups) {
    auto ancestor = PopulatedAncestor(runtime.kernel(), cgroup);
    if (!ancestor) return Refuse(ancestor.error(), what);
    nested = nested || !ancestor->empty();
  }
  if (!there && !nested) return {};
  auto owner = runtime.FindCgroupOwner(cgroups.front().path, id);
  if (!owner) return Forward(std::move(owner));
  if (owner->empty()) return {};
  return Refuse(FailureKind::kExists, what + "belongs to container " + *owner);
}

// Where nothing but the directory is left of a container, this still tells where it was. Only of
// cgroups that are wholly its own; a file system that keeps no such attribute does without.
void NoteCgroup(Kernel& kernel, const ContainerDirectory& container, const Cgroups& cgroups) {
  if (cgroups.empty() || OwnedCgroups(cgroups).size() != cgroups.size()) return;
  static_cast<void>(
      kernel.SetXattr(container.dir.get(), kCgroupAttribute, cgroups.front().path));
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

std::vector<Fd> Numbers(const std::vector<OwnedFd>& files) {
  std::vector<Fd> numbers;
  for (const OwnedFd& file : files) numbers.push_back(file.get());
  return numbers;
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
  if (auto joined = CheckJoinedNamespaces(kernel_, *config); !joined) {
    return Forward(std::move(joined));
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
  Outcome<void> made;
  for (int i = 0; i < kMaxPlans; ++i) {
    auto cgroups = PlanCgroups(kernel_, path);
    if (!cgroups) return Forward(std::move(cgroups));
    auto free = CheckNotShared(runtime_, container.id, *cgroups, plan.record);
    if (!free) return free;
    plan.record.cgroups = std::move(*cgroups);
    if (auto noted = WriteIntent(container, plan); !noted) return noted;
    made = MakeCgroups(kernel_, plan.record.cgroups);
    if (made) {
      NoteCgroup(kernel_, container, plan.record.cgroups);
      return {};
    }
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
    auto gate = OpenFile(kernel_, container.dir.get(), kGateFile, O_RDWR | O_NOFOLLOW);
    auto result = OpenFile(kernel_, container.dir.get(), kResultFile, O_RDWR | O_NOFOLLOW);
    if (!gate) return Refuse(gate.error(), "open the gate");
    if (!result) return Refuse(result.error(), "open the result");
    auto tasks = OpenTaskFiles(kernel_, plan.record.cgroups);
    if (!tasks) return Forward(std::move(tasks));
    auto child = container_kernel_.CloneInit(
        {.config = &plan.config,
         .id = container.id,
         .bundle = plan.bundle,
         .oci_state = OciStateText(plan.record, Status::kCreating, Pid{0}),
         .seccomp = &plan.seccomp,
         .gate = gate->get(),
         .result = result->get(),
         .console_socket = plan.console ? plan.console.get() : options.console,
         .cgroup_tasks = Numbers(*tasks),
         .no_pivot = options.no_pivot,
         .preserve_fds = options.preserve_fds});
    if (!child) return Forward(std::move(child));
    sync = std::move(child->sync);
    if (auto noted = RecordInit(container, plan, child->pid); !noted) {
      // Nobody could find it later. It is this process's child: the pid is its own until then.
      static_cast<void>(kernel_.Kill(child->pid, Signal{SIGKILL}));
      static_cast<void>(Uninterrupted([&] { return kernel_.Waitid(child->pid, /*block=*/true); }));
      return noted;
    }
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
  auto joined = JoinCgroups(kernel_, UnifiedCgroups(plan.record.cgroups), pid);
  if (!joined) return joined;
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
  auto locked = RelockContainer(kernel_, container);
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
  const Pid init = plan.record.init.pid;
  // Only what this create wrote: another one may have put its own pid there by now.
  auto written = options.pid_file.empty() ? Result<std::string>("")
                                          : ReadFileText(kernel_, kCwd, options.pid_file);
  if (init.value != 0 && written && *written == std::to_string(init.value)) {
    static_cast<void>(kernel_.UnlinkAt(kCwd, options.pid_file, 0));
  }
  // The lock may have been given back; a delete that came in between has done all this.
  auto undone = RelockContainer(kernel_, container);
  if (undone) {
    plan.record.phase = Phase::kCreating;
    undone = runtime_.Destroy(container, plan.record, /*force=*/true);
    UnlockContainer(kernel_, container);
  }
  if (!undone && undone.error().kind != FailureKind::kNotFound) {
    runtime_.Warn(undone.error().text + " (delete --force cleans up)");
  }
  if (init.value != 0) static_cast<void>(kernel_.Waitid(init, /*block=*/false));
}

}  // namespace reapcheck
