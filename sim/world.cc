#include "sim/world.h"

#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_files.h"
#include "sim/world_hash.h"
#include "sim/world_inodes.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

static_assert(std::is_trivially_copyable_v<World>);
static_assert(sizeof(World) <= 24 << 10, "a copy has to stay cheap");

constexpr std::uint64_t kAllCapabilities = (std::uint64_t{1} << 41) - 1;
constexpr int kCapKill = 5;

CallResult ClockGettimeCall(Machine& m, ActorId actor) {
  if (m.first_clock[actor] < 0) m.first_clock[actor] = m.now;
  return {.value = m.now};
}

CallResult CapGetCall(const Machine& m, ActorId actor) {
  const Process& caller = m.processes[m.actors[actor].process];
  if (caller.uid != 0) return {};
  std::uint64_t set = kAllCapabilities;
  if (caller.lacks_cap_kill) set &= ~(std::uint64_t{1} << kCapKill);
  return {.value = static_cast<std::int64_t>(set)};
}

CallResult GetPidCall(const Machine& m, ActorId actor) {
  const Process& caller = m.processes[m.actors[actor].process];
  return {.value = VisiblePid(m, caller, caller)};
}

CallResult SubreaperCall(Machine& m, ActorId actor, const Call& call) {
  Edit process(m, m.processes[m.actors[actor].process]);
  process->is_subreaper = call.a != 0;
  return {};
}

CallResult ConnectUnixCall(Machine& m, ActorId actor) {
  const int fd = OpenDescription(
      m, actor, {.kind = DescriptionKind::kConsole, .flags = kReadable | kWritable, .object = 0});
  return {.value = fd};
}

CallResult AttachDeviceProgramCall(const Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0) return Failed(EBADF);
  const Description& d = m.descriptions[slot];
  if (d.kind != DescriptionKind::kCgroup || IsV1(m, d.object)) return Failed(EBADF);
  return {};
}

CallResult ExitCall(Machine& m, ActorId actor, const Call& call) {
  const int process = m.actors[actor].process;
  {
    Edit over(m, m.actors[actor]);
    over->exit_status = call.a;
  }
  Exit(m, process, CLD_EXITED << 16 | (call.a & 0xff));
  return {};
}

// execve(2): close-on-exec descriptors are closed, and the program is a passive process from here.
CallResult ExecveCall(Machine& m, ActorId actor, const Call& call) {
  CloseAllOf(m, actor);
  {
    Edit over(m, m.actors[actor]);
    over->is_alive = false;
  }
  Edit process(m, m.processes[m.actors[actor].process]);
  process->is_actor = false;
  process->dies_with_parent = false;
  process->name = call.text;
  return {};
}

bool IsFlockReady(const Machine& m, ActorId actor, const Call& call) {
  const int slot = DescriptionOf(m, actor, call.a);
  return slot < 0 || (call.b & LOCK_NB) != 0 || !IsLockBlocked(m, slot, call.b);
}

Readiness After(const Machine& m, Nanoseconds deadline) { return {m.now >= deadline, deadline}; }

}  // namespace

void TableIsFull(const char* table, int capacity) {
  std::fprintf(stderr, "simulator: this scenario is too large: more than %d %s\n", capacity, table);
  std::exit(2);
}

Readiness World::Ready(ActorId actor, const Call& call, Nanoseconds since) const {
  const Machine& m = machine_;
  if (!Runs(m.processes[m.actors[actor].process])) return {};
  switch (call.op) {
    case Op::kWaitid:
      return {IsWaitidReady(m, actor, call)};
    case Op::kPoll:
      if (HasPollEvent(m, actor, call)) return {true};
      return call.n < 0 ? Readiness{} : After(m, since + call.n * 1'000'000);
    case Op::kNanosleep:
      return After(m, since + call.n);
    case Op::kOpenAt:
      return {IsOpenReady(m, actor, call)};
    case Op::kRead:
      return {IsReadReady(m, actor, call)};
    case Op::kWrite:
      return {IsWriteReady(m, actor, call)};
    case Op::kFlock:
      return {IsFlockReady(m, actor, call)};
    default:
      return {true};
  }
}

