#include "conformance/property/life.h"

#include <algorithm>
#include <ostream>

namespace reapcheck::property {
namespace {

using scenario::HookEnd;
using scenario::HookKind;
using scenario::Operation;
using scenario::Verb;
using enum Stage;

constexpr const char* kNames[kStageCount] = {"absent",  "aborted", "lost",     "created", "running",
                                             "paused before start", "paused", "left over",
                                             "stopped", "buried"};
constexpr StageSet kWithRecord = {kCreated, kRunning, kPausedCreated, kPaused, kLeftover, kStopped};
constexpr StageSet kAlive = {kCreated, kRunning, kPausedCreated, kPaused};

// How an operation ends that nothing disturbs.
struct Ending {
  bool ok = false;
  StageSet next;
};

bool Fails(HookEnd end) {
  return end == HookEnd::kFails || end == HookEnd::kIsKilled || end == HookEnd::kHangs ||
         end == HookEnd::kIsMissing;
}

bool HasPoststop(const Setup& setup) {
  return std::ranges::any_of(setup.hooks, [](const scenario::HookSetup& hook) {
    return hook.kind == HookKind::kPoststop;
  });
}

// What is left when init of a started container is gone.
Stage WithoutInit(const Setup& setup) {
  return setup.shares_pids && setup.others > 0 ? kLeftover : kStopped;
}

Ending EndOfKill(const Life& life, Stage stage, const std::string& signal) {
  const Ending refused{false, stage};
  if (signal == "NOSUCH") return refused;
  const bool is_kill = signal == "KILL";
  if (stage == kLeftover) return is_kill ? Ending{true, kStopped} : refused;
  if (!kAlive.Has(stage)) return refused;
  if (is_kill) return {true, kStopped};
  // pid_namespaces(7): init of a namespace gets no signal that it has no handler for.
  if (signal != "TERM" || !life.setup.shares_pids) return {true, stage};
  return {true, stage == kCreated ? kStopped : WithoutInit(life.setup)};
}

Ending EndOfDelete(Stage stage, bool force) {
  if (force) return {true, kAbsent};
  constexpr StageSet kDeletable = {kAborted, kCreated, kLeftover, kStopped, kBuried};
  return kDeletable.Has(stage) ? Ending{true, kAbsent} : Ending{false, stage};
}

Ending EndOfResume(const Life& life, Stage stage) {
  if (!kPausedStages.Has(stage)) return {false, stage};
  StageSet next = stage == kPaused ? kRunning : kCreated;
  if (life.is_doomed) next |= {kStopped, WithoutInit(life.setup)};
  return {true, next};
}

Ending EndOf(const Life& life, Stage stage, const Operation& operation) {
  switch (operation.verb) {
    case Verb::kCreate:
      if (stage != kAbsent) return {false, stage};
      return life.setup.FailsAtCreate() ? Ending{false, kAbsent} : Ending{true, kCreated};
    case Verb::kStart:
      if (stage != kCreated) return {false, stage};
      return life.setup.FailsAtStart() ? Ending{false, kAbsent} : Ending{true, kRunning};
    case Verb::kKill:
      return EndOfKill(life, stage, operation.signal);
    case Verb::kDelete:
      return EndOfDelete(stage, operation.force);
    case Verb::kState:
      return {kWithRecord.Has(stage), stage};
    case Verb::kPause:
      if (stage == kCreated) return {true, kPausedCreated};
      return stage == kRunning ? Ending{true, kPaused} : Ending{false, stage};
    case Verb::kResume:
      return EndOfResume(life, stage);
    case Verb::kExec:
      return {false, stage};  // No sequence has it.
  }
  __builtin_unreachable();
}

// What can be there when create or start was given up in the middle. Both take back all when a hook
// fails, which is a delete.
StageSet MiddleOfBuilding(const Life& life, Verb verb) {
  StageSet middle = {kAbsent, kAborted, kStopped, kCreated};
  if (HasPoststop(life.setup)) middle |= kBuried;
  if (verb == Verb::kStart) middle |= {kRunning, WithoutInit(life.setup)};
  return middle;
}

StageSet MiddleOfDelete(const Life& life, Stage stage) {
  StageSet middle = {stage, kAbsent, kAborted};
  if (kWithRecord.Has(stage)) middle |= kStopped;
  if (HasPoststop(life.setup)) middle |= kBuried;
  return middle;
}

// Without a pid namespace of its own a container may be frozen while its processes are signalled.
StageSet MiddleOfKilling(const Life& life, Stage stage) {
  if (!life.setup.shares_pids || !kWithRecord.Has(stage)) return {};
  StageSet middle = {WithoutInit(life.setup)};
  if (stage == kCreated) middle |= kPausedCreated;
  if (stage == kRunning) middle |= kPaused;
  if (stage == kPausedCreated) middle |= kCreated;
  if (stage == kPaused) middle |= kRunning;
  return middle;
}

// All that can be there when the operation did not come to its end.
StageSet MiddleOf(const Life& life, Stage stage, const Operation& operation) {
  const Ending end = EndOf(life, stage, operation);
  const bool builds = operation.verb == Verb::kCreate ? stage == kAbsent
                      : operation.verb == Verb::kStart ? stage == kCreated
                                                       : false;
  if (!end.ok && !builds) return stage;
  if (builds) {
    StageSet middle = MiddleOfBuilding(life, operation.verb);
    if (operation.verb == Verb::kStart && life.setup.FailsAtStart()) {
      middle |= MiddleOfKilling(life, kRunning);
    }
    return middle;
  }
  switch (operation.verb) {
    case Verb::kDelete:
      return MiddleOfDelete(life, stage) | MiddleOfKilling(life, stage);
    case Verb::kKill:
      return end.next | stage | MiddleOfKilling(life, stage);
    default:
      return end.next | stage;
  }
}

StageSet ExplainOperation(const Life& life, Stage stage, const Step& step,
                          const Answers& answers) {
  const Ending end = EndOf(life, stage, step.operation);
  const Answer& answer = answers.first;
  if (!answer.came) return MiddleOf(life, stage, step.operation);
  if (!answers.is_disturbed) return answer.ok == end.ok ? end.next : StageSet();
  if (answer.ok) return end.ok ? end.next : StageSet();
  // S25, S19: a create that one errno made fail has taken back what it made.
  const bool is_create = step.operation.verb == Verb::kCreate && stage == kAbsent;
  if (is_create && end.ok) return kAbsent;
  return MiddleOf(life, stage, step.operation);
}

// First one, then the other: what is answered so, and what is left.
StageSet InOrder(const Life& life, Stage stage, const Operation& one, Answer says_one,
                 const Operation& other, Answer says_other) {
  const Ending first = EndOf(life, stage, one);
  if (first.ok != says_one.ok) return {};
  StageSet left;
  first.next.ForEach([&](Stage between) {
    const Ending second = EndOf(life, between, other);
    if (second.ok == says_other.ok) left |= second.next;
  });
  // kill(2) does not wait for the death that it brings: the other may find init still alive.
  const bool kills = one.verb == Verb::kKill && one.signal == "KILL";
  const Ending before_death = EndOf(life, stage, other);
  if (kills && before_death.ok == says_other.ok) {
    left |= before_death.next == kAbsent ? before_death.next : first.next;
  }
  return left;
}

bool Builds(const Life& life, Stage stage, const Operation& operation) {
  switch (operation.verb) {
    case Verb::kCreate:
      return stage == kAbsent;
    case Verb::kStart:
      // Also one that the create beside it has just made.
      return stage == kCreated || (stage == kAbsent && !life.setup.FailsAtCreate());
    default:
      return false;
  }
}

// create and start are no single step: the lock is free in their middle, and what comes then ends
// them. Only a delete --force is sure of its answer.
StageSet BesideBuilding(const Life& life, Stage stage, const Operation& builder, Answer says,
                        const Operation& other, Answer says_other) {
  const bool is_force = other.verb == Verb::kDelete && other.force;
  if (is_force && !says_other.ok) return {};
  StageSet left = {kAbsent, kCreated, kStopped};
  if (builder.verb == Verb::kStart) left |= {kRunning, WithoutInit(life.setup)};
  if (other.verb == Verb::kPause) left |= kPausedStages;
  if (other.verb == Verb::kStart) left |= kRunning;
  if (stage == kCreated && builder.verb == Verb::kStart && other.verb == Verb::kState) {
    return says_other.ok || life.setup.FailsAtStart() ? left : StageSet();
  }
  // A container that nobody deletes and no hook ends does not vanish.
  const bool is_ended = other.verb == Verb::kDelete || life.setup.FailsAtCreate() ||
                        life.setup.FailsAtStart() || !says.ok;
  return is_ended ? left : left & StageSet{kCreated, kRunning, kStopped, kPausedCreated, kPaused,
                                           WithoutInit(life.setup)};
}

StageSet ExplainTogether(const Life& life, Stage stage, const Step& step,
                         const Answers& answers) {
  StageSet left = InOrder(life, stage, step.operation, answers.first, step.other, answers.second) |
                  InOrder(life, stage, step.other, answers.second, step.operation, answers.first);
  if (Builds(life, stage, step.operation)) {
    left |= BesideBuilding(life, stage, step.operation, answers.first, step.other, answers.second);
  }
  if (Builds(life, stage, step.other)) {
    left |= BesideBuilding(life, stage, step.other, answers.second, step.operation, answers.first);
  }
  return left;
}

StageSet AfterInitDied(const Setup& setup, Stage stage) {
  switch (stage) {
    case kCreated:
    case kPausedCreated:
      return kStopped;
    case kRunning:
    case kPaused:
      return WithoutInit(setup);
    case kLost:
      return {kAborted, setup.shares_pids && setup.others > 0 ? kLost : kAborted};
    default:
      return stage;
  }
}

Stage AfterDamage(Stage stage) {
  if (stage == kStopped) return kAborted;
  return kWithRecord.Has(stage) ? kLost : stage;
}

StageSet ExplainOne(const Life& life, Stage stage, const Step& step, const Answers& answers) {
  switch (step.kind) {
    case StepKind::kOperation:
      return ExplainOperation(life, stage, step, answers);
    case StepKind::kTogether:
      return ExplainTogether(life, stage, step, answers);
    case StepKind::kInitDies:
      return AfterInitDied(life.setup, stage);
    case StepKind::kStateLost:
    case StepKind::kStateCut:
      return AfterDamage(stage);
  }
  __builtin_unreachable();
}

}  // namespace

bool Setup::FailsAtCreate() const {
  return std::ranges::any_of(hooks, [](const scenario::HookSetup& hook) {
    return (hook.kind == HookKind::kPrestart || hook.kind == HookKind::kCreateRuntime) &&
           Fails(hook.end);
  });
}

bool Setup::FailsAtStart() const {
  return std::ranges::any_of(hooks, [](const scenario::HookSetup& hook) {
    return hook.kind == HookKind::kPoststart && Fails(hook.end);
  });
}

std::string StageSet::ToString() const {
  std::string text;
  ForEach([&](Stage stage) {
    text += (text.empty() ? "" : " or ") + std::string(kNames[static_cast<int>(stage)]);
  });
  return text.empty() ? "nothing" : text;
}

void showValue(const Setup& setup, std::ostream& out) {
  constexpr const char* kLayouts[] = {"v1", "v2", "hybrid"};
  constexpr const char* kKinds[] = {"prestart", "createRuntime", "poststart", "poststop"};
  constexpr const char* kEnds[] = {"succeeds",     "fails",      "is killed", "hangs",
                                   "leaves a child", "asks state", "deletes",   "is missing"};
  out << "cgroup " << kLayouts[static_cast<int>(setup.layout)]
      << (setup.has_cgroup_kill ? "" : " without cgroup.kill")
      << (setup.shares_pids ? ", the host's pid namespace" : ", a pid namespace of its own") << ", "
      << setup.others << " processes beside init";
  for (const scenario::HookSetup& hook : setup.hooks) {
    out << ", " << kKinds[static_cast<int>(hook.kind)] << " hook "
        << kEnds[static_cast<int>(hook.end)];
  }
}

StageSet Explain(const Life& life, const Step& step, const Answers& answers) {
  StageSet left;
  life.may.ForEach([&](Stage stage) { left |= ExplainOne(life, stage, step, answers); });
  return left;
}

Life After(const Life& life, const Step& step) {
  Life after = life;
  after.may = {};
  after.last = step;
  for (int says = 0; says < 4; ++says) {
    Answers answers{.first = {.ok = (says & 1) != 0}, .second = {.ok = (says & 2) != 0}};
    after.may |= Explain(life, step, answers);
    if (step.fault == FaultKind::kErrno) {
      answers.is_disturbed = true;
      after.may |= Explain(life, step, answers);
    }
    if (step.fault == FaultKind::kCrash) {
      answers.first.came = false;
      after.may |= Explain(life, step, answers);
    }
  }
  const bool kills = step.operation.verb == Verb::kKill || step.operation.verb == Verb::kDelete ||
                     life.setup.FailsAtStart();
  if (step.fault != FaultKind::kNone && kills) after.is_doomed = true;
  return after;
}

bool IsPossible(const Life& life, const Step& step) {
  const bool is_v2 = life.setup.layout == sim::CgroupLayout::kV2;
  switch (step.kind) {
    case StepKind::kOperation:
    case StepKind::kTogether: {
      const auto is_term = [](const Operation& operation) {
        return operation.verb == Verb::kKill && operation.signal == "TERM";
      };
      // In a frozen cgroup it stays pending, and takes effect some time later.
      const bool sends = is_term(step.operation) ||
                         (step.kind == StepKind::kTogether && is_term(step.other));
      return !sends || !life.may.HasAny(kPausedStages);
    }
    case StepKind::kInitDies:
      // In a frozen v1 cgroup not even SIGKILL ends it.
      return is_v2 || !life.may.HasAny(kPausedStages | kLost);
    case StepKind::kStateLost:
    case StepKind::kStateCut:
      // Which hooks have run is told by the tombstone alone.
      return !life.may.Has(kBuried);
  }
  __builtin_unreachable();
}

}  // namespace reapcheck::property
