// What a sweep found, as text: ten lines for a reader, or JSON for a program. Pure.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SWEEP_REPORT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SWEEP_REPORT_H_

#include <string>
#include <vector>

#include "conformance/sweep/sweep.h"
#include "conformance/verdict.h"

namespace reapcheck::sweep {

// Failures of one sweep that are alike: one invariant, at calls of one name.
struct Group {
  std::string invariant;
  std::string call;
  std::vector<std::string> happened;  // "EBUSY", "killed before": sorted, each once
  int points = 0;
  std::string first;    // Point::Describe of the first
  std::string summary;  // of its violation
  int occurrence = 1;   // of its call

  bool operator==(const Group&) const = default;
};

std::vector<Group> GroupsOf(const SweepResult& sweep);

struct Counts {
  int points = 0, reached = 0, not_reached = 0, failed = 0, broken = 0;
};
Counts CountsOf(const SweepResult& sweep);

// `command` is how the program was called, for lines that reproduce.
std::string PrettyReport(const std::vector<SweepResult>& sweeps, const std::string& command);
std::string JsonReport(const std::vector<SweepResult>& sweeps);

// For the suite's other formats (conformance/report.h): each point is a case,
// "delete-crash.rmdir cgroup #3 killed before"; one that never came is skipped.
conformance::Report AsReport(const std::vector<SweepResult>& sweeps);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SWEEP_REPORT_H_
