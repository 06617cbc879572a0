#include "conformance/property/life_command.h"

#include <ostream>
#include <tuple>

namespace reapcheck::property {
namespace {

using scenario::HookEnd;
using scenario::HookKind;
using scenario::Operation;
using scenario::Verb;

// Longer than any of the operations is without a wait: a later fault does not happen.
constexpr int kMostCalls = 240;
constexpr int kMostErrors = 6;
constexpr int kMostOthers = 2;
constexpr int kMostHooks = 3;

class StepCommand : public LifeCommand {
 public:
  explicit StepCommand(Step step) : step_(std::move(step)) {}

  void checkPreconditions(const Life& life) const override { RC_PRE(IsPossible(life, step_)); }
  void apply(Life& life) const override { life = After(life, step_); }
  void run(const Life&, LifeCheck& check) const override {
    const std::string wrong = check.Run(step_);
    if (!wrong.empty()) RC_FAIL(wrong);
  }
  void show(std::ostream& out) const override { out << ToString(step_); }

 private:
  const Step step_;
};

// In the order in which a life has them: a smaller sequence has earlier ones.
std::vector<Operation> PlainOperations(const Mixture& mixture) {
  std::vector<Operation> all = {{.verb = Verb::kCreate},
                                {.verb = Verb::kStart},
                                {.verb = Verb::kKill, .signal = "KILL"}};
  for (int i = 0; i < mixture.deletes; ++i) {
    if (!mixture.force_only) all.push_back({.verb = Verb::kDelete});
    all.push_back({.verb = Verb::kDelete, .force = true});
  }
  const std::vector<Operation> rest = {{.verb = Verb::kPause},
                                       {.verb = Verb::kResume},
                                       {.verb = Verb::kState},
                                       {.verb = Verb::kKill, .signal = "TERM"},
                                       {.verb = Verb::kKill, .signal = "0"},
                                       {.verb = Verb::kKill, .signal = "WINCH"},
                                       {.verb = Verb::kKill, .signal = "NOSUCH"}};
  all.insert(all.end(), rest.begin(), rest.end());
  return all;
}

void AddOperations(const Mixture& mixture, FaultKind fault, int weight, std::vector<Step>& steps) {
  for (int i = 0; i < weight; ++i) {
    for (const Operation& operation : PlainOperations(mixture)) {
      steps.push_back({.operation = operation, .fault = fault});
    }
  }
}

// What comes beside a delete, and what engines do at once without one.
void AddTogether(const Mixture& mixture, std::vector<Step>& steps) {
  const Operation plain{.verb = Verb::kDelete};
  const Operation force{.verb = Verb::kDelete, .force = true};
  const Operation kill{.verb = Verb::kKill, .signal = "KILL"};
  const std::vector<std::pair<Operation, Operation>> pairs = {
      {plain, plain}, {force, force}, {plain, force}, {force, plain}, {kill, force},
      {force, kill},  {kill, plain},  {kill, kill},   {{.verb = Verb::kCreate}, force},
      {{.verb = Verb::kStart}, force}, {{.verb = Verb::kState}, force},
      {{.verb = Verb::kCreate}, {.verb = Verb::kCreate}},
      {{.verb = Verb::kStart}, {.verb = Verb::kStart}}};
  for (int i = 0; i < mixture.together; ++i) {
    for (const auto& [one, other] : pairs) {
      steps.push_back({.kind = StepKind::kTogether, .operation = one, .other = other});
    }
  }
}

// What leads on from where the container is: without it most of what is drawn is refused.
void AddNext(const Life& life, std::size_t weight, std::vector<Step>& steps) {
  if (life.may.Has(Stage::kAbsent)) {
    steps.insert(steps.end(), weight, {.operation = {.verb = Verb::kCreate}});
  }
  if (life.may.Has(Stage::kCreated)) {
    steps.insert(steps.end(), weight, {.operation = {.verb = Verb::kStart}});
  }
}

std::vector<Step> Candidates(const Life& life, const Mixture& mixture) {
  std::vector<Step> all;
  AddNext(life, static_cast<std::size_t>(mixture.next), all);
  AddOperations(mixture, FaultKind::kNone, mixture.plain, all);
  for (int i = 0; i < mixture.events; ++i) all.push_back({.kind = StepKind::kInitDies});
  for (int i = 0; i < mixture.damage; ++i) {
    all.push_back({.kind = StepKind::kStateLost});
    all.push_back({.kind = StepKind::kStateCut});
  }
  AddTogether(mixture, all);
  AddOperations(mixture, FaultKind::kCrash, mixture.crashes, all);
  AddOperations(mixture, FaultKind::kErrno, mixture.errnos, all);
  std::erase_if(all, [&](const Step& step) { return !IsPossible(life, step); });
  return all;
}

using CommandPointer = std::shared_ptr<const LifeCommand>;

// Numbers are drawn from their whole range whatever the length of the sequence is.
rc::Gen<int> Below(int end) { return rc::gen::resize(100, rc::gen::inRange(0, end)); }

rc::Gen<CommandPointer> NextCommand(const Life& life, const Mixture& mixture) {
  auto candidates = std::make_shared<std::vector<Step>>(Candidates(life, mixture));
  const int count = static_cast<int>(candidates->size());
  const auto drawn = rc::gen::tuple(Below(count), Below(kMostCalls), Below(kMostErrors),
                                    Below(mixture.repeats ? 2 : 1));
  return rc::gen::map(drawn, [candidates, last = life.last](
                                 const std::tuple<int, int, int, int>& numbers) {
    const auto [which, at, error, again] = numbers;
    Step step = (*candidates)[static_cast<std::size_t>(which)];
    if (again != 0 && last) step = *last;
    if (step.fault != FaultKind::kNone || step.kind == StepKind::kTogether) step.at = at + 1;
    step.error = step.fault == FaultKind::kErrno ? error : 0;
    return CommandPointer(std::make_shared<StepCommand>(std::move(step)));
  });
}

HookEnd EndOf(int number, const Mixture& mixture) {
  constexpr HookEnd kSimulated[] = {HookEnd::kSucceeds, HookEnd::kFails,     HookEnd::kIsKilled,
                                    HookEnd::kIsMissing, HookEnd::kHangs,    HookEnd::kAsksState,
                                    HookEnd::kDeletes};
  constexpr HookEnd kReal[] = {HookEnd::kSucceeds, HookEnd::kFails, HookEnd::kIsKilled,
                               HookEnd::kIsMissing};
  const auto index = static_cast<std::size_t>(number);
  return mixture.is_real ? kReal[index % std::size(kReal)]
                         : kSimulated[index % std::size(kSimulated)];
}

// Mostly poststop hooks: those of the other kinds end a life early when they fail.
scenario::HookSetup HookOf(int number, const Mixture& mixture) {
  constexpr HookKind kKinds[] = {HookKind::kPoststop, HookKind::kPoststop,
                                 HookKind::kPoststop, HookKind::kPoststop,
                                 HookKind::kPrestart, HookKind::kCreateRuntime,
                                 HookKind::kPoststart};
  const int kinds = static_cast<int>(std::size(kKinds));
  const HookKind kind = kKinds[number % kinds];
  HookEnd end = EndOf(number / kinds, mixture);
  // Elsewhere what it deletes is not there yet, or not wholly, and beside another delete there are
  // three: that is the explorer's to try.
  const bool can_delete = kind == HookKind::kPoststop && mixture.together == 0;
  if (!can_delete && end == HookEnd::kDeletes) end = HookEnd::kSucceeds;
  return {kind, end};
}

Setup SetupOf(const std::tuple<int, int, int, std::vector<int>>& numbers, const Mixture& mixture) {
  const auto& [kernel, shares_pids, others, hooks] = numbers;
  Setup setup{.shares_pids = shares_pids != 0, .others = others};
  if (!mixture.is_real) {
    setup.layout = kernel == 2 ? sim::CgroupLayout::kV1 : sim::CgroupLayout::kV2;
    setup.has_cgroup_kill = kernel == 0;
  }
  for (const int number : hooks) setup.hooks.push_back(HookOf(number, mixture));
  return setup;
}

}  // namespace

rc::Gen<Setup> Setups(const Mixture& mixture) {
  constexpr int kHookNumbers = 49;  // kinds by ends
  const auto hooks = rc::gen::mapcat(Below(mixture.has_hooks ? kMostHooks + 1 : 1), [](int count) {
    return rc::gen::container<std::vector<int>>(static_cast<std::size_t>(count),
                                                Below(kHookNumbers));
  });
  return rc::gen::map(rc::gen::tuple(Below(3), Below(2), Below(kMostOthers + 1), hooks),
                      [mixture](const auto& numbers) { return SetupOf(numbers, mixture); });
}

rc::Gen<Commands> Sequences(const Setup& setup, const Mixture& mixture) {
  return rc::state::gen::commands(
      Life{.setup = setup}, [mixture](const Life& life) { return NextCommand(life, mixture); });
}

std::string RunSequence(const Setup& setup, const Commands& commands, LifeCheck& check) {
  try {
    rc::state::runAll(commands, Life{.setup = setup}, check);
  } catch (const rc::detail::CaseResult& result) {
    return result.description;
  }
  return check.Finish();
}

}  // namespace reapcheck::property
