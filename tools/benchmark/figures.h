// What the measurements come to: medians, ratios, and the limits that are promised. Pure.
#ifndef REAPCHECK_TOOLS_BENCHMARK_FIGURES_H_
#define REAPCHECK_TOOLS_BENCHMARK_FIGURES_H_

#include <string>
#include <vector>

#include "tools/benchmark/measurements.h"
#include "tools/benchmark/series.h"

namespace reapcheck::benchmark {

// Of one runtime in one operation.
struct RuntimeFigures {
  Spread wall_ms;
  Spread cpu_ms;
  long peak_kb = 0;     // of the worst round
  double wall_ratio = 0;  // the first runtime's wall time to this one's, pair by pair
};

struct OperationFigures {
  // "create", ...; "wait" from the end of kill to init's death; "life" for all of these but state.
  std::string name;
  std::vector<RuntimeFigures> runtimes;

  // One call of the runtime: has a peak of memory of its own.
  bool IsProcess() const { return name != "wait" && name != "life"; }
};

struct Limit {
  std::string figure;  // "kill: reaprun/crun"
  double value = 0;
  double at_most = 0;
  std::string unit;    // "", "MB", "s", "%"

  bool met() const { return value <= at_most; }
};

struct Figures {
  std::vector<OperationFigures> operations;
  std::vector<long> waiting_init_kb;  // by runtime, of the worst round
  Spread floor_ms;
  std::vector<Limit> limits;  // of what was measured: none for a runtime that is not there

  bool AllMet() const;
};

Figures FiguresOf(const Measurements& measurements);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_FIGURES_H_
