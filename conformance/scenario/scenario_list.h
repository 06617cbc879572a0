// The shipped scenarios, one list for each file of them.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_SCENARIO_LIST_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_SCENARIO_LIST_H_

#include <initializer_list>
#include <vector>

#include "conformance/scenario/scenario.h"

namespace reapcheck::scenario {

// One list of several.
std::vector<Scenario> Joined(std::initializer_list<std::vector<Scenario>> lists);

std::vector<Scenario> DeleteScenarios();
std::vector<Scenario> KillScenarios();
std::vector<Scenario> AbortedScenarios();
std::vector<Scenario> HookScenarios();
std::vector<Scenario> GapScenarios();
std::vector<Scenario> ConcurrentScenarios();

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_SCENARIO_LIST_H_
