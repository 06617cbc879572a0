#include "conformance/conform.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <expected>
#include <map>
#include <set>

#include "conformance/case.h"
#include "conformance/clauses.h"
#include "conformance/collector.h"
#include "conformance/deviations.h"
#include "conformance/file.h"
#include "conformance/glob.h"
#include "conformance/peers.h"
#include "conformance/pool.h"
#include "conformance/probe.h"
#include "conformance/progress.h"
#include "conformance/report.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"

namespace reapcheck::conformance {
namespace {

constexpr int kClean = 0, kFailures = 1, kCouldNotRun = 2;
// A case that needs longer has hung somewhere; one call that hangs ends its case already. What the
// lab itself waits for does not get shorter with --timeout.
constexpr int kCaseTimeouts = 12;
constexpr std::chrono::milliseconds kShortestCaseTimeout{60000};
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

// Why no case can be run here, or "".
std::string WhyNotJudged(const Planned& planned) {
  if (!planned.probe.layout_problem.empty()) return planned.probe.layout_problem;
  return planned.probe.create_problem.empty() ? "" : planned.note;
}

// A runtime that no layout could judge has not passed, nor has one that was asked for by name on a
// layout that was asked for, and refused it: which, and the reason, or "".
std::string WhatWasNotJudged(const ConformOptions& options, const std::vector<Planned>& planned) {
  bool each_was_asked_for = !options.runtimes.empty() && !options.layouts.empty();
  std::map<std::string, std::string> reasons;  // "" once it was judged somewhere
  for (const Planned& column : planned) {
    std::string why = WhyNotJudged(column);
    std::string what = column.spec.name;
    if (each_was_asked_for) what += " on " + std::string(LayoutName(column.layout));
    auto [entry, fresh] = reasons.try_emplace(what, why);
    if (!fresh && why.empty()) entry->second.clear();
  }
  for (const auto& [name, why] : reasons) {
    if (!why.empty()) return name + ": " + why;
  }
  return "";
}

WorkerSettings SettingsOf(const ConformOptions& options, const Planned& planned,
                          const std::string& tag) {
  return {.tag = tag,
          .layout = planned.layout,
          .subject = {.name = planned.spec.name,
                      .argv = planned.spec.argv,
                      .timeout = options.timeout,
                      .capabilities = planned.probe.capabilities},
          .case_timeout = std::max(options.timeout * kCaseTimeouts, kShortestCaseTimeout)};
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
    if (!planned.probe.create_problem.empty()) {
      planned.note = "can not create a plain container: " + planned.probe.create_problem;
    } else if (!planned.probe.life_problem.empty()) {
      planned.note = "the plainest container does not work: " + planned.probe.life_problem;
    }
    return planned;
  }

