#include "runtime/pid_file.h"

#include "runtime/file_text.h"

namespace reapcheck {

Result<void> WritePidFile(Kernel& kernel, const std::string& path, Pid pid) {
  return ReplaceFileText(kernel, kCwd, path, std::to_string(pid.value));
}

}  // namespace reapcheck
