// How binding what a case claims is. A closed set; the names are those of --level and of reports.
#ifndef REAPCHECK_CONFORMANCE_LEVEL_H_
#define REAPCHECK_CONFORMANCE_LEVEL_H_

#include <optional>
#include <string>
#include <string_view>

namespace reapcheck::conformance {

enum class Level {
  kSpec,        // the runtime specification says MUST
  kConvention,  // what every engine relies on
  kRobustness,  // whatever happens, nothing is left behind or hurt
};

constexpr std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kSpec:
      return "spec";
    case Level::kConvention:
      return "convention";
    case Level::kRobustness:
      return "robustness";
  }
  return "";
}

constexpr std::optional<Level> ParseLevel(std::string_view name) {
  for (Level level : {Level::kSpec, Level::kConvention, Level::kRobustness}) {
    if (LevelName(level) == name) return level;
  }
  return std::nullopt;
}

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LEVEL_H_
