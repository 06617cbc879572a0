#include "runtime/own_binary.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "runtime/detached_mount.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {
namespace {

constexpr char kSelf[] = "/proc/self/exe";
constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

// The kernel's own account of the running binary; no environment variable could leak or be forged.
bool IsProtected() {
  ScopedFd self(::open(kSelf, O_RDONLY | O_CLOEXEC));
  if (!self) return false;
  struct statvfs file_system;
  if (::fstatvfs(self.get(), &file_system) == 0 && (file_system.f_flag & ST_RDONLY) != 0) {
    return true;
  }
  return ::fcntl(self.get(), F_GET_SEALS) == kSeals;
}

// The mount's flag is enough: whoever opens /proc/PID/exe opens the file by this very mount, which
// is in no mount namespace, so that nobody can remount it.
Result<ScopedFd> ReadonlyMount() {
  ScopedFd self(::open(kSelf, O_PATH | O_CLOEXEC));
  if (!self) return Fail(errno, "open", kSelf);
  auto mount = CopyMount(self.get(), "", /*recursive=*/false);
  if (!mount) return mount;
  auto set = SetMountAttributes(mount->get(), {.set = MOUNT_ATTR_RDONLY});
  if (!set) return Forward(std::move(set));
  return mount;
}

Result<ScopedFd> SealedCopy() {
  ScopedFd self(::open(kSelf, O_RDONLY | O_CLOEXEC));
  if (!self) return Fail(errno, "open", kSelf);
  ScopedFd copy(::memfd_create("reaprun", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!copy) return Fail(errno, "memfd_create", "reaprun");
  constexpr std::size_t kChunk = std::size_t{1} << 30;
  ssize_t moved;
  while ((moved = ::sendfile(copy.get(), self.get(), nullptr, kChunk)) > 0) {
  }
  if (moved < 0) return Fail(errno, "sendfile", kSelf);
  if (::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return Fail(errno, "seal", "reaprun");
  return copy;
}

}  // namespace

Result<void> ProtectOwnBinary(char** argv) {
  if (IsProtected()) {
    // execveat(2) named the process after the descriptor.
    const char* slash = std::strrchr(argv[0], '/');
    ::prctl(PR_SET_NAME, slash == nullptr ? argv[0] : slash + 1);
    return {};
  }
  auto binary = ReadonlyMount();
  if (!binary) binary = SealedCopy();
  if (!binary) return Forward(std::move(binary));
  ::fexecve(binary->get(), argv, environ);
  return Fail(errno, "execveat", kSelf);
}

}  // namespace reapcheck
