// nlohmann's JSON by a short name, forward declared: it is slow to compile. A file that looks
// into a Json includes <nlohmann/json.hpp> itself.
#ifndef REAPCHECK_CONFORMANCE_JSON_H_
#define REAPCHECK_CONFORMANCE_JSON_H_

#include <nlohmann/json_fwd.hpp>

namespace reapcheck::conformance {

using Json = nlohmann::json;

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_JSON_H_
