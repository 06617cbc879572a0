// Small files as text, above the line where faults get in: EINTR and short transfers end here.
#ifndef REAPCHECK_RUNTIME_FILE_TEXT_H_
#define REAPCHECK_RUNTIME_FILE_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime/kernel.h"

namespace reapcheck {

// No file that the runtime reads is larger: a larger one is EFBIG, never half a text.
inline constexpr std::size_t kMaxFileText = 16 << 20;

// A signal may interrupt any call for as long as it likes to; one that does so a hundred times in a
// row is a fault of its own, and is reported as EINTR.
inline constexpr int kMaxInterruptions = 100;

// Calls `call` again while it fails with EINTR.
template <typename Call>
auto Uninterrupted(Call&& call) {
  auto result = call();
  for (int i = 0; i < kMaxInterruptions && FailedWith(result, 4 /* EINTR */); ++i) result = call();
  return result;
}

// open(2) of what is there already.
Result<OwnedFd> OpenFile(Kernel& kernel, Fd dir, const std::string& path, int flags);

// open(2), read(2) to the end, close(2).
Result<std::string> ReadFileText(Kernel& kernel, Fd dir, const std::string& path);
// The rest of an open file.
Result<std::string> ReadText(Kernel& kernel, Fd fd);

// write(2) until all is written.
Result<void> WriteText(Kernel& kernel, Fd fd, std::string_view text);
// open(2) O_WRONLY (the file must exist: /proc and cgroup files), one write(2), close(2).
Result<void> WriteControlFile(Kernel& kernel, Fd dir, const std::string& path,
                              std::string_view text);

// Writes `path`.tmp, syncs it and renames it, so that a reader sees the old text or the new one
// whole (rename(2)), after a power failure too: an intent with nothing in it would not say where
// the processes are, and nobody could tell that the machine was booted since.
Result<void> ReplaceFileText(Kernel& kernel, Fd dir, const std::string& path,
                             std::string_view text);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_FILE_TEXT_H_
