#include "conformance/conform.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <expected>
#include <map>

#include "conformance/case.h"
#include "conformance/clauses.h"
#include "conformance/deviations.h"
#include "conformance/file.h"
#include "conformance/glob.h"
#include "conformance/pool.h"
#include "conformance/probe.h"
#include "conformance/progress.h"
#include "conformance/report.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"

namespace reapcheck::conformance {
namespace {

constexpr int kClean = 0, kFailures = 1, kCouldNotRun = 2;
// A case that needs longer has hung somewhere; one call that hangs ends its case already.
constexpr int kCaseTimeouts = 12;
// Numbers of labs of probes, above those of any case.
constexpr int kFirstProbe = 1000000;

int CanNotRun(const std::string& why) {
  std::fprintf(stderr, "reapcheck: %s\n", why.c_str());
  return kCouldNotRun;
}

std::vector<const Case*> Selected(const ConformOptions& options) {
  std::vector<const Case*> selected;
  for (const Case& entry : AllCases()) {
    bool level = options.levels.empty() || std::ranges::count(options.levels, entry.info.level) > 0;
    if (level && FilterMatches(options.filter, entry.FullName())) selected.push_back(&entry);
  }
  return selected;
}

// A case that cites what nobody knows is a mistake of the suite.
std::string UnknownCite() {
  for (const Case& entry : AllCases()) {
    if (entry.info.cites.empty()) return entry.FullName() + " cites nothing";
    for (const std::string& cite : entry.info.cites) {
      if (!ClauseSentence(cite)) return entry.FullName() + " cites " + cite + ", which is unknown";
    }
  }
  return "";
}

int List(const std::vector<const Case*>& cases) {
  for (const Case* entry : cases) {
    std::printf("%-10s %s\n", std::string(LevelName(entry->info.level)).c_str(),
                entry->FullName().c_str());
  }
  return kClean;
}

int Explain(const std::string& name) {
  for (const Case& entry : AllCases()) {
    if (entry.FullName() != name) continue;
    std::printf("%s\n  claim  %s\n  level  %s\n", name.c_str(), entry.info.claim.c_str(),
                std::string(LevelName(entry.info.level)).c_str());
    for (const std::string& cite : entry.info.cites) {
      std::printf("  cites  %-4s %s\n", cite.c_str(),
                  std::string(ClauseSentence(cite).value_or("")).c_str());
    }
    for (const std::string& need : NeedNames(entry.info.needs)) {
      std::printf("  needs  %s\n", need.c_str());
    }
    std::printf("  source %s:%d\n", entry.file.c_str(), entry.line);
    return kClean;
  }
  return CanNotRun("no case is called " + name + " (--list shows all)");
}

// --- Columns ---

struct Planned {
  RuntimeSpec spec;
  CgroupLayout layout = CgroupLayout::kHost;
  Probe probe;
  std::string note;
};

WorkerSettings SettingsOf(const ConformOptions& options, const Planned& planned,
                          const std::string& tag) {
  return {.tag = tag,
          .layout = planned.layout,
          .subject = {.name = planned.spec.name,
                      .argv = planned.spec.argv,
                      .timeout = options.timeout,
                      .capabilities = planned.probe.capabilities},
          .case_timeout = options.timeout * kCaseTimeouts};
}

class Planner {
 public:
  Planner(const ConformOptions& options, const std::string& tag) : options_(options), tag_(tag) {}

  std::vector<Planned> Plan(const std::vector<RuntimeSpec>& specs) {
    std::vector<Planned> planned;
    for (const RuntimeSpec& spec : specs) {
      if (options_.layouts.empty()) {
        planned.push_back(OnTheFirstThatWorks(spec));
        continue;
      }
      for (CgroupLayout layout : options_.layouts) planned.push_back(On(spec, layout));
    }
    return planned;
  }

 private:
  Planned On(const RuntimeSpec& spec, CgroupLayout layout) {
    Planned planned{.spec = spec, .layout = layout};
    planned.probe = ProbeRuntime(SettingsOf(options_, planned, tag_), kFirstProbe + probes_++);
    if (!planned.probe.life_problem.empty()) {
      planned.note = "the plainest container does not work: " + planned.probe.life_problem;
    }
    return planned;
  }

