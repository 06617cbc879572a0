#include <signal.h>

#include <cerrno>

#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_hash.h"
#include "sim/world_path.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

constexpr int kMaxSignal = 64;

// kill(2): CAP_KILL, or the same user.
bool MaySignal(const Process& sender, const Process& target) {
  return sender.uid == target.uid || (sender.uid == 0 && !sender.lacks_cap_kill);
}

bool IsIgnoredByDefault(int signal) {
  return signal == SIGCHLD || signal == SIGWINCH || signal == SIGURG || signal == SIGCONT;
}

bool StopsByDefault(int signal) {
  return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU;
}

// The freezer's own wake-up is still pending: in v1 until the thaw.
bool IsBeingFrozen(const Machine& m, const Process& process) {
  if (m.freezing == 0) return false;
  if (m.freezer >= 0 && IsFreezing(m, process.cgroup[m.freezer])) return true;
  return m.unified >= 0 && !process.is_frozen && IsFreezing(m, process.cgroup[m.unified]);
}

// wants_signal and complete_signal in Linux: a signal that ends a process becomes SIGKILL when it
// is sent, unless the process is stopped or being frozen, or may dump core for it. Then it is
// acted on when the process runs again.
bool KillsAtOnce(const Machine& m, const Process& process, int signal) {
  if (signal == SIGKILL) return true;
  return (SignalBit(signal) & kCoreSignals) == 0 && !process.is_stopped &&
         !IsBeingFrozen(m, process);
}

// What a signal that is not lost does, which is not always at once: CanDie.
void Act(Machine& m, int slot, int signal) {
  Process& process = m.processes[slot];
  if (signal == SIGCONT || StopsByDefault(signal)) {
    if (process.is_stopped == (signal != SIGCONT)) return;
    Edit changed(m, process);
    changed->is_stopped = signal != SIGCONT;
    return;
  }
  if (IsIgnoredByDefault(signal)) return;
  if (signal == SIGTERM && process.ignores_sigterm) return;
  // The first one that ends the process is the one that it died of.
  if (process.is_killed) return;
  const bool kills = KillsAtOnce(m, process, signal);
  Edit changed(m, process);
  changed->is_killed = kills;
  changed->pending = kills ? SignalBit(signal) : changed->pending | SignalBit(signal);
}

// The checks in the order of kill(2) and pidfd_send_signal(2).
int Send(Machine& m, ActorId actor, int target, int signal) {
  if (signal < 0 || signal > kMaxSignal) return EINVAL;
  const Process& sender = CallerOf(m, actor);
  if (!MaySignal(sender, m.processes[target])) return EPERM;
  Deliver(m, sender.pid_namespace, target, signal);
  return 0;
}

CallResult KillGroup(Machine& m, ActorId actor, int group, int signal) {
  int error = ESRCH;
  m.process_slots.ForEach([&](int slot) {
    const Process& process = m.processes[slot];
    if (process.state == ProcessState::kFree || process.group != group) return;
    if (VisiblePid(m, CallerOf(m, actor), process) == 0) return;
    const int sent = Send(m, actor, slot, signal);
    if (sent == 0 || error == ESRCH) error = sent;
  });
  return Failed(error);
}

}  // namespace

int FindPid(const Machine& m, std::int32_t pid) {
  return m.process_slots.Find([&](int slot) {
    return m.processes[slot].pid == pid && m.processes[slot].state != ProcessState::kFree;
  });
}

std::int32_t VisiblePid(const Machine& m, const Process& viewer, const Process& process) {
  if (viewer.pid_namespace == 0) return process.pid;
  if (!IsWithin(m, process.pid_namespace, viewer.pid_namespace)) return 0;
  // Only its init has another number in a namespace: the rest keep the host's, which is as unique.
  return &process == &m.processes[viewer.pid_namespace - 1] ? 1 : process.pid;
}

int FindVisible(const Machine& m, const Process& viewer, std::int32_t pid) {
  return m.process_slots.Find([&](int slot) {
    const Process& process = m.processes[slot];
    return process.state != ProcessState::kFree && VisiblePid(m, viewer, process) == pid;
  });
}

// The parent of a namespace's init is always in the namespace around it, also after it was given
// away: find_new_reaper in Linux stays on its level.
bool IsWithin(const Machine& m, int pid_namespace, int outer) {
  while (pid_namespace != outer && pid_namespace != 0) {
    const int parent = m.processes[pid_namespace - 1].parent;
    pid_namespace = parent < 0 ? 0 : m.processes[parent].pid_namespace;
  }
  return pid_namespace == outer;
}

bool IsNamespaceInit(const Machine& m, int slot) {
  return slot == 0 || m.processes[slot].pid_namespace == slot + 1;
}

void Deliver(Machine& m, int sender_namespace, int slot, int signal) {
  const Process& process = m.processes[slot];
  if (signal == 0 || process.state != ProcessState::kRunning || process.is_exiting) return;
  // pid_namespaces(7): without a handler nothing reaches an init from its own namespace, and from
  // above only what nobody can refuse.
  const bool is_from_above = process.pid_namespace != sender_namespace;
  const bool is_forced = is_from_above && (signal == SIGKILL || signal == SIGSTOP);
  if (IsNamespaceInit(m, slot) && !is_forced) return;
  Act(m, slot, signal);
}

void KillCgroup(Machine& m, ActorId actor, int cgroup) {
  const int hierarchy = m.cgroups[cgroup].hierarchy;
  const int sender_namespace = CallerOf(m, actor).pid_namespace;
  m.process_slots.ForEach([&](int slot) {
    if (!IsAtOrBelow(m, m.processes[slot].cgroup[hierarchy], cgroup)) return;
    Deliver(m, sender_namespace, slot, SIGKILL);
  });
}

CallResult KillCall(Machine& m, ActorId actor, const Call& call) {
  if (call.a < -1) return KillGroup(m, actor, -call.a, call.b);
  if (call.a == 0) return KillGroup(m, actor, CallerOf(m, actor).group, call.b);
  // kill(-1) goes to every process of the machine: nothing here may do that.
  if (call.a == -1) return Failed(EPERM);
  const int target = FindVisible(m, CallerOf(m, actor), call.a);
  if (target < 0) return Failed(ESRCH);
  return Failed(Send(m, actor, target, call.b));
}

CallResult PidfdOpenCall(Machine& m, ActorId actor, const Call& call) {
  if (!m.options->has_pidfd) return Failed(ENOSYS);
  if (call.a <= 0) return Failed(EINVAL);
  const int target = FindVisible(m, CallerOf(m, actor), call.a);
  if (target < 0) return Failed(ESRCH);
  const int fd = OpenDescription(m, actor,
                                 {.kind = DescriptionKind::kPidfd,
                                  .flags = kReadable | kWritable,
                                  .object = static_cast<std::int16_t>(target)});
  return {.value = fd};
}

CallResult PidfdSendSignalCall(Machine& m, ActorId actor, const Call& call) {
  if (!m.options->has_pidfd) return Failed(ENOSYS);
  const int slot = DescriptionOf(m, actor, call.a);
  if (slot < 0) return Failed(EBADF);
  const Description& d = m.descriptions[slot];
  // A directory of /proc/PID stands for the process too.
  if (d.kind != DescriptionKind::kPidfd && d.kind != DescriptionKind::kProcess) {
    return Failed(EBADF);
  }
  if (m.processes[d.object].state == ProcessState::kFree) return Failed(ESRCH);
  return Failed(Send(m, actor, d.object, call.b));
}

}  // namespace reapcheck::sim
