#include "sim/choice.h"

#include <array>
#include <charconv>
#include <optional>

#include "runtime/error.h"

namespace reapcheck::sim {
namespace {

constexpr std::array kStepKinds{StepKind::kDie, StepKind::kReap, StepKind::kLeaveCgroup,
                                StepKind::kFreeze, StepKind::kFork};
// Above the last errno that Linux names.
constexpr int kErrnoLimit = 134;
// A text of a few bytes must not stand for more memory than there is.
constexpr int kMaxCount = 1'000'000;

// Reads tokens from left to right and knows where it is.
class ChoiceReader {
 public:
  explicit ChoiceReader(std::string_view text) : text_(text) {}

  std::expected<std::vector<Choice>, ChoiceError> ReadAll() {
    std::vector<Choice> choices;
    while (SkipSpaces()) {
      const std::optional<Choice> choice = ReadToken();
      if (!choice) return Refused();
      int count = 1;
      if (Skip("*") && !ReadNumber(count, 1, kMaxCount)) return Refused();
      if (place_ < text_.size() && text_[place_] != ' ') {
        Expected("a space");
        return Refused();
      }
      choices.insert(choices.end(), count, *choice);
    }
    return choices;
  }

 private:
  std::unexpected<ChoiceError> Refused() const {
    return std::unexpected(ChoiceError{place_, message_});
  }
  bool Expected(std::string_view what) {
    if (message_.empty()) message_ = "expected " + std::string(what);
    return false;
  }
  bool SkipSpaces() {
    while (place_ < text_.size() && text_[place_] == ' ') ++place_;
    return place_ < text_.size();
  }
  bool Skip(std::string_view word) {
    if (!text_.substr(place_).starts_with(word)) return false;
    place_ += word.size();
    return true;
  }
  template <typename T>
  bool ReadNumber(T& number, int lowest, int highest) {
    int value = 0;
    const char* begin = text_.data() + place_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < lowest || value > highest) {
      return Expected("a number from " + std::to_string(lowest) + " to " +
                      std::to_string(highest));
    }
    place_ += static_cast<std::size_t>(end - begin);
    number = static_cast<T>(value);
    return true;
  }

  std::optional<Choice> ReadToken() {
    if (Skip("power")) return Choice{.kind = ChoiceKind::kPowerFailure};
    if (Skip("k:")) return ReadStep();
    if (Skip("a")) return ReadActor();
    Expected("aN, k:KIND:N or power");
    return std::nullopt;
  }
  std::optional<Choice> ReadStep() {
    Step step;
    for (const StepKind kind : kStepKinds) {
      if (!Skip(std::string(StepKindName(kind)) + ":")) continue;
      step.kind = kind;
      if (!ReadNumber(step.subject, 0, INT16_MAX)) return std::nullopt;
      return StepOf(step);
    }
    Expected("die, reap, leave, freeze or fork and a number");
    return std::nullopt;
  }
  std::optional<Choice> ReadActor() {
    ActorId actor = 0;
    if (!ReadNumber(actor, 0, kMaxActors - 1)) return std::nullopt;
    if (Skip("x")) return CrashOf(actor);
    if (Skip("~")) return TimeOf(actor);
    if (!Skip("!")) return RunOf(actor);
    const std::size_t end = text_.find_first_of(" !*", place_);
    const std::string_view name = text_.substr(place_, end - place_);
    for (int error = 1; error < kErrnoLimit; ++error) {
      if (ErrnoName(error) != name) continue;
      place_ += name.size();
      return FaultOf(actor, error, Skip("!"));
    }
    Expected("the name of an errno");
    return std::nullopt;
  }

  std::string_view text_;
  std::size_t place_ = 0;
  std::string message_;
};

}  // namespace

std::string_view StepKindName(StepKind kind) {
  switch (kind) {
    case StepKind::kDie:
      return "die";
    case StepKind::kReap:
      return "reap";
    case StepKind::kLeaveCgroup:
      return "leave";
    case StepKind::kFreeze:
      return "freeze";
    case StepKind::kFork:
      return "fork";
  }
  return "";
}

std::string ToString(const Choice& choice) {
  const std::string actor = "a" + std::to_string(choice.actor);
  switch (choice.kind) {
    case ChoiceKind::kRun:
      return actor;
    case ChoiceKind::kStep:
      return "k:" + std::string(StepKindName(choice.step.kind)) + ":" +
             std::to_string(choice.step.subject);
    case ChoiceKind::kTime:
      return actor + "~";
    case ChoiceKind::kFaultOnce:
      return actor + "!" + ErrnoName(choice.error);
    case ChoiceKind::kFaultForEver:
      return actor + "!" + ErrnoName(choice.error) + "!";
    case ChoiceKind::kCrash:
      return actor + "x";
    case ChoiceKind::kPowerFailure:
      return "power";
  }
  return "";
}

std::string ToString(std::span<const Choice> choices) {
  std::string text;
  for (std::size_t begin = 0; begin < choices.size();) {
    std::size_t end = begin + 1;
    while (end < choices.size() && choices[end] == choices[begin]) ++end;
    if (begin > 0) text += ' ';
    text += ToString(choices[begin]);
    if (end - begin > 1) text += "*" + std::to_string(end - begin);
    begin = end;
  }
  return text;
}

std::expected<std::vector<Choice>, ChoiceError> ParseChoices(std::string_view text) {
  return ChoiceReader(text).ReadAll();
}

}  // namespace reapcheck::sim
