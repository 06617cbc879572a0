#include "conformance/sweep/life.h"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>

#include "conformance/case_end.h"
#include "conformance/inject/injector.h"
#include "conformance/inject/watched_call.h"
#include "conformance/lab.h"
#include "conformance/lab_impl.h"
#include "conformance/lab_injector.h"
#include "sim/fault_table.h"

namespace reapcheck::sweep {
namespace {

using conformance::CaseOutcome;
using conformance::Container;
using conformance::Invocation;
using conformance::Lab;
using conformance::LabBroken;
using conformance::LabSettings;
using conformance::Observation;
using conformance::Verdict;
using conformance::Violations;
using inject::Action;
using inject::Injector;
using Json = nlohmann::json;

// Until a call is reached: any operation has come to its end long before.
constexpr std::chrono::seconds kLongestWait{20};

std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Invocation Finished(conformance::PendingInvocation& pending, const Injector& injector) {
  Invocation call = pending.Finish();
  conformance::CheckTracer(injector);
  return call;
}

Invocation RunInjected(Lab& lab, const conformance::Arguments& command,
                       const std::shared_ptr<Injector>& injector) {
  auto pending = lab.runtime().Begin(command, {.may_hang = true, .injector = injector});
  return Finished(pending, *injector);
}

class Life {
 public:
  Life(Lab& lab, Operation operation, const Point& point, Multiplicity poststop)
      : lab_(lab), operation_(operation), point_(point), poststop_(poststop) {}

  LifeResult Run() {
    container_ = Prepare(lab_, operation_);
    before_ = lab_.Observe(container_);
    const auto injector =
        std::make_shared<Injector>(PlacesOf(lab_, container_), point_.injection);
    const auto command = CommandOf(operation_, container_);
    const Invocation first = point_.second ? RunPair(command, injector)
                                           : RunInjected(lab_, command, injector);
    result_.reached = injector->reached() > 0 || point_.injection.action == Action::kNothing;
    if (!result_.reached) {
      lab_.runtime().DeleteForce(container_.id);
      return result_;
    }
    if (first.timed_out) Violate("L1", first.Describe());
    if (!point_.second) JudgeExit(first);
    // A pause may end either way; what was frozen to be killed is thawed again, where it can be.
    if (goes_on() && !point_.injection.lasting && operation_ != Operation::kPause) {
      Add(JudgeThawed(before_, lab_.Observe(container_)));
    }
    if (operation_ == Operation::kDeleteRunning && !point_.second) JudgeRefused(first);
    // Beside a second operation the world may be of its making.
    if (IsDelete(operation_) && !point_.second) JudgeDeleted(first);
    Recover(command);
    JudgeHooks();
    return result_;
  }

 private:
  // Its process is not ended in the middle.
  bool goes_on() const {
    const FaultKind kind = FaultKindOf(point_);
    return kind == FaultKind::kErrno || kind == FaultKind::kShort || kind == FaultKind::kDelay;
  }
  bool is_crash() const { return !goes_on() && !point_.second; }

  // The second operation runs while the first is held at the call. One that waits for the first is
  // right to; it gets the time that an operation which waits for nobody needs.
  Invocation RunPair(const conformance::Arguments& command,
                     const std::shared_ptr<Injector>& injector) {
    constexpr std::chrono::milliseconds kAlone{300};
    conformance::Lab::Impl& lab = lab_.impl();
    auto first = lab_.runtime().Begin(command, {.may_hang = true, .injector = injector});
    const auto is_held = [&] { return injector->is_held() || !first.Running(); };
    conformance::AwaitQuietly(lab, kLongestWait, is_held);
    if (!injector->is_held()) return Finished(first, *injector);
    auto second = lab_.runtime().Begin(CommandOf(*point_.second, container_), {.may_hang = true});
    conformance::AwaitQuietly(lab, kAlone, [&] { return !second.Running(); });
    injector->Release();
    const Invocation other = second.Finish();
    if (other.timed_out) Violate("L1", "beside it " + other.Describe());
    return Finished(first, *injector);
  }

  // What SIGKILL has reached dies soon.
  bool Await(const std::function<bool()>& condition) {
    constexpr std::chrono::seconds kDeath{3};
    return conformance::AwaitQuietly(lab_.impl(), kDeath, condition);
  }

  void Violate(const std::string& invariant, const std::string& summary) {
    result_.violations.push_back({invariant, summary});
  }
  void Add(const Violations& found) {
    result_.violations.insert(result_.violations.end(), found.begin(), found.end());
  }

