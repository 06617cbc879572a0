#include "runtime/file_text.h"

#include <fcntl.h>

#include <cerrno>

namespace reapcheck {

Result<OwnedFd> OpenFile(Kernel& kernel, Fd dir, const std::string& path, int flags) {
  return Uninterrupted([&] { return kernel.OpenAt(dir, path, flags, 0); });
}

Result<std::string> ReadFileText(Kernel& kernel, Fd dir, const std::string& path) {
  // O_NONBLOCK: a fifo in the place of a file must not hang whoever reads it.
  // A user's own path may go through links; what lies in a directory of the runtime's may not.
  const int follow = dir == kCwd ? 0 : O_NOFOLLOW;
  auto file = OpenFile(kernel, dir, path, O_RDONLY | follow | O_NONBLOCK);
  if (!file) return Forward(std::move(file));
  return ReadText(kernel, file->get());
}

Result<std::string> ReadText(Kernel& kernel, Fd fd) {
  std::string text;
  char buffer[4096];
  for (;;) {
    auto count = Uninterrupted([&] { return kernel.Read(fd, buffer); });
    if (!count) return Forward(std::move(count));
    if (*count == 0) return text;
    text.append(buffer, *count);
    if (text.size() > kMaxFileText) {
      return Fail(EFBIG, "read", "fd " + std::to_string(fd.number));
    }
  }
}

Result<void> WriteText(Kernel& kernel, Fd fd, std::string_view text) {
  while (!text.empty()) {
    auto count = Uninterrupted([&] { return kernel.Write(fd, text); });
    if (!count) return Forward(std::move(count));
    text.remove_prefix(*count);
  }
  return {};
}

Result<void> WriteControlFile(Kernel& kernel, Fd dir, const std::string& path,
                              std::string_view text) {
  auto file = OpenFile(kernel, dir, path, O_WRONLY);
  if (!file) return Forward(std::move(file));
  return WriteText(kernel, file->get(), text);
}

Result<void> ReplaceFileText(Kernel& kernel, Fd dir, const std::string& path,
                             std::string_view text) {
  const std::string temporary = path + ".tmp";
  auto file = Uninterrupted([&] {
    return kernel.OpenAt(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600);
  });
  if (!file) return Forward(std::move(file));
  if (auto written = WriteText(kernel, file->get(), text); !written) {
    return Forward(std::move(written));
  }
  if (auto synced = Uninterrupted([&] { return kernel.Fsync(file->get()); }); !synced) {
    return synced;
  }
  return kernel.RenameAt(dir, temporary, dir, path);
}

}  // namespace reapcheck
