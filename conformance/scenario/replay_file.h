// A violation as a file: what is needed to repeat it exactly, as JSON.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_REPLAY_FILE_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_REPLAY_FILE_H_

#include <expected>
#include <string>
#include <vector>

#include "sim/choice.h"

namespace reapcheck::scenario {

// Another number is another format: it is refused.
inline constexpr int kReplayVersion = 1;

struct ReplayFile {
  std::string scenario;
  std::string subject = "reference";  // a profile or a mutant
  std::string invariant;              // what it violates; "": nothing is expected
  std::string summary;
  std::vector<sim::Choice> choices;
};

std::string ReplayText(const ReplayFile& file);
// The error says where and what: "choices: position 12: unknown errno EFOO".
std::expected<ReplayFile, std::string> ParseReplay(const std::string& text);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_REPLAY_FILE_H_
