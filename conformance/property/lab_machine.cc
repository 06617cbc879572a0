#include "conformance/property/lab_machine.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "conformance/file.h"
#include "runtime/record.h"

namespace reapcheck::property {
namespace {

using conformance::Arguments;
using conformance::HookPlan;
using conformance::Invocation;
using conformance::ProcessInfo;
using scenario::HookEnd;
using scenario::HookKind;
using scenario::Operation;
using scenario::Verb;

// What one kernel call stands for where only time can be counted: 240 of them are a whole create.
constexpr std::chrono::microseconds kTimeOfACall{40};
// init of a create that was cut off sees the end of its creator, or has got to the gate.
constexpr std::chrono::milliseconds kEndOfInit{50};

// A moment in which others can come between.
const std::vector<std::string> kMoment = {"nap", "5"};

HookPlan PlanOf(const scenario::HookSetup& hook, std::size_t index) {
  constexpr const char* kKinds[] = {"prestart", "createRuntime", "poststart", "poststop"};
  HookPlan plan{.kind = kKinds[static_cast<int>(hook.kind)], .name = "h" + std::to_string(index)};
  switch (hook.end) {
    case HookEnd::kFails:
      plan.then = {"exit", "3"};
      break;
    case HookEnd::kIsKilled:
      plan.then = {"raise", "KILL"};
      break;
    case HookEnd::kIsMissing:
      plan.path = "/nonexistent/" + plan.name;
      break;
    default:
      plan.then = kMoment;
      break;
  }
  return plan;
}

conformance::ContainerPlan PlanOf(const Setup& setup) {
  conformance::ContainerPlan plan;
  if (setup.shares_pids) plan.pid_namespace = conformance::PidNamespace::kHost;
  if (setup.others > 0) plan.program = {"fork", std::to_string(setup.others), "sleep"};
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    plan.hooks.push_back(PlanOf(setup.hooks[i], i));
  }
  return plan;
}

std::optional<Record> RecordIn(const std::string& file, const std::string& id) {
  auto record = ParseRecord(conformance::ReadText(file).value_or(""), id);
  return record ? std::optional(std::move(*record)) : std::nullopt;
}

}  // namespace

LabMachine::LabMachine(conformance::Lab& lab, const Setup& setup)
    : lab_(lab),
      setup_(setup),
      container_(lab.MakeBundle(PlanOf(setup))),
      bystander_(lab.MakeForeignProcess()) {}

Arguments LabMachine::CommandLine(const Operation& operation) const {
  const std::string& id = container_.id;
  switch (operation.verb) {
    case Verb::kCreate:
      return {"create", "--bundle", container_.bundle, id};
    case Verb::kStart:
      return {"start", id};
    case Verb::kKill:
      return {"kill", id, operation.signal};
    case Verb::kDelete:
      return operation.force ? Arguments{"delete", "--force", id} : Arguments{"delete", id};
    case Verb::kState:
      return {"state", id};
    case Verb::kPause:
      return {"pause", id};
    case Verb::kResume:
      return {"resume", id};
    case Verb::kExec:
      return {};  // No sequence has it.
  }
  __builtin_unreachable();
}

Answers LabMachine::Do(const Step& step) {
  Answers answers;
  // The program of the next life says anew that it is ready.
  if (lab_.Observe(container_).files.empty()) {
    unlink((lab_.share() + "/" + container_.name + ".ready").c_str());
  }
  switch (step.kind) {
    case StepKind::kOperation: {
      const bool is_cut = step.fault == FaultKind::kCrash;
      answers.first = Read(is_cut ? CutOff(step)
                                  : lab_.runtime().Run(CommandLine(step.operation),
                                                       {.may_hang = true}));
      answers.is_disturbed = !answers.first.came;
      break;
    }
    case StepKind::kTogether: {
      const std::vector<Invocation> ended = lab_.runtime().AtOnce(
          {CommandLine(step.operation), CommandLine(step.other)}, {.may_hang = true});
      answers.first = Read(ended[0]);
      answers.second = Read(ended[1]);
      break;
    }
    case StepKind::kInitDies:
      KillInit();
      break;
    case StepKind::kStateLost:
    case StepKind::kStateCut:
      Damage(step.kind == StepKind::kStateLost);
      break;
  }
  Settle(step, answers);
  return answers;
}

