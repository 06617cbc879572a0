#include "runtime/sync_channel.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "runtime/container_kernel.h"

namespace reapcheck {

std::string FailureReport(std::string_view prefix, const Failure& failure) {
  std::string report(prefix);
  report += std::to_string(static_cast<int>(failure.kind)) + " " + failure.text;
  report.resize(std::min(report.size(), kMaxReport));
  std::ranges::replace(report, '\n', ' ');
  return report;
}

void SyncChannel::Expect(std::string_view message) {
  char buffer[64];
  ssize_t length;
  do {
    length = ::recv(fd_.get(), buffer, sizeof buffer, 0);
  } while (length < 0 && errno == EINTR);
  if (length <= 0 || std::string_view(buffer, length) != message) ::_exit(1);
}

void SyncChannel::Say(std::string_view message) {
  ssize_t length;
  do {
    length = ::send(fd_.get(), message.data(), message.size(), MSG_NOSIGNAL);
  } while (length < 0 && errno == EINTR);
  // A parent that is gone is noticed by the next Expect; after the last message it is no concern.
}

void SyncChannel::Fail(const Failure& failure) {
  Say(FailureReport(kSyncError, failure));
  ::_exit(1);
}

}  // namespace reapcheck
