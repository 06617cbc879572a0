// The command `bench inject`: what the injector costs, beside nothing and beside strace.
// Exit codes: 0 measured, 1 --check and a limit is missed, 2 could not run.
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "conformance/file.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"
#include "conformance/worker.h"
#include "tools/benchmark/child_output.h"
#include "tools/benchmark/inject_figures.h"
#include "tools/benchmark/sweep_run.h"
#include "tools/benchmark/timed_call.h"
#include "tools/benchmark/traced_rounds.h"

namespace reapcheck::benchmark {
namespace {

constexpr int kMeasured = 0, kMissed = 1, kCouldNotRun = 2;
constexpr long kWatchedCalls = 20'000;  // of each loop; stays below what the injector can note
constexpr double kStopLimitUs = 8, kCrashSweepSeconds = 8, kWholeSweepSeconds = 600;

struct InjectOptions {
  RoundsOptions rounds{.rounds = 20, .warm_ups = 2};
  std::string sweep;  // the runtime of the whole sweep; empty: none
  bool json = false;
  bool check = false;
};

class InjectBench {
 public:
  explicit InjectBench(const InjectOptions& options) : options_(options) {}

  // "" or why it could not be measured.
  std::string Run() {
    for (auto step : {&InjectBench::Stops, &InjectBench::Lives, &InjectBench::CrashSweep,
                      &InjectBench::WholeSweep}) {
      if (std::string problem = (this->*step)(); !problem.empty()) return problem;
    }
    return "";
  }
  const std::vector<SimFigure>& figures() const { return figures_; }

 private:
  std::string Stops();
  std::string StopsAt(const char* call);
  std::string Lives();
  std::string CrashSweep();
  std::string WholeSweep();

