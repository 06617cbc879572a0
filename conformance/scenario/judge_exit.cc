// What the exit status of an operation promises.
#include <algorithm>
#include <cerrno>

#include "conformance/scenario/judge.h"
#include "conformance/scenario/programs.h"
#include "runtime/error.h"

namespace reapcheck::scenario {
namespace {

using conformance::Observation;
using sim::World;

bool IsKill(const std::string& signal) { return signal == "KILL"; }

}  // namespace

void Judge::JudgeExit(const World& after, sim::ActorId actor, int status, Ghost& ghost,
                      Violations& violations) const {
  const Role& role = roles_[after.actors()[actor].program];
  if (role.kind == Role::Kind::kHook && role.container == 0) {
    const HookSetup& hook = scenario_.containers[0].hooks[role.hook];
    const bool asks = hook.kind == HookKind::kPoststop && hook.end == HookEnd::kAsksState;
    if (asks && status == 0) {
      violations.push_back({"A34", "state knows the container while its poststop hook runs"});
    }
  }
  if (role.kind != Role::Kind::kOperation) return;
  const Operation& operation = role.operation;
  const bool ok = status == 0;
  if (ok) ghost.succeeded |= 1u << role.index;
  if (ok != operation.is_refused) ++reached_[role.index];
  JudgeThaw(after, ghost, violations);
  JudgeAbsorbed(ghost, status, violations);
  JudgeHookFailure(after, operation, ok, ghost, violations);
  JudgeSiblings(after, ghost, violations);
  switch (operation.verb) {
    case Verb::kDelete:
      return JudgeDeleteExit(after, operation, ok, ghost, violations);
    case Verb::kKill:
      return JudgeKillExit(after, operation, ok, ghost, violations);
    case Verb::kCreate:
      return JudgeCreateExit(after, operation, ok, ghost, violations);
    case Verb::kStart:
    case Verb::kExec:
    case Verb::kState:
    case Verb::kPause:
    case Verb::kResume:
      return;
  }
}

void Judge::JudgeAbsorbed(const Ghost& ghost, int status, Violations& violations) const {
  const bool is_plain =
      scenario_.operations.size() == 1 && ghost.crashes == 0 && ghost.is_slow == 0;
  if (is_plain && ghost.fault == 0 && status != expected_status_) {
    violations.push_back(
        {StatusInvariantOf(scenario_),
         "nothing went wrong, and the exit status is " + std::to_string(status)});
  }
  if (!is_plain || !ghost.is_fault_transient || ghost.is_fault_lasting) return;
  if (status == expected_status_) return;
  violations.push_back({ghost.fault == EINTR ? "L7" : "L2",
                        ErrnoName(ghost.fault) + " once made the exit status " +
                            std::to_string(status)});
}

// S15. Whoever pauses beside it may have frozen it.
void Judge::JudgeThaw(const World& after, const Ghost& ghost, Violations& violations) const {
  if (!after.IsAnyFreezing() || Has(Verb::kPause) || ghost.is_fault_lasting) return;
  for (std::size_t i = 0; i < scenario_.containers.size(); ++i) {
    const Observation seen = Observe(after, ghost, static_cast<int>(i));
    Add(conformance::JudgeThawed(observed_before_[i], seen), violations);
  }
}

void Judge::JudgeUnchanged(const World& after, const std::string& invariant, const Ghost& ghost,
                           int container, Violations& violations) const {
  const Observation& before = observed_before_[container];
  const Observation now = Observe(after, ghost, container);
  const auto report = [&](const std::string& what) {
    violations.push_back({invariant, "the operation was refused and changed " + what + ": " +
                                         now.Describe()});
  };
  if (now.processes.size() != before.processes.size()) return report("the processes");
  if (now.cgroups.size() != before.cgroups.size()) return report("the cgroups");
  if (!std::ranges::equal(now.files, before.files, [](const auto& a, const auto& b) {
        return a.path == b.path && a.bytes == b.bytes;
      })) {
    return report("the files");
  }
  for (const sim::Process& process : after.processes()) {
    if (process.mark != 0 && process.mark == MarkOf(ghost, container) && process.pending != 0 &&
        process.state == sim::ProcessState::kRunning) {
      return report("what is pending for process " + std::to_string(process.pid));
    }
  }
}

void Judge::JudgeDeleteExit(const World& after, const Operation& operation, bool ok,
                            const Ghost& ghost, Violations& violations) const {
  const int container = ContainerOf(operation.id);
  const ContainerSetup& setup = scenario_.containers[container];
  // What a create beside it makes is another container of that id.
  if (Has(Verb::kCreate)) return;
  const Observation seen = Observe(after, ghost, container);
  Add(conformance::JudgeDelete({.ok = ok}, seen), violations);
  if (!ok) {
    Add(conformance::JudgeFailedDelete(seen), violations);
  }
  const bool lives = setup.reached == Reached::kRunning || setup.reached == Reached::kPaused;
  if (lives && !operation.force && scenario_.operations.size() == 1) {
    if (ok) violations.push_back({"S4", "delete without --force of a container that lives"});
    JudgeUnchanged(after, "S4", ghost, container, violations);
  }
  if (!ok || container != 0 || ghost.crashes != 0) return;
  for (const sim::Actor& actor : after.actors()) {
    if (!actor.is_alive || roles_[actor.program].kind != Role::Kind::kHook) continue;
    if (scenario_.operations.size() != 1 || operation.engine_patience_ms != 0) continue;
    if (ghost.fault != 0) continue;  // it may be that it can not be waited for
    violations.push_back({"A34", "delete succeeded before the end of a poststop hook"});
    break;
  }
  if (setup.reached == Reached::kNothing || scenario_.operations.size() != 1) return;
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    const bool is_owed = setup.hooks[i].kind == HookKind::kPoststop &&
                         setup.hooks[i].end != HookEnd::kIsMissing && ghost.fault == 0;
    if (is_owed && ghost.hook_starts[i] == 0) {
      violations.push_back({"S8", "delete succeeded and did not run " + HookPath(setup, i)});
    }
  }
}

