// The file of --pid-file: decimal, no newline, whole or not there.
#ifndef REAPCHECK_RUNTIME_PID_FILE_H_
#define REAPCHECK_RUNTIME_PID_FILE_H_

#include <string>

#include "runtime/kernel.h"

namespace reapcheck {

Result<void> WritePidFile(Kernel& kernel, const std::string& path, Pid pid);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_PID_FILE_H_
