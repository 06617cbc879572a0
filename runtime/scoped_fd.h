// A descriptor of the process that becomes the container, and of its short-lived helpers, which
// make system calls without a Kernel (kernel.h) between. Move-only; closes when it goes.
#ifndef REAPCHECK_RUNTIME_SCOPED_FD_H_
#define REAPCHECK_RUNTIME_SCOPED_FD_H_

#include <unistd.h>

#include <utility>

namespace reapcheck {

class ScopedFd {
 public:
  ScopedFd() = default;
  explicit ScopedFd(int number) : number_(number) {}
  ScopedFd(ScopedFd&& other) noexcept : number_(other.Release()) {}
  ScopedFd& operator=(ScopedFd&& other) noexcept {
    if (this != &other) {
      Reset();
      number_ = other.Release();
    }
    return *this;
  }
  ScopedFd(const ScopedFd&) = delete;
  ScopedFd& operator=(const ScopedFd&) = delete;
  ~ScopedFd() { Reset(); }

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  // Gives the descriptor up without closing it.
  int Release() { return std::exchange(number_, -1); }
  void Reset() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_ = -1;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_SCOPED_FD_H_
