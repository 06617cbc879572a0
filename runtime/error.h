// What the kernel refused: an errno with the call that returned it and the thing it was about.
// What an operation *decided* (not found, not stopped, ...) is another type: see failure.h.
// Values, no ownership, safe to copy between threads.
#ifndef REAPCHECK_RUNTIME_ERROR_H_
#define REAPCHECK_RUNTIME_ERROR_H_

#include <expected>
#include <string>
#include <utility>

namespace reapcheck {

struct Error {
  int code = 0;         // errno(3), positive
  std::string call;     // the system call's name: "rmdir"
  std::string subject;  // what it was applied to: "/sys/fs/cgroup/c1", "pid 17"

  // "rmdir /sys/fs/cgroup/c1: EBUSY".
  std::string ToString() const;

  bool operator==(const Error&) const = default;
};

// The symbolic name of an errno: "EBUSY"; "errno 999" for one that has none.
std::string ErrnoName(int code);

template <typename T>
class [[nodiscard]] Result : public std::expected<T, Error> {
 public:
  using std::expected<T, Error>::expected;
};

inline std::unexpected<Error> Fail(int code, std::string call, std::string subject) {
  return std::unexpected<Error>(Error{code, std::move(call), std::move(subject)});
}

// Passes the error of a finished Result on to the caller's own Result.
template <typename T>
std::unexpected<Error> Forward(Result<T>&& result) {
  return std::unexpected<Error>(std::move(result).error());
}

// True when `result` failed with exactly this errno.
template <typename T>
bool FailedWith(const Result<T>& result, int code) {
  return !result.has_value() && result.error().code == code;
}

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_ERROR_H_