  static bool Works(const Planned& planned) {
    return planned.probe.layout_problem.empty() && planned.probe.life_problem.empty();
  }

  Planned OnTheFirstThatWorks(const RuntimeSpec& spec) {
    Planned host = On(spec, CgroupLayout::kHost);
    if (Works(host)) return host;
    for (CgroupLayout layout : {CgroupLayout::kV1, CgroupLayout::kV2}) {
      Planned other = On(spec, layout);
      if (!Works(other)) continue;
      other.note = "on this machine's own cgroup layout " + host.note + "; judged on " +
                   std::string(LayoutName(layout));
      return other;
    }
    return host;
  }

  const ConformOptions& options_;
  std::string tag_;
  int probes_ = 0;
};

std::expected<std::vector<RuntimeSpec>, std::string> FindRuntimes(const ConformOptions& options) {
  std::vector<RuntimeSpec> specs;
  for (const std::string& argument : options.runtimes) {
    auto spec = FindRuntime(argument);
    if (!spec) return std::unexpected(spec.error());
    specs.push_back(*spec);
  }
  if (specs.empty()) specs = DefaultRuntimes();
  if (specs.empty()) return std::unexpected("no runtime found: give one with --runtime");
  return specs;
}

// --- Deviations ---

std::expected<std::vector<Deviation>, std::string> DeviationsFor(const std::string& where,
                                                                 const std::string& runtime) {
  if (where == "none") return std::vector<Deviation>{};
  if (where.empty()) {
    return ParseDeviations(BuiltInDeviations(runtime), "deviations/" + runtime + ".json");
  }
  struct stat st;
  if (stat(where.c_str(), &st) != 0) return std::unexpected(where + ": no such file");
  std::string path = S_ISDIR(st.st_mode) ? where + "/" + runtime + ".json" : where;
  std::optional<std::string> text = ReadText(path);
  if (!text && S_ISDIR(st.st_mode)) return std::vector<Deviation>{};
  return ParseDeviations(text.value_or(""), path);
}

// --- Results ---

// One result of each case, from all its runs: the worst verdict, the mean of the times.
class Collector {
 public:
  void Add(std::size_t column, const CaseResult& result) {
    auto [entry, fresh] = results_[column].try_emplace(result.name, result);
    if (fresh) return;
    CaseResult& sum = entry->second;
    if (result.verdict > sum.verdict) {
      sum.verdict = result.verdict;
      sum.reason = result.reason;
    }
    sum.duration_ms += result.duration_ms;
    sum.inside_ms += result.inside_ms;
    sum.bad_runs += result.bad_runs;
    ++sum.runs;
  }

  std::vector<CaseResult> Take(std::size_t column) {
    std::vector<CaseResult> list;
    for (auto& [name, result] : results_[column]) {
      result.duration_ms /= result.runs;
      result.inside_ms /= result.runs;
      list.push_back(result);
    }
    return list;
  }

 private:
  std::map<std::size_t, std::map<std::string, CaseResult>> results_;
};

RuntimeReport HeadOf(const Planned& planned) {
  return {.name = planned.spec.name,
          .command = planned.spec.typed,
          .version = planned.probe.version,
          .cgroup = std::string(LayoutName(planned.layout)),
          .note = planned.note};
}

CaseResult SkippedResult(const Case& entry, const std::string& why) {
  return {.name = entry.FullName(),
          .level = entry.info.level,
          .cites = entry.info.cites,
          .claim = entry.info.claim,
          .verdict = Verdict::kSkip,
          .reason = why};
}

// Runs everything; nullopt when it was interrupted.
std::optional<Report> Judge(const ConformOptions& options, const std::vector<Planned>& planned,
                            const std::vector<const Case*>& cases, const std::string& tag) {
  auto began = std::chrono::steady_clock::now();
  std::vector<Column> columns;
  Collector collector;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    Column column{.settings = SettingsOf(options, planned[i], tag)};
    const std::string& problem = planned[i].probe.layout_problem;
    for (int run = 0; problem.empty() && run < options.repeat; ++run) {
      column.queue.insert(column.queue.end(), cases.begin(), cases.end());
    }
    for (const Case* entry : cases) {
      if (!problem.empty()) collector.Add(i, SkippedResult(*entry, problem));
    }
    columns.push_back(std::move(column));
    labels.push_back(planned[i].spec.name + " (" + std::string(LayoutName(planned[i].layout)) +
                     ")");
  }
  std::size_t total = 0;
  for (const Column& column : columns) total += column.queue.size();
  Progress progress(total);
  int jobs = options.jobs > 0 ? options.jobs : static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
  bool finished = RunPool(columns, jobs,
                          {.began = [&](std::size_t column, const Case& entry) {
                             progress.Began(labels[column] + " " + entry.FullName());
                           },
                           .ended = [&](std::size_t column, const CaseResult& result) {
                             progress.Ended();
                             collector.Add(column, result);
                           }});
  progress.Clear();
  if (!finished) return std::nullopt;
  Report report;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    report.runtimes.push_back(HeadOf(planned[i]));
    report.runtimes.back().results = collector.Take(i);
  }
  report.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  return report;
}

