#include "runtime/sync_message.h"

#include <poll.h>

#include <cerrno>
#include <charconv>
#include <chrono>
#include <vector>

#include "runtime/container_kernel.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

constexpr std::size_t kMaxMessage = 64 << 10;

constexpr std::chrono::milliseconds kForEver(-1);

// One message; empty at the end of file. How long a child takes is its own affair (a hook, a slow
// file system); its death always ends the wait.
Outcome<std::string> ReadMessage(Kernel& kernel, Fd sync) {
  PollRequest request{.fd = sync, .events = POLLIN};
  auto ready = Uninterrupted([&] { return kernel.Poll({&request, 1}, kForEver); });
  if (!ready) return Refuse(ready.error(), "wait for the container's init");
  std::vector<char> buffer(kMaxMessage);
  auto count = Uninterrupted([&] { return kernel.Read(sync, buffer); });
  if (FailedWith(count, ECONNRESET)) return std::string();
  if (!count) return Refuse(count.error(), "read from the container's init");
  return std::string(buffer.data(), *count);
}

}  // namespace

Outcome<void> TellChild(Kernel& kernel, Fd sync, std::string_view message) {
  auto written = Uninterrupted([&] { return kernel.Write(sync, message); });
  if (written) return {};
  // What the child had to say before it died is the better message. One that lives waits for this
  // one, and says nothing.
  if (written.error().code == EPIPE || written.error().code == ECONNRESET) {
    auto said = ReadMessage(kernel, sync);
    if (said && said->starts_with(kSyncError)) {
      return std::unexpected(ParseChildFailure(said->substr(sizeof kSyncError - 1)));
    }
  }
  return Refuse(written.error(), "write to the container's init");
}

Outcome<void> ExpectFromChild(Kernel& kernel, Fd sync, std::string_view message) {
  auto said = ReadMessage(kernel, sync);
  if (!said) return Forward(std::move(said));
  if (*said == message) return {};
  if (said->starts_with(kSyncError)) {
    return std::unexpected(ParseChildFailure(said->substr(sizeof kSyncError - 1)));
  }
  if (said->empty()) {
    return Refuse(FailureKind::kSystem, "the container's init died before it was \"" +
                                            std::string(message) + "\"");
  }
  return Refuse(FailureKind::kSystem, "the container's init said \"" + *said + "\"");
}

Outcome<void> ExpectEnd(Kernel& kernel, Fd sync) {
  auto said = ReadMessage(kernel, sync);
  if (!said) return Forward(std::move(said));
  if (said->empty()) return {};
  if (said->starts_with(kSyncError)) {
    return std::unexpected(ParseChildFailure(said->substr(sizeof kSyncError - 1)));
  }
  return Refuse(FailureKind::kSystem, "the new process said \"" + *said + "\"");
}

Failure ParseChildFailure(std::string_view text) {
  int kind = 0;
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), kind);
  const bool valid = code == std::errc() && kind >= 0 && kind <= static_cast<int>(kLastFailureKind);
  if (!valid) return {FailureKind::kSystem, std::string(text)};
  std::string_view rest = text.substr(end - text.data());
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  return {static_cast<FailureKind>(kind), std::string(rest)};
}

}  // namespace reapcheck
