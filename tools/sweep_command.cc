#include "tools/sweep_command.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>

#include "conformance/layout.h"
#include "conformance/peers.h"
#include "conformance/report.h"
#include "conformance/scenario/explore.h"
#include "conformance/sweep/point_file.h"
#include "conformance/sweep/sweep.h"
#include "conformance/sweep/sweep_report.h"
#include "tools/duration.h"

namespace reapcheck::tools {
namespace {

constexpr int kClean = 0;
constexpr int kFailures = 1;

struct SweepSettings {
  sweep::SweepOptions options;
  std::string format = "pretty";
  std::string output;
  std::string save;
  bool peers = false;
  std::string program;
};

int ExitCodeOf(const std::vector<sweep::SweepResult>& results) {
  bool is_failed = false, is_judged = true;
  const auto is_skipped = [](const sweep::SweepResult& result) { return !result.skip.empty(); };
  if (std::ranges::all_of(results, is_skipped)) return kCouldNotRun;
  int points = 0, reached = 0;
  for (const sweep::SweepResult& result : results) {
    const sweep::Counts counts = CountsOf(result);
    is_judged = is_judged && result.problem.empty() && counts.broken == 0;
    is_failed = is_failed || counts.failed > 0 || !result.baseline.empty();
    points += counts.points;
    reached += counts.reached;
  }
  // Points of which none was ever reached are no proof of anything.
  is_judged = is_judged && (points == 0 || reached > 0);
  // What was found is found, whatever else could not be run.
  return is_failed ? kFailures : is_judged ? kClean : kCouldNotRun;
}

// "rmdir cgroup #3 EBUSY" -> "rmdir-cgroup-3-EBUSY".
std::string FileNameOf(const std::string& description) {
  std::string name;
  for (const char c : description) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.') {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  return name;
}

// Writes each failure of the sweep as a file; "" or what went wrong.
std::string Save(const std::string& directory, sweep::SweepResult& result) {
  std::error_code ignored;  // a file that can not be written says so below
  std::filesystem::create_directories(directory, ignored);
  for (sweep::PointResult& entry : result.points) {
    if (entry.violations.empty()) continue;
    entry.file = directory + "/" + result.runtime + "." +
                 std::string(conformance::LayoutName(result.layout)) + "." +
                 NameOf(result) + "." +
                 FileNameOf(entry.point.Describe()) + ".json";
    std::ofstream file(entry.file);
    const std::string scenario = result.scenario != nullptr ? result.scenario->name : "";
    file << sweep::PointText({.operation = result.operation,
                              .scenario = scenario,
                              .layout = result.layout,
                              .point = entry.point,
                              .invariant = entry.violations.front().invariant,
                              .summary = entry.violations.front().summary});
    if (!file.flush()) return entry.file + ": cannot be written";
  }
  return "";
}

std::string ReportIn(const SweepSettings& settings,
                     const std::vector<sweep::SweepResult>& results) {
  if (settings.format == "json") return sweep::JsonReport(results);
  if (settings.format == "tap") return conformance::TapReport(AsReport(results));
  if (settings.format == "junit") return conformance::JunitReport(AsReport(results));
  return sweep::PrettyReport(results, settings.program);
}

int RunSweep(SweepSettings settings) {
  if (settings.peers) {
    const auto peers = conformance::InstalledPeers(conformance::PeersDirectory());
    if (!peers) return Refuse(peers.error());
    settings.options.peers = *peers;
  }
  const bool is_shown = isatty(STDERR_FILENO) == 1;
  auto results = sweep::Sweep(settings.options, [is_shown](const std::string& line) {
    if (is_shown) std::fprintf(stderr, "\r%s\033[K", line.c_str());
  });
  if (is_shown) std::fputs("\r\033[K", stderr);
  if (!results) return Refuse(results.error());
  for (sweep::SweepResult& result : *results) {
    const std::string unsaved = settings.save.empty() ? "" : Save(settings.save, result);
    if (!unsaved.empty()) return Refuse("--save: " + unsaved);
  }
  const std::string report = ReportIn(settings, *results);
  if (settings.output.empty()) {
    std::fputs(report.c_str(), stdout);
  } else {
    std::ofstream file(settings.output);
    file << report;
    if (!file.flush()) return Refuse("--output: " + settings.output + ": cannot be written");
  }
  return ExitCodeOf(*results);
}

// Several values come as several options.
CLI::Option* Repeatable(CLI::Option* option) {
  return option->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

using Strings = std::vector<std::string>;

void AddChoices(CLI::App& app, const std::shared_ptr<SweepSettings>& settings) {
  sweep::SweepOptions& options = settings->options;
  Repeatable(app.add_option("--runtime", options.runtimes,
                            "sweep this one; default: reaprun, runc and crun"))
      ->option_text("[NAME=]COMMAND ...");
  app.add_flag("--peers", settings->peers, "sweep all that tools/peers has installed");
  Strings names;
  for (const sweep::Operation operation : sweep::kAllOperations) {
    names.emplace_back(OperationName(operation));
  }
  Repeatable(app.add_option_function<Strings>(
                 "--operation",
                 [&options](const Strings& chosen) {
                   for (const std::string& name : chosen) {
                     options.operations.push_back(*sweep::ParseOperation(name));
                   }
                 },
                 "only this one: create, start, kill, kill-shared (in the host's pid namespace), "
                 "delete, delete-running (refused), delete-force, delete-force-shared, pause, "
                 "resume; default: all"))
      ->check(CLI::IsMember(names))
      ->option_text("OPERATION ...");
  Strings faults;
  for (const sweep::FaultKind fault : sweep::kAllFaults) {
    faults.emplace_back(FaultKindName(fault));
  }
  Repeatable(app.add_option_function<Strings>(
                 "--fault",
                 [&options](const Strings& chosen) {
                   for (const std::string& name : chosen) {
                     options.faults.push_back(*std::ranges::find(
                         sweep::kAllFaults, name, sweep::FaultKindName));
                   }
                 },
                 "crash: killed before and after each call that has an effect, crash-tree: with "
                 "all of its processes; errno: each error that Linux can give at each call; "
                 "short: writes that take a part; term: SIGTERM; delay; pair: a second operation "
                 "while an effect is held; default: all"))
      ->check(CLI::IsMember(faults))
      ->option_text("FAULT ...");
  Repeatable(app.add_option_function<Strings>(
                 "--cgroup",
                 [&options](const Strings& chosen) {
                   for (const std::string& name : chosen) {
                     options.layouts.push_back(name == "v1"   ? conformance::CgroupLayout::kV1
                                               : name == "v2" ? conformance::CgroupLayout::kV2
                                                              : conformance::CgroupLayout::kHost);
                   }
                 },
                 "cgroup layout; default: the first that the runtime works on"))
      ->check(CLI::IsMember({"host", "v1", "v2"}))
      ->option_text("host|v1|v2 ...");
}

}  // namespace

Command AddSweep(CLI::App& app, const std::string& program) {
  app.footer("exit code: 0 clean, 1 failures, 2 could not run");
  auto settings = std::make_shared<SweepSettings>();
  settings->program = program;
  AddChoices(app, settings);
  app.add_option_function<std::string>(
         "--scenario",
         [settings](const std::string& globs) {
           settings->options.scenarios = scenario::SelectScenarios(globs);
           if (settings->options.scenarios.empty()) {
             throw CLI::ValidationError("--scenario", "no scenario matches " + globs);
           }
         },
         "the first operation of these scenarios of `explore`, on their set-ups: GLOB[:GLOB...]")
      ->excludes("--operation")
      ->option_text("GLOB");
  app.add_option("--call", settings->options.call,
                 "only at calls of this name (rmdir cgroup): GLOB[:GLOB...]")
      ->option_text("GLOB");
  app.add_option("--jobs", settings->options.jobs,
                 "lives at a time; default: three for each processor")
      ->check(CLI::Range(1, 64))
      ->option_text("N");
  app.add_option_function<std::string>(
         "--timeout",
         [settings](const std::string& text) {
           if (!ParseDuration(text, settings->options.timeout)) {
             throw CLI::ValidationError("--timeout", text + " is no duration >= 1ms (10s, 2m)");
           }
         },
         "of one call of the runtime; default: 30s")
      ->option_text("DURATION");
  app.add_option("--format", settings->format, "of the report")
      ->check(CLI::IsMember({"pretty", "tap", "junit", "json"}))
      ->option_text("pretty|tap|junit|json");
  app.add_option("--output", settings->output, "write the report to this file")
      ->option_text("FILE");
  app.add_option("--save", settings->save, "write each failure into this directory")
      ->option_text("DIR");
  return [settings] { return RunSweep(*settings); };
}

int ReplayPoint(const std::string& path, const std::string& text, const std::string& runtime,
                const std::string& program) {
  const auto file = sweep::ParsePointFile(text);
  if (!file) return Refuse(path + ": " + file.error());
  if (runtime.empty()) return Refuse(path + ": is a point of a sweep: it needs --runtime COMMAND");
  SweepSettings settings{.program = program};
  settings.options.runtimes = {runtime};
  settings.options.layouts = {file->layout};
  settings.options.operations = {file->operation};
  if (!file->scenario.empty()) {
    settings.options.scenarios = scenario::SelectScenarios(file->scenario);
    if (settings.options.scenarios.size() != 1) {
      return Refuse(path + ": /scenario: there is no scenario " + file->scenario);
    }
  }
  settings.options.only = file->point;
  return RunSweep(settings);
}

}  // namespace reapcheck::tools
