#include "runtime/error.h"

#include <cstring>

namespace reapcheck {

std::string ErrnoName(int code) {
  const char* name = strerrorname_np(code);
  return name != nullptr ? name : "errno " + std::to_string(code);
}

std::string Error::ToString() const { return call + " " + subject + ": " + ErrnoName(code); }

}  // namespace reapcheck
