#include "tools/benchmark/sim_figures.h"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "tools/benchmark/series.h"

namespace reapcheck::benchmark {
namespace {

// As many digits as people read: "5.31 M", "43.2 k", "2.53".
std::string Short(double value) {
  const char* scale = value >= 1e6 ? " M" : value >= 1e4 ? " k" : "";
  const double scaled = value >= 1e6 ? value / 1e6 : value >= 1e4 ? value / 1e3 : value;
  char text[40];
  std::snprintf(text, sizeof text, scaled >= 100 ? "%.0f%s" : "%.2f%s", scaled, scale);
  return text;
}

std::string LimitText(const SimFigure& figure) {
  if (!figure.at_least && !figure.at_most) return "";
  const std::string bound = figure.at_least ? ">= " + Short(*figure.at_least)
                                            : "<= " + Short(*figure.at_most);
  return bound + (figure.IsMet() ? "  ok" : "  MISSED");
}

}  // namespace

double SimFigure::Median() const { return SpreadOf(runs).median; }

bool SimFigure::IsMet() const {
  if (!at_least && !at_most) return true;
  if (runs.empty()) return false;
  return (!at_least || Median() >= *at_least) && (!at_most || Median() <= *at_most);
}

std::string SimReport(const std::vector<SimFigure>& figures) {
  std::string text;
  int limits = 0, met = 0;
  for (const SimFigure& figure : figures) {
    const bool is_limited = figure.at_least || figure.at_most;
    limits += is_limited;
    met += is_limited && figure.IsMet();
    const Spread spread = SpreadOf(figure.runs);
    const std::string value = figure.runs.empty() ? "-" : Short(spread.median) + figure.unit;
    const std::string range = figure.runs.size() < 2
                                  ? ""
                                  : "(" + Short(spread.min) + "-" + Short(spread.max) + ")";
    char line[500];
    std::snprintf(line, sizeof line, "%-44s %12s  %-21s %-20s %s", figure.name.c_str(),
                  value.c_str(), range.c_str(), LimitText(figure).c_str(), figure.note.c_str());
    text += line;
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  }
  char last[60];
  std::snprintf(last, sizeof last, "\n%d of %d limits met\n", met, limits);
  return text + last;
}

std::string SimJson(const std::vector<SimFigure>& figures) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const SimFigure& figure : figures) {
    const Spread spread = SpreadOf(figure.runs);
    nlohmann::ordered_json one = {{"figure", figure.name},   {"unit", figure.unit},
                                  {"median", spread.median}, {"min", spread.min},
                                  {"max", spread.max},       {"runs", figure.runs.size()},
                                  {"note", figure.note}};
    if (figure.at_least) one["at_least"] = *figure.at_least;
    if (figure.at_most) one["at_most"] = *figure.at_most;
    if (figure.at_least || figure.at_most) one["met"] = figure.IsMet();
    all.push_back(std::move(one));
  }
  const nlohmann::ordered_json whole = {{"figures", std::move(all)}};
  return whole.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace reapcheck::benchmark
