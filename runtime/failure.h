// What an operation decided: the reason why it was not done, for the caller to branch on and for
// the command line to print as one line. Kernel refusals (error.h) become kSystem with a context.
#ifndef REAPCHECK_RUNTIME_FAILURE_H_
#define REAPCHECK_RUNTIME_FAILURE_H_

#include <expected>
#include <string>
#include <utility>

#include "runtime/error.h"

namespace reapcheck {

enum class FailureKind {
  kSystem,         // the kernel refused a call
  kNotFound,       // no container of that id
  kExists,         // the id is taken
  kInvalidId,      // the id can not be one
  kInvalidSignal,  // not a signal of this machine
  kInvalidConfig,  // config.json or an option says something that can not be
  kUnsupported,    // asked for and not offered
  kNotRunning,     // kill, exec, pause: nothing there to act on
  kNotStopped,     // delete without force
  kWrongState,     // start of a container that is not created, resume of one not paused, ...
  kCorruptRecord,  // state.json can not be used
  kBusy,           // another operation holds the container's lock past the bound
  kStillAlive,     // SIGKILL was sent and death was not observed within the bound
  kHook,           // a hook failed
};
inline constexpr FailureKind kLastFailureKind = FailureKind::kHook;

struct Failure {
  FailureKind kind = FailureKind::kSystem;
  std::string text;  // one line, without the program's name or a full stop

  Failure() = default;
  Failure(FailureKind kind, std::string text) : kind(kind), text(std::move(text)) {}
  // A bare kernel refusal; WithContext adds what was being done.
  Failure(const Error& error) : text(error.ToString()) {}  // NOLINT: implicit on purpose
};

// The value of an operation, or why it was not done.
template <typename T>
class [[nodiscard]] Outcome : public std::expected<T, Failure> {
 public:
  using std::expected<T, Failure>::expected;
  Outcome(Result<T>&& result)  // NOLINT: implicit on purpose
    requires(!std::is_void_v<T>)
      : std::expected<T, Failure>(result.has_value()
                                      ? std::expected<T, Failure>(std::move(*result))
                                      : std::unexpected<Failure>(Failure(result.error()))) {}
  Outcome(const Result<T>& result)  // NOLINT: implicit on purpose
    requires(std::is_void_v<T>)
      : std::expected<T, Failure>(
            result.has_value() ? std::expected<T, Failure>()
                               : std::expected<T, Failure>(
                                     std::unexpected<Failure>(Failure(result.error())))) {}
};

inline std::unexpected<Failure> Refuse(FailureKind kind, std::string text) {
  return std::unexpected<Failure>(Failure(kind, std::move(text)));
}

// Passes a failure on to the caller's own Outcome.
template <typename T>
std::unexpected<Failure> Forward(Outcome<T>&& outcome) {
  return std::unexpected<Failure>(std::move(outcome).error());
}

// The refusal of the kernel with what was being done: "remove cgroup: rmdir /x: EBUSY".
inline std::unexpected<Failure> Refuse(const Error& error, const std::string& doing) {
  return std::unexpected<Failure>(
      Failure(FailureKind::kSystem, doing + ": " + error.ToString()));
}

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_FAILURE_H_
