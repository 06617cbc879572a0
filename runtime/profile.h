// Named behaviours of kill and delete: which Runtime an invocation gets.
#ifndef REAPCHECK_RUNTIME_PROFILE_H_
#define REAPCHECK_RUNTIME_PROFILE_H_

#include <memory>
#include <string>
#include <vector>

#include "runtime/runtime.h"

namespace reapcheck {

// "reference", which is the default, and "runc-2016".
std::vector<std::string> ProfileNames();

// `profile` must be one of ProfileNames.
std::unique_ptr<Runtime> MakeRuntime(const std::string& profile, Kernel& kernel,
                                     const std::string& root, WarningSink warn);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_PROFILE_H_
