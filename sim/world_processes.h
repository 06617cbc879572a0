// Processes: how they come, end and are reaped; signals; pidfds; pid namespaces. fork(2), exit(2),
// wait(2), kill(2), signal(7), pidfd_open(2), pid_namespaces(7).
#ifndef REAPCHECK_SIM_WORLD_PROCESSES_H_
#define REAPCHECK_SIM_WORLD_PROCESSES_H_

#include <signal.h>

#include <cstdint>

#include "sim/call.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

// --- Births (world_births.cc) ---

// A passive child of `parent`, in its cgroups and pid namespace; -1: ENOMEM, because the pid
// namespace is dying.
int Fork(Machine& m, int parent, TextId name);
// Makes a process an actor that runs `program`.
ActorId StartActor(Machine& m, int process, ProgramId program, TextId request);
CallResult SpawnCall(Machine& m, ActorId actor, const Call& call);
CallResult CloneInitCall(Machine& m, ActorId actor, const Call& call);
CallResult CloneExecCall(Machine& m, ActorId actor, const Call& call);
void TakeFork(Machine& m, int process);

// --- Deaths (world_deaths.cc) ---

// Whether the process can act on a signal that ends it, or finish its exit.
bool CanDie(const Machine& m, int process);
void TakeDeath(Machine& m, int process);
// exit(2) with this CLD_* << 16 | status.
void Exit(Machine& m, int process, int code);
void Reap(Machine& m, int process);
// The place of the next child: waitid(2) takes the first one that ended. Who reaps by itself, in no
// order, has them all in one.
std::uint8_t NextPlace(const Machine& m, int parent);
CallResult WaitidCall(Machine& m, ActorId actor, const Call& call);
bool IsWaitidReady(const Machine& m, ActorId actor, const Call& call);

// --- Signals and identities (world_signals.cc) ---

constexpr std::uint64_t SignalBit(int signal) { return std::uint64_t{1} << (signal - 1); }

// Signals whose default action may dump core: these always wait for the process to run.
inline constexpr std::uint64_t kCoreSignals =
    SignalBit(SIGQUIT) | SignalBit(SIGILL) | SignalBit(SIGTRAP) | SignalBit(SIGABRT) |
    SignalBit(SIGBUS) | SignalBit(SIGFPE) | SignalBit(SIGSEGV) | SignalBit(SIGXCPU) |
    SignalBit(SIGXFSZ) | SignalBit(SIGSYS);

// -1: none has this pid on the host.
int FindPid(const Machine& m, std::int32_t pid);
// The pid of `process` as `viewer` sees it; 0: out of its sight.
std::int32_t VisiblePid(const Machine& m, const Process& viewer, const Process& process);
// -1: the viewer sees none of that pid.
int FindVisible(const Machine& m, const Process& viewer, std::int32_t pid);
bool IsNamespaceInit(const Machine& m, int process);
// The pid namespace is `outer` or one nested in it.
bool IsWithin(const Machine& m, int pid_namespace, int outer);
// True while nothing keeps the process from making calls and forking.
inline bool Runs(const Process& process) {
  return process.state == ProcessState::kRunning && !process.is_exiting && !process.is_frozen &&
         !process.is_stopped && !process.is_uninterruptible;
}
// `sender_namespace` as Process::pid_namespace.
void Deliver(Machine& m, int sender_namespace, int process, int signal);
void KillCgroup(Machine& m, ActorId actor, int cgroup);
CallResult KillCall(Machine& m, ActorId actor, const Call& call);
CallResult PidfdOpenCall(Machine& m, ActorId actor, const Call& call);
CallResult PidfdSendSignalCall(Machine& m, ActorId actor, const Call& call);

// --- Waiting (world_poll.cc) ---

CallResult PollCall(Machine& m, ActorId actor, const Call& call);
bool HasPollEvent(const Machine& m, ActorId actor, const Call& call);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_PROCESSES_H_