  const InjectOptions options_;
  Interrupts interrupts_;
  std::vector<SimFigure> figures_;
};

std::string InjectBench::Stops() {
  for (const char* call : {"read", "stat"}) {
    if (std::string problem = StopsAt(call); !problem.empty()) return problem;
  }
  return "";
}

std::string InjectBench::StopsAt(const char* call) {
  char directory[] = "/tmp/bench_inject.XXXXXX";
  if (mkdtemp(directory) == nullptr) return "can not make a directory in /tmp";
  const std::string output = std::string(directory) + "/output";
  const std::string name = std::string("a stop at ") + call;
  SimFigure injector{.name = name + ": injector", .unit = " us", .at_most = kStopLimitUs};
  SimFigure strace{.name = name + ": strace", .unit = " us"};
  const inject::Places nowhere{.root = directory, .id = "c1", .cgroup_tag = "none"};
  std::string problem;
  for (int round = 0; round < options_.rounds.rounds && problem.empty(); ++round) {
    double wall_ms[std::size(kAllTracers)] = {};
    for (const Tracer tracer : kAllTracers) {
      auto run = LaunchCall({BuiltBeside("watched_loop"), call, std::to_string(kWatchedCalls)},
                            output, tracer, nowhere);
      if (!run) problem = run.error();
      if (!run) break;
      if (run->supervisor > 0) waitpid(run->supervisor, nullptr, 0);
      wall_ms[static_cast<std::size_t>(tracer)] = run->wall_ms;
    }
    injector.runs.push_back(MicrosecondsOfStop(wall_ms[1], wall_ms[0], kWatchedCalls));
    strace.runs.push_back(MicrosecondsOfStop(wall_ms[2], wall_ms[0], kWatchedCalls));
  }
  unlink(output.c_str());
  rmdir(directory);
  figures_.insert(figures_.end(), {injector, strace});
  return problem;
}

std::string InjectBench::Lives() {
  const std::string tag = conformance::OwnRunTag();
  auto output = OutputOfChild(interrupts_, [&](int out) {
    return conformance::WriteAll(out, MeasureTracedRounds(options_.rounds, tag)) ? 0 : 1;
  });
  conformance::RemoveLeftovers(tag);
  if (!output) return output.error();
  auto lives = ParseTracedLives(output->text);
  if (!lives) return lives.error();
  for (const TracedLives& runtime : *lives) {
    const std::vector<SimFigure> figures = LifeFigures(runtime);
    figures_.insert(figures_.end(), figures.begin(), figures.end());
  }
  return "";
}

std::string InjectBench::CrashSweep() {
  if (!conformance::FindRuntime("runc")) return "";
  SimFigure figure{.name = "crash sweep of runc's delete, 2 jobs",
                   .unit = " s",
                   .at_most = kCrashSweepSeconds};
  constexpr int kRuns = 5;
  for (int round = 0; round < kRuns; ++round) {
    auto run = RunSweep(interrupts_, {"--runtime", "runc", "--operation", "delete", "--fault",
                                      "crash", "--cgroup", "v1", "--jobs", "2"});
    if (!run) return run.error();
    figure.runs.push_back(run->seconds);
    figure.note = run->summary;
  }
  figures_.push_back(std::move(figure));
  return "";
}

std::string InjectBench::WholeSweep() {
  if (options_.sweep.empty()) return "";
  SimFigure figure{.name = "whole sweep of " + options_.sweep + ", crash and errno",
                   .unit = " s",
                   .at_most = kWholeSweepSeconds};
  auto run = RunSweep(interrupts_, {"--runtime", options_.sweep, "--fault", "crash", "--fault",
                                    "errno", "--cgroup", "v1"});
  if (!run) return run.error();
  figure.runs.push_back(run->seconds);
  figure.note = run->summary;
  figures_.push_back(std::move(figure));
  return "";
}

int CanNotRun(const std::string& why) {
  std::fprintf(stderr, "bench inject: %s\n", why.c_str());
  return kCouldNotRun;
}

int Bench(InjectOptions options) {
  if (geteuid() != 0) return CanNotRun("it starts containers and needs root: use sudo");
  for (const char* name : {"reaprun", "crun", "runc"}) {
    auto spec = conformance::FindRuntime(name);
    if (spec) options.rounds.runtimes.push_back(*spec);
    if (!spec && options.rounds.runtimes.empty()) return CanNotRun("reaprun is not built");
    if (!spec) std::fprintf(stderr, "bench inject: %s is not installed, left out\n", name);
  }
  double load = 0, load_after = 0;
  getloadavg(&load, 1);
  InjectBench bench(options);
  if (const std::string problem = bench.Run(); !problem.empty()) return CanNotRun(problem);
  getloadavg(&load_after, 1);
  const std::vector<SimFigure>& figures = bench.figures();
  if (options.json) {
    std::fputs(SimJson(figures).c_str(), stdout);
  } else {
    std::printf("Medians of %d rounds (least-most); ratios within a round; behind a ratio the "
                "median (least) of each.\nLoad before: %.1f, after: %.1f on %ld processors.\n\n%s",
                options.rounds.rounds, load, load_after, sysconf(_SC_NPROCESSORS_ONLN),
                SimReport(figures).c_str());
  }
  bool is_met = true;
  for (const SimFigure& figure : figures) is_met = is_met && figure.IsMet();
  return options.check && !is_met ? kMissed : kMeasured;
}

int Main(int argc, char** argv) {
  CLI::App app{"The injector: what a stop and an operation cost under it, beside nothing and "
               "beside strace, and how long sweeps take."};
  InjectOptions options;
  app.add_option("--rounds", options.rounds.rounds, "of each measurement; default: 20")
      ->check(CLI::Range(1, 1000))
      ->option_text("N");
  app.add_option("--warm-ups", options.rounds.warm_ups, "lives before, not counted; default: 2")
      ->check(CLI::Range(0, 1000))
      ->option_text("N");
  app.add_option("--with-sweep", options.sweep, "also a whole sweep of this one: minutes")
      ->option_text("RUNTIME");
  app.add_option_function<std::string>(
         "--format", [&](const std::string& name) { options.json = name == "json"; },
         "of the figures; default: text")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("text|json");
  app.add_flag("--check", options.check, "exit 1 when a limit is missed");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return CanNotRun(error.what());
  }
  return Bench(std::move(options));
}

}  // namespace
}  // namespace reapcheck::benchmark

int main(int argc, char** argv) { return reapcheck::benchmark::Main(argc, argv); }
