#include "conformance/sweep/scenario_life.h"

#include <signal.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "conformance/case_end.h"
#include "conformance/inject/injector.h"
#include "conformance/lab.h"
#include "conformance/lab_impl.h"
#include "conformance/lab_injector.h"
#include "conformance/process_table.h"
#include "conformance/sweep/real_stage.h"
#include "conformance/sweep/scenario_judgement.h"

namespace reapcheck::sweep {
namespace {

using conformance::CaseOutcome;
using conformance::CaseSkipped;
using conformance::CaseStopped;
using conformance::Container;
using conformance::Invocation;
using conformance::Lab;
using conformance::LabBroken;
using conformance::LabSettings;
using conformance::Observation;
using conformance::Verdict;
using inject::Injection;
using inject::Injector;
using scenario::Operation;
using scenario::Scenario;
using scenario::Verb;

// How long it is one invocation's turn when it comes neither to where it is held nor to its end: as
// long as a whole operation takes that waits for nobody; less when it is to wait for another one.
constexpr std::chrono::seconds kTurn{5};
constexpr std::chrono::milliseconds kWaiting{300};
// Longer than any hook that comes to its end.
constexpr std::chrono::seconds kHook{1};
// A runtime's own bounds are shorter.
constexpr std::chrono::seconds kLongestRun{25};

class ScenarioLife {
 public:
  ScenarioLife(Lab& lab, const ScenarioRun& run) : lab_(lab), run_(run) {
    for (std::size_t i = 0; i < run.plan.invocations.size(); ++i) begun_.emplace_back();
  }

  LifeResult Run() {
    stage_ = MakeReal(lab_, run_.scenario, run_.cut_off);
    is_prepared_ = true;
    for (std::size_t i = 0; i < stage_.containers.size(); ++i) {
      before_.push_back(lab_.Observe(stage_.containers[i]));
    }
    for (const Turn& turn : run_.plan.turns) Go(turn);
    GoToTheEnd();
    result_.missing = MissingCall();
    result_.reached = result_.missing.empty();
    if (!result_.reached) return result_;
    const Story story{.lab = lab_,
                      .scenario = run_.scenario,
                      .plan = run_.plan,
                      .stage = stage_,
                      .before = before_,
                      .ends = ends_};
    Add(JudgeEnds(story));
    // A hook of a runtime that was killed goes on: the caller comes when it is over.
    Await(kHook, [this] { return Strays().empty(); });
    Recover(story);
    Add(JudgePoststop(story, run_.poststop));
    EndWhatHooksLeft();
    if (run_.judges_record) Add(JudgeRecordAtHooks(story));
    return result_;
  }

  bool is_prepared() const { return is_prepared_; }

 private:
  struct Begun {
    std::shared_ptr<Injector> injector;
    std::optional<conformance::PendingInvocation> pending;
  };

  const Operation& OperationOf(std::size_t invocation) const {
    return run_.scenario.operations[run_.plan.invocations[invocation].operation];
  }

  // An init that does not exist yet has no pid by which the injector could know it.
  std::vector<Injection> InjectionsOf(std::size_t invocation) const {
    const Container& container = ContainerOf(stage_, run_.scenario, OperationOf(invocation).id);
    auto injections = run_.plan.invocations[invocation].injections;
    for (Injection& injection : injections) {
      if (container.init.pid != 0) break;
      if (injection.call == "signal init") injection.call = "signal process";
      if (injection.call == "pidfd_open init") injection.call = "pidfd_open process";
    }
    return injections;
  }

  void Begin(std::size_t invocation) {
    const Operation& operation = OperationOf(invocation);
    const Container& container = ContainerOf(stage_, run_.scenario, operation.id);
    Begun& begun = begun_[invocation];
    begun.injector = std::make_shared<Injector>(PlacesOf(lab_, container), InjectionsOf(invocation),
                                                LackingIn(run_.scenario));
    begun.pending = lab_.runtime().Begin(CommandOf(operation, container),
                                         {.may_hang = true, .injector = begun.injector});
  }

