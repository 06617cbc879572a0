#include "conformance/sweep/scenario_judgement.h"

#include <algorithm>
#include <cerrno>
#include <functional>

#include "conformance/inject/watched_call.h"
#include "conformance/lab_impl.h"
#include "conformance/scenario/judge.h"
#include "sim/fault_table.h"

namespace reapcheck::sweep {
namespace {

using conformance::Container;
using conformance::Invocation;
using conformance::Observation;
using conformance::Violations;
using inject::Action;
using inject::Injection;
using scenario::ContainerSetup;
using scenario::HookEnd;
using scenario::HookKind;
using scenario::Operation;
using scenario::Reached;
using scenario::Verb;

bool IsLive(const ContainerSetup& setup) {
  return setup.reached == Reached::kRunning || setup.reached == Reached::kPaused;
}

// Its process is ended in the middle.
bool IsCrash(const ReplayPlan& plan) {
  return plan.has(Action::kKillBefore) || plan.has(Action::kKillAfter) ||
         plan.has(Action::kTerminate);
}

// A call does not do what was asked, or not yet.
bool HasFault(const ReplayPlan& plan) {
  return plan.has(Action::kFail) || plan.has(Action::kShorten) || plan.has(Action::kDelay);
}

class Judgement {
 public:
  explicit Judgement(const Story& story) : story_(story) {}

  Violations Run() {
    for (const Invocation& end : story_.ends) {
      if (end.timed_out) Violate("L1", end.Describe());
    }
    JudgeOthers();
    if (is_single()) {
      JudgeExitStatus(story_.ends.front());
      JudgePromise(operation(0), story_.ends.front());
    }
    for (std::size_t i = 0; i < story_.ends.size(); ++i) {
      if (operation(i).verb == Verb::kDelete) JudgeDeleted(operation(i), story_.ends[i]);
    }
    if (!is_single() && !is_crash() && !is_errno()) JudgeWhole();
    const bool may_freeze = has(Verb::kPause) || is_crash() || is_lasting();
    for (std::size_t i = 0; i < story_.before.size() && !may_freeze; ++i) {
      Add(JudgeThawed(story_.before[i], ObserveOwn(story_, i)));
    }
    return std::move(found_);
  }

 private:
  bool is_single() const { return story_.plan.invocations.size() == 1; }
  bool is_crash() const { return IsCrash(story_.plan); }
  bool is_errno() const { return HasFault(story_.plan); }
  bool is_lasting() const {
    return std::ranges::any_of(story_.plan.invocations, [](const InvocationPlan& invocation) {
      return std::ranges::any_of(invocation.injections, &Injection::lasting);
    });
  }
  bool has(Verb verb) const {
    return std::ranges::any_of(story_.scenario.operations,
                               [verb](const Operation& one) { return one.verb == verb; });
  }
  const Operation& operation(std::size_t invocation) const {
    return story_.scenario.operations[story_.plan.invocations[invocation].operation];
  }
  std::size_t IndexOf(const Operation& operation) const {
    const auto& all = story_.scenario.containers;
    return std::ranges::find(all, operation.id, &ContainerSetup::id) - all.begin();
  }
  const ContainerSetup& SetupOf(const Operation& operation) const {
    return story_.scenario.containers[IndexOf(operation)];
  }
  const Container& ContainerOf(const Operation& operation) const {
    return story_.stage.containers[IndexOf(operation)];
  }

  void Violate(const std::string& invariant, const std::string& summary) {
    found_.push_back({invariant, summary});
  }
  void Add(const Violations& found) { found_.insert(found_.end(), found.begin(), found.end()); }

  // What SIGKILL has reached dies soon.
  bool Await(const std::function<bool()>& condition) {
    constexpr std::chrono::seconds kDeath{3};
    return conformance::AwaitQuietly(story_.lab.impl(), kDeath, condition);
  }

