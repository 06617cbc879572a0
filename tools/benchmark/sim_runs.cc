#include "tools/benchmark/sim_runs.h"

#include <time.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "conformance/scenario/explore.h"
#include "conformance/scenario/stage.h"
#include "sim/random_search.h"
#include "tools/benchmark/toy.h"

namespace reapcheck::benchmark {
namespace {

using scenario::Operation;
using scenario::Rules;
using scenario::Stage;
using scenario::Verb;
using sim::World;

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// From its making on.
class Times {
 public:
  double Cpu() const { return Seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_; }
  double Wall() const { return Seconds(CLOCK_MONOTONIC) - wall_; }

 private:
  double cpu_ = Seconds(CLOCK_PROCESS_CPUTIME_ID);
  double wall_ = Seconds(CLOCK_MONOTONIC);
};

// The stage of the scenario of that name; null: there is none.
std::unique_ptr<Stage> StageOf(const char* name) {
  for (const scenario::Scenario* found : scenario::SelectScenarios(name)) {
    auto stage = Stage::Make(*found, scenario::ProfileSubject("reference"));
    if (stage) return std::move(*stage);
  }
  return nullptr;
}

void RunSchedules(Stage& stage, std::uint64_t seed, std::uint64_t schedules, RandomRun& run) {
  sim::Behavior behavior(stage.texts(), stage.programs());
  scenario::Judge judge = stage.judge();
  sim::RandomOptions options{.seed = seed, .max_schedules = schedules};
  options.bounds.budget = {
      .faults = 1, .crashes = 1, .preemptions = sim::Budget::kUnlimited};
  sim::RandomSearch<World, Rules, scenario::Judge> search(behavior, stage.rules(), judge,
                                                          stage.start(), options);
  const sim::SearchReport report = search.Search();
  run.calls += report.stats.kernel_calls;
  run.schedules += report.stats.schedules;
}

SearchRun SearchOf(const std::vector<scenario::ScenarioResult>& results, const Times& times) {
  SearchRun run{.cpu_seconds = times.Cpu(),
                .wall_seconds = times.Wall(),
                .scenarios = static_cast<int>(results.size())};
  for (const scenario::ScenarioResult& result : results) {
    run.states += result.report.stats.states;
    run.transitions += result.report.stats.transitions;
    run.unfinished += result.report.stats.is_complete ? 0 : 1;
    run.violations += static_cast<int>(result.report.violations.size());
  }
  return run;
}

SearchRun Explore(const char* name, std::chrono::seconds budget, int jobs) {
  const Times times;
  const scenario::ExploreOptions options{.budget = budget, .jobs = jobs};
  const auto results = scenario::ExploreAll(scenario::SelectScenarios(name),
                                            scenario::ProfileSubject("reference"), options,
                                            [](const scenario::ScenarioResult&) {});
  return SearchOf(results, times);
}

// One program that does what a life is, so that its calls come one after the other.
scenario::Body LifeBody() {
  const scenario::Subject subject = scenario::ProfileSubject("reference");
  std::vector<scenario::Body> bodies;
  for (const Verb verb : {Verb::kCreate, Verb::kStart, Verb::kKill, Verb::kDelete}) {
    bodies.push_back(scenario::OperationBody(Operation{.verb = verb}, subject));
  }
  return [bodies](sim::ProgramKernel& kernel) {
    int status = 0;
    for (const scenario::Body& body : bodies) status |= body(kernel);
    return status;
  };
}

struct CallCounter {
  std::uint64_t calls = 0;
  void BeforeCall(const World&, sim::ActorId, const sim::Call&) {}
  void OnCall(const World&, const sim::CallEvent&) { ++calls; }
  void OnChoice(const World&, const sim::Choice&) {}
};

class LifeStage {
 public:
  LifeStage()
      : stage_(Stage::Make(
            scenario::Scenario{.name = "life",
                               .containers = {{.reached = scenario::Reached::kNothing}},
                               .operations = {{.verb = Verb::kCreate}}},
            scenario::ProfileSubject("reference"))) {
    if (!stage_) return;
    actor_ = (*stage_)->start().actors().size() - 1;
    programs_ = (*stage_)->programs();
    programs_[(*stage_)->start().actors()[actor_].program - 1] = LifeBody();
    Forget();
  }

  bool is_well() const { return stage_.has_value(); }
  void Forget() {
    behavior_ = std::make_unique<sim::Behavior>((*stage_)->texts(), programs_);
  }
  // True: all of it succeeded.
  bool Live(CallCounter& counter) {
    sim::Scheduler<World, Rules> scheduler(*behavior_, (*stage_)->rules());
    sim::System<World> system((*stage_)->start());
    bool goes_on = scheduler.Start(system, counter);
    while (goes_on) {
      const auto choice = scheduler.Default(system);
      if (!choice) break;
      goes_on = scheduler.Apply(system, *choice, counter);
    }
    return goes_on && system.model.actors()[actor_].exit_status == 0;
  }

 private:
  std::expected<std::unique_ptr<Stage>, std::string> stage_;
  std::size_t actor_ = 0;
  std::vector<sim::Program> programs_;
  std::unique_ptr<sim::Behavior> behavior_;
};

}  // namespace

RandomRun RunRandom(int threads, std::uint64_t schedules) {
  std::vector<std::unique_ptr<Stage>> stages;
  for (int i = 0; i < threads; ++i) {
    stages.push_back(StageOf("kill.and.delete-force"));
    if (stages.back() == nullptr) return {};
  }
  std::vector<RandomRun> runs(stages.size());
  const Times times;
  {
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < stages.size(); ++i) {
      others.emplace_back([&, i] { RunSchedules(*stages[i], i + 1, schedules, runs[i]); });
    }
    RunSchedules(*stages[0], 1, schedules, runs[0]);
  }
  RandomRun all{.cpu_seconds = times.Cpu(), .wall_seconds = times.Wall()};
  for (const RandomRun& run : runs) {
    all.calls += run.calls;
    all.schedules += run.schedules;
  }
  return all;
}

SearchRun RunTwoDeletes(std::chrono::seconds budget) {
  return Explore("delete-force.twice.running", budget, 1);
}

SearchRun RunShipped(std::chrono::seconds budget_of_each, int jobs) {
  return Explore("*", budget_of_each, jobs);
}

SearchRun RunToy() {
  const Times times;
  const sim::SearchReport report = ExploreToy();
  return {.states = report.stats.states,
          .transitions = report.stats.transitions,
          .cpu_seconds = times.Cpu(),
          .wall_seconds = times.Wall(),
          .unfinished = report.stats.is_complete ? 0 : 1,
          .violations = static_cast<int>(report.violations.size())};
}

LivesRun RunLives(Code code, std::uint64_t lives) {
  LifeStage stage;
  LivesRun run{.is_well = stage.is_well()};
  CallCounter counter;
  const Times times;
  for (; run.is_well && run.lives < lives; ++run.lives) {
    if (code == Code::kRun) stage.Forget();
    run.is_well = stage.Live(counter);
  }
  run.calls = counter.calls;
  run.cpu_seconds = times.Cpu();
  run.wall_seconds = times.Wall();
  return run;
}

}  // namespace reapcheck::benchmark
