#include "runtime/log.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace reapcheck {
namespace {

std::string Now() {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm utc{};
  ::gmtime_r(&now.tv_sec, &utc);
  char text[32];
  ::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

// One line, whatever a path or an argument in it holds.
std::string OneLine(const std::string& message) {
  std::string line = message;
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

void WriteAll(int fd, const std::string& text) {
  // A message that can not be written can not be reported either.
  static_cast<void>(!::write(fd, text.data(), text.size()));
}

}  // namespace

Log::~Log() {
  if (fd_ >= 0) ::close(fd_);
}

bool Log::Open(const std::string& path) {
  fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  return fd_ >= 0;
}

void Log::Write(std::string_view level, const std::string& message) {
  const std::string line = OneLine(message);
  const std::string plain = "reaprun: " + (level == "error" ? "" : std::string(level) + ": ") +
                            line + "\n";
  std::string formatted = plain;
  if (json_) {
    nlohmann::json json = {{"level", level}, {"msg", line}, {"time", Now()}};
    formatted = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  } else if (fd_ >= 0) {
    formatted = "time=\"" + Now() + "\" level=" + std::string(level) + " msg=\"" + line + "\"\n";
  }
  if (fd_ < 0) return WriteAll(STDERR_FILENO, formatted);
  WriteAll(fd_, formatted);
  if (level != "debug") WriteAll(STDERR_FILENO, plain);
}

}  // namespace reapcheck
