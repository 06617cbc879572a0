// The lines that the payload's `hook` word appends to hooks.log, parsed. Pure.
#ifndef REAPCHECK_CONFORMANCE_HOOK_LOG_H_
#define REAPCHECK_CONFORMANCE_HOOK_LOG_H_

#include <string>
#include <vector>

#include "conformance/observation.h"

namespace reapcheck::conformance {

// Lines that are no record (a hook cut off while it wrote) are left out. Sorted by start.
std::vector<HookRecord> ParseHookLog(const std::string& text);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_HOOK_LOG_H_
