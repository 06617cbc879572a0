#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "tools/benchmark/report.h"

namespace reapcheck::benchmark {
namespace {

using Json = nlohmann::ordered_json;

double Rounded(double value) { return std::round(value * 1000) / 1000; }

Json ToJson(const Spread& spread) {
  return {{"median", Rounded(spread.median)},
          {"min", Rounded(spread.min)},
          {"max", Rounded(spread.max)}};
}

Json RuntimeJson(const Measurements& measurements, const Figures& figures, std::size_t index) {
  Json operations = Json::object();
  for (const OperationFigures& operation : figures.operations) {
    const RuntimeFigures& runtime = operation.runtimes[index];
    operations[operation.name] = {{"wall_ms", ToJson(runtime.wall_ms)},
                                  {"cpu_ms", ToJson(runtime.cpu_ms)},
                                  {"peak_kb", runtime.peak_kb},
                                  {"reaprun_to_this", Rounded(runtime.wall_ratio)}};
  }
  return {{"name", measurements.runtimes[index].name},
          {"version", measurements.runtimes[index].version},
          {"operations", operations},
          {"waiting_init_kb", figures.waiting_init_kb[index]}};
}

Json ToJson(const SuiteRun& suite) {
  return {{"cases", suite.cases},
          {"failed", suite.failed},
          {"seconds", suite.seconds},
          {"harness_share", suite.harness_share},
          {"peak_sum_kb", suite.peak_sum_kb},
          {"peak_one_kb", suite.peak_one_kb}};
}

}  // namespace

std::string JsonReport(const Measurements& measurements, const Figures& figures) {
  Json whole = {{"rounds", measurements.rounds}, {"warm_ups", measurements.warm_ups},
                {"load", Rounded(measurements.load)},
                {"processors", measurements.processors}};
  whole["runtimes"] = Json::array();
  for (std::size_t i = 0; i < measurements.runtimes.size(); ++i) {
    whole["runtimes"].push_back(RuntimeJson(measurements, figures, i));
  }
  whole["floor_ms"] = ToJson(figures.floor_ms);
  if (measurements.suite) whole["suite"] = ToJson(*measurements.suite);
  whole["limits"] = Json::array();
  for (const Limit& limit : figures.limits) {
    whole["limits"].push_back({{"figure", limit.figure},
                               {"value", Rounded(limit.value)},
                               {"at_most", limit.at_most},
                               {"unit", limit.unit},
                               {"met", limit.met()}});
  }
  const auto met = std::ranges::count_if(figures.limits, &Limit::met);
  whole["summary"] = {{"met", met},
                      {"missed", static_cast<long>(figures.limits.size()) - met}};
  return whole.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace reapcheck::benchmark
