#include "runtime/kernel.h"

namespace reapcheck {

OwnedFd::OwnedFd(OwnedFd&& other) noexcept : kernel_(other.kernel_), fd_(other.Release()) {}

OwnedFd& OwnedFd::operator=(OwnedFd&& other) noexcept {
  if (this != &other) {
    Reset();
    kernel_ = other.kernel_;
    fd_ = other.Release();
  }
  return *this;
}

void OwnedFd::Reset() {
  // The descriptor is gone whatever close(2) says, so its result tells nothing that could be acted
  // on.
  if (fd_.number >= 0) static_cast<void>(kernel_->Close(fd_));
  fd_ = Fd{};
}

Fd OwnedFd::Release() {
  Fd released = fd_;
  fd_ = Fd{};
  return released;
}

}  // namespace reapcheck