void Judge::JudgeInitOnly(const World& after, const Ghost& ghost, int container,
                          Violations& violations) const {
  for (const sim::Process& process : after.processes()) {
    if (process.mark == 0 || process.mark != MarkOf(ghost, container)) continue;
    const std::string_view name = after.texts().Text(process.name);
    const bool is_other = name == "worker" || name == "nested";
    const bool is_unhurt = process.state == sim::ProcessState::kRunning && process.pending == 0;
    if (!is_other || is_unhurt) continue;
    violations.push_back({"A22", "a signal for init was sent to process " +
                                     std::to_string(process.pid)});
    return;
  }
}

void Judge::JudgeKillExit(const World& after, const Operation& operation, bool ok,
                          const Ghost& ghost, Violations& violations) const {
  const int container = ContainerOf(operation.id);
  const ContainerSetup& setup = scenario_.containers[container];
  if (scenario_.operations.size() != 1) return;
  const bool is_over = setup.reached == Reached::kStopped || setup.reached == Reached::kZombie;
  if (is_over && (setup.pid_namespace == PidNamespace::kPrivate || setup.processes == 0)) {
    if (ok) violations.push_back({"S5", "kill of a container that is stopped succeeded"});
    JudgeUnchanged(after, "S5", ghost, container, violations);
    return;
  }
  const std::string record = DirectoryOf(setup) + "/state.json";
  if (after.FileText(record) != before_.FileText(record)) {
    violations.push_back({"S17", "kill changed the record"});
  }
  if (!IsKill(operation.signal) && !operation.all) {
    JudgeInitOnly(after, ghost, container, violations);
    const Observation seen = Observe(after, ghost, container);
    for (std::size_t i = 0; i < seen.cgroups.size(); ++i) {
      const auto& before = observed_before_[container].cgroups;
      if (i >= before.size() || before[i].freezer == seen.cgroups[i].freezer) continue;
      violations.push_back({"S17", "a signal changed the freezer of " + seen.cgroups[i].path});
    }
  }
  if (!ok || !IsKill(operation.signal)) return;
  // L4: it reaches everybody. Who dies with a pid namespace's init is not signalled.
  for (const sim::Process& process : after.processes()) {
    if (process.mark == 0 || process.mark != MarkOf(ghost, container)) continue;
    const bool is_reached = process.state != sim::ProcessState::kRunning ||
                            process.pending != 0 || process.pid_namespace != 0;
    if (is_reached) continue;
    violations.push_back({"L4", "kill KILL succeeded and did not reach process " +
                                    std::to_string(process.pid)});
    return;
  }
}

void Judge::JudgeCreateExit(const World& after, const Operation& operation, bool ok,
                            const Ghost& ghost, Violations& violations) const {
  const int container = ContainerOf(operation.id);
  if (scenario_.operations.size() != 1 || ok) return;
  if (scenario_.containers[container].reached != Reached::kNothing) {
    return JudgeUnchanged(after, "S25", ghost, container, violations);
  }
  // A fault that stays keeps create from clearing up too; then delete --force can (S9).
  // What fails by itself (a hook) is taken back without a fault in that.
  if (ghost.is_fault_lasting || (expected_status_ != 0 && ghost.fault != 0)) return;
  Add(conformance::JudgeFailedCreate(Observe(after, ghost, container)), violations);
}

}  // namespace reapcheck::scenario
