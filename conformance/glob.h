// Patterns of --filter and of deviations: `*` any run of characters, `?` one. A list is separated
// by ":" or ","; what comes after a "-" at its beginning or between is left out, as in GoogleTest:
// "Delete.*:Kill.*-*.Slow*". Pure.
#ifndef REAPCHECK_CONFORMANCE_GLOB_H_
#define REAPCHECK_CONFORMANCE_GLOB_H_

#include <string_view>

namespace reapcheck::conformance {

bool GlobMatches(std::string_view pattern, std::string_view text);

// One of the patterns of a list matches: a "-" is a character like others.
bool AnyGlobMatches(std::string_view patterns, std::string_view text);

// An empty filter lets everything through.
bool FilterMatches(std::string_view filter, std::string_view text);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_GLOB_H_
