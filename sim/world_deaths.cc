#include <signal.h>
#include <sys/wait.h>

#include <bit>
#include <cerrno>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_hash.h"
#include "sim/world_path.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

int FatalSignal(std::uint64_t pending) { return std::countr_zero(pending) + 1; }

bool HasOthers(const Machine& m, int init) {
  return m.process_slots.Find([&](int slot) {
           return slot != init && m.processes[slot].state != ProcessState::kFree &&
                  IsWithin(m, m.processes[slot].pid_namespace, init + 1);
         }) >= 0;
}

bool IsAlive(const Process& process) {
  return process.state == ProcessState::kRunning && !process.is_exiting;
}

// find_new_reaper in Linux: the nearest ancestor in the same pid namespace that asked for it, else
// the namespace's init.
int ReaperOf(const Machine& m, int dead) {
  const std::int16_t pid_namespace = m.processes[dead].pid_namespace;
  for (int at = m.processes[dead].parent; at >= 0; at = m.processes[at].parent) {
    const Process& ancestor = m.processes[at];
    if (ancestor.pid_namespace != pid_namespace) break;
    if (ancestor.is_subreaper && IsAlive(ancestor)) return at;
  }
  const int init = pid_namespace == 0 ? 0 : pid_namespace - 1;
  return init == dead ? 0 : init;
}

// The parent is an init in the middle of its exit: it takes its zombies itself, at once.
bool IsReapedAtOnce(const Machine& m, const Process& zombie) {
  return zombie.parent >= 0 && m.processes[zombie.parent].is_exiting;
}

void GiveChildrenAway(Machine& m, int dead) {
  const int reaper = ReaperOf(m, dead);
  const int first_place = NextPlace(m, reaper);
  const bool has_order = !m.processes[reaper].reaps_children;
  m.process_slots.ForEach([&](int slot) {
    if (m.processes[slot].parent != dead || slot == dead) return;
    {
      Edit child(m, m.processes[slot]);
      child->parent = static_cast<std::int16_t>(reaper);
      child->place = has_order ? static_cast<std::uint8_t>(first_place + child->place) : 0;
    }
    if (m.processes[slot].dies_with_parent) Deliver(m, 0, slot, SIGKILL);
    const Process& child = m.processes[slot];
    if (child.state == ProcessState::kZombie && IsReapedAtOnce(m, child)) Reap(m, slot);
  });
}

void EndActor(Machine& m, int process) {
  for (int actor = 0; actor < m.actor_count; ++actor) {
    if (m.actors[actor].process != process || !m.actors[actor].is_alive) continue;
    CloseAllOf(m, static_cast<ActorId>(actor));
    Edit over(m, m.actors[actor]);
    over->is_alive = false;
  }
}

// The last of exit(2): a zombie, whose end the parent and pidfds can see.
void BecomeZombie(Machine& m, int slot) {
  {
    Edit process(m, m.processes[slot]);
    process->state = ProcessState::kZombie;
    process->is_exiting = false;
    process->is_frozen = false;
    process->is_stopped = false;
    process->is_killed = false;
    process->pending = 0;
    process->forks_left = 0;
  }
  GiveChildrenAway(m, slot);
  if (IsReapedAtOnce(m, m.processes[slot])) Reap(m, slot);
}

struct Children {
  bool is_there = false;
  int zombie = -1;
};

// The children that waitid(2) with this pid is about; 0: all.
Children FindChildren(const Machine& m, int own, int pid) {
  Children found;
  m.process_slots.ForEach([&](int slot) {
    const Process& child = m.processes[slot];
    if (child.parent != own || slot == own) return;
    if (pid != 0 && VisiblePid(m, m.processes[own], child) != pid) return;
    found.is_there = true;
    if (child.state != ProcessState::kZombie) return;
    if (found.zombie < 0 || child.place < m.processes[found.zombie].place) found.zombie = slot;
  });
  return found;
}

}  // namespace

