// A record that is made untrue: for cases and set-ups, not for the runtime's own.
#ifndef REAPCHECK_CONFORMANCE_JSON_EDIT_H_
#define REAPCHECK_CONFORMANCE_JSON_EDIT_H_

#include <cstdint>

#include "conformance/json.h"

namespace reapcheck::conformance {

// Puts `to` in place of every number that equals `from`, wherever the runtime keeps it. How many
// there were.
int ReplaceNumber(Json& json, std::uint64_t from, const Json& to);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_JSON_EDIT_H_
