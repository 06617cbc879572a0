// What `reapcheck explore` prints.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_EXPLORE_REPORT_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_EXPLORE_REPORT_H_

#include <string>
#include <vector>

#include "conformance/scenario/explore.h"

namespace reapcheck::scenario {

// One line: "delete.stopped  complete  1 fault, 1 crash  1234 schedules ...".
std::string ResultLine(const ScenarioResult& result);
// Each distinct violation with its shortest trace and the command that repeats it; then the sum.
std::string PrettyReport(const std::vector<ScenarioResult>& results, double seconds);
// A list, one entry for each scenario.
std::string JsonReport(const std::vector<ScenarioResult>& results);

// How often each errno was returned by each kind of call, and which were never.
std::string CoverageReport(const std::vector<ScenarioResult>& results);

bool IsClean(const ScenarioResult& result);
bool IsComplete(const ScenarioResult& result);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_EXPLORE_REPORT_H_