  void JudgeDeleted(const Invocation& first) {
    const Observation after = lab_.Observe(container_);
    Add(JudgeDelete({.ok = first.ok()}, after));
    if (!first.ok()) Add(JudgeFailedDelete(after));
  }

  // Why a caller may expect that the operation succeeds in spite of the fault; "" when it may fail.
  std::string WhyItHasToSucceed() const {
    const inject::Injection& fault = point_.injection;
    switch (fault.action) {
      case Action::kDelay:
        return "a delay ends it";
      case Action::kShorten:
        return "a write that took a part ends it";
      case Action::kFail: {
        const auto op = inject::OpOfVerb(fault.call.substr(0, fault.call.find(' ')));
        const bool is_transient = op && !fault.lasting &&
                                  sim::IsTransient(*op, sim::KindOfClass(fault.call), fault.error);
        return is_transient ? "one transient error ends it" : "";
      }
      default:
        return "";
    }
  }

  // What success promises, and which faults are none of the caller's business.
  void JudgeExit(const Invocation& first) {
    const std::string why = WhyItHasToSucceed();
    const bool may_fail = operation_ == Operation::kDeleteRunning;
    if (!first.ok() && !first.timed_out && !why.empty() && !may_fail) {
      const bool is_interrupted = point_.injection.error == EINTR;
      Violate(is_interrupted ? "L7" : "L2", why + ": " + first.Describe());
    }
    if (!first.ok()) return;
    const bool is_kill = operation_ == Operation::kKill || operation_ == Operation::kKillShared;
    if (is_kill && !Await([this] { return !lab_.Alive(container_.init); })) {
      Violate("A22", "kill succeeded, and init lives");
    }
    const auto is_empty = [this] { return lab_.Members(container_).empty(); };
    if (operation_ == Operation::kKillShared && !Await(is_empty)) {
      Violate("L4", "kill succeeded, and there is left: " + lab_.Observe(container_).Describe());
    }
    const std::string wanted = operation_ == Operation::kCreate  ? "created"
                               : operation_ == Operation::kPause ? "paused"
                               : operation_ == Operation::kStart ||
                                       operation_ == Operation::kResume
                                   ? "running"
                                   : "";
    const std::string status = wanted.empty() ? "" : lab_.runtime().Status(container_.id);
    if (status != wanted) {
      Violate("A6", std::string(OperationName(operation_)) + " succeeded, and the status is '" +
                        status + "'");
    }
  }

  // Nothing that goes wrong makes a running container one that may be deleted.
  void JudgeRefused(const Invocation& first) {
    if (first.ok()) Violate("S4", "delete of a running container succeeded: " + first.Describe());
    if (!lab_.Alive(container_.init)) Violate("S4", "a delete without force ended init");
    const Observation after = lab_.Observe(container_);
    if (!after.record_exists()) Violate("S4", "a delete without force removed the record");
  }

  // An engine's next steps.
  void Recover(const conformance::Arguments& command) {
    Invocation last;
    // A container that create has made in spite of all is not made again, and one that runs is not
    // deleted.
    const bool is_repeated =
        operation_ != Operation::kCreate && operation_ != Operation::kDeleteRunning;
    if (is_repeated) last = Ask(command);
    const bool is_deleted = IsDelete(operation_) && last.ok();
    if (!is_deleted) last = Ask({"delete", "--force", container_.id});
    const Observation end = lab_.Observe(container_);
    result_.converged = end.gone() && last.ok();
    if (!last.ok() && !last.timed_out) {
      Violate("L9", "afterwards, with nothing wrong any more: " + last.Describe());
    }
    if (!end.gone()) Violate("L9", "afterwards there is left: " + end.Describe());
  }

  Invocation Ask(const conformance::Arguments& command) {
    Invocation call = lab_.runtime().Run(command, {.may_hang = true});
    if (call.timed_out) Violate("L1", "afterwards, with nothing wrong any more: " +
                                          call.Describe());
    return call;
  }

