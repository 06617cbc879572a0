// Text of a bounded size, and files, without the C++ library: the payload stays small and quick.
// Text that does not fit is cut.
#ifndef REAPCHECK_CONFORMANCE_PAYLOAD_TEXT_H_
#define REAPCHECK_CONFORMANCE_PAYLOAD_TEXT_H_

#include <stddef.h>
#include <sys/types.h>

namespace payload {

inline constexpr size_t kTextSize = 64 * 1024;  // a hook's record with its state on stdin

struct Text {
  char bytes[kTextSize];
  size_t size = 0;

  void Add(const char* text);
  void AddNumber(long long number);
  // In quotes, with JSON's escapes; bytes that are not printable ASCII as \u00xx.
  void AddQuoted(const char* text, size_t length);
  void AddQuoted(const char* text);
};

// Creates the file, or appends to it, with one write(2).
void WriteFile(const char* path, const char* bytes, size_t size, bool append);
bool FileExists(const char* path);
// Reads to the end, at most `limit`; the number of bytes.
size_t ReadAll(int fd, char* bytes, size_t limit);
size_t ReadFile(const char* path, char* bytes, size_t limit);

}  // namespace payload

#endif  // REAPCHECK_CONFORMANCE_PAYLOAD_TEXT_H_