  static bool Works(const Planned& planned) {
    return WhyNotJudged(planned).empty() && planned.probe.life_problem.empty();
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

// Columns, deviations and results go by the name.
std::string NameTakenTwice(const std::vector<RuntimeSpec>& specs) {
  std::set<std::string> names;
  for (const RuntimeSpec& spec : specs) {
    if (!names.insert(spec.name).second) return spec.name;
  }
  return "";
}

std::expected<std::vector<RuntimeSpec>, std::string> FindRuntimes(const ConformOptions& options) {
  std::vector<RuntimeSpec> specs;
  std::vector<std::string> arguments = options.runtimes;
  if (options.peers) {
    auto peers = InstalledPeers(PeersDirectory());
    if (!peers) return std::unexpected(peers.error());
    arguments.insert(arguments.end(), peers->begin(), peers->end());
  }
  for (const std::string& argument : arguments) {
    auto spec = FindRuntime(argument);
    if (!spec) return std::unexpected(spec.error());
    specs.push_back(*spec);
  }
  std::string twice = NameTakenTwice(specs);
  if (!twice.empty()) {
    return std::unexpected("two runtimes are called " + twice + ": give --runtime NAME=COMMAND");
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
    const std::string family(FamilyOf(runtime));
    return ParseDeviations(BuiltInDeviations(family), "deviations/" + family + ".json");
  }
  struct stat st;
  if (stat(where.c_str(), &st) != 0) return std::unexpected(where + ": no such file");
  std::string path = S_ISDIR(st.st_mode) ? where + "/" + runtime + ".json" : where;
  std::optional<std::string> text = ReadText(path);
  if (!text && S_ISDIR(st.st_mode)) return std::vector<Deviation>{};
  return ParseDeviations(text.value_or(""), path);
}

// --- Results ---

RuntimeReport HeadOf(const Planned& planned) {
  std::string note = planned.note;
  for (const std::string& directory : planned.probe.unwatched) {
    note += (note.empty() ? "" : "; ") +
            ("no overlay on " + directory + ": files left there are not judged");
  }
  return {.name = planned.spec.name,
          .command = planned.spec.typed,
          .version = planned.probe.version,
          .cgroup = std::string(LayoutName(planned.layout)),
          .note = note};
}

CaseResult SkippedResult(const Case& entry, const std::string& why) {
  return {.name = entry.FullName(),
          .level = entry.info.level,
          .cites = entry.info.cites,
          .claim = entry.info.claim,
          .verdict = Verdict::kSkip,
          .reason = why};
}

// Runs everything; the error says why there is no report.
std::expected<Report, std::string> Judge(const ConformOptions& options,
                                         const std::vector<Planned>& planned,
                                         const std::vector<const Case*>& cases,
                                         const std::string& tag) {
  auto began = std::chrono::steady_clock::now();
  std::vector<Column> columns;
  Collector collector;
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    Column column{.settings = SettingsOf(options, planned[i], tag)};
    std::string problem = WhyNotJudged(planned[i]);
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
  std::string problem = RunPool(columns, jobs,
                                {.began = [&](std::size_t column, const Case& entry) {
                                   progress.Began(labels[column] + " " + entry.FullName());
                                 },
                                 .ended = [&](std::size_t column, const CaseResult& result) {
                                   progress.Ended();
                                   collector.Add(column, result);
                                 }});
  progress.Clear();
  if (!problem.empty()) return std::unexpected(problem);
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

// Opened before anything runs: a mistake in its name must not cost the results.
std::expected<FileDescriptor, std::string> OpenOutput(const std::string& path) {
  if (path.empty()) return FileDescriptor(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3));
  FileDescriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file) return std::unexpected("--output " + path + ": " + strerror(errno));
  return file;
}

int Print(const Report& report, const ConformOptions& options, const std::string& command,
          const FileDescriptor& output) {
  std::string text = Formatted(report, options, command);
  // Not everything can be cut: a pipe or a terminal has no length.
  bool cut = options.output.empty() || ftruncate(output.get(), 0) == 0 || errno == EINVAL;
  if (!cut || !WriteAll(output.get(), text)) {
    return CanNotRun("can not write the report: " + std::string(strerror(errno)));
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
           const std::map<std::string, std::vector<Deviation>>& deviations,
           const FileDescriptor& output) {
  BlockInterrupts();
  std::string tag = OwnRunTag();
  RemoveLeftovers(tag);
  std::vector<Planned> planned = Planner(options, tag).Plan(specs);
  std::expected<Report, std::string> report = Judge(options, planned, cases, tag);
  int left = RemoveLeftovers(tag);
  if (left > 0) {
    std::fprintf(stderr, "reapcheck: %d cgroups of this run can not be removed\n", left);
  }
  if (!report) return CanNotRun(report.error());
  for (RuntimeReport& runtime : report->runtimes) {
    ApplyDeviations(deviations.at(runtime.name), runtime);
  }
  int code = Print(*report, options, command, output);
  std::string not_judged = WhatWasNotJudged(options, planned);
  return code == kClean && !not_judged.empty() ? CanNotRun("not judged: " + not_judged) : code;
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
  auto output = OpenOutput(options.output);
  if (!output) return CanNotRun(output.error());
  return RunAll(options, command, cases, *specs, deviations, *output);
}

}  // namespace reapcheck::conformance