  void JudgeHooks() {
    // A create that failed owes them only when it got far enough; a hook that was kept from
    // running has failed, and is over.
    const bool may_be_missing =
        operation_ == Operation::kCreate || point_.second == Operation::kCreate ||
        point_.injection.call == "spawn hook" ||
        (is_crash() && poststop_ == Multiplicity::kAtMostOnce);
    const bool may_be_twice = is_crash() && poststop_ == Multiplicity::kAtLeastOnce;
    for (const std::string& name : PoststopHooks()) {
      const auto records = lab_.Hooks();
      const auto count = std::ranges::count_if(records, [&name](const auto& record) {
        return record.kind == "poststop" && record.name == name;
      });
      // A create beside it may have made a second container, with hooks of its own.
      const bool is_one_life = point_.second != Operation::kCreate;
      if (count > 1 && !may_be_twice && is_one_life) {
        Violate("S14", "poststop hook " + name + " ran " + std::to_string(count) + " times");
      }
      if (count == 0 && !may_be_missing) Violate("S14", "poststop hook " + name + " never ran");
    }
  }

  Lab& lab_;
  const Operation operation_;
  const Point& point_;
  const Multiplicity poststop_;
  Container container_;
  Observation before_;
  LifeResult result_;
};

Json ToJson(const LifeResult& result) {
  Json violations = Json::array();
  for (const auto& violation : result.violations) {
    violations.push_back({{"invariant", violation.invariant}, {"summary", violation.summary}});
  }
  return {{"reached", result.reached},
          {"converged", result.converged},
          {"missing", result.missing},
          {"violations", std::move(violations)}};
}

}  // namespace

CaseOutcome RunCensus(const LabSettings& settings, Operation operation) {
  auto [outcome, failures] =
      conformance::RunFunctionHere(settings, [&](Lab& lab, CaseOutcome& result) {
        const Container container = Prepare(lab, operation);
        const auto injector =
            std::make_shared<Injector>(PlacesOf(lab, container), inject::Injection{});
        const Invocation call = RunInjected(lab, CommandOf(operation, container), injector);
        const bool is_right = operation == Operation::kDeleteRunning ? call.refused() : call.ok();
        if (!is_right) throw LabBroken("with nothing wrong " + call.Describe());
        if (!injector->is_complete()) throw LabBroken("more calls than can be noted");
        result.reason = CensusText(injector->Seen());
      });
  if (!failures.empty()) outcome.reason = failures;
  return outcome;
}

std::string CensusText(const std::vector<inject::SeenCall>& calls) {
  Json seen = Json::array();
  for (const inject::SeenCall& entry : calls) {
    seen.push_back({entry.call, entry.occurrence, entry.is_effect, entry.path, entry.number});
  }
  return Text(seen);
}

std::optional<std::vector<inject::SeenCall>> ParseCensus(const std::string& text) {
  const Json parsed = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_array()) return std::nullopt;
  std::vector<inject::SeenCall> seen;
  for (const Json& entry : parsed) {
    seen.push_back({.call = entry.at(0),
                    .occurrence = entry.at(1),
                    .path = entry.at(3),
                    .is_effect = entry.at(2),
                    .number = entry.at(4)});
  }
  return seen;
}

CaseOutcome RunLife(const LabSettings& settings, Operation operation, const Point& point,
                    Multiplicity poststop) {
  LifeResult life;
  auto [outcome, failures] =
      conformance::RunFunctionHere(settings, [&](Lab& lab, CaseOutcome&) {
        life = Life(lab, operation, point, poststop).Run();
      });
  return OutcomeOf(std::move(outcome), failures, std::move(life));
}

CaseOutcome OutcomeOf(CaseOutcome outcome, const std::string& failures, LifeResult life) {
  if (outcome.verdict == Verdict::kBroken) return outcome;
  if (!failures.empty() && life.violations.empty()) life.violations.push_back({"L9", failures});
  outcome.verdict = !life.violations.empty() ? Verdict::kFail
                    : life.reached           ? Verdict::kPass
                                             : Verdict::kSkip;
  outcome.reason = Text(ToJson(life));
  return outcome;
}

std::optional<LifeResult> ParseLife(const std::string& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const Json parsed = Json::parse(text.substr(0, end), nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return std::nullopt;
  LifeResult result{.reached = parsed.at("reached"), .converged = parsed.at("converged"),
                    .missing = parsed.value("missing", "")};
  for (const Json& violation : parsed.at("violations")) {
    result.violations.push_back({violation.at("invariant"), violation.at("summary")});
  }
  // A leak counts beside what the oracle of the container did not see.
  if (end < text.size() && result.violations.empty()) {
    result.violations.push_back({"S8", text.substr(end + 1)});
  }
  return result;
}

}  // namespace reapcheck::sweep