  // S10: whom no operation names.
  void JudgeOthers() {
    for (const conformance::ProcessId& bystander : story_.stage.bystanders) {
      if (story_.lab.Unhurt(bystander)) continue;
      Violate("S10", "process " + std::to_string(bystander.pid) +
                         " is not the container's and was hurt");
    }
    const std::string& foreign = story_.stage.foreign_cgroup;
    if (!foreign.empty() && story_.lab.DirsOf(foreign).empty()) {
      Violate("S10", "a cgroup that was there before is gone: " + foreign);
    }
    for (std::size_t i = 0; i < story_.before.size(); ++i) {
      const auto& all = story_.scenario.operations;
      const std::string& id = story_.scenario.containers[i].id;
      if (std::ranges::find(all, id, &Operation::id) != all.end()) continue;
      const Observation& before = story_.before[i];
      const Observation now = ObserveOwn(story_, i);
      const bool is_same = now.processes.size() == before.processes.size() &&
                           now.cgroups.size() == before.cgroups.size() &&
                           now.files.size() == before.files.size();
      if (!is_same) Violate("S10", "another container has changed: " + now.Describe());
    }
  }

  // The one fault of the run, where that is all.
  const Injection* OnlyFault() const {
    const auto& injections = story_.plan.invocations.front().injections;
    return injections.size() == 1 ? &injections[0] : nullptr;
  }

  void JudgeExitStatus(const Invocation& end) {
    const bool is_expected = end.ok() != story_.scenario.operations[0].is_refused;
    if (is_expected || end.timed_out || is_crash()) return;
    if (!is_errno()) {
      return Violate(scenario::StatusInvariantOf(story_.scenario),
                     "nothing went wrong, and " + end.Describe());
    }
    const Injection* fault = OnlyFault();
    if (fault == nullptr || fault->lasting) return;
    if (fault->action != Action::kFail) {
      return Violate("L2", "a delay or a write that took a part ends it: " + end.Describe());
    }
    const auto op = inject::OpOfVerb(fault->call.substr(0, fault->call.find(' ')));
    if (!op || !sim::IsTransient(*op, sim::KindOfClass(fault->call), fault->error)) return;
    Violate(fault->error == EINTR ? "L7" : "L2", "one transient error ends it: " + end.Describe());
  }

  void JudgePromise(const Operation& operation, const Invocation& end) {
    switch (operation.verb) {
      case Verb::kKill:
        return JudgeKill(operation, end);
      case Verb::kCreate:
        JudgeCreate(operation, end);
        return JudgeStatus(operation, end, "created");
      case Verb::kPause:
        return JudgeStatus(operation, end, "paused");
      case Verb::kStart:
      case Verb::kResume:
        return JudgeStatus(operation, end, "running");
      case Verb::kDelete:
      case Verb::kExec:
      case Verb::kState:
        return;
    }
  }

  void JudgeKill(const Operation& operation, const Invocation& end) {
    const ContainerSetup& setup = SetupOf(operation);
    const Container& container = ContainerOf(operation);
    const bool is_over = setup.reached == Reached::kStopped || setup.reached == Reached::kZombie;
    const bool is_empty =
        setup.pid_namespace == scenario::PidNamespace::kPrivate || setup.processes == 0;
    if (is_over && is_empty && end.ok()) {
      return Violate("S5", "kill of a container that is stopped succeeded");
    }
    if (!end.ok() || operation.signal != "KILL") return;
    if (!Await([&] { return !story_.lab.Alive(container.init); })) {
      Violate("L3", "kill KILL succeeded and init lives");
    }
    if (!Await([&] { return story_.lab.Members(container).empty(); })) {
      Violate("L4", "kill KILL succeeded and there lives " +
                        story_.lab.Observe(container).Describe());
    }
  }

  // S25. A fault that stays keeps create from clearing up too; then delete --force can.
  void JudgeCreate(const Operation& operation, const Invocation& end) {
    const bool is_new = SetupOf(operation).reached == Reached::kNothing;
    const bool is_excused = is_lasting() || is_crash() || (operation.is_refused && is_errno());
    if (end.ok() || !is_new || is_excused) return;
    Add(JudgeFailedCreate(ObserveOwn(story_, IndexOf(operation))));
  }

  void JudgeStatus(const Operation& operation, const Invocation& end, const std::string& wanted) {
    if (!end.ok() || operation.is_refused) return;
    const std::string status = story_.lab.runtime().Status(ContainerOf(operation).id);
    if (status == wanted) return;
    Violate("A6", CommandText(operation) + " succeeded, and the status is '" + status + "'");
  }