  void Go(const Turn& turn) {
    Begun& begun = begun_[turn.invocation];
    if (!begun.pending) {
      Begin(turn.invocation);
    } else if (begun.injector->is_held()) {
      const int passed = begun.injector->passed();
      begun.injector->Release();
      Await(kTurn, [&] { return begun.injector->passed() > passed || !begun.pending->Running(); });
    }
    const std::chrono::milliseconds limit =
        turn.end == TurnEnd::kWaiting ? kWaiting : std::chrono::milliseconds(kTurn);
    Await(limit, [&] { return begun.injector->is_held() || !begun.pending->Running(); });
  }

  // Whoever has not begun begins when those before it are over or wait for another one.
  void GoToTheEnd() {
    for (std::size_t i = 0; i < begun_.size(); ++i) {
      if (!begun_[i].pending) Go({.invocation = i, .end = TurnEnd::kEnded});
    }
    Await(kLongestRun, [this] {
      bool is_over = true;
      for (Begun& begun : begun_) {
        if (begun.injector->is_held()) begun.injector->Release();
        is_over = is_over && !begun.pending->Running();
      }
      return is_over;
    });
    for (Begun& begun : begun_) {
      ends_.push_back(begun.pending->Finish());
      conformance::CheckTracer(*begun.injector);
    }
  }

  // Why not all that is to be injected was; "" when it was.
  std::string MissingCall() const {
    for (std::size_t i = 0; i < begun_.size(); ++i) {
      const auto wanted = InjectionsOf(i);
      const auto passed = static_cast<std::size_t>(begun_[i].injector->passed());
      if (passed >= wanted.size()) continue;
      if (wanted.size() == 1 && begun_[i].injector->reached() > 0) continue;
      const Injection& next = wanted[passed];
      const auto seen = begun_[i].injector->Seen();
      const auto count = std::ranges::count(seen, next.call, &inject::SeenCall::call);
      if (count == 0) return "never calls " + next.call;
      if (count >= next.occurrence) return "calls " + next.call + " in another order";
      return "calls " + next.call + " " + std::to_string(count) + " times, and not " +
             std::to_string(next.occurrence);
    }
    return "";
  }

  // Of no container: hooks, and what they have started.
  std::vector<conformance::ProcessId> Strays() {
    std::vector<conformance::ProcessId> strays;
    std::set<pid_t> known;
    for (const Container& container : stage_.containers) {
      known.insert(container.init.pid);
      for (const auto& process : lab_.Observe(container).processes) known.insert(process.id.pid);
    }
    for (const auto& process : lab_.Observe(stage_.containers.front()).descendants) {
      if (process.name == "payload" && !known.contains(process.id.pid)) {
        strays.push_back(process.id);
      }
    }
    return strays;
  }

  // Nobody owes the end of what a hook has left on purpose, or of one whose runtime was killed.
  void EndWhatHooksLeft() {
    const bool may_leave = std::ranges::any_of(
        run_.scenario.containers[0].hooks, [](const scenario::HookSetup& hook) {
          return hook.end == scenario::HookEnd::kLeavesChild ||
                 hook.end == scenario::HookEnd::kHangs;
        });
    if (!may_leave) return;
    for (const conformance::ProcessId& stray : Strays()) SendSignal(stray, SIGKILL);
    Await(kHook, [this] { return Strays().empty(); });
  }

  bool Await(std::chrono::milliseconds longest, const std::function<bool()>& condition) {
    return conformance::AwaitQuietly(lab_.impl(), longest, condition);
  }

  void Violate(const std::string& invariant, const std::string& summary) {
    result_.violations.push_back({invariant, summary});
  }
  void Add(const conformance::Violations& found) {
    result_.violations.insert(result_.violations.end(), found.begin(), found.end());
  }

