#include "tools/explore_command.h"

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "conformance/layout.h"
#include "conformance/scenario/explore.h"
#include "conformance/scenario/explore_report.h"
#include "conformance/scenario/mutant_hunt.h"
#include "conformance/scenario/replay.h"
#include "conformance/scenario/replay_file.h"
#include "conformance/sweep/point_file.h"
#include "runtime/profile.h"
#include "conformance/sweep/scenario_replay.h"
#include "tools/sweep_command.h"

namespace reapcheck::tools {
namespace {

using scenario::ExploreOptions;
using scenario::Scenario;
using scenario::ScenarioResult;
using scenario::Strategy;

constexpr int kClean = 0;
constexpr int kViolated = 1;
constexpr int kIncomplete = 3;

struct ExploreSettings {
  ExploreOptions options;
  std::string format = "pretty";
  std::string save;
  bool list = false;
  bool coverage = false;
};

// Writes each violation of the result as a file; "" or what went wrong.
std::string Save(const std::string& directory, ScenarioResult& result) {
  std::error_code ignored;  // a file that can not be written says so below
  std::filesystem::create_directories(directory, ignored);
  int number = 0;
  for (const sim::FoundViolation& found : result.report.violations) {
    const std::string path = directory + "/" + result.scenario->name + "." + result.subject + "." +
                             std::to_string(++number) + ".json";
    std::ofstream file(path);
    file << scenario::ReplayText({.scenario = result.scenario->name,
                                  .subject = result.subject,
                                  .invariant = found.violation.invariant,
                                  .summary = found.violation.summary,
                                  .choices = found.choices});
    if (!file.flush()) return path + ": cannot be written";
    result.files.push_back(path);
  }
  return "";
}

int ExitCodeOf(const std::vector<ScenarioResult>& results, bool is_complete) {
  for (const ScenarioResult& result : results) {
    if (!result.error.empty() || result.report.divergence) return kCouldNotRun;
  }
  for (const ScenarioResult& result : results) {
    if (!scenario::IsClean(result)) return kViolated;
    is_complete = is_complete && scenario::IsComplete(result);
  }
  return is_complete ? kClean : kIncomplete;
}

int Explore(ExploreSettings& settings) {
  const auto profiles = ProfileNames();
  if (std::ranges::find(profiles, settings.options.profile) == profiles.end()) {
    return Refuse("--profile: " + settings.options.profile + " is no profile of reaprun");
  }
  const auto scenarios = scenario::SelectScenarios(settings.options.scenarios);
  if (scenarios.empty()) {
    return Refuse("--scenario: no scenario matches " + settings.options.scenarios);
  }
  if (settings.list) {
    for (const Scenario* entry : scenarios) {
      std::printf("%-36s %s\n", entry->name.c_str(), entry->summary.c_str());
    }
    return kClean;
  }
  settings.options.stop = &CatchInterrupt();
  const bool is_pretty = settings.format == "pretty";
  const auto begin = std::chrono::steady_clock::now();
  auto results = scenario::ExploreAll(
      scenarios, scenario::ProfileSubject(settings.options.profile), settings.options,
      [is_pretty](const ScenarioResult& result) {
        if (is_pretty) std::fputs(scenario::ResultLine(result).c_str(), stdout);
      });
  std::string unsaved;
  for (ScenarioResult& result : results) {
    if (settings.save.empty() || !unsaved.empty()) break;
    unsaved = Save(settings.save, result);
  }
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  const std::string report = is_pretty ? scenario::PrettyReport(results, taken.count())
                                       : scenario::JsonReport(results);
  std::fputs(report.c_str(), stdout);
  if (settings.coverage && is_pretty) {
    std::fputs(scenario::CoverageReport(results).c_str(), stdout);
  }
  if (!unsaved.empty()) return Refuse("--save: " + unsaved);
  return ExitCodeOf(results, !settings.options.stop->load());
}

struct ReplaySettings {
  std::vector<std::string> files;
  std::string format = "pretty";
  std::string runtime;
  std::string cgroup;
  std::string program;
};

// The profile or the mutant of that name.
std::optional<scenario::Subject> SubjectOf(const std::string& name) {
  const auto profiles = ProfileNames();
  if (std::ranges::find(profiles, name) != profiles.end()) return scenario::ProfileSubject(name);
  for (const mutants::Mutant& mutant : mutants::AllMutants()) {
    if (mutant.name == name) return scenario::SubjectOf(mutant);
  }
  return std::nullopt;
}

// The error says what is wrong with the file.
std::expected<sweep::SavedRun, std::string> ReadSaved(const std::string& path,
                                                      const std::string& text) {
  auto file = scenario::ParseReplay(text);
  if (!file) return std::unexpected(path + ": " + file.error());
  const auto& all = scenario::AllScenarios();
  const auto found = std::ranges::find(all, file->scenario, &Scenario::name);
  if (found == all.end()) {
    return std::unexpected(path + ": /scenario: there is no scenario " + file->scenario);
  }
  auto subject = SubjectOf(file->subject);
  if (!subject) {
    return std::unexpected(path + ": /subject: " + file->subject + " is no profile and no mutant");
  }
  return sweep::SavedRun{.path = path,
                         .file = std::move(*file),
                         .scenario = &*found,
                         .subject = std::move(*subject)};
}

// On the simulator.
int ReplaySimulated(const sweep::SavedRun& saved, const ReplaySettings& settings) {
  const auto replayed =
      scenario::ReplayChoices(*saved.scenario, saved.subject, saved.file.choices);
  if (!replayed) return Refuse(saved.path + ": /choices: " + replayed.error());
  const std::string shown = settings.format == "mermaid"    ? scenario::TraceMermaid(*replayed)
                            : settings.format == "perfetto" ? scenario::TracePerfetto(*replayed)
                                                            : scenario::TraceTable(*replayed);
  std::fputs(shown.c_str(), stdout);
  return replayed->trace.violations.empty() ? kClean : kViolated;
}

// On a real runtime.
int ReplayReal(const std::vector<sweep::SavedRun>& saved, const ReplaySettings& settings) {
  sweep::ReplayOptions options{.runtime = settings.runtime};
  for (const auto layout : {conformance::CgroupLayout::kHost, conformance::CgroupLayout::kV1,
                            conformance::CgroupLayout::kV2}) {
    if (settings.cgroup == LayoutName(layout)) options.layout = layout;
  }
  const bool is_shown = isatty(STDERR_FILENO) == 1;
  const auto report =
      sweep::ReplayForReal(saved, options, [is_shown](const std::string& line) {
        if (is_shown) std::fprintf(stderr, "\r%s\033[K", line.c_str());
      });
  if (is_shown) std::fputs("\r\033[K", stderr);
  if (!report) return Refuse(report.error());
  std::fputs(sweep::PrettyReport(*report).c_str(), stdout);
  const auto is_not_judged = [](const sweep::RealRun& run) {
    return !run.skip.empty() || !run.broken.empty();
  };
  const auto is_violated = [](const sweep::RealRun& run) { return !run.violations.empty(); };
  if (std::ranges::any_of(report->runs, is_violated)) return kViolated;
  return std::ranges::any_of(report->runs, is_not_judged) ? kCouldNotRun : kClean;
}

int Replay(const ReplaySettings& settings) {
  std::vector<sweep::SavedRun> saved;
  for (const std::string& path : settings.files) {
    std::ifstream stream(path);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return Refuse(path + ": cannot be read");
    if (sweep::IsPointFile(text.str())) {
      if (settings.files.size() > 1) {
        return Refuse(path + ": is a point of a sweep: those are replayed one at a time");
      }
      return ReplayPoint(path, text.str(), settings.runtime, settings.program);
    }
    auto run = ReadSaved(path, text.str());
    if (!run) return Refuse(run.error());
    saved.push_back(std::move(*run));
  }
  if (!settings.runtime.empty()) return ReplayReal(saved, settings);
  if (saved.size() != 1) return Refuse("several files are replayed with --runtime alone");
  return ReplaySimulated(saved.front(), settings);
}

}  // namespace

Command AddReplay(CLI::App& app, const std::string& program) {
  auto settings = std::make_shared<ReplaySettings>();
  settings->program = program;
  app.add_option("file", settings->files,
                 "as --save of explore or sweep wrote it; with --runtime several of explore")
      ->required()
      ->option_text("FILE ...");
  app.add_option("--runtime", settings->runtime,
                 "on this real runtime; what a sweep wrote needs one")
      ->option_text("[NAME=]COMMAND");
  app.add_option("--cgroup", settings->cgroup,
                 "with --runtime, of what explore wrote: cgroup layout; default: the scenario's")
      ->check(CLI::IsMember({"host", "v1", "v2"}))
      ->option_text("host|v1|v2");
  app.footer("exit code: 0 clean, 1 violations, 2 could not run; a runtime that never makes the "
             "call could not run");
  app.add_option("--format", settings->format, "of the trace")
      ->check(CLI::IsMember({"pretty", "mermaid", "perfetto"}))
      ->option_text("pretty|mermaid|perfetto");
  return [settings] { return Replay(*settings); };
}

Command AddExplore(CLI::App& app) {
  app.footer("exit code: 0 clean, 1 violations, 2 could not run, 3 clean but not complete");
  auto settings = std::make_shared<ExploreSettings>();
  ExploreOptions& options = settings->options;
  app.add_option("--scenario", options.scenarios, "only these: GLOB[:GLOB...]")
      ->option_text("GLOB");
  app.add_option("--profile", options.profile, "of the reference runtime; default: reference")
      ->option_text("NAME");
  app.add_option_function<std::string>(
         "--strategy",
         [settings](const std::string& name) {
           settings->options.strategy = name == "random" ? Strategy::kRandom
                                        : name == "pct"  ? Strategy::kPct
                                                         : Strategy::kExhaustive;
         },
         "every schedule, or as many random ones as the budget allows; default: exhaustive")
      ->check(CLI::IsMember({"exhaustive", "random", "pct"}))
      ->option_text("exhaustive|random|pct");
  app.add_option("--seed", options.seed, "of a random strategy; default: 1")->option_text("N");
  app.add_option("--schedules", options.max_schedules,
                 "of a random strategy, for each scenario; default: what the budget allows")
      ->option_text("N");
  app.add_option("--faults", options.faults, "errno faults in one run; default: the scenario's")
      ->check(CLI::Range(0, 8))
      ->option_text("N");
  app.add_option("--crashes", options.crashes, "crashes in one run; default: the scenario's")
      ->check(CLI::Range(0, 8))
      ->option_text("N");
  app.add_option("--preemptions", options.preemptions,
                 "changes of actor in one run; default: the scenario's, any of a random strategy")
      ->check(CLI::Range(0, 30))
      ->option_text("N");
  AddSearchOptions(app, {settings, &options}, "scenario");
  app.add_option("--format", settings->format, "of the report")
      ->check(CLI::IsMember({"pretty", "json"}))
      ->option_text("pretty|json");
  app.add_option("--save", settings->save, "write each violation into this directory")
      ->option_text("DIR");
  app.add_flag("--coverage", settings->coverage,
               "print which faults were injected, and which never");
  app.add_flag("--list", settings->list, "print the names of the scenarios and stop");
  return [settings] { return Explore(*settings); };
}

}  // namespace reapcheck::tools
