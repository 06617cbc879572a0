#include <fcntl.h>

#include <cerrno>

#include "sim/program_kernel.h"
#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_hash.h"
#include "sim/world_memo.h"
#include "sim/world_path.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

constexpr std::size_t kMaxComm = 15;  // TASK_COMM_LEN without its end

bool IsPidTaken(const Machine& m, std::int32_t pid) {
  return m.process_slots.Find([&](int slot) {
           const Process& process = m.processes[slot];
           return process.pid == pid || process.group == pid;
         }) >= 0;
}

// Upwards from the last one, and around: alloc_pid in Linux. A pid stays taken while a process
// group has it for its name.
std::int32_t TakePid(Machine& m) {
  const bool lowest = m.options->is_lowest_pid_reused;
  std::int32_t pid = lowest ? 1 : m.counters.last_pid;
  for (int tries = 0; tries < m.options->pid_max; ++tries) {
    pid = pid + 1 < m.options->pid_max ? pid + 1 : 2;
    if (!IsPidTaken(m, pid)) return pid;
  }
  TableIsFull("pids", m.options->pid_max);
}

// A place that no open pidfd or file of /proc still stands for.
int TakeSlot(Machine& m) {
  for (int slot = 0; slot < kMaxProcesses; ++slot) {
    if (m.process_slots.IsTaken(slot)) continue;
    if (IsHeld(m, DescriptionKind::kProcess, DescriptionKind::kPidfd, slot)) continue;
    m.process_slots.Take(slot);
    return slot;
  }
  TableIsFull("processes", kMaxProcesses);
}

bool IsNamespaceDying(const Machine& m, int pid_namespace) {
  if (pid_namespace == 0) return false;
  const Process& init = m.processes[pid_namespace - 1];
  return init.is_exiting || init.state != ProcessState::kRunning;
}

TextId CommOf(Machine& m, std::string_view path) {
  return m.texts->Intern(path.substr(path.rfind('/') + 1).substr(0, kMaxComm));
}

ProgramId ProgramOf(const Machine& m, const SpawnRequest& request, bool& is_found) {
  is_found = false;
  for (const Executable& executable : m.options->executables) {
    if (executable.path != request.path) continue;
    if (!executable.arguments.empty() && executable.arguments != request.arguments) continue;
    is_found = true;
    return executable.program;
  }
  return 0;
}

// The two ends of a socket pair, for the caller and the child.
struct SocketPair {
  Description own, child;
};
SocketPair MakeSocketPair(Machine& m, ActorId actor) {
  const int first = MakeQueue(m, actor * 2);
  const int second = MakeQueue(m, first + 1);
  for (const auto& [queue, peer] : {std::pair{first, second}, {second, first}}) {
    Edit edited(m, m.queues[queue]);
    *edited = Queue{.readers = 1, .writers = 1, .peer = static_cast<std::int16_t>(peer)};
  }
  constexpr std::uint8_t kBoth = kReadable | kWritable;
  return {.own = {.kind = DescriptionKind::kSocket,
                  .flags = kBoth,
                  .object = static_cast<std::int16_t>(first)},
          .child = {.kind = DescriptionKind::kSocket,
                    .flags = kBoth,
                    .object = static_cast<std::int16_t>(second)}};
}

void Inherit(Machine& m, ActorId from, Fd fd, ActorId to, int at) {
  const int description = DescriptionOf(m, from, fd.number);
  if (description >= 0) Share(m, to, at, description);
}

// The pid namespace that CloneInit's child is in, or an errno.
struct NamespaceChoice {
  int error = 0;
  std::int16_t pid_namespace = 0;
};
NamespaceChoice ChooseNamespace(Machine& m, ActorId actor, const CloneInitRequest& request) {
  if (request.joined_pid_namespace.number == 0) return {0, CallerOf(m, actor).pid_namespace};
  const Lookup at = Walk(m, actor, AT_FDCWD, request.joined_pid_namespace, true);
  if (at.error != 0) return {at.error, 0};
  if (at.target.kind == PlaceKind::kNone) return {ENOENT, 0};
  if (at.target.kind != PlaceKind::kNamespace || at.target.file != kPidNamespaceFile) {
    return {EINVAL, 0};
  }
  return {0, m.processes[at.target.object].pid_namespace};
}

}  // namespace

int Fork(Machine& m, int parent, TextId name) {
  const Process& from = m.processes[parent];
  if (IsNamespaceDying(m, from.pid_namespace)) return -1;
  const std::int32_t pid = TakePid(m);
  const std::uint8_t place = NextPlace(m, parent);
  const int slot = TakeSlot(m);
  {
    Edit counters(m, m.counters);
    counters->last_pid = pid;
    ++counters->last_start_time;
  }
  {
    Edit child(m, m.processes[slot]);
    *child = Process{.state = ProcessState::kRunning,
                     .lacks_cap_kill = from.lacks_cap_kill,
                     .parent = static_cast<std::int16_t>(parent),
                     .place = place,
                     .pid_namespace = from.pid_namespace,
                     .cgroup = from.cgroup,
                     .group = from.group,
                     .pid = pid,
                     .start_time = m.counters.last_start_time,
                     .mark = from.mark,
                     .uid = from.uid,
                     .name = name};
  }
  EnterCgroups(m, slot);
  return slot;
}

