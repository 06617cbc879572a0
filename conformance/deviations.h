// What is known to be wrong with a runtime: conformance/deviations/NAME.json, a list of
//   {"case": GLOB or [GLOB...], "reason": "what it does instead", "discussed": "where that is",
//    and optional: "cgroup": "v1", "level": "spec", "versions": GLOB, "sometimes": true,
//    "observed": GLOB}
// A failure that an entry expects is "xfail"; a pass of what it says to fail is "xpass", a failure
// of the file. An entry without both texts is refused: nobody could ever remove it. The first
// entry that fits a result counts; one for "versions" does not fit any other version, and one with
// "observed" fits only failures whose whole reason is like that: a race that can hit any case.
#ifndef REAPCHECK_CONFORMANCE_DEVIATIONS_H_
#define REAPCHECK_CONFORMANCE_DEVIATIONS_H_

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/verdict.h"

namespace reapcheck::conformance {

struct Deviation {
  std::string case_globs;  // as for --filter: "A.X:A.Y*"
  std::string cgroup;  // "" for all
  std::optional<Level> level;
  std::string versions;  // "" for all
  std::string observed;  // "" for whatever happened, a pass too
  std::string reason;
  std::string discussed;
  // Fails only now and then (a race): a pass is a pass.
  bool sometimes = false;
};

// `where` opens the error: "deviations/runc.json: entry 3: ...".
std::expected<std::vector<Deviation>, std::string> ParseDeviations(std::string_view text,
                                                                   const std::string& where);

// The file of this build for a runtime of that name; "[]" for one that has none.
std::string_view BuiltInDeviations(const std::string& runtime_name);

// Turns fail into xfail and pass into xpass. Skipped and broken stay what they are.
void ApplyDeviations(const std::vector<Deviation>& deviations, RuntimeReport& report);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_DEVIATIONS_H_