std::string Formatted(const Report& report, const ConformOptions& options,
                      const std::string& command) {
  switch (options.format) {
    case Format::kPretty:
      return PrettyReport(report,
                          {.colour = options.output.empty() && isatty(STDOUT_FILENO) == 1,
                           .width = std::clamp(TerminalWidth(), 60, 100),
                           .command = command});
    case Format::kTap:
      return TapReport(report);
    case Format::kJunit:
      return JunitReport(report);
    case Format::kJson:
      return JsonReport(report);
  }
  return "";
}

int Print(const Report& report, const ConformOptions& options, const std::string& command) {
  std::string text = Formatted(report, options, command);
  if (options.output.empty()) {
    if (!WriteAll(STDOUT_FILENO, text)) return CanNotRun("can not write the report");
  } else if (!WriteText(options.output, text)) {
    return CanNotRun(options.output + ": can not be written");
  }
  return report.Summarize().clean() ? kClean : kFailures;
}

// From here on there is something to clean up: a signal waits until RunPool looks at it.
void BlockInterrupts() {
  sigset_t mask;
  sigemptyset(&mask);
  for (int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&mask, signal);
  sigprocmask(SIG_BLOCK, &mask, nullptr);
}

// Judges with everything checked; cleans up after itself however it ends.
int RunAll(const ConformOptions& options, const std::string& command,
           const std::vector<const Case*>& cases, const std::vector<RuntimeSpec>& specs,
           const std::map<std::string, std::vector<Deviation>>& deviations) {
  BlockInterrupts();
  std::string tag = OwnRunTag();
  RemoveLeftovers(tag);
  std::vector<Planned> planned = Planner(options, tag).Plan(specs);
  std::optional<Report> report = Judge(options, planned, cases, tag);
  int left = RemoveLeftovers(tag);
  if (left > 0) {
    std::fprintf(stderr, "reapcheck: %d cgroups of this run can not be removed\n", left);
  }
  if (!report) return CanNotRun("interrupted; everything was cleaned up");
  for (RuntimeReport& runtime : report->runtimes) {
    ApplyDeviations(deviations.at(runtime.name), runtime);
  }
  return Print(*report, options, command);
}

}  // namespace

int Conform(const ConformOptions& options, const std::string& command) {
  std::string mistake = UnknownCite();
  if (!mistake.empty()) return CanNotRun("the suite: " + mistake);
  if (!options.explain.empty()) return Explain(options.explain);
  std::vector<const Case*> cases = Selected(options);
  if (options.list) return List(cases);
  if (cases.empty()) return CanNotRun("no case matches --filter " + options.filter);
  if (geteuid() != 0) return CanNotRun("conform starts containers and needs root: use sudo");
  auto specs = FindRuntimes(options);
  if (!specs) return CanNotRun(specs.error());
  std::map<std::string, std::vector<Deviation>> deviations;
  for (const RuntimeSpec& spec : *specs) {
    auto list = DeviationsFor(options.deviations, spec.name);
    if (!list) return CanNotRun(list.error());
    deviations[spec.name] = *list;
  }
  return RunAll(options, command, cases, *specs, deviations);
}

}  // namespace reapcheck::conformance
