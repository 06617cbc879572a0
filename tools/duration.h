// A duration as an option gives it.
#ifndef REAPCHECK_TOOLS_DURATION_H_
#define REAPCHECK_TOOLS_DURATION_H_

#include <chrono>
#include <string>

namespace reapcheck::tools {

// "10s", "500ms", "2m", "10": seconds when there is no unit; 1 ms to 24 h.
bool ParseDuration(const std::string& text, std::chrono::milliseconds& duration);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_DURATION_H_
