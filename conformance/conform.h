// The command `reapcheck conform`: which cases, which runtimes, on which cgroup layouts; then the
// report. Exit codes: 0 clean, 1 failures, 2 could not run.
#ifndef REAPCHECK_CONFORMANCE_CONFORM_H_
#define REAPCHECK_CONFORMANCE_CONFORM_H_

#include <chrono>
#include <string>
#include <vector>

#include "conformance/lab.h"
#include "conformance/level.h"

namespace reapcheck::conformance {

enum class Format { kPretty, kTap, kJunit, kJson };

struct ConformOptions {
  std::vector<std::string> runtimes;  // empty: reaprun, runc and crun, those that are installed
  bool peers = false;                 // also all that tools/peers has installed
  std::vector<CgroupLayout> layouts;  // empty: for each runtime the first that it works on
  std::string filter;
  std::vector<Level> levels;          // empty: all
  int jobs = 0;                       // 0: one for each processor
  int repeat = 1;
  std::chrono::milliseconds timeout{10000};  // of one call of a runtime
  std::string deviations;             // a file, a directory of NAME.json, "none"; "": built in
  Format format = Format::kPretty;
  std::string output;                 // "": stdout
  bool list = false;
  std::string explain;                // a case's name
};

// `command` is how the program was called, for lines that reproduce.
int Conform(const ConformOptions& options, const std::string& command);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CONFORM_H_
