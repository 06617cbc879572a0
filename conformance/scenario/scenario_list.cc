#include "conformance/scenario/scenario_list.h"

namespace reapcheck::scenario {

std::vector<Scenario> Joined(std::initializer_list<std::vector<Scenario>> lists) {
  std::vector<Scenario> joined;
  for (const std::vector<Scenario>& list : lists) {
    joined.insert(joined.end(), list.begin(), list.end());
  }
  return joined;
}

const std::vector<Scenario>& AllScenarios() {
  static const std::vector<Scenario> all =
      Joined({DeleteScenarios(), KillScenarios(), AbortedScenarios(), HookScenarios(),
              GapScenarios(), ConcurrentScenarios()});
  return all;
}

}  // namespace reapcheck::scenario
