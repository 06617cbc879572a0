// What `tools/bench sim` or `tools/bench inject` found, beside what is promised. Pure.
#ifndef REAPCHECK_TOOLS_BENCHMARK_SIM_FIGURES_H_
#define REAPCHECK_TOOLS_BENCHMARK_SIM_FIGURES_H_

#include <optional>
#include <string>
#include <vector>

namespace reapcheck::benchmark {

struct SimFigure {
  std::string name;          // "random schedules"
  std::string unit;          // "/s"
  std::vector<double> runs;  // of which the median counts
  std::optional<double> at_least;
  std::optional<double> at_most;
  std::string note;          // of what the number alone does not say

  double Median() const;
  // False for one that was not measured. One without a limit is met.
  bool IsMet() const;
};

// A line for each, and how many limits are met.
std::string SimReport(const std::vector<SimFigure>& figures);
// The same as JSON.
std::string SimJson(const std::vector<SimFigure>& figures);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_SIM_FIGURES_H_
