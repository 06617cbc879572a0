#include "tools/benchmark/inject_figures.h"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "tools/benchmark/series.h"

namespace reapcheck::benchmark {
namespace {

constexpr double kAtMostToAlone = 1.2, kAtMostToStrace = 1.0;
constexpr std::size_t kState = 2;  // is no part of a life

const std::vector<OperationTimes>& Of(const TracedLives& lives, Tracer tracer) {
  return lives.by_tracer[static_cast<std::size_t>(tracer)];
}

double WholeLife(const OperationTimes& times) {
  double sum = 0;
  for (std::size_t i = 0; i < times.size(); ++i) sum += i == kState ? 0 : times[i];
  return sum;
}

// Of one operation, or behind the last of them of the life.
std::vector<double> SeriesOf(const std::vector<OperationTimes>& lives, std::size_t operation) {
  std::vector<double> series;
  for (const OperationTimes& times : lives) {
    series.push_back(operation < times.size() ? times[operation] : WholeLife(times));
  }
  return series;
}

std::vector<double> Ratios(const std::vector<double>& first, const std::vector<double>& second) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < std::min(first.size(), second.size()); ++i) {
    if (second[i] > 0) ratios.push_back(first[i] / second[i]);
  }
  return ratios;
}

std::string Milliseconds(const char* how, const std::vector<double>& series) {
  const Spread spread = SpreadOf(series);
  char text[80];
  std::snprintf(text, sizeof text, "%s %.2f (%.2f)", how, spread.median, spread.min);
  return text;
}

}  // namespace

std::string ToText(const std::vector<TracedLives>& lives) {
  std::ostringstream text;
  text.precision(9);
  const auto add = [&text](const std::string& runtime, int row, const OperationTimes& times) {
    text << runtime << ' ' << row;
    for (const double time : times) text << ' ' << time;
    text << '\n';
  };
  for (const TracedLives& one : lives) {
    add(one.runtime, -1, one.stops);
    for (std::size_t tracer = 0; tracer < one.by_tracer.size(); ++tracer) {
      for (const auto& times : one.by_tracer[tracer]) {
        add(one.runtime, static_cast<int>(tracer), times);
      }
    }
  }
  return text.str();
}

std::expected<std::vector<TracedLives>, std::string> ParseTracedLives(const std::string& text) {
  std::vector<TracedLives> lives;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream in(line);
    std::string runtime;
    int row = 0;
    OperationTimes times{};
    in >> runtime >> row;
    for (double& time : times) in >> time;
    // Anything else is what went wrong, in words.
    if (!in || row < -1 || row >= static_cast<int>(std::size(kAllTracers))) {
      return std::unexpected(line);
    }
    if (lives.empty() || lives.back().runtime != runtime) lives.push_back({.runtime = runtime});
    if (row < 0) {
      lives.back().stops = times;
    } else {
      lives.back().by_tracer[static_cast<std::size_t>(row)].push_back(times);
    }
  }
  if (lives.empty()) return std::unexpected("the measuring process gave no result");
  return lives;
}

std::vector<SimFigure> LifeFigures(const TracedLives& lives) {
  std::vector<SimFigure> figures;
  const bool is_limited = lives.runtime != "reaprun";
  for (std::size_t operation = 0; operation <= kInjectedOperations.size(); ++operation) {
    const bool is_life = operation == kInjectedOperations.size();
    const auto alone = SeriesOf(Of(lives, Tracer::kNone), operation);
    const auto injected = SeriesOf(Of(lives, Tracer::kInjector), operation);
    const auto strace = SeriesOf(Of(lives, Tracer::kStrace), operation);
    const double stops = is_life ? WholeLife(lives.stops) : lives.stops[operation];
    const std::string name =
        lives.runtime + " " + (is_life ? "life" : kInjectedOperations[operation]);
    SimFigure to_alone{.name = name + ": injector / alone",
                       .runs = Ratios(injected, alone),
                       .note = Milliseconds("alone", alone) + Milliseconds(", injector", injected) +
                               Milliseconds(", strace", strace) + " ms, " +
                               std::to_string(static_cast<int>(stops)) + " stops"};
    SimFigure to_strace{.name = name + ": injector / strace", .runs = Ratios(injected, strace)};
    if (is_limited) to_alone.at_most = kAtMostToAlone;
    if (is_limited) to_strace.at_most = kAtMostToStrace;
    const auto point = SeriesOf(Of(lives, Tracer::kOnePoint), operation);
    figures.push_back(std::move(to_alone));
    figures.push_back({.name = name + ": one point / alone",
                       .runs = Ratios(point, alone),
                       .note = Milliseconds("one point", point) + " ms"});
    figures.push_back(std::move(to_strace));
  }
  return figures;
}

double MicrosecondsOfStop(double traced_ms, double alone_ms, long calls) {
  return (traced_ms - alone_ms) * 1e3 / static_cast<double>(calls);
}

}  // namespace reapcheck::benchmark
