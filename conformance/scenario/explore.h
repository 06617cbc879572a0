// `reapcheck explore`: scenarios under every schedule and fault within their bounds, or under
// random ones, and what was found.
//
// Each scenario is explored by one thread with a stage of its own; results come in the order of the
// scenarios, whatever the number of jobs.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_EXPLORE_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_EXPLORE_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/scenario/programs.h"
#include "conformance/scenario/scenario.h"
#include "sim/explorer.h"
#include "sim/explorer_report.h"

namespace reapcheck::scenario {

enum class Strategy { kExhaustive, kRandom, kPct };

struct ExploreOptions {
  std::string scenarios = "*";       // globs over names
  std::string profile = "reference";
  Strategy strategy = Strategy::kExhaustive;
  // Absent: the scenario's own.
  std::optional<int> faults;
  std::optional<int> crashes;
  std::optional<int> preemptions;
  std::chrono::milliseconds budget{60'000};  // for each scenario
  std::uint64_t seed = 1;
  std::uint64_t max_schedules = UINT64_MAX;  // of a random strategy, for each scenario
  int jobs = 1;
  const std::atomic<bool>* stop = nullptr;   // set by Ctrl-C
};

// One scenario explored.
struct ScenarioResult {
  const Scenario* scenario = nullptr;
  std::string subject;
  std::string error;  // of the set-up: nothing was explored
  sim::SearchReport report;
  std::vector<std::string> unreached;  // operations that never came to the end that they should
  std::string note;                    // what a random search may have missed
  std::vector<std::string> files;      // of the violations, where they were saved
};

// The scenarios whose names match one of GLOB[:GLOB...]; empty: none does.
std::vector<const Scenario*> SelectScenarios(const std::string& globs);

// What an exhaustive search of the scenario is bounded by.
sim::ExplorerOptions ExplorerOptionsOf(const Scenario& scenario, const ExploreOptions& options);

ScenarioResult ExploreOne(const Scenario& scenario, const Subject& subject,
                          const ExploreOptions& options);

// `done` is called for each as it ends, from one thread at a time.
std::vector<ScenarioResult> ExploreAll(const std::vector<const Scenario*>& scenarios,
                                       const Subject& subject, const ExploreOptions& options,
                                       const std::function<void(const ScenarioResult&)>& done);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_EXPLORE_H_
