#include "conformance/property/step.h"

namespace reapcheck::property {

std::string ToString(const Step& step) {
  const std::string at = std::to_string(step.at);
  switch (step.kind) {
    case StepKind::kOperation:
      break;
    case StepKind::kTogether:
      return CommandText(step.operation) + " || " + CommandText(step.other) +
             ", which comes at call " + at;
    case StepKind::kInitDies:
      return "init dies";
    case StepKind::kStateLost:
      return "state.json is lost";
    case StepKind::kStateCut:
      return "state.json is cut short";
  }
  const std::string command = CommandText(step.operation);
  switch (step.fault) {
    case FaultKind::kNone:
      return command;
    case FaultKind::kCrash:
      return command + ", killed before call " + at;
    case FaultKind::kErrno:
      return command + ", call " + at + " fails with errno #" + std::to_string(step.error);
  }
  __builtin_unreachable();
}

}  // namespace reapcheck::property
