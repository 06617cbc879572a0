#include <algorithm>
#include <cstdarg>
#include <cstdio>

#include "tools/benchmark/report.h"

namespace reapcheck::benchmark {
namespace {

constexpr double kKbInMb = 1024;

[[gnu::format(printf, 1, 2)]] std::string Formatted(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return text;
}

using Row = std::vector<std::string>;

// Columns as wide as what is in them, two blanks apart, nothing at the end of a line.
std::string Table(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string Told(const Limit& limit) {
  const char* format = limit.unit.empty() ? "%.2f" : "%.1f";
  const std::string unit = limit.unit.empty() ? "" : " " + limit.unit;
  return Formatted(format, limit.value) + unit + (limit.met() ? " <= " : " > ") +
         Formatted(limit.unit.empty() ? "%.2f" : "%.0f", limit.at_most) + unit +
         (limit.met() ? " ok" : " MISSED");
}

// The limit with its judgement, or the bare number where nothing is promised.
std::string Judged(const Figures& figures, const std::string& figure, double value,
                   const char* format) {
  const auto limit = std::ranges::find(figures.limits, figure, &Limit::figure);
  return limit == figures.limits.end() ? Formatted(format, value) : Told(*limit);
}

std::string WithRange(const Spread& spread) {
  return Formatted("%.2f (%.2f-%.2f)", spread.median, spread.min, spread.max);
}

Row Head(const Measurements& measurements, const char* corner, bool versions) {
  Row head{corner};
  for (const RuntimeLives& runtime : measurements.runtimes) {
    head.push_back(runtime.name + (versions ? " " + runtime.version : ""));
  }
  return head;
}

std::string WallTable(const Measurements& measurements, const Figures& figures) {
  std::vector<Row> rows{Head(measurements, "", /*versions=*/true)};
  for (std::size_t i = 1; i < measurements.runtimes.size(); ++i) {
    rows[0].push_back("reaprun/" + measurements.runtimes[i].name);
  }
  for (const OperationFigures& operation : figures.operations) {
    Row row{operation.name};
    for (const RuntimeFigures& runtime : operation.runtimes) {
      row.push_back(WithRange(runtime.wall_ms));
    }
    for (std::size_t i = 1; i < operation.runtimes.size(); ++i) {
      row.push_back(Judged(figures, operation.name + ": reaprun/" + measurements.runtimes[i].name,
                           operation.runtimes[i].wall_ratio, "%.2f"));
    }
    rows.push_back(row);
  }
  return Formatted(
             "Wall time of whole processes, fork to reap, in ms: median (min-max) of %d rounds\n"
             "after %d warm-ups; ratios are medians of those of each round. wait: from the end\n"
             "of kill to init's death; life: create, start, kill, wait, delete.\n\n",
             measurements.rounds, measurements.warm_ups) +
         Table(rows) + "\nfork and exec of an empty static program: " +
         WithRange(figures.floor_ms) +
         Formatted("\nload average before the first round: %.1f on %d processors\n",
                   measurements.load, measurements.processors);
}

std::string CpuTable(const Measurements& measurements, const Figures& figures) {
  std::vector<Row> rows{Head(measurements, "", /*versions=*/false)};
  for (const OperationFigures& operation : figures.operations) {
    if (operation.name == "wait") continue;
    Row row{operation.name};
    for (const RuntimeFigures& runtime : operation.runtimes) {
      row.push_back(WithRange(runtime.cpu_ms));
    }
    rows.push_back(row);
  }
  return "\nUser and system time of the same, in ms, without that of the container's init:\n\n" +
         Table(rows);
}

std::string MemoryTable(const Measurements& measurements, const Figures& figures) {
  std::vector<Row> rows{Head(measurements, "", /*versions=*/false)};
  for (const OperationFigures& operation : figures.operations) {
    if (!operation.IsProcess()) continue;
    Row row{operation.name};
    for (std::size_t i = 0; i < operation.runtimes.size(); ++i) {
      const double mb = static_cast<double>(operation.runtimes[i].peak_kb) / kKbInMb;
      row.push_back(i == 0 ? Judged(figures, operation.name + ": reaprun's memory", mb, "%.1f")
                           : Formatted("%.1f MB", mb));
    }
    rows.push_back(row);
  }
  Row waiting{"init, waiting"};
  for (long kb : figures.waiting_init_kb) {
    waiting.push_back(Formatted("%.1f MB", static_cast<double>(kb) / kKbInMb));
  }
  rows.push_back(waiting);
  return "\nPeak resident memory, the largest of the rounds:\n\n" + Table(rows);
}

std::string SuiteTable(const SuiteRun& suite, const Figures& figures) {
  std::vector<Row> rows;
  for (const Limit& limit : figures.limits) {
    if (limit.figure.rfind("suite: ", 0) == 0) {
      rows.push_back({limit.figure.substr(7), Told(limit)});
    }
  }
  return Formatted("\nThe suite on reaprun and cgroup v1 with 2 jobs: %d cases, %d failed\n\n",
                   suite.cases, suite.failed) +
         Table(rows) +
         Formatted("\nmemory: the resident sets of all of its processes together, sampled; the "
                   "largest\nsingle one: %.1f MB\n",
                   static_cast<double>(suite.peak_one_kb) / kKbInMb);
}

}  // namespace

std::string TextReport(const Measurements& measurements, const Figures& figures) {
  std::string text = WallTable(measurements, figures) + CpuTable(measurements, figures) +
                     MemoryTable(measurements, figures);
  if (measurements.suite) text += SuiteTable(*measurements.suite, figures);
  const auto met = std::ranges::count_if(figures.limits, &Limit::met);
  return text + Formatted("\n%d of %d limits met\n", static_cast<int>(met),
                          static_cast<int>(figures.limits.size()));
}

}  // namespace reapcheck::benchmark
