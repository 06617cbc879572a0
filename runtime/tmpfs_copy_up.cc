#include "runtime/tmpfs_copy_up.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <memory>
#include <string>

#include "runtime/scoped_fd.h"

namespace reapcheck {
namespace {

// A tree deeper than this is not an image's; without a bound it could exhaust the stack.
constexpr int kMaxDepth = 64;

Result<void> CopyDirectory(int from, int to, int depth);

Result<void> CopyFile(int from, int to, const char* name) {
  // O_NONBLOCK: the file may have become a fifo since it was looked at.
  ScopedFd source(::openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!source) return Fail(errno, "open", name);
  ScopedFd copy(::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!copy) return Fail(errno, "create", name);
  constexpr std::size_t kChunk = std::size_t{1} << 30;
  ssize_t moved;
  while ((moved = ::sendfile(copy.get(), source.get(), nullptr, kChunk)) > 0) {
  }
  if (moved < 0) return Fail(errno, "sendfile", name);
  return {};
}

Result<void> CopyLink(int from, int to, const char* name) {
  char target[PATH_MAX + 1];
  ssize_t length = ::readlinkat(from, name, target, PATH_MAX);
  if (length < 0) return Fail(errno, "readlink", name);
  target[length] = '\0';
  if (::symlinkat(target, to, name) != 0) return Fail(errno, "symlink", name);
  return {};
}

Result<void> CopySubdirectory(int from, int to, const char* name, int depth) {
  if (::mkdirat(to, name, 0700) != 0) return Fail(errno, "mkdir", name);
  ScopedFd source(::openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  ScopedFd copy(::openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!source || !copy) return Fail(errno, "open", name);
  return CopyDirectory(source.get(), copy.get(), depth + 1);
}

Result<void> CopyNode(int from, int to, const char* name, int depth) {
  struct stat status;
  if (::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return Fail(errno, "stat", name);
  Result<void> done;
  switch (status.st_mode & S_IFMT) {
    case S_IFREG: done = CopyFile(from, to, name); break;
    case S_IFLNK: done = CopyLink(from, to, name); break;
    case S_IFDIR: done = CopySubdirectory(from, to, name, depth); break;
    case S_IFSOCK: return {};  // nobody listens behind a copy
    default:
      if (::mknodat(to, name, status.st_mode, status.st_rdev) != 0) {
        done = Fail(errno, "mknod", name);
      }
  }
  if (!done) return done;
  if (::fchownat(to, name, status.st_uid, status.st_gid, AT_SYMLINK_NOFOLLOW) != 0) {
    return Fail(errno, "chown", name);
  }
  if (!S_ISLNK(status.st_mode) && ::fchmodat(to, name, status.st_mode & 07777, 0) != 0) {
    return Fail(errno, "chmod", name);
  }
  return {};
}

Result<void> CopyDirectory(int from, int to, int depth) {
  if (depth > kMaxDepth) return Fail(ELOOP, "copy", "directory");
  ScopedFd readable(::openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!readable) return Fail(errno, "open", "directory");
  std::unique_ptr<DIR, int (*)(DIR*)> entries(::fdopendir(readable.get()), ::closedir);
  if (entries == nullptr) return Fail(errno, "fdopendir", "directory");
  readable.Release();
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == "..") continue;
    auto copied = CopyNode(from, to, name.c_str(), depth);
    if (!copied) return copied;
  }
  return {};
}

}  // namespace

Result<void> CopyUp(int from, int to) { return CopyDirectory(from, to, 0); }

}  // namespace reapcheck
