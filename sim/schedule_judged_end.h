// The second part of sim/schedule_judged.h, which includes it: ends, continuations, reports.
#ifndef REAPCHECK_SIM_SCHEDULE_JUDGED_END_H_
#define REAPCHECK_SIM_SCHEDULE_JUDGED_END_H_

#include "sim/schedule_judged.h"

namespace reapcheck::sim {

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
End JudgedScheduler<Model, Rules, Judge>::Finish(State& state, std::uint64_t limit,
                                                 std::vector<Choice>* made) {
  for (std::uint64_t count = 0; count < limit; ++count) {
    const std::optional<Choice> choice = scheduler_.Default(state.system);
    if (!choice) return EndOf(state);
    if (made != nullptr) made->push_back(*choice);
    if (!Apply(state, *choice) || !found_.empty()) return End::kStuck;
  }
  return End::kLong;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void JudgedScheduler<Model, Rules, Judge>::JudgeEnd(const State& state, End end) {
  const Model& model = state.system.model;
  Ghost ghost = state.ghost;
  judge_.OnEnd(model, end, ghost, found_);
  if (!found_.empty() || end == End::kLong) return;
  const std::uint64_t key =
      Combine(model.Hash(), judge_.HashOf(ghost)) + static_cast<int>(end);
  const auto known = judged_.Find(key);
  if (known && trace_ == nullptr) {
    if (*known != 0) found_ = verdicts_[*known - 1];
    return;
  }
  RunContinuations(state, ghost);
  continuation_ = -1;
  if (!found_.empty()) verdicts_.push_back(found_);
  if (!known) judged_.Add(key, found_.empty() ? 0 : static_cast<std::uint32_t>(verdicts_.size()));
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void JudgedScheduler<Model, Rules, Judge>::RunContinuations(const State& state,
                                                            const Ghost& ghost) {
  State next = state;
  next.ghost = ghost;
  next.system.left = Budget{};
  for (int index = 0; found_.empty() && is_well_; ++index) {
    if (!judge_.StartContinuation(next.system.model, next.ghost, index)) return;
    ++stats_.continuations;
    continuation_ = index;
    Observer observer{*this, next};
    is_well_ &= scheduler_.Start(next.system, observer);
    if (!is_well_ || !found_.empty()) return;
    const End end = Finish(next, kMaxContinuation);
    if (!found_.empty() || !is_well_) return;
    judge_.OnContinued(next.system.model, end, index, next.ghost, found_);
  }
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void JudgedScheduler<Model, Rules, Judge>::Log(const Model& start, const State& state,
                                               std::span<const Choice> choices, int cost) {
  const std::uint64_t effect =
      state.last_effect == nullptr ? 0 : HashOf(behavior().texts(), *state.last_effect);
  for (const Violation& violation : found_) {
    int group = log_.Find(violation, effect);
    if (group < 0) group = log_.Sort(violation, effect, LastEffectClass(start, choices));
    log_.Count(group, choices, cost);
  }
  found_.clear();
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
std::string JudgedScheduler<Model, Rules, Judge>::LastEffectClass(
    const Model& start, std::span<const Choice> choices) {
  System<Model> system(start);
  ClassObserver observer{scheduler_.rules(), "", ""};
  bool is_well = scheduler_.Start(system, observer);
  for (const Choice& choice : choices) {
    is_well = is_well && scheduler_.Apply(system, choice, observer);
  }
  return observer.last;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void JudgedScheduler<Model, Rules, Judge>::RecordCall(const Model& model, ActorId actor,
                                                      const Call& call) {
  TraceStep step{.is_call = true,
                 .continuation = continuation_,
                 .actor = actor,
                 .program = model.actors()[actor].program,
                 .call = call,
                 .time = model.now()};
  if (!trace_->choices.empty()) step.choice = trace_->choices.back();
  if constexpr (requires { scheduler_.rules().Describe(model, actor, call); }) {
    step.text = scheduler_.rules().Describe(model, actor, call);
  } else {
    step.text = scheduler_.rules().ClassName(model, actor, call);
  }
  trace_->steps.push_back(std::move(step));
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void JudgedScheduler<Model, Rules, Judge>::RecordResult(const CallEvent& event) {
  TraceStep& step = trace_->steps.back();
  step.result = event.result;
  step.is_local = event.is_local;
  step.is_fault = event.is_fault;
}

template <ExplorableModel Model, ScheduleRules<Model> Rules, ScheduleJudge<Model> Judge>
void JudgedScheduler<Model, Rules, Judge>::RecordChoice(const Model& model,
                                                        const Choice& choice) {
  TraceStep step{.choice = choice,
                 .continuation = continuation_,
                 .actor = choice.actor,
                 .time = model.now(),
                 .text = ToString(choice),
                 .violations = found_};
  if constexpr (requires { model.Describe(choice.step); }) {
    if (choice.kind == ChoiceKind::kStep) step.text = model.Describe(choice.step);
  }
  trace_->steps.push_back(std::move(step));
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_JUDGED_END_H_
