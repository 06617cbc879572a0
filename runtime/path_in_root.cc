#include "runtime/path_in_root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cerrno>
#include <climits>
#include <deque>

namespace reapcheck {
namespace {

// As many as the kernel itself follows: path_resolution(7).
constexpr int kMaxSymlinks = 40;
// openat2(2) asks to try again when a rename raced with "..". Someone who renames without end gets
// an error.
constexpr int kMaxRaces = 64;

std::deque<std::string> Components(const std::string& path) {
  std::deque<std::string> components;
  for (std::size_t at = 0; at < path.size();) {
    std::size_t end = std::min(path.find('/', at), path.size());
    std::string name = path.substr(at, end - at);
    if (!name.empty() && name != ".") components.push_back(std::move(name));
    at = end + 1;
  }
  return components;
}

// Makes one missing node; true when it is there afterwards or was before.
bool MakeNode(int directory, const std::string& name, NodeKind kind) {
  if (kind == NodeKind::kDirectory) {
    return ::mkdirat(directory, name.c_str(), 0755) == 0 || errno == EEXIST;
  }
  ScopedFd made(::openat(directory, name.c_str(),
                         O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC, 0644));
  return made || errno == EEXIST;
}

// The target of a symlink that leads nowhere; empty for anything else.
std::string DanglingTarget(int root, int directory, const std::string& name,
                           const std::string& path) {
  char target[PATH_MAX];
  ssize_t length = ::readlinkat(directory, name.c_str(), target, sizeof target);
  if (length <= 0 || !FailedWith(OpenInRoot(root, path, O_PATH), ENOENT)) return "";
  return std::string(target, length);
}

}  // namespace

Result<ScopedFd> OpenInRoot(int root, const std::string& path, int flags, std::uint64_t resolve,
                            mode_t mode) {
  open_how how{.flags = static_cast<std::uint64_t>(flags) | O_CLOEXEC,
               .mode = mode,
               .resolve = RESOLVE_IN_ROOT | resolve};
  long fd = -1;
  for (int race = 0; race < kMaxRaces; ++race) {
    fd = ::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (fd >= 0 || (errno != EAGAIN && errno != EINTR)) break;
  }
  if (fd < 0) return Fail(errno, "openat2", path);
  return ScopedFd(static_cast<int>(fd));
}

Result<ScopedFd> OpenOrCreateInRoot(int root, const std::string& path, NodeKind kind) {
  auto found = OpenInRoot(root, path, O_PATH);
  if (!FailedWith(found, ENOENT)) return found;
  std::string parent = "/";
  std::deque<std::string> pending = Components(path);
  for (int links = 0; !pending.empty();) {
    const std::string name = pending.front();
    pending.pop_front();
    const std::string here = parent + (parent.back() == '/' ? "" : "/") + name;
    auto directory = OpenInRoot(root, parent, O_PATH | O_DIRECTORY);
    if (!directory) return Forward(std::move(directory));
    const NodeKind make = pending.empty() ? kind : NodeKind::kDirectory;
    if (name != ".." && !MakeNode(directory->get(), name, make)) return Fail(errno, "create", here);
    const std::string target = DanglingTarget(root, directory->get(), name, here);
    if (target.empty()) {
      parent = here;
      continue;
    }
    if (++links > kMaxSymlinks) return Fail(ELOOP, "create", here);
    std::deque<std::string> expanded = Components(target);
    pending.insert(pending.begin(), expanded.begin(), expanded.end());
    if (target.front() == '/') parent = "/";
  }
  return OpenInRoot(root, parent, O_PATH);
}

SplitPath SplitLast(const std::string& path) {
  std::size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return {"/", ""};
  std::size_t slash = path.rfind('/', end);
  if (slash == std::string::npos) return {"/", path.substr(0, end + 1)};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1, end - slash)};
}

}  // namespace reapcheck
