// The figures as people and tools read them. Pure: values in, text out.
#ifndef REAPCHECK_TOOLS_BENCHMARK_REPORT_H_
#define REAPCHECK_TOOLS_BENCHMARK_REPORT_H_

#include <string>

#include "tools/benchmark/figures.h"

namespace reapcheck::benchmark {

std::string TextReport(const Measurements& measurements, const Figures& figures);

// {"rounds", "warm_ups", "load", "processors",
// "runtimes": [{"name", "version", "operations": {...}}], "floor_ms", "suite",
// "limits": [{"figure", "value", "at_most", "unit", "met"}], "summary": {...}}
std::string JsonReport(const Measurements& measurements, const Figures& figures);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_REPORT_H_
