// Where messages go: stderr, and the file of --log in the format that engines read back.
#ifndef REAPCHECK_RUNTIME_LOG_H_
#define REAPCHECK_RUNTIME_LOG_H_

#include <string>
#include <string_view>

namespace reapcheck {

class Log {
 public:
  Log() = default;
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  // Opens the file of --log for appending. False: it can not be written.
  bool Open(const std::string& path);
  void SetJson(bool json) { json_ = json; }
  void SetDebug(bool debug) { debug_ = debug; }

  void Error(const std::string& message) { Write("error", message); }
  void Warning(const std::string& message) { Write("warning", message); }
  void Debug(const std::string& message) {
    if (debug_) Write("debug", message);
  }

 private:
  // {"level":"error","msg":"...","time":"..."}: what containerd and podman parse.
  void Write(std::string_view level, const std::string& message);

  int fd_ = -1;
  bool json_ = false;
  bool debug_ = false;
};

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_LOG_H_
