// What a sweep found, as text: ten lines for a reader, or JSON for a program. Pure.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_SWEEP_REPORT_H_
#define REAPCHECK_CONFORMANCE_SWEEP_SWEEP_REPORT_H_

#include <string>
#include <vector>

#include "conformance/sweep/sweep_result.h"
#include "conformance/verdict.h"

namespace reapcheck::sweep {

// `command` is how the program was called, for lines that reproduce.
std::string PrettyReport(const std::vector<SweepResult>& sweeps, const std::string& command);
std::string JsonReport(const std::vector<SweepResult>& sweeps);

// For the suite's other formats (conformance/report.h): each point is a case,
// "delete-crash.rmdir cgroup #3 killed before"; one that never came is skipped.
conformance::Report AsReport(const std::vector<SweepResult>& sweeps);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_SWEEP_REPORT_H_
