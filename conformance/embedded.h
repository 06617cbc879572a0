// Files that are part of the binary, so that it can be copied anywhere: the payload, and the
// expected deviations of known runtimes.
#ifndef REAPCHECK_CONFORMANCE_EMBEDDED_H_
#define REAPCHECK_CONFORMANCE_EMBEDDED_H_

#include <string_view>

namespace reapcheck::conformance {

// The statically linked payload, whole.
std::string_view EmbeddedPayload();

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_EMBEDDED_H_
