// Runs hooks: config.md#posix-platform-hooks.
//
// A hook gets the container's state on stdin and leads a process group of its own. One that takes
// longer than its timeout is ended with everything it started: its group, and every process that
// became the runtime's child through it. A hook without a timeout may run for ever, as specified.
#ifndef REAPCHECK_RUNTIME_HOOKS_H_
#define REAPCHECK_RUNTIME_HOOKS_H_

#include <string>
#include <string_view>
#include <vector>

#include "runtime/failure.h"
#include "runtime/kernel.h"
#include "runtime/oci_config.h"

namespace reapcheck {

// Runs one hook to its end. kHook: it could not be executed, exited with another code than 0, was
// killed, or took too long.
Outcome<void> RunHook(Kernel& kernel, const Hook& hook, const std::string& state_json,
                      const std::string& name);

// Runs hooks in order and stops at the first that fails (every kind but poststop). `kind` names
// them in messages: "createRuntime".
Outcome<void> RunHooks(Kernel& kernel, const std::vector<Hook>& hooks,
                       const std::string& state_json, std::string_view kind);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_HOOKS_H_