ActorId StartActor(Machine& m, int process, ProgramId program, TextId request) {
  if (m.actor_count == kMaxActors) TableIsFull("actors", kMaxActors);
  const ActorId actor = static_cast<ActorId>(m.actor_count++);
  {
    Edit started(m, m.actors[actor]);
    *started = Actor{.is_alive = true,
                     .program = program,
                     .process = static_cast<std::int16_t>(process),
                     .request = request};
  }
  Edit running(m, m.processes[process]);
  running->is_actor = true;
  return actor;
}

// fork(2), setpgid(2) and execve(2) in one.
CallResult SpawnCall(Machine& m, ActorId actor, const Call& call) {
  const SpawnRequest& request = m.memo->Spawn(call.text);
  bool is_found;
  const ProgramId program = ProgramOf(m, request, is_found);
  if (!is_found) return Failed(ENOENT);
  const int child = Fork(m, m.actors[actor].process, CommOf(m, request.path));
  if (child < 0) return Failed(ENOMEM);
  {
    Edit leader(m, m.processes[child]);
    leader->group = leader->pid;
  }
  if (program != 0) StartActor(m, child, program, call.text);
  return {.value = VisiblePid(m, CallerOf(m, actor), m.processes[child])};
}

CallResult CloneInitCall(Machine& m, ActorId actor, const Call& call) {
  const CloneInitRequest request = DecodeCloneInit(*m.texts, call.text);
  const NamespaceChoice choice = ChooseNamespace(m, actor, request);
  if (choice.error != 0) return Failed(choice.error);
  if (IsNamespaceDying(m, choice.pid_namespace)) return Failed(ENOMEM);
  const int caller = m.actors[actor].process;
  const int child = Fork(m, caller, m.processes[caller].name);
  if (child < 0) return Failed(ENOMEM);
  {
    Edit init(m, m.processes[child]);
    init->group = init->pid;
    init->mark = init->start_time;
    init->pid_namespace = request.new_pid_namespace ? static_cast<std::int16_t>(child + 1)
                                                    : choice.pid_namespace;
    init->dies_with_parent = true;
    init->is_container_init = true;
  }
  const ActorId started = StartActor(m, child, m.options->init_program, call.text);
  const SocketPair pair = MakeSocketPair(m, actor);
  const int sync = OpenDescription(m, actor, pair.own);
  OpenDescription(m, started, pair.child);
  int at = kFirstDescriptor + 1;
  Inherit(m, actor, request.gate, started, at++);
  Inherit(m, actor, request.result, started, at++);
  for (Fd tasks : request.cgroup_tasks) Inherit(m, actor, tasks, started, at++);
  return {.aux = sync, .value = VisiblePid(m, CallerOf(m, actor), m.processes[child])};
}

CallResult CloneExecCall(Machine& m, ActorId actor, const Call& call) {
  const int pidfd = DescriptionOf(m, actor, call.a);
  if (pidfd < 0 || m.descriptions[pidfd].kind != DescriptionKind::kPidfd) return Failed(EBADF);
  const Process& init = m.processes[m.descriptions[pidfd].object];
  // setns(2): a process that has exited has no namespaces any more.
  if (init.state != ProcessState::kRunning) return Failed(ESRCH);
  const std::int16_t joined = init.pid_namespace;
  if (IsNamespaceDying(m, joined)) return Failed(ENOMEM);
  const int caller = m.actors[actor].process;
  const int child = Fork(m, caller, m.processes[caller].name);
  if (child < 0) return Failed(ENOMEM);
  {
    Edit process(m, m.processes[child]);
    process->group = process->pid;
    process->pid_namespace = joined;
    process->mark = init.mark;
    process->dies_with_parent = true;
  }
  const ActorId started = StartActor(m, child, m.options->exec_program, call.text);
  const SocketPair pair = MakeSocketPair(m, actor);
  const int sync = OpenDescription(m, actor, pair.own);
  OpenDescription(m, started, pair.child);
  return {.aux = sync, .value = VisiblePid(m, CallerOf(m, actor), m.processes[child])};
}

void TakeFork(Machine& m, int process) {
  {
    Edit parent(m, m.processes[process]);
    --parent->forks_left;
  }
  const int child = Fork(m, process, m.processes[process].name);
  if (child < 0) return;
  Edit forked(m, m.processes[child]);
  // The child is in the same loop.
  forked->forks_left = m.processes[process].forks_left;
  forked->ignores_sigterm = m.processes[process].ignores_sigterm;
}

}  // namespace reapcheck::sim
