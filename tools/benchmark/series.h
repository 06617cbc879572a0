// Numbers of many rounds, and what is said of them. Pure.
#ifndef REAPCHECK_TOOLS_BENCHMARK_SERIES_H_
#define REAPCHECK_TOOLS_BENCHMARK_SERIES_H_

#include <vector>

namespace reapcheck::benchmark {

struct Spread {
  double median = 0;
  double min = 0;
  double max = 0;
};

// All 0 for no numbers.
Spread SpreadOf(std::vector<double> series);

// The median of first[i] / second[i]: both were measured in the same moment, so that whatever else
// the machine did then weighs on both. Pairs without a partner, or over 0, do not count; 0 for
// none.
double PairedRatio(const std::vector<double>& first, const std::vector<double>& second);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_SERIES_H_
