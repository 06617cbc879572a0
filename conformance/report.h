// The report of a run in the formats that people and tools read. Pure: values in, text out.
#ifndef REAPCHECK_CONFORMANCE_REPORT_H_
#define REAPCHECK_CONFORMANCE_REPORT_H_

#include <string>

#include "conformance/verdict.h"

namespace reapcheck::conformance {

struct PrettyOptions {
  bool colour = false;
  int width = 80;
  std::string command = "reapcheck";  // opens the lines that reproduce
};

// A matrix of runtimes by groups of cases, then each failure; the last line is
// "N passed, N failed, N skipped", where failed counts xpass and broken too, and xfail neither.
std::string PrettyReport(const Report& report, const PrettyOptions& options);

// Test Anything Protocol, version 14.
std::string TapReport(const Report& report);

// JUnit XML as GitHub's and GitLab's readers take it: one testsuite a runtime and layout.
std::string JunitReport(const Report& report);

// {"runtimes": [{"name", "version", "cgroup", "results": [...]}], "summary": {...}}.
std::string JsonReport(const Report& report);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_REPORT_H_
