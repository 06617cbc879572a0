// The child's end of `sync` (container_kernel.h has the protocol). Nothing here returns an error:
// a parent that is gone means that the child must be gone too, so it exits.
#ifndef REAPCHECK_RUNTIME_SYNC_CHANNEL_H_
#define REAPCHECK_RUNTIME_SYNC_CHANNEL_H_

#include <string>
#include <string_view>

#include "runtime/failure.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

// "KIND TEXT" in one line of at most this many bytes, below PIPE_BUF: the fifo takes it whole.
inline constexpr std::size_t kMaxReport = 4000;

// `prefix`, the number of the kind, a space and the text, cut to kMaxReport.
std::string FailureReport(std::string_view prefix, const Failure& failure);

class SyncChannel {
 public:
  explicit SyncChannel(int fd) : fd_(fd) {}

  // Waits for exactly this message. Exits at the end of file, or when another one comes.
  void Expect(std::string_view message);
  void Say(std::string_view message);
  // Says "error KIND TEXT" and exits.
  [[noreturn]] void Fail(const Failure& failure);
  void Close() { fd_.Reset(); }

 private:
  ScopedFd fd_;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_SYNC_CHANNEL_H_
