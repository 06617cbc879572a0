// The process that runs one case: GoogleTest with exactly this test, and its outcome as JSON.
// Forked by a worker; it ends with _exit and leaves everything else to the worker.
#ifndef REAPCHECK_CONFORMANCE_CASE_PROCESS_H_
#define REAPCHECK_CONFORMANCE_CASE_PROCESS_H_

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/case.h"
#include "conformance/lab_settings.h"
#include "conformance/verdict.h"

namespace reapcheck::conformance {

// What a case says of itself; leaks and deviations are judged by others.
struct CaseOutcome {
  Verdict verdict = Verdict::kBroken;  // pass, fail, skip or broken
  std::string reason;
  std::chrono::microseconds inside{0};  // in the runtime's processes
  std::vector<std::string> expected_leaks;
};

std::string ToJsonText(const CaseOutcome& outcome);
// nullopt: cut off or empty, the process did not come to its end.
std::optional<CaseOutcome> ParseCaseOutcome(const std::string& text);

// Runs the case in this process.
CaseOutcome RunCaseHere(const Case& entry, const LabSettings& settings);

// Runs `body` with a lab in this process, as a case is run. What it sets in the outcome stays;
// `failures` are the checks that failed meanwhile, and what went wrong when the lab was taken down.
struct FunctionOutcome {
  CaseOutcome outcome;
  std::string failures;
};
FunctionOutcome RunFunctionHere(const LabSettings& settings,
                                const std::function<void(Lab& lab, CaseOutcome& outcome)>& body);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASE_PROCESS_H_