  Invocation Ask(const Operation& operation) {
    const Container& container = ContainerOf(stage_, run_.scenario, operation.id);
    Invocation call = lab_.runtime().Run(CommandOf(operation, container), {.may_hang = true});
    if (call.timed_out) {
      Violate("L1", "afterwards, with nothing wrong any more: " + call.Describe());
    }
    return call;
  }

  // An engine's next steps.
  void Recover(const Story& story) {
    const Operation& first = run_.scenario.operations[0];
    const Operation& recovery = run_.scenario.recovery;
    const std::size_t index =
        std::ranges::find(run_.scenario.containers, recovery.id, &scenario::ContainerSetup::id) -
        run_.scenario.containers.begin();
    Invocation last;
    // A container that create has made in spite of all is not made again.
    if (first.verb != Verb::kCreate && !first.is_refused) last = Ask(first);
    const bool is_deleted = first.verb == Verb::kDelete && last.ok();
    if (is_deleted) Add(JudgeDelete({.ok = true}, ObserveOwn(story, index)));
    if (!is_deleted) last = Ask(recovery);
    lab_.SetReaping(true);
    const Observation end = ObserveOwn(story, index);
    result_.converged = end.gone() && last.ok();
    if (!last.ok() && !last.timed_out) {
      Violate("L9", "afterwards, with nothing wrong any more: " + last.Describe());
    }
    if (!end.gone()) Violate("L9", "afterwards there is left: " + end.Describe());
  }

  Lab& lab_;
  const ScenarioRun& run_;
  RealStage stage_;
  bool is_prepared_ = false;
  std::vector<Begun> begun_;  // by ReplayPlan::invocations
  std::vector<Observation> before_;
  std::vector<Invocation> ends_;
  LifeResult result_;
};

// The set-up's own end is none of the runtime's under the fault.
CaseOutcome SetUpFailed(CaseOutcome outcome, const std::string& failures) {
  if (outcome.verdict == Verdict::kBroken) return outcome;
  outcome.verdict = Verdict::kSkip;
  if (outcome.reason.empty()) outcome.reason = "its set-up: " + failures;
  return outcome;
}

}  // namespace

CaseOutcome RunScenario(const LabSettings& settings, const ScenarioRun& run) {
  LifeResult life;
  bool is_prepared = false;
  auto [outcome, failures] =
      conformance::RunFunctionHere(settings, [&](Lab& lab, CaseOutcome&) {
        ScenarioLife one(lab, run);
        try {
          life = one.Run();
        } catch (const CaseStopped&) {
          if (one.is_prepared()) throw;
          return;
        }
        is_prepared = true;
      });
  if (!is_prepared) return SetUpFailed(std::move(outcome), failures);
  if (!life.reached) failures.clear();
  return OutcomeOf(std::move(outcome), failures, std::move(life));
}

CaseOutcome RunScenarioCensus(const LabSettings& settings, const Scenario& scenario,
                              const std::optional<Injection>& cut_off) {
  bool is_prepared = false;
  auto [outcome, failures] =
      conformance::RunFunctionHere(settings, [&](Lab& lab, CaseOutcome& result) {
        RealStage stage = MakeReal(lab, scenario, cut_off);
        is_prepared = true;
        const scenario::Operation& first = scenario.operations[0];
        const Container& container = ContainerOf(stage, scenario, first.id);
        const auto injector = std::make_shared<Injector>(
            PlacesOf(lab, container), std::vector<Injection>{}, LackingIn(scenario));
        auto pending = lab.runtime().Begin(CommandOf(first, container),
                                           {.may_hang = true, .injector = injector});
        const Invocation call = pending.Finish();
        conformance::CheckTracer(*injector);
        if (!injector->is_complete()) throw LabBroken("more calls than can be noted");
        if (call.ok() == first.is_refused) {
          throw CaseSkipped("with nothing wrong " + call.Describe());
        }
        result.reason = CensusText(injector->Seen());
      });
  if (!is_prepared) return SetUpFailed(std::move(outcome), failures);
  if (!failures.empty()) outcome.reason = failures;
  return outcome;
}

}  // namespace reapcheck::sweep
