// The state that a hook of the container's side gets: runtime.md#state.
#ifndef REAPCHECK_RUNTIME_HOOK_STATE_H_
#define REAPCHECK_RUNTIME_HOOK_STATE_H_

#include <sys/types.h>

#include <string>
#include <string_view>

namespace reapcheck {

// `oci_state` with this pid and status; a text that is no JSON object is returned as it is.
std::string StateForHook(const std::string& oci_state, pid_t pid, std::string_view status);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_HOOK_STATE_H_