CallResult World::Execute(ActorId actor, const Call& call) {
  Machine& m = machine_;
  switch (call.op) {
    case Op::kPidfdOpen: return PidfdOpenCall(m, actor, call);
    case Op::kPidfdSendSignal: return PidfdSendSignalCall(m, actor, call);
    case Op::kKill: return KillCall(m, actor, call);
    case Op::kWaitid: return WaitidCall(m, actor, call);
    case Op::kPoll: return PollCall(m, actor, call);
    case Op::kSpawn: return SpawnCall(m, actor, call);
    case Op::kSetChildSubreaper: return SubreaperCall(m, actor, call);
    case Op::kOpenAt: return OpenAtCall(m, actor, call);
    case Op::kRead: return ReadCall(m, actor, call);
    case Op::kPread: return PreadCall(m, actor, call);
    case Op::kWrite: return WriteCall(m, actor, call);
    case Op::kFsync: return FsyncCall(m, actor, call);
    case Op::kClose: return Failed(CloseDescriptor(m, actor, call.a) ? 0 : EBADF);
    case Op::kStatAt: return StatAtCall(m, actor, call);
    case Op::kMkdirAt: return MkdirAtCall(m, actor, call);
    case Op::kUnlinkAt: return UnlinkAtCall(m, actor, call);
    case Op::kRenameAt: return RenameAtCall(m, actor, call);
    case Op::kReadlinkAt: return ReadlinkAtCall(m, actor, call);
    case Op::kGetDirectoryEntries: return GetDirectoryEntriesCall(m, actor, call);
    case Op::kSetXattr: return SetXattrCall(m, actor, call);
    case Op::kGetXattr: return GetXattrCall(m, actor, call);
    case Op::kFlock: return FlockCall(m, actor, call);
    case Op::kStatFs: return StatFsCall(m, actor, call);
    case Op::kUmount: return UmountCall(m, actor, call);
    case Op::kClockGettime: return ClockGettimeCall(m, actor);
    case Op::kNanosleep: return {};
    case Op::kCapGet: return CapGetCall(m, actor);
    case Op::kGetPid: return GetPidCall(m, actor);
    case Op::kCloneInit: return CloneInitCall(m, actor, call);
    case Op::kCloneExec: return CloneExecCall(m, actor, call);
    case Op::kMkfifoAt: return MkfifoAtCall(m, actor, call);
    case Op::kConnectUnix: return ConnectUnixCall(m, actor);
    case Op::kAttachDeviceProgram: return AttachDeviceProgramCall(m, actor, call);
    case Op::kExit: return ExitCall(m, actor, call);
    case Op::kExecve: return ExecveCall(m, actor, call);
  }
  __builtin_unreachable();
}

void World::Crash(ActorId actor) {
  if (!machine_.actors[actor].is_alive) return;
  Exit(machine_, machine_.actors[actor].process, CLD_KILLED << 16 | SIGKILL);
}

// After it the machine has booted anew: its first process, the files, no cgroups and no mounts but
// its own. Changes of directories are kept in their order, as a journal keeps them, up to the
// failure; of each file what was last synced is there, which is nothing of one that never was.
// (The worst that a journaling file system without ordered data may do.)
void World::PowerFailure() {
  Machine& m = machine_;
  for (int actor = 0; actor < m.actor_count; ++actor) Crash(static_cast<ActorId>(actor));
  m.process_slots.ForEach([&](int slot) {
    if (slot != 0) Reap(m, slot);
  });
  m.cgroup_slots.ForEach([&](int slot) {
    if (m.cgroups[slot].parent < 0) return;
    Edit cgroup(m, m.cgroups[slot]);
    *cgroup = Cgroup{};
    m.cgroup_slots.Free(slot);
  });
  for (int slot = 0; slot < kMaxMounts; ++slot) {
    if (m.mounts[slot].exists && m.mounts[slot].kind == MountKind::kFiles) TakeOffMount(m, slot);
  }
  m.inode_slots.ForEach([&](int slot) {
    if (m.inodes[slot].type != InodeType::kRegular) return;
    Edit inode(m, m.inodes[slot]);
    inode->content = inode->synced;
  });
  {
    Edit counters(m, m.counters);
    counters->last_pid = 1;
  }
  Rehash();
}

bool World::IsCloseVisible(ActorId actor, const Call& call) const {
  const Machine& m = machine_;
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0) return false;
  const Description& d = m.descriptions[slot];
  if (d.lock != 0 || d.kind == DescriptionKind::kSocket) return true;
  return d.kind == DescriptionKind::kInode && m.inodes[d.object].queue >= 0;
}

void World::ListSteps(std::vector<Step>& steps) const {
  const Machine& m = machine_;
  m.restless.ForEach([&](int slot) {
    const Process& process = m.processes[slot];
    const auto subject = static_cast<std::int16_t>(slot);
    if (CanDie(m, slot)) steps.push_back({StepKind::kDie, subject});
    if (process.state == ProcessState::kZombie && process.parent >= 0) {
      const Process& parent = m.processes[process.parent];
      if (parent.reaps_children && Runs(parent)) steps.push_back({StepKind::kReap, subject});
    }
    const bool forks = process.forks_left > 0 && Runs(process) && process.pending == 0;
    if (forks) steps.push_back({StepKind::kFork, subject});
  });
  ListFreezes(m, steps);
  if (!m.options->leaves_cgroup_late) return;
  m.cgroup_slots.ForEach([&](int slot) {
    if (m.cgroups[slot].leaving == 0) return;
    steps.push_back({StepKind::kLeaveCgroup, static_cast<std::int16_t>(slot)});
  });
}

void World::Take(const Step& step) {
  switch (step.kind) {
    case StepKind::kDie:
      return TakeDeath(machine_, step.subject);
    case StepKind::kReap:
      return Reap(machine_, step.subject);
    case StepKind::kLeaveCgroup:
      return TakeOffLate(machine_, step.subject);
    case StepKind::kFreeze:
      return TakeFreeze(machine_, step.subject);
    case StepKind::kFork:
      return TakeFork(machine_, step.subject);
  }
}

std::uint64_t World::Hash() const { return Settle(machine_); }

Nanoseconds World::ClockAge(ActorId actor) const {
  const Nanoseconds first = machine_.first_clock[actor];
  return first < 0 ? -1 : machine_.now - first;
}

}  // namespace reapcheck::sim
