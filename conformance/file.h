// Files of the lab: read, write, list and remove. Paths are absolute. No function throws; what is
// absent reads as nothing. Symbolic links are never followed by RemoveTree and ListTree.
#ifndef REAPCHECK_CONFORMANCE_FILE_H_
#define REAPCHECK_CONFORMANCE_FILE_H_

#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/observation.h"

namespace reapcheck::conformance {

// A descriptor that is closed with the object. Move-only.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  FileDescriptor(FileDescriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~FileDescriptor();

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }
  void Close();

 private:
  int number_ = -1;
};

inline constexpr std::size_t kFileLimit = 1 << 20;  // more than any record or log of a case

// The bytes of a file, at most `limit`; nullopt when it can not be opened or read.
std::optional<std::string> ReadText(const std::string& path, std::size_t limit = kFileLimit);
// Everything that is left to read from a descriptor, at most `limit`.
std::string ReadAll(int fd, std::size_t limit = kFileLimit);
// Creates or truncates. False with errno on failure.
bool WriteText(const std::string& path, std::string_view text, mode_t mode = 0644);
// One write(2) into an existing file: cgroup files. False with errno on failure.
bool WriteControl(const std::string& path, std::string_view text);
bool WriteAll(int fd, std::string_view text);

bool Exists(const std::string& path);
bool MakeDirectories(const std::string& path, mode_t mode = 0755);
// Names in a directory, sorted; directories only when asked.
std::vector<std::string> ListNames(const std::string& path, bool directories_only = false);
// Everything below `path`, names relative to it, sorted; with bytes when asked.
std::vector<FileInfo> ListTree(const std::string& path, bool with_bytes, std::size_t limit = 10000);
// Removes `path` and all below it, on the same file system. True when it is gone.
bool RemoveTree(const std::string& path);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_FILE_H_
