// A Scheduler whose every step is judged: what the exhaustive search, the random ones, replay and
// shrinking have in common.
//
// Borrows the behaviour, the rules and the judge. One thread.
#ifndef REAPCHECK_SIM_SCHEDULE_JUDGED_H_
#define REAPCHECK_SIM_SCHEDULE_JUDGED_H_

#include <span>
#include <string>
#include <vector>

#include "sim/explorer_report.h"
#include "sim/key_map.h"
#include "sim/schedule.h"
#include "sim/schedule_trace.h"

namespace reapcheck::sim {

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
class JudgedScheduler {
 public:
  using Ghost = typename Judge::Ghost;

  struct State {
    System<Model> system;
    Ghost ghost{};
    // The last call that changed what others can see; it lives in the behaviour. Only for reports.
    const Call* last_effect = nullptr;
  };

  // One that is longer is cut off: it never ends, or is as good as that.
  static constexpr std::uint64_t kMaxContinuation = 100'000;

  JudgedScheduler(Behavior& behavior, const Rules& rules, Judge& judge)
      : scheduler_(behavior, rules), judge_(judge) {}

  // With the actors of `model` started and no budget.
  State Start(const Model& model) {
    State state{System<Model>(model)};
    Observer observer{*this, state};
    is_well_ &= scheduler_.Start(state.system, observer);
    return state;
  }
  // `choice` must be possible. What the judge found is in found() afterwards. False: a program is
  // not deterministic, and the state is of no use.
  bool Apply(State& state, const Choice& choice) {
    Observer observer{*this, state};
    if (trace_ != nullptr) trace_->choices.push_back(choice);
    is_well_ &= scheduler_.Apply(state.system, choice, observer);
    return is_well_;
  }
  std::uint64_t KeyOf(const State& state, const Survey& survey) const {
    return sim::KeyOf(state.system, survey) ^ Mix(judge_.HashOf(state.ghost) + 1);
  }
  // The judge's last word on a schedule, continuations included, is in found() afterwards.
  void JudgeEnd(const State& state, End end);
  // Goes on by Default, at most `limit` choices. Stops at what the judge finds.
  End Finish(State& state, std::uint64_t limit, std::vector<Choice>* made = nullptr);

  // From here on every step goes into `trace`, which is borrowed; null: no longer.
  void Record(Trace* trace) { trace_ = trace; }

  // Empties found() into the log. `choices` lead there from `start`.
  void Log(const Model& start, const State& state, std::span<const Choice> choices, int cost);

  std::vector<Violation>& found() { return found_; }
  bool is_well() const { return is_well_; }
  SearchStats& stats() { return stats_; }
  ViolationLog& log() { return log_; }
  Judge& judge() { return judge_; }
  const Scheduler<Model, Rules>& scheduler() const { return scheduler_; }
  Behavior& behavior() const { return scheduler_.behavior(); }

  static End EndOf(const State& state) {
    return state.system.alive == 0 ? End::kOver : End::kStuck;
  }

 private:
  struct Observer {
    JudgedScheduler& owner;
    State& state;

    void BeforeCall(const Model& model, ActorId actor, const Call& call) {
      if (owner.trace_ != nullptr) owner.RecordCall(model, actor, call);
    }
    void OnCall(const Model& model, const CallEvent& event) {
      ++owner.stats_.kernel_calls;
      if (owner.trace_ != nullptr) owner.RecordResult(event);
      if (event.is_fault) owner.stats_.faults.Add(event.call.op, event.result.error);
      if (event.is_fault || (IsEffect(event.call.op) && event.result.error == 0)) {
        state.last_effect = &event.call;
      }
      owner.judge_.OnCall(model, event, state.ghost, owner.found_);
      if (owner.trace_ != nullptr) owner.trace_->steps.back().violations = owner.found_;
    }
    void OnChoice(const Model& model, const Choice& choice) {
      owner.judge_.OnChoice(model, choice, state.ghost, owner.found_);
      if (owner.trace_ != nullptr) owner.RecordChoice(model, choice);
    }
  };
  // Notes the class of the last effect, which only the model before it tells.
  struct ClassObserver {
    const Rules& rules;
    std::string before;
    std::string last;

    void BeforeCall(const Model& model, ActorId actor, const Call& call) {
      before = rules.ClassName(model, actor, call);
    }
    void OnCall(const Model&, const CallEvent& event) {
      if (event.is_fault || (IsEffect(event.call.op) && event.result.error == 0)) last = before;
    }
    void OnChoice(const Model&, const Choice&) {}
  };

  // `ghost`: what the judge remembers after the end.
  void RunContinuations(const State& state, const Ghost& ghost);
  void RecordCall(const Model& model, ActorId actor, const Call& call);
  void RecordResult(const CallEvent& event);
  void RecordChoice(const Model& model, const Choice& choice);
  std::string LastEffectClass(const Model& start, std::span<const Choice> choices);

  Scheduler<Model, Rules> scheduler_;
  Judge& judge_;
  std::vector<Violation> found_;
  bool is_well_ = true;
  SearchStats stats_;
  ViolationLog log_;
  Trace* trace_ = nullptr;
  int continuation_ = -1;  // that is under way
  // What continuations from a state found: 0 nothing, else a place in verdicts_ from 1.
  KeyMap judged_;
  std::vector<std::vector<Violation>> verdicts_;
};

}  // namespace reapcheck::sim

#include "sim/schedule_judged_end.h"  // IWYU pragma: export

#endif  // REAPCHECK_SIM_SCHEDULE_JUDGED_H_
