// One decision of a schedule and the text form of a whole one.
//
//   a1*12     actor 1 makes its pending call, twelve times in a row
//   a2!EBUSY  the pending call of actor 2 fails instead of being executed
//   a2!EBUSY! ... and so does every later one of its class by this actor
//   a1x       actor 1 crashes before its pending call
//   a1~       time passes up to the deadline that actor 1 waits for
//   k:die:4   the kernel does what is named, to its object number 4
//   power     power failure
// Tokens are separated by spaces; each can have a count. Calls that are local to an actor are no
// decision and have no token.
#ifndef REAPCHECK_SIM_CHOICE_H_
#define REAPCHECK_SIM_CHOICE_H_

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/model.h"

namespace reapcheck::sim {

enum class ChoiceKind : std::uint8_t {
  kRun,
  kStep,
  kTime,
  kFaultOnce,
  kFaultForEver,
  kCrash,
  kPowerFailure,
};

struct Choice {
  ChoiceKind kind = ChoiceKind::kRun;
  ActorId actor = 0;
  std::int16_t error = 0;  // of a fault
  Step step;               // of the kernel
  bool operator==(const Choice&) const = default;
};

inline Choice RunOf(ActorId actor) { return Choice{.kind = ChoiceKind::kRun, .actor = actor}; }
inline Choice StepOf(const Step& step) { return Choice{.kind = ChoiceKind::kStep, .step = step}; }
inline Choice TimeOf(ActorId actor) { return Choice{.kind = ChoiceKind::kTime, .actor = actor}; }
inline Choice CrashOf(ActorId actor) { return Choice{.kind = ChoiceKind::kCrash, .actor = actor}; }
inline Choice FaultOf(ActorId actor, int error, bool is_for_ever) {
  return Choice{.kind = is_for_ever ? ChoiceKind::kFaultForEver : ChoiceKind::kFaultOnce,
                .actor = actor,
                .error = static_cast<std::int16_t>(error)};
}
inline bool IsFault(const Choice& choice) {
  return choice.kind == ChoiceKind::kFaultOnce || choice.kind == ChoiceKind::kFaultForEver;
}

// "die", "reap", "leave", "freeze", "fork".
std::string_view StepKindName(StepKind kind);
std::string ToString(const Choice& choice);
// With equal neighbours as one token with a count.
std::string ToString(std::span<const Choice> choices);

struct ChoiceError {
  std::size_t position = 0;  // in the text, from 0
  std::string message;
};
// The inverse of ToString.
std::expected<std::vector<Choice>, ChoiceError> ParseChoices(std::string_view text);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_CHOICE_H_
