// The command `bench sim`: what the simulator and its search achieve, beside what is promised.
// Exit codes: 0 measured, 1 --check and a limit is missed, 2 could not run.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstring>
#include <string>

#include "conformance/file.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"
#include "conformance/worker.h"
#include "tools/benchmark/child_output.h"
#include "tools/benchmark/rounds.h"
#include "tools/benchmark/series.h"
#include "tools/benchmark/sim_figures.h"
#include "tools/benchmark/sim_runs.h"
#include "tools/benchmark/spin_run.h"

namespace reapcheck::benchmark {
namespace {

constexpr int kMeasured = 0, kMissed = 1, kCouldNotRun = 2;
constexpr std::uint64_t kSchedules = 40'000;
constexpr std::uint64_t kLives = 4'000, kLivesWithCode = 400;
constexpr std::chrono::seconds kTwoDeletesLimit{60};
constexpr int kRealLives = 20;

struct SimOptions {
  int rounds = 5;
  std::string pan;
  bool check = false;
  bool without_shipped = false;
  bool without_real = false;
};

// The figures of a run of `body` in a child: memory is then its alone, and so is what it leaves.
template <class Run>
struct Measured {
  Run run;
  double peak_mb = 0;
};

template <class Run, class Body>
std::expected<Measured<Run>, std::string> InChild(const Interrupts& interrupts, Body body) {
  static_assert(std::is_trivially_copyable_v<Run>);
  auto output = OutputOfChild(interrupts, [&](int out) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    const Run run = body();
    return conformance::WriteAll(out, {reinterpret_cast<const char*>(&run), sizeof run}) ? 0 : 1;
  });
  if (!output) return std::unexpected(output.error());
  if (output->text.size() != sizeof(Run)) return std::unexpected("a measuring process failed");
  Measured<Run> measured{.peak_mb = static_cast<double>(output->usage.ru_maxrss) / 1024};
  std::memcpy(&measured.run, output->text.data(), sizeof(Run));
  return measured;
}

class SimBench {
 public:
  explicit SimBench(const SimOptions& options) : options_(options) {}

  // "" or why it could not be measured.
  std::string Run() {
    for (int round = 0; round < options_.rounds; ++round) {
      for (auto step : {&SimBench::Random, &SimBench::Toy, &SimBench::Lives}) {
        if (std::string problem = (this->*step)(); !problem.empty()) return problem;
      }
    }
    if (std::string problem = TwoDeletes(); !problem.empty()) return problem;
    if (std::string problem = Real(); !problem.empty()) return problem;
    return options_.without_shipped ? "" : Shipped();
  }
  std::vector<SimFigure> Figures() const;

 private:
  std::string Random();
  std::string Toy();
  std::string Lives();
  std::string TwoDeletes();
  std::string Real();
  std::string Shipped();

