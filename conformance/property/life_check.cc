#include "conformance/property/life_check.h"

#include "sim/hash.h"

namespace reapcheck::property {
namespace {

using scenario::Operation;
using scenario::Verb;

bool Has(const Step& step, Verb verb) {
  const bool is_operation = step.kind == StepKind::kOperation || step.kind == StepKind::kTogether;
  return is_operation && (step.operation.verb == verb ||
                          (step.kind == StepKind::kTogether && step.other.verb == verb));
}

std::string Said(const Answer& answer) {
  if (!answer.came) return "was cut off";
  return answer.ok ? "succeeded" : "was refused";
}

std::string Said(const Step& step, const Answers& answers) {
  std::string text = ToString(step) + " ";
  if (step.kind == StepKind::kOperation) return text + Said(answers.first);
  if (step.kind != StepKind::kTogether) return text + "happened";
  return text + "(the first " + Said(answers.first) + ", the other " + Said(answers.second) + ")";
}

// The name that reports and mutants use for what such an answer breaks.
std::string InvariantOf(const Step& step, const Answers& answers) {
  if (step.kind == StepKind::kTogether) return "S23";
  const Operation& operation = step.operation;
  if (operation.verb == Verb::kDelete) {
    if (answers.first.ok) return operation.force ? "S8" : "S4";
    return operation.force ? "L3" : "S9";
  }
  if (operation.verb == Verb::kKill) return answers.first.ok ? "S5" : "L4";
  return "A15";
}

}  // namespace

LifeCheck::LifeCheck(const Setup& setup, Machine& machine)
    : life_{.setup = setup}, machine_(machine), hooks_before_(setup.hooks.size()) {}

std::string LifeCheck::Run(const Step& step) {
  const Answers answers = machine_.Do(step);
  const Sighting now = machine_.Look();
  if (!now.violations.empty()) return Said(step, answers) + ": " + now.violations.front();
  std::string wrong = Judge(step, answers, now);
  if (wrong.empty()) Note(step, answers, now);
  return wrong;
}

std::string LifeCheck::JudgeAnswers(const Step& step, const Answers& answers) const {
  if (!Explain(life_, step, answers).empty()) return "";
  return InvariantOf(step, answers) + ": " + Said(step, answers) + "; the container was " +
         life_.may.ToString();
}

std::string LifeCheck::Judge(const Step& step, const Answers& answers, const Sighting& now) {
  if (std::string wrong = JudgeAnswers(step, answers); !wrong.empty()) return wrong;
  const StageSet expected = Explain(life_, step, answers);
  const StageSet stages = StagesOf(now);
  const StageSet both = expected & stages;
  if (both.empty()) {
    return InvariantOf(step, answers) + ": " + Said(step, answers) + ", and the container is " +
           stages.ToString() + " instead of " + expected.ToString() + "; left is " +
           now.seen.Describe();
  }
  if (both.Has(Stage::kAbsent) && !now.seen.gone()) {
    return "S8: " + Said(step, answers) + ", the record is gone, and left is " +
           now.seen.Describe();
  }
  bool is_word_right = false;
  both.ForEach([&](Stage stage) { is_word_right |= WordOf(stage) == now.word; });
  if (!is_word_right) {
    return "A6: after " + ToString(step) + " the container is " + both.ToString() +
           ", and `state` says \"" + now.word + "\"";
  }
  if (Has(step, Verb::kCreate) && life_.may.Has(Stage::kAbsent)) was_disturbed_ = false;
  // Of two at once one may be a delete, and the other makes the next container.
  was_disturbed_ |= answers.is_disturbed ||
                    (step.kind == StepKind::kTogether && Has(step, Verb::kCreate));
  hooks_are_due_ |= Has(step, Verb::kCreate);
  // A delete beside a create may have ended one life before another began: counted anew.
  if (step.kind == StepKind::kTogether && Has(step, Verb::kCreate)) {
    hooks_before_ = now.hook_starts;
    return "";
  }
  return JudgeHooks(now, both.Has(Stage::kAbsent));
}

// S13, S14: each poststop hook is started once in a life, whatever the others do. What was cut off
// may have lost one that it was about to start.
std::string LifeCheck::JudgeHooks(const Sighting& now, bool is_over) const {
  for (std::size_t i = 0; i < life_.setup.hooks.size(); ++i) {
    const scenario::HookSetup& hook = life_.setup.hooks[i];
    if (hook.kind != scenario::HookKind::kPoststop || hook.end == scenario::HookEnd::kIsMissing) {
      continue;
    }
    const int starts = now.hook_starts[i] - hooks_before_[i];
    const std::string name = "poststop hook #" + std::to_string(i + 1);
    if (starts > 1) return "S14: " + name + " was started twice";
    if (starts == 0 && is_over && hooks_are_due_ && !was_disturbed_) {
      return "S13: the container is gone and " + name + " was not started";
    }
  }
  return "";
}

void LifeCheck::Note(const Step& step, const Answers& answers, const Sighting& now) {
  const StageSet stages = Explain(life_, step, answers) & StagesOf(now);
  life_ = After(life_, step);
  life_.may = stages;
  reached_ |= stages;
  disturbed_ += answers.is_disturbed;
  if (stages == Stage::kAbsent) {
    life_.is_doomed = false;
    was_disturbed_ = false;
    hooks_are_due_ = false;
    hooks_before_ = now.hook_starts;
  }
  trace_hash_ = sim::Combine(trace_hash_, sim::HashBytes(Said(step, answers)));
  trace_hash_ = sim::Combine(trace_hash_, sim::HashBytes(now.seen.Describe() + now.word));
}

std::string LifeCheck::Finish() {
  const Operation force{.verb = Verb::kDelete, .force = true};
  for (const Operation& last : {force, force, Operation{.verb = Verb::kDelete},
                                Operation{.verb = Verb::kState}}) {
    if (std::string wrong = Run({.operation = last}); !wrong.empty()) {
      return "at last: " + wrong;
    }
  }
  return "";
}

}  // namespace reapcheck::property
