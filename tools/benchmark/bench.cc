// The command `bench`: reaprun beside crun and runc, and the suite, measured in one run.
// Exit codes: 0 measured, 1 --check and a limit is missed, 2 could not run.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <string>

#include "conformance/file.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"
#include "tools/benchmark/child_output.h"
#include "tools/benchmark/report.h"
#include "tools/benchmark/rounds.h"
#include "tools/benchmark/suite_run.h"

namespace reapcheck::benchmark {
namespace {

constexpr int kMeasured = 0, kMissed = 1, kCouldNotRun = 2;

struct BenchOptions {
  RoundsOptions rounds;
  bool json = false;
  bool check = false;
  bool without_suite = false;
};

int CanNotRun(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  return kCouldNotRun;
}

// In this order: the first is the one that is compared.
std::string FindRuntimes(RoundsOptions& options) {
  for (const char* name : {"reaprun", "crun", "runc"}) {
    auto spec = conformance::FindRuntime(name);
    if (spec) options.runtimes.push_back(*spec);
    if (!spec && options.runtimes.empty()) return "reaprun is not built: run tools/bench";
    if (!spec) std::fprintf(stderr, "bench: %s is not installed and is left out\n", name);
  }
  return "";
}

std::expected<Measurements, std::string> Measure(const BenchOptions& options) {
  Interrupts interrupts;
  const std::string tag = conformance::OwnRunTag();
  auto output = OutputOfChild(interrupts, [&](int out) {
    return conformance::WriteAll(out, MeasureRounds(options.rounds, tag)) ? 0 : 1;
  });
  // What a worker that was killed could not remove.
  const int left = conformance::RemoveLeftovers(tag);
  if (left > 0) std::fprintf(stderr, "bench: %d cgroups can not be removed\n", left);
  if (!output) return std::unexpected(output.error());
  auto measured = ParseMeasurements(output->text);
  if (!measured || options.without_suite) return measured;
  auto suite = RunSuite(interrupts);
  if (!suite) return std::unexpected(suite.error());
  measured->suite = *suite;
  return measured;
}

int Bench(BenchOptions options) {
  if (geteuid() != 0) return CanNotRun("it starts containers and needs root: use sudo");
  const std::string missing = FindRuntimes(options.rounds);
  if (!missing.empty()) return CanNotRun(missing);
  auto measured = Measure(options);
  if (!measured) return CanNotRun(measured.error());
  const Figures figures = FiguresOf(*measured);
  const std::string text =
      options.json ? JsonReport(*measured, figures) : TextReport(*measured, figures);
  if (!conformance::WriteAll(STDOUT_FILENO, text)) return CanNotRun("can not write the figures");
  return options.check && !figures.AllMet() ? kMissed : kMeasured;
}

int Main(int argc, char** argv) {
  CLI::App app{"reaprun beside crun and runc: time and memory, side by side in one run; and the "
               "time and memory of the suite."};
  BenchOptions options;
  app.add_option("--rounds", options.rounds.rounds, "containers for each runtime; default: 30")
      ->check(CLI::Range(1, 10000))
      ->option_text("N");
  app.add_option("--warm-ups", options.rounds.warm_ups, "further ones before, not counted; "
                 "default: 3")
      ->check(CLI::Range(0, 10000))
      ->option_text("N");
  app.add_option_function<std::string>(
         "--format", [&](const std::string& name) { options.json = name == "json"; },
         "of the figures; default: text")
      ->check(CLI::IsMember({"text", "json"}))
      ->option_text("text|json");
  app.add_flag("--check", options.check, "exit 1 when a limit is missed");
  app.add_flag("--without-suite", options.without_suite, "the runtimes only");
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