bool CanDie(const Machine& m, int slot) {
  const Process& process = m.processes[slot];
  if (process.state != ProcessState::kRunning) return false;
  // zap_pid_ns_processes in Linux: an init ends after all others of its namespace are gone.
  if (process.is_exiting) return !HasOthers(m, slot);
  if (process.pending == 0 || process.is_uninterruptible) return false;
  if (!process.is_frozen && !process.is_stopped) return true;
  return process.is_killed && !IsHeldByV1(m, process);
}

void TakeDeath(Machine& m, int slot) {
  const Process& process = m.processes[slot];
  if (process.is_exiting) {
    BecomeZombie(m, slot);
  } else {
    Exit(m, slot, CLD_KILLED << 16 | FatalSignal(process.pending));
  }
}

void Exit(Machine& m, int slot, int code) {
  const bool is_program = m.processes[slot].is_actor && m.processes[slot].mark == 0;
  EndActor(m, slot);
  const int unified = m.unified >= 0 ? m.processes[slot].cgroup[m.unified] : -1;
  if (unified >= 0 && m.processes[slot].is_frozen) NoteFrozenDeath(m, unified);
  // Off its cgroups before anybody can see its end.
  LeaveCgroups(m, slot);
  {
    Edit process(m, m.processes[slot]);
    process->exit_code = code;
    process->is_exiting = true;
    process->is_actor = false;
    process->is_frozen = false;
    process->is_killed = false;
    process->pending = 0;
  }
  if (unified >= 0) NoteMembers(m, unified);
  if (IsNamespaceInit(m, slot)) {
    m.process_slots.ForEach([&](int other) {
      const Process& process = m.processes[other];
      if (other == slot || !IsWithin(m, process.pid_namespace, slot + 1)) return;
      if (process.state == ProcessState::kZombie) {
        if (process.parent == slot) Reap(m, other);
      } else {
        Deliver(m, 0, other, SIGKILL);
      }
    });
    if (HasOthers(m, slot)) return;
  }
  BecomeZombie(m, slot);
  if (!is_program || !m.options->are_programs_reaped_at_once) return;
  const int parent = m.processes[slot].parent;
  if (parent >= 0 && m.processes[parent].reaps_children && Runs(m.processes[parent])) {
    Reap(m, slot);
  }
}

std::uint8_t NextPlace(const Machine& m, int parent) {
  if (m.processes[parent].reaps_children) return 0;
  int count = 0;
  m.process_slots.ForEach([&](int slot) { count += m.processes[slot].parent == parent ? 1 : 0; });
  return static_cast<std::uint8_t>(count);
}

void Reap(Machine& m, int slot) {
  const Process reaped = m.processes[slot];
  m.process_slots.ForEach([&](int at) {
    const Process& sibling = m.processes[at];
    if (sibling.parent != reaped.parent || sibling.place <= reaped.place) return;
    Edit moved_up(m, m.processes[at]);
    --moved_up->place;
  });
  Edit process(m, m.processes[slot]);
  *process = Process{};
  m.process_slots.Free(slot);
}

CallResult WaitidCall(Machine& m, ActorId actor, const Call& call) {
  if (call.a < 0) return Failed(EINVAL);
  const int own = m.actors[actor].process;
  const auto [has_child, zombie] = FindChildren(m, own, call.a);
  if (!has_child) return Failed(ECHILD);
  if (zombie < 0) return {};
  const CallResult result{.aux = m.processes[zombie].exit_code,
                          .value = VisiblePid(m, m.processes[own], m.processes[zombie])};
  Reap(m, zombie);
  return result;
}

bool IsWaitidReady(const Machine& m, ActorId actor, const Call& call) {
  if (call.b == 0 || call.a < 0) return true;
  const auto [has_child, zombie] = FindChildren(m, m.actors[actor].process, call.a);
  return !has_child || zombie >= 0;
}

}  // namespace reapcheck::sim