  const SimOptions options_;
  Interrupts interrupts_;
  SimFigure calls_{.name = "random: kernel calls, 1 thread", .unit = "/s", .at_least = 5e6};
  SimFigure schedules_{.name = "random: schedules, 1 thread", .unit = "/s", .at_least = 1e5};
  SimFigure scaling_{.name = "random: 2 threads / 1, by the clock", .at_least = 1.8};
  SimFigure twice_{.name = "two deletes, exhaustive", .unit = " s", .at_most = 60};
  SimFigure spin_{.name = "toy: SPIN, states", .unit = "/s"};
  SimFigure toy_{.name = "toy: this engine, states", .unit = "/s"};
  SimFigure beside_{.name = "toy: this engine / SPIN", .at_least = 1.3};
  SimFigure lives_{.name = "lives, simulated", .unit = "/s"};
  SimFigure lives_with_code_{.name = "lives, simulated, code run anew", .unit = "/s"};
  SimFigure real_lives_{.name = "lives, reaprun on Linux", .unit = "/s"};
  SimFigure lives_ratio_{.name = "lives, simulated / real", .at_least = 1000};
  SimFigure shipped_{.name = "shipped scenarios not complete", .at_most = 0};
  SimFigure shipped_seconds_{.name = "shipped scenarios, 2 jobs", .unit = " s"};
  SimFigure memory_{.name = "shipped scenarios, memory", .unit = " MB", .at_most = 2048};
};

std::string SimBench::Random() {
  double wall[2] = {};
  for (const int threads : {1, 2}) {
    auto measured = InChild<RandomRun>(interrupts_, [&] { return RunRandom(threads, kSchedules); });
    if (!measured) return measured.error();
    const RandomRun& run = measured->run;
    if (run.schedules == 0) return "no stage for the random schedules";
    wall[threads - 1] = static_cast<double>(run.schedules) / run.wall_seconds;
    if (threads == 2) continue;
    calls_.runs.push_back(static_cast<double>(run.calls) / run.cpu_seconds);
    schedules_.runs.push_back(static_cast<double>(run.schedules) / run.cpu_seconds);
  }
  scaling_.runs.push_back(wall[1] / wall[0]);
  return "";
}

std::string SimBench::Toy() {
  auto ours = InChild<SearchRun>(interrupts_, RunToy);
  if (!ours) return ours.error();
  const double states = static_cast<double>(ours->run.states);
  toy_.runs.push_back(states / ours->run.cpu_seconds);
  if (options_.pan.empty()) return "";
  auto spin = RunPan(interrupts_, options_.pan);
  if (!spin) return spin.error();
  spin_.runs.push_back(static_cast<double>(spin->states) / spin->cpu_seconds);
  beside_.runs.push_back(toy_.runs.back() / spin_.runs.back());
  // SPIN counts the step into the initial state.
  if (spin->states != ours->run.states || spin->transitions != ours->run.transitions + 1) {
    return "toy.pml and toy.h differ: " + std::to_string(spin->states) + " and " +
           std::to_string(ours->run.states) + " states";
  }
  char note[80];
  std::snprintf(note, sizeof note, "both: %.0f states, %llu transitions", states,
                static_cast<unsigned long long>(ours->run.transitions));
  beside_.note = note;
  return "";
}

std::string SimBench::Lives() {
  for (const Code code : {Code::kRemembered, Code::kRun}) {
    const std::uint64_t lives = code == Code::kRun ? kLivesWithCode : kLives;
    auto measured = InChild<LivesRun>(interrupts_, [&] { return RunLives(code, lives); });
    if (!measured) return measured.error();
    if (!measured->run.is_well) return "a simulated life failed";
    SimFigure& figure = code == Code::kRun ? lives_with_code_ : lives_;
    figure.runs.push_back(static_cast<double>(lives) / measured->run.cpu_seconds);
    figure.note = std::to_string(measured->run.calls / lives) + " calls each";
  }
  return "";
}

// One that does not come to its end in time is not tried again.
std::string SimBench::TwoDeletes() {
  for (int round = 0; round < options_.rounds; ++round) {
    auto measured =
        InChild<SearchRun>(interrupts_, [] { return RunTwoDeletes(kTwoDeletesLimit); });
    if (!measured) return measured.error();
    const SearchRun& run = measured->run;
    char note[120];
    std::snprintf(note, sizeof note, "%s, %.2f M states, %.2f M transitions in the last round",
                  run.unfinished == 0 ? "complete" : "not complete",
                  static_cast<double>(run.states) / 1e6,
                  static_cast<double>(run.transitions) / 1e6);
    twice_.note = note;
    if (run.unfinished > 0) {
      twice_.runs.clear();
      return "";
    }
    twice_.runs.push_back(run.wall_seconds);
  }
  return "";
}

std::string SimBench::Real() {
  if (options_.without_real) return "";
  auto spec = conformance::FindRuntime("reaprun");
  if (!spec) return "reaprun is not built: run tools/bench sim";
  const RoundsOptions rounds{.rounds = kRealLives, .runtimes = {*spec}};
  const std::string tag = conformance::OwnRunTag();
  auto output = OutputOfChild(interrupts_, [&](int out) {
    return conformance::WriteAll(out, MeasureRounds(rounds, tag)) ? 0 : 1;
  });
  conformance::RemoveLeftovers(tag);
  if (!output) return output.error();
  auto measured = ParseMeasurements(output->text);
  if (!measured) return measured.error();
  for (const Life& life : measured->runtimes.front().lives) {
    real_lives_.runs.push_back(1000 / life.WholeWallMs());
  }
  lives_ratio_.runs.push_back(lives_.Median() / real_lives_.Median());
  return "";
}

std::string SimBench::Shipped() {
  auto measured =
      InChild<SearchRun>(interrupts_, [] { return RunShipped(kTwoDeletesLimit, 2); });
  if (!measured) return measured.error();
  shipped_.runs.push_back(measured->run.unfinished);
  shipped_.note = "of " + std::to_string(measured->run.scenarios) + ", with " +
                  std::to_string(measured->run.violations) + " violations";
  shipped_seconds_.runs.push_back(measured->run.wall_seconds);
  memory_.runs.push_back(measured->peak_mb);
  return "";
}

std::vector<SimFigure> SimBench::Figures() const {
  std::vector<SimFigure> figures = {calls_, schedules_, scaling_, twice_, toy_,
                                    lives_, lives_with_code_};
  if (!options_.pan.empty()) figures.insert(figures.end(), {spin_, beside_});
  if (!options_.without_real) figures.insert(figures.end(), {real_lives_, lives_ratio_});
  if (!options_.without_shipped) {
    figures.insert(figures.end(), {shipped_, shipped_seconds_, memory_});
  }
  return figures;
}

int CanNotRun(const std::string& why) {
  std::fprintf(stderr, "bench sim: %s\n", why.c_str());
  return kCouldNotRun;
}

int Bench(const SimOptions& options) {
  if (!options.without_real && geteuid() != 0) {
    return CanNotRun("it starts containers and needs root: use sudo, or --without-real");
  }
  double load = 0;
  getloadavg(&load, 1);
  SimBench bench(options);
  if (const std::string problem = bench.Run(); !problem.empty()) return CanNotRun(problem);
  const std::vector<SimFigure> figures = bench.Figures();
  std::printf("Medians of %d runs (least-most); rates by CPU time where not said otherwise. Load "
              "before: %.1f on %ld processors.\n\n%s",
              options.rounds, load, sysconf(_SC_NPROCESSORS_ONLN), SimReport(figures).c_str());
  bool is_met = true;
  for (const SimFigure& figure : figures) is_met = is_met && figure.IsMet();
  return options.check && !is_met ? kMissed : kMeasured;
}

int Main(int argc, char** argv) {
  CLI::App app{"The simulator and its search: how fast they are, beside SPIN and the real kernel."};
  SimOptions options;
  app.add_option("--rounds", options.rounds, "of each measurement; default: 5")
      ->check(CLI::Range(1, 100))
      ->option_text("N");
  app.add_option("--pan", options.pan, "SPIN's verifier of toy.pml; without it no comparison")
      ->check(CLI::ExistingFile)
      ->option_text("FILE");
  app.add_flag("--check", options.check, "exit 1 when a limit is missed");
  app.add_flag("--without-shipped", options.without_shipped, "not all scenarios that ship");
  app.add_flag("--without-real", options.without_real, "no containers on the real kernel");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return CanNotRun(error.what());
  }
  return Bench(options);
}

}  // namespace
}  // namespace reapcheck::benchmark

int main(int argc, char** argv) { return reapcheck::benchmark::Main(argc, argv); }
