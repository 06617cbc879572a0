#include "conformance/scenario/explore.h"

#include <cstdio>
#include <mutex>

#include "conformance/glob.h"
#include "conformance/scenario/parallel.h"
#include "conformance/scenario/search_bounds.h"
#include "conformance/scenario/stage.h"
#include "sim/explorer.h"
#include "sim/pct.h"
#include "sim/random_search.h"
#include "sim/shrink.h"

namespace reapcheck::scenario {
namespace {

using sim::World;

// Ordering decisions of a bug that PCT looks for: most known ones need no more.
constexpr int kPctDepth = 3;

sim::SearchLimits LimitsOf(const ExploreOptions& options) {
  sim::SearchLimits limits;
  limits.deadline = std::chrono::steady_clock::now() + options.budget;
  limits.stop = options.stop;
  limits.max_depth = kMaxDepth;
  return limits;
}

sim::Bounds BoundsOf(const Scenario& scenario, const ExploreOptions& options) {
  sim::Bounds bounds = BoundsOf(scenario);
  const auto choose = [](std::uint8_t& count, const std::optional<int>& chosen) {
    if (chosen) count = static_cast<std::uint8_t>(*chosen);
  };
  choose(bounds.budget.faults, options.faults);
  choose(bounds.budget.crashes, options.crashes);
  choose(bounds.budget.preemptions, options.preemptions);
  return bounds;
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
                                                BoundsOf(stage.scenario()), kMaxDepth);
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
      sim::Explorer<World, Rules, Judge> explorer(behavior, stage.rules(), judge,
                                                  ExplorerOptionsOf(scenario, options));
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

sim::ExplorerOptions ExplorerOptionsOf(const Scenario& scenario, const ExploreOptions& options) {
  return {.bounds = BoundsOf(scenario, options), .limits = LimitsOf(options)};
}

std::vector<const Scenario*> SelectScenarios(const std::string& globs) {
  std::vector<const Scenario*> selected;
  for (const Scenario& scenario : AllScenarios()) {
    if (conformance::AnyGlobMatches(globs, scenario.name)) selected.push_back(&scenario);
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
  std::mutex reporting;
  ForEachIndex(scenarios.size(), options.jobs, options.stop, [&](std::size_t i) {
    results[i] = ExploreOne(*scenarios[i], subject, options);
    const std::scoped_lock lock(reporting);
    done(results[i]);
  });
  std::erase_if(results, [](const ScenarioResult& result) { return result.scenario == nullptr; });
  return results;
}

}  // namespace reapcheck::scenario
