#include "conformance/scenario/scenario_list.h"

#include <iterator>

namespace reapcheck::scenario {

const std::vector<Scenario>& AllScenarios() {
  static const std::vector<Scenario> all = [] {
    std::vector<Scenario> scenarios;
    for (const auto list : {DeleteScenarios, KillScenarios, AbortedScenarios, HookScenarios,
                            GapScenarios, ConcurrentScenarios}) {
      std::vector<Scenario> some = list();
      scenarios.insert(scenarios.end(), std::make_move_iterator(some.begin()),
                       std::make_move_iterator(some.end()));
    }
    return scenarios;
  }();
  return all;
}

}  // namespace reapcheck::scenario
