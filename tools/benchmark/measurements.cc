#include "tools/benchmark/measurements.h"

#include <nlohmann/json.hpp>

namespace reapcheck::benchmark {
namespace {

using Json = nlohmann::json;

Json ToJson(const Timing& timing) { return {timing.wall_ms, timing.cpu_ms, timing.peak_kb}; }

Timing ParseTiming(const Json& json) {
  return {.wall_ms = json.at(0), .cpu_ms = json.at(1), .peak_kb = json.at(2)};
}

Json ToJson(const Life& life) {
  Json operations = Json::array();
  for (const Timing& timing : life.operations) operations.push_back(ToJson(timing));
  return {{"operations", operations},
          {"wait_ms", life.wait_ms},
          {"waiting_init_kb", life.waiting_init_kb}};
}

Life ParseLife(const Json& json) {
  Life life{.wait_ms = json.at("wait_ms"), .waiting_init_kb = json.at("waiting_init_kb")};
  for (std::size_t i = 0; i < life.operations.size(); ++i) {
    life.operations[i] = ParseTiming(json.at("operations").at(i));
  }
  return life;
}

}  // namespace

double Life::WholeWallMs() const {
  double sum = wait_ms - Of(Operation::kState).wall_ms;
  for (const Timing& timing : operations) sum += timing.wall_ms;
  return sum;
}

double Life::WholeCpuMs() const {
  double sum = -Of(Operation::kState).cpu_ms;
  for (const Timing& timing : operations) sum += timing.cpu_ms;
  return sum;
}

std::string ToText(const Measurements& measurements) {
  Json runtimes = Json::array();
  for (const RuntimeLives& runtime : measurements.runtimes) {
    Json lives = Json::array();
    for (const Life& life : runtime.lives) lives.push_back(ToJson(life));
    runtimes.push_back({{"name", runtime.name}, {"version", runtime.version}, {"lives", lives}});
  }
  Json floor = Json::array();
  for (const Timing& timing : measurements.floor) floor.push_back(ToJson(timing));
  return Json({{"rounds", measurements.rounds},
               {"warm_ups", measurements.warm_ups},
               {"load", measurements.load},
               {"processors", measurements.processors},
               {"runtimes", runtimes},
               {"floor", floor}})
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string ProblemText(const std::string& problem) {
  return Json({{"problem", problem}}).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::expected<Measurements, std::string> ParseMeasurements(const std::string& text) {
  Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return std::unexpected("the measuring process came to no end");
  if (json.contains("problem")) return std::unexpected(json["problem"].get<std::string>());
  Measurements parsed{.rounds = json.at("rounds"),
                      .warm_ups = json.at("warm_ups"),
                      .load = json.at("load"),
                      .processors = json.at("processors")};
  for (const Json& entry : json.at("runtimes")) {
    RuntimeLives runtime{.name = entry.at("name"), .version = entry.at("version")};
    for (const Json& life : entry.at("lives")) runtime.lives.push_back(ParseLife(life));
    parsed.runtimes.push_back(std::move(runtime));
  }
  for (const Json& timing : json.at("floor")) parsed.floor.push_back(ParseTiming(timing));
  return parsed;
}

}  // namespace reapcheck::benchmark
