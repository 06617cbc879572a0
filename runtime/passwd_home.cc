#include "runtime/passwd_home.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>

#include "runtime/path_in_root.h"

namespace reapcheck {
namespace {

// A file of the image decides: what is larger is no list of users.
constexpr off_t kMaxSize = 1 << 20;

// The first six fields of a line; false when there are fewer.
bool Fields(std::string_view line, std::array<std::string_view, 6>& fields) {
  for (std::string_view& field : fields) {
    if (line.data() == nullptr) return false;
    const std::size_t colon = line.find(':');
    field = line.substr(0, colon);
    line = colon == line.npos ? std::string_view() : line.substr(colon + 1);
  }
  return true;
}

}  // namespace

std::string HomeInPasswd(std::string_view passwd, uid_t uid) {
  const std::string wanted = std::to_string(uid);
  for (std::size_t at = 0; at < passwd.size();) {
    const std::size_t end = std::min(passwd.find('\n', at), passwd.size());
    std::array<std::string_view, 6> fields;
    if (Fields(passwd.substr(at, end - at), fields) && fields[2] == wanted && !fields[5].empty()) {
      return std::string(fields[5]);
    }
    at = end + 1;
  }
  return "/";
}

std::string HomeDirectory(uid_t uid) {
  ScopedFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  // O_NONBLOCK: a fifo in its place must not hold the container up.
  auto file = OpenInRoot(root.get(), "/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat status;
  if (!file || ::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode) ||
      status.st_size > kMaxSize) {
    return "/";
  }
  std::string text(status.st_size, '\0');
  const ssize_t length = ::read(file->get(), text.data(), text.size());
  return HomeInPasswd(std::string_view(text).substr(0, std::max<ssize_t>(length, 0)), uid);
}

}  // namespace reapcheck
