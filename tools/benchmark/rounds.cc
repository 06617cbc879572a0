#include "tools/benchmark/rounds.h"

#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "conformance/file.h"
#include "conformance/worker.h"
#include "tools/benchmark/container_life.h"
#include "tools/benchmark/timed_call.h"

namespace reapcheck::benchmark {
namespace {

using conformance::Json;
using conformance::LabSettings;

// Before each life: what a neighbour leaves to the kernel (a network namespace to take apart, an
// RCU grace period that whoever moves a process between cgroups next need not wait for) is over by
// then, so that each pays for itself what it would pay alone.
constexpr int kSettleMs = 60;

// A round takes half a second on a slow machine; one that needs this hangs.
constexpr std::chrono::seconds kRoundBound{20};

using Contestants = std::vector<Contestant>;

std::expected<Contestants, std::string> MakeContestants(const RoundsOptions& options,
                                                        const LabSettings& lab) {
  if (!conformance::MakeDirectories(lab.directory)) {
    return std::unexpected("can not make " + lab.directory);
  }
  auto config = UsualConfig(options.runtimes.front(), lab.directory);
  if (!config) return std::unexpected(config.error());
  Contestants contestants;
  for (const conformance::RuntimeSpec& spec : options.runtimes) {
    contestants.emplace_back(spec, lab.directory + "/" + spec.name, lab.tag + "-" + spec.name);
    const std::string problem = contestants.back().MakeBundle(*config, lab.payload);
    if (!problem.empty()) return std::unexpected(problem);
  }
  return contestants;
}

// One life with each runtime and one call of the empty program; noted when it counts.
std::string RunRound(Contestants& contestants, int number, const LabSettings& lab, bool counts,
                     Measurements& measured) {
  auto floor = TimeCall({BuiltBeside("empty_program")}, lab.directory + "/output");
  if (!floor) return floor.error();
  if (counts) measured.floor.push_back(floor->timing);
  for (std::size_t i = 0; i < contestants.size(); ++i) {
    // Each is first, second and last equally often.
    const std::size_t turn = (i + static_cast<std::size_t>(number)) % contestants.size();
    poll(nullptr, 0, kSettleMs);
    auto life = contestants[turn].Live();
    if (!life) return life.error();
    if (counts) measured.runtimes[turn].lives.push_back(*life);
  }
  return "";
}

std::expected<Measurements, std::string> MeasureInLab(const RoundsOptions& options,
                                                      const LabSettings& lab) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // an orphaned init is reaped here
  auto contestants = MakeContestants(options, lab);
  if (!contestants) return std::unexpected(contestants.error());
  Measurements measured{.rounds = options.rounds,
                        .warm_ups = options.warm_ups,
                        .processors = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN))};
  getloadavg(&measured.load, 1);
  for (Contestant& contestant : *contestants) {
    auto version = contestant.Version();
    if (!version) return std::unexpected(version.error());
    measured.runtimes.push_back({.name = contestant.name(), .version = *version});
  }
  for (int number = 0; number < options.warm_ups + options.rounds; ++number) {
    const bool counts = number >= options.warm_ups;
    std::string problem = RunRound(*contestants, number, lab, counts, measured);
    if (!problem.empty()) return std::unexpected(problem);
  }
  return measured;
}

}  // namespace

std::string MeasureRounds(const RoundsOptions& options, const std::string& tag) {
  auto worker = conformance::Worker::Start(
      {.tag = tag,
       .layout = conformance::CgroupLayout::kV1,
       .subject = {.name = "bench", .argv = options.runtimes.front().argv},
       .case_timeout = kRoundBound * (options.rounds + options.warm_ups)});
  if (!worker) return ProblemText(worker.error());
  auto text = (*worker)->RunInLab(1, [&](const LabSettings& lab) {
    auto measured = MeasureInLab(options, lab);
    return measured ? ToText(*measured) : ProblemText(measured.error());
  });
  return text ? *text : ProblemText("the measuring process: " + text.error());
}

}  // namespace reapcheck::benchmark
