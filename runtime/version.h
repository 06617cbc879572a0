// What this binary is.
#ifndef REAPCHECK_RUNTIME_VERSION_H_
#define REAPCHECK_RUNTIME_VERSION_H_

#include <string>

namespace reapcheck {

inline std::string VersionText() { return "reaprun version 0.1.0\nspec: 1.2.0"; }

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_VERSION_H_
