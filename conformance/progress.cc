#include "conformance/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

namespace reapcheck::conformance {

int TerminalWidth() {
  constexpr int kWithoutTerminal = 80;
  for (int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  }
  return kWithoutTerminal;
}

Progress::Progress(std::size_t total)
    : total_(total), shown_(isatty(STDERR_FILENO) == 1), width_(TerminalWidth()) {}

void Progress::Began(const std::string& what) {
  if (!shown_) return;
  std::string line = std::to_string(done_) + "/" + std::to_string(total_) + " " + what;
  line = line.substr(0, static_cast<std::size_t>(width_ > 1 ? width_ - 1 : 79));
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
}

void Progress::Clear() {
  if (shown_) std::fprintf(stderr, "\r\033[K");
}

}  // namespace reapcheck::conformance
