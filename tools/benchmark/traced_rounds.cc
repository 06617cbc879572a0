#include "tools/benchmark/traced_rounds.h"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "conformance/file.h"
#include "conformance/worker.h"
#include "tools/benchmark/container_life.h"
#include "tools/benchmark/inject_figures.h"

namespace reapcheck::benchmark {
namespace {

using conformance::FileDescriptor;
using conformance::LabSettings;
using conformance::RuntimeSpec;

constexpr int kSettleMs = 60;        // before each life: rounds.cc
constexpr int kDeathBoundMs = 30000;  // after a SIGKILL that was sent
constexpr std::chrono::seconds kRoundBound{60};  // one that needs this hangs

// A container of one runtime with one tracer.
class TracedContainer {
 public:
  TracedContainer(const LabSettings& lab, RuntimeSpec spec, Tracer tracer)
      : spec_(std::move(spec)),
        tracer_(tracer),
        tag_(lab.tag),
        id_(lab.tag + "-" + spec_.name + "-" + std::to_string(static_cast<int>(tracer))),
        directory_(lab.directory + "/" + id_) {}

  // "" or why not.
  std::string MakeBundle(const conformance::Json& config, const std::string& payload) {
    return Contestant(spec_, directory_, id_).MakeBundle(config, payload);
  }

  // "" or why not. The caller is a child subreaper, and has no other children.
  std::string Live() {
    init_ = 0;
    const std::string pid_file = directory_ + "/pid";
    std::string problem = Call(0, {"create", "--bundle", directory_, "--pid-file", pid_file, id_});
    if (!problem.empty()) return problem;
    init_ = std::atoi(conformance::ReadText(pid_file).value_or("").c_str());
    FileDescriptor pidfd(static_cast<int>(syscall(SYS_pidfd_open, init_, 0)));
    if (init_ <= 0 || !pidfd) return spec_.name + " create: no init in its pid file";
    const std::vector<std::vector<std::string>> words = {
        {"start", id_}, {"state", id_}, {"kill", id_, "KILL"}, {"delete", id_}};
    for (std::size_t i = 0; i < words.size(); ++i) {
      // As an engine's shim does before it calls delete.
      if (words[i][0] == "delete" && !AwaitDeath(pidfd.get())) return spec_.name + ": init lives";
      if (problem = Call(i + 1, words[i]); !problem.empty()) return problem;
    }
    while (waitpid(-1, nullptr, 0) > 0) {  // the tracers: with what they traced they end
    }
    return "";
  }

  const OperationTimes& times() const { return times_; }
  const OperationTimes& stops() const { return stops_; }

 private:
  std::string Call(std::size_t operation, const std::vector<std::string>& arguments) {
    std::vector<std::string> words = spec_.argv;
    words.insert(words.end(), {"--root", directory_ + "/root"});
    words.insert(words.end(), arguments.begin(), arguments.end());
    const inject::Places places{.root = directory_ + "/root",
                                .id = id_,
                                .cgroup_tag = tag_,
                                .bundle = directory_,
                                .init = init_};
    auto call = LaunchCall(words, directory_ + "/output", tracer_, places);
    if (!call) return call.error();
    times_[operation] = call->wall_ms;
    stops_[operation] = call->stops;
    return "";
  }

  bool AwaitDeath(int pidfd) const {
    pollfd died{.fd = pidfd, .events = POLLIN, .revents = 0};
    if (poll(&died, 1, kDeathBoundMs) != 1) return false;
    waitpid(init_, nullptr, 0);
    return true;
  }

  RuntimeSpec spec_;
  Tracer tracer_;
  std::string tag_, id_, directory_;
  pid_t init_ = 0;
  OperationTimes times_{}, stops_{};
};

// All of one runtime, in the order of kAllTracers.
std::expected<std::vector<TracedContainer>, std::string> MakeContainers(
    const RuntimeSpec& spec, const conformance::Json& config, const LabSettings& lab) {
  std::vector<TracedContainer> containers;
  for (const Tracer tracer : kAllTracers) {
    containers.emplace_back(lab, spec, tracer);
    const std::string problem = containers.back().MakeBundle(config, lab.payload);
    if (!problem.empty()) return std::unexpected(problem);
  }
  return containers;
}

std::string RunRound(std::vector<TracedContainer>& containers, int number, bool counts,
                     TracedLives& lives) {
  for (std::size_t i = 0; i < containers.size(); ++i) {
    // Each is first, second and last equally often.
    const std::size_t turn = (i + static_cast<std::size_t>(number)) % containers.size();
    poll(nullptr, 0, kSettleMs);
    std::string problem = containers[turn].Live();
    if (!problem.empty()) return problem;
    if (counts) lives.by_tracer[turn].push_back(containers[turn].times());
  }
  lives.stops = containers[static_cast<std::size_t>(Tracer::kInjector)].stops();
  return "";
}

std::string MeasureInLab(const RoundsOptions& options, const LabSettings& lab) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);  // an orphaned init is reaped here
  if (!conformance::MakeDirectories(lab.directory)) return "can not make " + lab.directory;
  auto config = UsualConfig(options.runtimes.front(), lab.directory);
  if (!config) return config.error();
  std::vector<std::vector<TracedContainer>> containers;
  std::vector<TracedLives> lives;
  for (const RuntimeSpec& spec : options.runtimes) {
    auto made = MakeContainers(spec, *config, lab);
    if (!made) return made.error();
    containers.push_back(std::move(*made));
    lives.push_back({.runtime = spec.name});
  }
  for (int number = 0; number < options.warm_ups + options.rounds; ++number) {
    for (std::size_t i = 0; i < containers.size(); ++i) {
      std::string problem =
          RunRound(containers[i], number, number >= options.warm_ups, lives[i]);
      if (!problem.empty()) return problem;
    }
  }
  return ToText(lives);
}

}  // namespace

std::string MeasureTracedRounds(const RoundsOptions& options, const std::string& tag) {
  auto worker = conformance::Worker::Start(
      {.tag = tag,
       .layout = conformance::CgroupLayout::kV1,
       .subject = {.name = "bench", .argv = options.runtimes.front().argv},
       .case_timeout = kRoundBound * (options.rounds + options.warm_ups)});
  if (!worker) return worker.error();
  auto text = (*worker)->RunInLab(
      1, [&](const LabSettings& lab) { return MeasureInLab(options, lab); });
  return text ? *text : "the measuring process: " + text.error();
}

}  // namespace reapcheck::benchmark
