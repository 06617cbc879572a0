#include "conformance/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace reapcheck::conformance {
namespace {

char TypeOf(mode_t mode) {
  if (S_ISREG(mode)) return 'f';
  if (S_ISDIR(mode)) return 'd';
  if (S_ISLNK(mode)) return 'l';
  if (S_ISFIFO(mode)) return 'p';
  if (S_ISSOCK(mode)) return 's';
  return '?';
}

std::string LinkTarget(const std::string& path) {
  std::string target(4096, '\0');
  ssize_t size = readlink(path.c_str(), target.data(), target.size());
  target.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  return target;
}

struct DirectoryCloser {
  void operator()(DIR* dir) const { closedir(dir); }
};
using Directory = std::unique_ptr<DIR, DirectoryCloser>;

void ListInto(const std::string& base, const std::string& relative, bool with_bytes,
              std::size_t limit, std::vector<FileInfo>& found) {
  for (const std::string& name : ListNames(base + "/" + relative)) {
    if (found.size() >= limit) return;
    std::string inner = relative.empty() ? name : relative + "/" + name;
    std::string path = base + "/" + inner;
    struct stat st;
    if (lstat(path.c_str(), &st) != 0) continue;
    FileInfo info{.path = inner, .type = TypeOf(st.st_mode), .mode = st.st_mode & 07777};
    if (with_bytes && info.type == 'f') info.bytes = ReadText(path).value_or("");
    if (info.type == 'l') info.bytes = LinkTarget(path);
    found.push_back(std::move(info));
    if (S_ISDIR(st.st_mode)) ListInto(base, inner, with_bytes, limit, found);
  }
}

bool RemoveAt(int dir, const char* name, dev_t device) {
  if (unlinkat(dir, name, 0) == 0 || errno == ENOENT) return true;
  if (errno != EISDIR && errno != EPERM) return false;
  if (unlinkat(dir, name, AT_REMOVEDIR) == 0) return true;
  if (errno != ENOTEMPTY && errno != EEXIST) return false;
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return false;
  struct stat st;
  if (fstat(fd, &st) != 0 || st.st_dev != device) {  // a mount: not ours to look into
    close(fd);
    return false;
  }
  Directory listing(fdopendir(fd));
  while (dirent* entry = readdir(listing.get())) {
    std::string_view inner = entry->d_name;
    if (inner != "." && inner != "..") RemoveAt(fd, entry->d_name, device);
  }
  return unlinkat(dir, name, AT_REMOVEDIR) == 0;
}

}  // namespace

FileDescriptor::~FileDescriptor() { Close(); }

void FileDescriptor::Close() {
  if (number_ >= 0) close(std::exchange(number_, -1));
}

std::string ReadAll(int fd, std::size_t limit) {
  std::string text;
  char buffer[4096];
  while (text.size() < limit) {
    ssize_t size = read(fd, buffer, std::min(sizeof buffer, limit - text.size()));
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) break;
    text.append(buffer, static_cast<std::size_t>(size));
  }
  return text;
}

std::optional<std::string> ReadText(const std::string& path, std::size_t limit) {
  FileDescriptor fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!fd) return std::nullopt;
  return ReadAll(fd.get(), limit);
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    ssize_t size = write(fd, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(size));
  }
  return true;
}

bool WriteText(const std::string& path, std::string_view text, mode_t mode) {
  FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode));
  return fd && WriteAll(fd.get(), text);
}

bool WriteControl(const std::string& path, std::string_view text) {
  FileDescriptor fd(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  return fd && write(fd.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

bool Exists(const std::string& path) {
  struct stat st;
  return lstat(path.c_str(), &st) == 0;
}

bool MakeDirectories(const std::string& path, mode_t mode) {
  if (mkdir(path.c_str(), mode) == 0 || errno == EEXIST) return true;
  std::size_t slash = path.rfind('/');
  if (errno != ENOENT || slash == 0 || slash == std::string::npos) return false;
  return MakeDirectories(path.substr(0, slash), mode) && mkdir(path.c_str(), mode) == 0;
}

std::vector<std::string> ListNames(const std::string& path, bool directories_only) {
  std::vector<std::string> names;
  Directory listing(opendir(path.c_str()));
  if (!listing) return names;
  while (dirent* entry = readdir(listing.get())) {
    std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    if (directories_only && entry->d_type != DT_DIR) continue;
    names.emplace_back(name);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<FileInfo> ListTree(const std::string& path, bool with_bytes, std::size_t limit) {
  std::vector<FileInfo> found;
  ListInto(path, "", with_bytes, limit, found);
  std::sort(found.begin(), found.end(),
            [](const FileInfo& a, const FileInfo& b) { return a.path < b.path; });
  return found;
}

bool RemoveTree(const std::string& path) {
  struct stat st;
  if (lstat(path.c_str(), &st) != 0) return errno == ENOENT;
  return RemoveAt(AT_FDCWD, path.c_str(), st.st_dev);
}

}  // namespace reapcheck::conformance
