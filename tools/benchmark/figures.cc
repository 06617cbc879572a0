#include "tools/benchmark/figures.h"

#include <algorithm>
#include <functional>

namespace reapcheck::benchmark {
namespace {

constexpr double kKbInMb = 1024;

// The promises: reaprun's share of crun's wall time.
struct Promise {
  const char* operation;
  double at_most;
};
constexpr Promise kPromises[] = {{"create", 0.5}, {"kill", 0.4}, {"delete", 0.4}, {"life", 0.5}};
constexpr double kMostMemoryMb = 6;
constexpr double kMostSuiteSeconds = 20;
constexpr double kMostHarnessPercent = 20;
constexpr double kMostSuiteMb = 200;

template <typename Number>
std::vector<Number> Column(const std::vector<Life>& lives,
                           const std::function<Number(const Life&)>& number) {
  std::vector<Number> column;
  std::ranges::transform(lives, std::back_inserter(column), number);
  return column;
}

long Largest(const std::vector<long>& numbers) {
  return numbers.empty() ? 0 : *std::ranges::max_element(numbers);
}

using NumberOfLife = std::function<double(const Life&)>;

OperationFigures Compare(const std::string& name, const std::vector<RuntimeLives>& runtimes,
                         const NumberOfLife& wall, const NumberOfLife& cpu,
                         const std::function<long(const Life&)>& peak) {
  OperationFigures figures{.name = name};
  for (const RuntimeLives& runtime : runtimes) {
    const std::vector<double> series = Column(runtime.lives, wall);
    figures.runtimes.push_back(
        {.wall_ms = SpreadOf(series),
         .cpu_ms = SpreadOf(Column(runtime.lives, cpu)),
         .peak_kb = Largest(Column(runtime.lives, peak)),
         .wall_ratio = PairedRatio(Column(runtimes.front().lives, wall), series)});
  }
  return figures;
}

long PeakOfLife(const Life& life) {
  long peak = 0;
  for (const Timing& timing : life.operations) peak = std::max(peak, timing.peak_kb);
  return peak;
}

void AddRuntimeLimits(const Measurements& measurements, Figures& figures) {
  for (const OperationFigures& operation : figures.operations) {
    for (std::size_t i = 0; i < operation.runtimes.size(); ++i) {
      const auto promise = std::ranges::find(kPromises, operation.name, &Promise::operation);
      if (measurements.runtimes[i].name != "crun" || promise == std::end(kPromises)) continue;
      figures.limits.push_back({.figure = operation.name + ": reaprun/crun",
                                .value = operation.runtimes[i].wall_ratio,
                                .at_most = promise->at_most});
    }
  }
  for (const OperationFigures& operation : figures.operations) {
    if (!operation.IsProcess() || operation.runtimes.empty()) continue;
    figures.limits.push_back(
        {.figure = operation.name + ": reaprun's memory",
         .value = static_cast<double>(operation.runtimes.front().peak_kb) / kKbInMb,
         .at_most = kMostMemoryMb,
         .unit = "MB"});
  }
}

void AddSuiteLimits(const SuiteRun& suite, Figures& figures) {
  figures.limits.push_back(
      {.figure = "suite: time", .value = suite.seconds, .at_most = kMostSuiteSeconds, .unit = "s"});
  figures.limits.push_back({.figure = "suite: time outside the runtime",
                            .value = suite.harness_share * 100,
                            .at_most = kMostHarnessPercent,
                            .unit = "%"});
  figures.limits.push_back({.figure = "suite: memory",
                            .value = static_cast<double>(suite.peak_sum_kb) / kKbInMb,
                            .at_most = kMostSuiteMb,
                            .unit = "MB"});
}

}  // namespace

bool Figures::AllMet() const { return std::ranges::all_of(limits, &Limit::met); }

Figures FiguresOf(const Measurements& measurements) {
  Figures figures;
  const std::vector<RuntimeLives>& runtimes = measurements.runtimes;
  for (std::size_t i = 0; i < kOperationNames.size(); ++i) {
    figures.operations.push_back(Compare(
        kOperationNames[i], runtimes, [i](const Life& life) { return life.operations[i].wall_ms; },
        [i](const Life& life) { return life.operations[i].cpu_ms; },
        [i](const Life& life) { return life.operations[i].peak_kb; }));
  }
  const NumberOfLife nothing = [](const Life&) { return 0.0; };
  figures.operations.push_back(Compare("wait", runtimes, &Life::wait_ms, nothing, nothing));
  figures.operations.push_back(
      Compare("life", runtimes, &Life::WholeWallMs, &Life::WholeCpuMs, PeakOfLife));
  for (const RuntimeLives& runtime : runtimes) {
    figures.waiting_init_kb.push_back(Largest(Column<long>(runtime.lives, &Life::waiting_init_kb)));
  }
  std::vector<double> floor;
  for (const Timing& timing : measurements.floor) floor.push_back(timing.wall_ms);
  figures.floor_ms = SpreadOf(std::move(floor));
  AddRuntimeLimits(measurements, figures);
  if (measurements.suite) AddSuiteLimits(*measurements.suite, figures);
  return figures;
}

}  // namespace reapcheck::benchmark
