// Rules and a judge for ToyModel that a test fills in as it likes.
#ifndef REAPCHECK_SIM_SCHEDULE_TOY_RULES_H_
#define REAPCHECK_SIM_SCHEDULE_TOY_RULES_H_

#include <cerrno>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "sim/explorer.h"
#include "sim/schedule_toy.h"

namespace reapcheck::sim {

struct ToyRules {
  ActorSet faultable = 0xffff;
  ActorSet crashable = 0xffff;
  std::vector<int> unlink_errors = {EBUSY};

  bool IsLocal(const ToyModel&, ActorId, const Call& call) const {
    return call.op == Op::kClockGettime || call.op == Op::kGetPid;
  }
  bool IsFaultable(const ToyModel&, ActorId actor) const { return Contains(faultable, actor); }
  bool IsCrashable(const ToyModel&, ActorId actor) const { return Contains(crashable, actor); }
  std::span<const int> FaultsOf(const ToyModel&, ActorId, const Call& call) const {
    if (call.op == Op::kUnlinkAt) return unlink_errors;
    return {};
  }
  std::uint32_t ClassOf(const ToyModel&, ActorId, const Call& call) const {
    return static_cast<std::uint32_t>(call.op);
  }
  std::string ClassName(const ToyModel&, ActorId, const Call& call) const {
    return std::string(OpName(call.op));
  }
};

struct ToyJudge {
  struct Ghost {
    int calls = 0;  // counted only where a test asks for it
  };
  std::function<void(const ToyModel&, const CallEvent&, Ghost&, std::vector<Violation>&)> on_call;
  std::function<void(const ToyModel&, End, std::vector<Violation>&)> on_end;
  ProgramId continuation = 0;  // run once after each end
  std::function<void(const ToyModel&, std::vector<Violation>&)> on_continued;

  void OnCall(const ToyModel& model, const CallEvent& event, Ghost& ghost,
              std::vector<Violation>& found) {
    if (on_call) on_call(model, event, ghost, found);
  }
  void OnChoice(const ToyModel&, const Choice&, Ghost&, std::vector<Violation>&) {}
  void OnEnd(const ToyModel& model, End end, Ghost&, std::vector<Violation>& found) {
    if (on_end) on_end(model, end, found);
  }
  bool StartContinuation(ToyModel& model, Ghost&, int index) {
    if (continuation == 0 || index > 0) return false;
    model.AddActor(continuation);
    return true;
  }
  void OnContinued(const ToyModel& model, End, int, Ghost&, std::vector<Violation>& found) {
    if (on_continued) on_continued(model, found);
  }
  std::uint64_t HashOf(const Ghost& ghost) const { return static_cast<std::uint64_t>(ghost.calls); }
};

// A behaviour, the rules and a judge that live as long as a test.
struct ToyLab {
  explicit ToyLab(std::vector<Program> programs, Memory memory = Memory::kKept)
      : behavior(texts, std::move(programs), memory), start(texts) {}

  TextTable texts;
  Behavior behavior;
  ToyModel start;
  ToyRules rules;
  ToyJudge judge;

  SearchReport Explore(const ExplorerOptions& options) {
    return Explorer<ToyModel, ToyRules, ToyJudge>(behavior, rules, judge, options).Explore(start);
  }
};

// Nothing but switches between actors, as many as there are, each state once.
inline ExplorerOptions AllInterleavings() {
  ExplorerOptions options;
  options.bounds.budget.preemptions = Budget::kUnlimited;
  options.is_deepening = false;
  options.is_dominating = false;
  return options;
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_TOY_RULES_H_
