#include "conformance/scenario/judge.h"

#include <algorithm>
#include <cctype>

#include "conformance/scenario/programs.h"
#include "sim/fault_table.h"
#include "sim/hash.h"
#include "sim/program_kernel.h"

namespace reapcheck::scenario {
namespace {

using conformance::Observation;
using sim::Call;
using sim::CallResult;
using sim::Op;
using sim::World;

// A bystander, by name: the stage makes them, and pid reuse is theirs.
constexpr std::string_view kBystander = "bystander";

}  // namespace

Judge::Judge(const Scenario& scenario, const std::vector<Role>& roles, const World& before,
             const Ghost& start)
    : scenario_(scenario),
      roles_(roles),
      before_(before),
      start_(start),
      bystander_(before.texts().Intern(kBystander)) {
  for (const ContainerSetup& setup : scenario.containers) {
    Names names{.directory = DirectoryOf(setup), .cgroup = CgroupPathOf(setup)};
    names.directory_id = before.texts().Intern(names.directory);
    const std::string_view cgroup = names.cgroup;
    names.last_of_cgroup = before.texts().Intern(cgroup.substr(cgroup.rfind('/') + 1));
    names_.push_back(std::move(names));
  }
  for (std::size_t i = 0; i < scenario.containers.size(); ++i) {
    observed_before_.push_back(Observe(before, start, static_cast<int>(i)));
  }
  reached_.resize(scenario.operations.size());
  recoveries_ = static_cast<int>(
      std::ranges::count(roles, Role::Kind::kRecovery, &Role::kind));
}

int Judge::ContainerOf(const std::string& id) const {
  for (std::size_t i = 0; i < scenario_.containers.size(); ++i) {
    if (scenario_.containers[i].id == id) return static_cast<int>(i);
  }
  return 0;
}

bool Judge::Has(Verb verb) const {
  return std::ranges::any_of(scenario_.operations, [verb](const Operation& operation) {
    return operation.verb == verb;
  });
}

void Judge::Add(conformance::Violations judged, Violations& found) {
  for (conformance::Violation& violation : judged) {
    found.push_back({std::move(violation.invariant), std::move(violation.summary)});
  }
}

void Judge::Generalize(Violations& found) {
  for (sim::Violation& violation : found) {
    std::string general;
    for (std::size_t i = 0; i < violation.summary.size(); ++i) {
      const bool is_digit = std::isdigit(static_cast<unsigned char>(violation.summary[i])) != 0;
      const std::size_t end = violation.summary.find_first_not_of("0123456789", i);
      const bool is_pid = is_digit && end != std::string::npos &&
                          violation.summary.compare(end, 2, " (") == 0 &&
                          (i == 0 || violation.summary[i - 1] == ' ');
      if (is_pid) {
        general += 'N';
        i = end - 1;
      } else {
        general += violation.summary[i];
      }
    }
    violation.summary = std::move(general);
  }
}

std::uint64_t Judge::HashOf(const Ghost& ghost) const {
  static_assert(std::has_unique_object_representations_v<Ghost>);
  return sim::HashBytes({reinterpret_cast<const char*>(&ghost), sizeof ghost});
}

void Judge::NoteFault(const World& world, const sim::CallEvent& event, Ghost& ghost) const {
  if (ghost.fault != 0) {
    ghost.is_fault_lasting = 1;
    return;
  }
  ghost.fault = event.result.error;
  const std::string name = world.ClassOf(event.actor, event.call);
  const std::string_view kind = sim::KindOfClass(name);
  ghost.is_fault_transient = sim::IsTransient(event.call.op, kind, event.result.error);
}

void Judge::OnCall(const World& after, const sim::CallEvent& event, Ghost& ghost,
                   Violations& found) const {
  JudgeCall(after, event, ghost, found);
  if (!found.empty()) Generalize(found);
}

void Judge::JudgeCall(const World& after, const sim::CallEvent& event, Ghost& ghost,
                      Violations& found) const {
  if (event.is_fault) NoteFault(after, event, ghost);
  const bool done = event.result.error == 0;
  switch (event.call.op) {
    case Op::kPidfdSendSignal:
    case Op::kKill:
    case Op::kWrite:
      if (done) JudgeBystanders(after, found);
      return;
    case Op::kUnlinkAt:
      if (done) JudgeRemoval(after, ghost, found);
      return;
    case Op::kSpawn:
      return JudgeHookStart(after, event.call, event.result, ghost, found);
    case Op::kCloneInit: {
      const Role& role = roles_[after.actors()[event.actor].program];
      const int child = done ? after.FindProcess(Pid{static_cast<pid_t>(event.result.value)}) : -1;
      if (child < 0) return;
      ghost.mark[ContainerOf(role.operation.id)] = after.processes()[child].mark;
      return;
    }
    case Op::kExit:
      return JudgeExit(after, event.actor, event.call.a, ghost, found);
    default:
      return;
  }
}

void Judge::OnChoice(const World& after, const sim::Choice& choice, Ghost& ghost,
                     Violations&) const {
  const bool is_cut = choice.kind == sim::ChoiceKind::kCrash ||
                      choice.kind == sim::ChoiceKind::kPowerFailure;
  if (is_cut) ++ghost.crashes;
  if (choice.kind != sim::ChoiceKind::kTime || ghost.is_slow != 0) return;
  std::vector<sim::Step> owed;
  after.ListSteps(owed);
  if (!owed.empty()) ghost.is_slow = 1;
}

// S1, S10: no signal for whoever is not the container's, not even one that is still pending.
void Judge::JudgeBystanders(const World& world, Violations& violations) const {
  int hit = 0;  // the first one's pid
  world.ForEachProcess([&](const sim::Process& process) {
    const bool is_bystander =
        process.mark == 0 && !process.is_actor && process.name == bystander_;
    if (!is_bystander || hit != 0) return;
    if (process.state != sim::ProcessState::kRunning || process.pending != 0) hit = process.pid;
  });
  if (hit == 0) return;
  violations.push_back({"S1", "a signal was sent to process " + std::to_string(hit) +
                                  ", which is not the container's"});
}

// S6, S7: the record is the last to go.
void Judge::JudgeRemoval(const World& after, Ghost& ghost, Violations& violations) const {
  for (std::size_t i = 0; i < scenario_.containers.size(); ++i) {
    const bool has_been = MarkOf(ghost, static_cast<int>(i)) != 0;
    if (!has_been || after.Exists(names_[i].directory_id)) continue;
    const Observation seen = Observe(after, ghost, static_cast<int>(i));
    if (!seen.processes.empty()) {
      violations.push_back({"S6", "the record is gone and there lives " + seen.Describe()});
    } else if (!seen.cgroups.empty() && !Has(Verb::kCreate)) {
      violations.push_back({"S7", "the record is gone before " + seen.Describe()});
    }
  }
}

// S12 to S14, for the hooks of the first container.
void Judge::JudgeHookStart(const World& after, const Call& call, const CallResult& result,
                           Ghost& ghost, Violations& violations) const {
  const SpawnRequest request = sim::DecodeSpawn(after.texts(), call.text);
  const ContainerSetup& setup = scenario_.containers[0];
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    if (request.path != HookPath(setup, i)) continue;
    const std::string name = "hook " + request.path;
    // One that could not be started for want of something was tried, and may be tried again.
    if (result.error == 0 && ++ghost.hook_starts[i] > 1) {
      violations.push_back({"S14", name + " was started twice"});
    }
    if (setup.hooks[i].kind != HookKind::kPoststop) return;
    if (ghost.last_poststop > static_cast<int>(i)) {
      violations.push_back({"S13", name + " was started after a later one"});
    }
    ghost.last_poststop = static_cast<std::int8_t>(i);
    const Observation seen = Observe(after, ghost, 0);
    if (!seen.record_exists()) {
      violations.push_back({"S7", name + " was started after the record was gone"});
    }
    if (!seen.processes.empty()) {
      violations.push_back({"S12", name + " was started while there lived " + seen.Describe()});
    }
    if (request.stdin_text.find("\"stopped\"") == std::string::npos) {
      violations.push_back({"S12", name + " read " + request.stdin_text});
    }
    return;
  }
}

}  // namespace reapcheck::scenario
