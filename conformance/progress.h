// The line on a terminal that says how far a run has come: "12/300 runc (v1) Delete.X". Written to
// stderr, and not at all when that is no terminal.
#ifndef REAPCHECK_CONFORMANCE_PROGRESS_H_
#define REAPCHECK_CONFORMANCE_PROGRESS_H_

#include <cstddef>
#include <string>

namespace reapcheck::conformance {

// Columns of the terminal on stdout or stderr; 80 when there is none.
int TerminalWidth();

class Progress {
 public:
  explicit Progress(std::size_t total);
  void Began(const std::string& what);
  void Ended() { ++done_; }
  void Clear();

 private:
  std::size_t total_;
  std::size_t done_ = 0;
  bool shown_;
  int width_;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_PROGRESS_H_