Answer LabMachine::Read(const Invocation& invocation) {
  if (invocation.signal == SIGKILL && !invocation.timed_out) return {.came = false};
  if (invocation.timed_out) {
    violations_.push_back("L1: " + invocation.Describe());
  } else if (!invocation.ok() && !invocation.refused()) {
    violations_.push_back("S20: " + invocation.Describe());
  }
  return {.ok = invocation.ok()};
}

Invocation LabMachine::CutOff(const Step& step) {
  auto pending = lab_.runtime().Begin(CommandLine(step.operation), {.may_hang = true});
  // Time is all that can be counted here: the runtime is at another call each time.
  const auto until = std::chrono::steady_clock::now() + step.at * kTimeOfACall;
  while (pending.Running() && std::chrono::steady_clock::now() < until) {
  }
  pending.Signal(SIGKILL);
  return pending.Finish();
}

void LabMachine::KillInit() {
  auto record = StateRecord();
  // Where it is lost, the intent still says who is init.
  if (!record) {
    record = RecordIn(lab_.RecordDirectory(container_) + "/" + kIntentFile, container_.id);
  }
  if (!record || record->init.pid.value == 0) return;
  container_.init = {.pid = record->init.pid.value, .start_time = record->init.start_time};
  if (lab_.Alive(container_.init)) lab_.KillInit(container_);
}

void LabMachine::Damage(bool is_lost) {
  const std::string path = lab_.RecordDirectory(container_) + "/" + kStateFile;
  const auto text = conformance::ReadText(path);
  if (!text) return;
  if (is_lost) {
    unlink(path.c_str());
  } else {
    conformance::WriteText(path, text->substr(0, text->size() / 2));
  }
}

void LabMachine::Settle(const Step& step, const Answers& answers) {
  const bool was_cut = !answers.first.came;
  if (was_cut && step.operation.verb == Verb::kCreate) {
    const auto record = StateRecord();
    if (record && record->phase == Phase::kCreated) lab_.Nap(kEndOfInit);
  }
  if (!lab_.Await("what the step set off is over", [this] { return IsSettled(); })) {
    violations_.push_back("L1: " + ToString(step) + ": what it set off does not end");
  }
}

bool LabMachine::IsSettled() {
  const conformance::Observation seen = lab_.Observe(container_);
  // A signal is on its way to it, or it is on its way out.
  if (!std::ranges::all_of(seen.processes, [this](const ProcessInfo& process) {
        return lab_.Unhurt(process.id);
      })) {
    return false;
  }
  // Told to freeze, and not yet there: what nobody waits for any more comes all the same.
  if (std::ranges::any_of(seen.cgroups, [](const conformance::CgroupInfo& cgroup) {
        return cgroup.freezer == conformance::Freezer::kFreezing;
      })) {
    return false;
  }
  const auto record = StateRecord();
  if (!record) return true;
  const auto init = std::ranges::find_if(seen.processes, [&](const ProcessInfo& process) {
    return process.id.pid == record->init.pid.value;
  });
  if (init == seen.processes.end()) {
    // A process leaves its cgroups some time before it is dead.
    return !lab_.Alive({.pid = record->init.pid.value, .start_time = record->init.start_time});
  }
  // init sees soon that its creator is gone.
  if (record->phase == Phase::kCreating) return false;
  return init->name != "payload" || lab_.HasFile(container_.name + ".ready");
}

std::optional<Record> LabMachine::StateRecord() const {
  return RecordIn(lab_.RecordDirectory(container_) + "/" + kStateFile, container_.id);
}

Sighting LabMachine::Look() {
  Sighting sighting{.seen = lab_.Observe(container_),
                    .word = lab_.runtime().Status(container_.id),
                    .hook_starts = std::vector<int>(setup_.hooks.size()),
                    .violations = std::move(violations_)};
  violations_.clear();
  for (const conformance::HookRecord& record : sighting.seen.hooks) {
    for (std::size_t i = 0; i < setup_.hooks.size(); ++i) {
      sighting.hook_starts[i] += record.name == "h" + std::to_string(i);
    }
  }
  if (!lab_.Unhurt(bystander_)) {
    sighting.violations.push_back("S1: a process that is not the container's was signalled");
  }
  return sighting;
}

}  // namespace reapcheck::property