  void JudgeDeleted(const Operation& operation, const Invocation& end) {
    // What a create beside it makes is another container of that id.
    if (has(Verb::kCreate)) return;
    const std::size_t index = IndexOf(operation);
    const Observation after = ObserveOwn(story_, index);
    Add(JudgeDelete({.ok = end.ok()}, after));
    if (!end.ok()) Add(JudgeFailedDelete(after));
    if (!IsLive(SetupOf(operation)) || operation.force || !is_single()) return;
    if (end.ok()) Violate("S4", "delete without --force of a container that lives");
    if (!story_.lab.Alive(story_.stage.containers[index].init)) {
      Violate("S4", "a delete without force ended init");
    }
    if (story_.before[index].record_exists() && !after.record_exists()) {
      Violate("S4", "a delete without force removed the record");
    }
  }

  // S23: operations side by side leave a container that is there whole, or nothing of it.
  void JudgeWhole() {
    const Observation seen = ObserveOwn(story_, 0);
    std::vector<conformance::Outcome> deletes;
    for (std::size_t i = 0; i < story_.ends.size(); ++i) {
      if (operation(i).verb == Verb::kDelete) deletes.push_back({.ok = story_.ends[i].ok()});
    }
    if (deletes.size() == story_.ends.size()) {
      Add(JudgeConcurrentDeletes(deletes, operation(0).force, seen));
    }
    if (!seen.gone() && !seen.record_exists()) {
      Violate("S23", "what is left is no container: " + seen.Describe());
    }
  }

  const Story& story_;
  Violations found_;
};

// The names of its poststop hooks that can run.
std::vector<std::string> PoststopOf(const ContainerSetup& setup) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < setup.hooks.size(); ++i) {
    const bool is_noted = setup.hooks[i].kind == HookKind::kPoststop &&
                          setup.hooks[i].end != HookEnd::kIsMissing;
    if (is_noted) names.push_back(HookName(setup, i));
  }
  return names;
}

}  // namespace

Observation ObserveOwn(const Story& story, std::size_t container) {
  Observation seen = story.lab.Observe(story.stage.containers[container]);
  if (story.scenario.containers[container].is_cgroup_there_before) {
    std::erase_if(seen.cgroups, [&story](const conformance::CgroupInfo& cgroup) {
      return cgroup.path.ends_with(story.stage.foreign_cgroup);
    });
  }
  return seen;
}

Violations JudgeEnds(const Story& story) { return Judgement(story).Run(); }

Violations JudgePoststop(const Story& story, Multiplicity poststop) {
  const ContainerSetup& setup = story.scenario.containers[0];
  const bool is_crash = IsCrash(story.plan);
  const bool is_plain = !is_crash && !HasFault(story.plan) &&
                        story.plan.invocations.size() == 1 &&
                        story.scenario.operations[0].verb == Verb::kDelete &&
                        !story.scenario.operations[0].is_refused;
  const std::vector<std::string> listed = PoststopOf(setup);
  if (listed.empty()) return {};
  const auto records = story.lab.Hooks();
  Violations found = conformance::JudgePoststopState(records);
  if (is_plain) {
    const Violations order = conformance::JudgeHooks("poststop", listed, records);
    found.insert(found.end(), order.begin(), order.end());
    return found;
  }
  if (is_crash && poststop == Multiplicity::kAtLeastOnce) return found;
  // Another create of the id makes another container with hooks of its own.
  const auto& all = story.scenario.operations;
  const bool has_create = std::ranges::find(all, Verb::kCreate, &scenario::Operation::verb) !=
                          all.end();
  if (has_create && all.size() > 1) return found;
  for (const std::string& name : listed) {
    const auto count = std::ranges::count_if(records, [&name](const auto& record) {
      return record.kind == "poststop" && record.name == name;
    });
    if (count <= 1) continue;
    found.push_back({"S14", "poststop hook " + name + " ran " + std::to_string(count) +
                                " times"});
  }
  return found;
}

Violations JudgeRecordAtHooks(const Story& story) {
  Violations found;
  for (const std::string& name : PoststopOf(story.scenario.containers[0])) {
    if (!story.lab.ReadFile(name + ".record").starts_with("no")) continue;
    found.push_back({"S7", "poststop hook " + name + " was started after the record was gone"});
  }
  return found;
}

}  // namespace reapcheck::sweep
