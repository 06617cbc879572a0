#include "tools/benchmark/series.h"

#include <algorithm>
#include <cstddef>

namespace reapcheck::benchmark {

Spread SpreadOf(std::vector<double> series) {
  if (series.empty()) return {};
  std::ranges::sort(series);
  const std::size_t half = series.size() / 2;
  const double median =
      series.size() % 2 == 1 ? series[half] : (series[half - 1] + series[half]) / 2;
  return {.median = median, .min = series.front(), .max = series.back()};
}

double PairedRatio(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    if (second[i] > 0) ratios.push_back(first[i] / second[i]);
  }
  return SpreadOf(std::move(ratios)).median;
}

}  // namespace reapcheck::benchmark
