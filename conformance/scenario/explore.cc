#include "conformance/scenario/explore.h"

#include <algorithm>
#include <cstdio>
#include <mutex>
#include <thread>

#include "conformance/glob.h"
#include "conformance/scenario/stage.h"
#include "sim/explorer.h"
#include "sim/pct.h"
#include "sim/random_search.h"
#include "sim/shrink.h"

namespace reapcheck::scenario {
namespace {

using sim::World;

// The longest that ends is a back-off of 10 s whose every call is interrupted again and again.
constexpr std::uint64_t kMaxDepth = 100'000;

// Ordering decisions of a bug that PCT looks for: most known ones need no more.
constexpr int kPctDepth = 3;

sim::Bounds BoundsOf(const Scenario& scenario, const ExploreOptions& options) {
  const auto count = [](int value) { return static_cast<std::uint8_t>(value); };
  sim::Bounds bounds;
  bounds.budget.faults = count(options.faults.value_or(scenario.bounds.faults));
  bounds.budget.crashes = count(options.crashes.value_or(scenario.bounds.crashes));
  bounds.budget.preemptions = count(options.preemptions.value_or(scenario.bounds.preemptions));
  bounds.has_power_failure = scenario.has_power_failure;
  bounds.has_lasting_faults = scenario.bounds.has_lasting_faults;
  return bounds;
}

sim::SearchLimits LimitsOf(const ExploreOptions& options) {
  sim::SearchLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + options.budget;
  limits.stop = options.stop;
  limits.max_depth = kMaxDepth;
  return limits;
}

sim::RandomOptions RandomOptionsOf(const Scenario& scenario, const ExploreOptions& options) {
  sim::RandomOptions random{.bounds = BoundsOf(scenario, options), .limits = LimitsOf(options)};
  // At random the way is long: whoever bounds the changes of actor says so.
  if (!options.preemptions) random.bounds.budget.preemptions = sim::Budget::kUnlimited;
  random.seed = options.seed;
  random.max_schedules = options.max_schedules;
  return random;
}

std::string MissedText(const sim::PctReport& pct) {
  char text[160];
  std::snprintf(text, sizeof text,
                "a bug of depth %d is missed with a probability of at most %.3g (%llu actors, %llu "
                "steps)",
                pct.depth, pct.missed_by_all, static_cast<unsigned long long>(pct.actors),
                static_cast<unsigned long long>(pct.steps));
  return text;
}

// The choices that a random search found, without what is not needed.
void ShrinkAll(sim::Behavior& behavior, Stage& stage, Judge& judge, sim::SearchReport& report) {
  for (sim::FoundViolation& found : report.violations) {
    sim::Shrinker<World, Rules, Judge> shrinker(behavior, stage.rules(), judge, stage.start(),
                                                sim::Bounds{}, kMaxDepth);
    sim::Shrunk shrunk = shrinker.Shrink(found.choices, found.violation.invariant);
    if (shrunk.choices.empty()) continue;
    found.choices = std::move(shrunk.choices);
    found.violation = std::move(shrunk.violation);
    found.cost = shrunk.disturbances + shrunk.preemptions;
  }
}

void Search(Stage& stage, const ExploreOptions& options, ScenarioResult& result) {
  sim::Behavior behavior(stage.texts(), stage.programs());
  Judge judge = stage.judge();
  const Scenario& scenario = stage.scenario();
  switch (options.strategy) {
    case Strategy::kExhaustive: {
      sim::ExplorerOptions search{.bounds = BoundsOf(scenario, options),
                                  .limits = LimitsOf(options)};
      sim::Explorer<World, Rules, Judge> explorer(behavior, stage.rules(), judge, search);
      result.report = explorer.Explore(stage.start());
      break;
    }
    case Strategy::kRandom: {
      sim::RandomSearch<World, Rules, Judge> search(behavior, stage.rules(), judge, stage.start(),
                                                    RandomOptionsOf(scenario, options));
      result.report = search.Search();
      ShrinkAll(behavior, stage, judge, result.report);
      break;
    }
    case Strategy::kPct: {
      sim::Pct<World, Rules, Judge> search(behavior, stage.rules(), judge, stage.start(),
                                           RandomOptionsOf(scenario, options), kPctDepth);
      sim::PctReport pct = search.Search();
      result.note = MissedText(pct);
      result.report = std::move(pct.report);
      ShrinkAll(behavior, stage, judge, result.report);
      break;
    }
  }
  for (std::size_t i = 0; i < judge.reached().size(); ++i) {
    if (judge.reached()[i] == 0) {
      result.unreached.push_back(CommandText(scenario.operations[i]));
    }
  }
}

}  // namespace

std::vector<const Scenario*> SelectScenarios(const std::string& globs) {
  std::vector<const Scenario*> selected;
  for (const Scenario& scenario : AllScenarios()) {
    bool matches = false;
    for (std::size_t begin = 0; begin <= globs.size();) {
      const std::size_t end = std::min(globs.find(':', begin), globs.size());
      const std::string_view glob = std::string_view(globs).substr(begin, end - begin);
      matches = matches || conformance::GlobMatches(glob, scenario.name);
      begin = end + 1;
    }
    if (matches) selected.push_back(&scenario);
  }
  return selected;
}

ScenarioResult ExploreOne(const Scenario& scenario, const Subject& subject,
                          const ExploreOptions& options) {
  ScenarioResult result{.scenario = &scenario, .subject = subject.name};
  auto stage = Stage::Make(scenario, subject);
  if (!stage) {
    result.error = stage.error();
    return result;
  }
  Search(**stage, options, result);
  return result;
}

std::vector<ScenarioResult> ExploreAll(const std::vector<const Scenario*>& scenarios,
                                       const Subject& subject, const ExploreOptions& options,
                                       const std::function<void(const ScenarioResult&)>& done) {
  std::vector<ScenarioResult> results(scenarios.size());
  std::atomic<std::size_t> next = 0;
  std::mutex reporting;
  const auto work = [&] {
    for (std::size_t i = next++; i < scenarios.size(); i = next++) {
      if (options.stop != nullptr && options.stop->load()) return;
      results[i] = ExploreOne(*scenarios[i], subject, options);
      const std::scoped_lock lock(reporting);
      done(results[i]);
    }
  };
  std::vector<std::jthread> threads;
  for (int i = 1; i < options.jobs; ++i) threads.emplace_back(work);
  work();
  threads.clear();
  std::erase_if(results, [](const ScenarioResult& result) { return result.scenario == nullptr; });
  return results;
}

}  // namespace reapcheck::scenario
