#include "conformance/sweep/scenario_replay.h"

#include <algorithm>
#include <map>
#include <utility>

#include "conformance/inject/requirements.h"
#include "conformance/layout.h"
#include "conformance/pool.h"
#include "conformance/probe.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"
#include "conformance/sweep/real_stage.h"
#include "conformance/sweep/replay_plan.h"
#include "conformance/sweep/scenario_life.h"
#include "conformance/sweep/sweep.h"

namespace reapcheck::sweep {
namespace {

using conformance::Case;
using conformance::CaseResult;
using conformance::CgroupLayout;
using conformance::Verdict;

constexpr int kCallsOfARun = 8;

// A saved run that can be tried.
struct Prepared {
  const SavedRun* saved = nullptr;
  RealRun* run = nullptr;
  ReplayPlan plan;
  std::optional<inject::Injection> cut_off;
  bool is_done = false;
};

class Replayer {
 public:
  Replayer(const ReplayOptions& options, const std::function<void(const std::string&)>& progress)
      : options_(options), progress_(progress), tag_(conformance::OwnRunTag()) {
    options_.jobs = JobsOr(options_.jobs);
  }

  std::expected<ReplayReport, std::string> Run(const std::vector<SavedRun>& saved) {
    auto spec = conformance::FindRuntime(options_.runtime);
    if (!spec) return std::unexpected(spec.error());
    spec_ = *spec;
    if (std::string why = inject::WhyNotTraceable(spec_.argv.front()); !why.empty()) {
      return std::unexpected("--runtime " + why);
    }
    report_.runtime = spec_.name;
    report_.runs.resize(saved.size());
    for (std::size_t i = 0; i < saved.size(); ++i) Prepare(saved[i], report_.runs[i]);
    for (int round = 0; round < kTries; ++round) {
      if (std::string error = RunOnce(); !error.empty()) return std::unexpected(error);
    }
    return std::move(report_);
  }

 private:
  struct Place {
    conformance::Probe probe;
    std::string problem;
  };

  void Prepare(const SavedRun& saved, RealRun& run) {
    const scenario::Scenario& scenario = *saved.scenario;
    run = {.path = saved.path,
           .scenario = scenario.name,
           .layout = options_.layout.value_or(LayoutOf(scenario)),
           .simulated = saved.file.invariant,
           .summary = saved.file.summary,
           .skip = WhyNotReal(scenario)};
    if (!run.skip.empty()) return;
    auto plan = PlanOf(scenario, saved.subject, saved.file.choices);
    if (!plan) {
      run.skip = plan.error();
      return;
    }
    Prepared prepared{.saved = &saved, .run = &run, .plan = std::move(*plan)};
    if (scenario.containers[0].reached == scenario::Reached::kAborted) {
      auto cut_off = CutOffOf(scenario, 0, saved.subject);
      if (!cut_off) {
        run.skip = cut_off.error();
        return;
      }
      prepared.cut_off = *cut_off;
    }
    run.plan = prepared.plan.Describe(scenario);
    const Place& place = PlaceOf(run.layout);
    if (!place.problem.empty()) {
      run.skip = std::string(LayoutName(run.layout)) + ": " + place.problem;
      return;
    }
    prepared_.push_back(std::move(prepared));
  }

  const Place& PlaceOf(CgroupLayout layout) {
    const auto known = places_.find(layout);
    if (known != places_.end()) return known->second;
    Place place;
    const int number = kFirstProbe + static_cast<int>(places_.size());
    place.probe = ProbeRuntime(SettingsOf(layout, {}), number);
    place.problem = WhyNotSwept(place.probe);
    if (report_.version.empty()) report_.version = place.probe.version;
    return places_.emplace(layout, std::move(place)).first->second;
  }

  conformance::WorkerSettings SettingsOf(CgroupLayout layout,
                                         const conformance::Probe& probe) const {
    return {.tag = tag_,
            .layout = layout,
            .subject = {.name = spec_.name,
                        .argv = spec_.argv,
                        .timeout = options_.timeout,
                        .capabilities = probe.capabilities},
            .case_timeout = options_.timeout * kCallsOfARun};
  }

  // Of all that have not come to a result.
  std::string RunOnce() {
    std::vector<Case> cases;
    cases.reserve(prepared_.size());
    std::map<std::string, Prepared*> by_name;
    std::map<CgroupLayout, conformance::Column> columns;
    for (Prepared& prepared : prepared_) {
      if (prepared.is_done) continue;
      Case& entry = cases.emplace_back();
      entry.group = "Replay";
      entry.name = std::to_string(cases.size());
      const Multiplicity poststop = DeclaredBy(spec_.name);
      entry.run = [&prepared, poststop](const conformance::LabSettings& settings) {
        return RunScenario(settings, {.scenario = *prepared.saved->scenario,
                                      .plan = prepared.plan,
                                      .cut_off = prepared.cut_off,
                                      .poststop = poststop,
                                      .judges_record = true});
      };
      by_name[entry.FullName()] = &prepared;
      const CgroupLayout layout = prepared.run->layout;
      columns[layout].settings = SettingsOf(layout, PlaceOf(layout).probe);
      columns[layout].queue.push_back(&entry);
    }
    if (cases.empty()) return "";
    std::vector<conformance::Column> list;
    for (auto& [layout, column] : columns) list.push_back(std::move(column));
    std::size_t ended = 0;
    const conformance::PoolEvents events{
        .began = [](std::size_t, const Case&) {},
        .ended = [&](std::size_t, const CaseResult& result) {
          Ended(*by_name.at(result.name), result);
          progress_(std::to_string(++ended) + " of " + std::to_string(cases.size()));
        }};
    return RunPool(list, options_.jobs, events);
  }

  static void Ended(Prepared& prepared, const CaseResult& result) {
    RealRun& run = *prepared.run;
    run.skip.clear();
    const auto life = result.verdict == Verdict::kBroken ? std::nullopt
                                                         : ParseLife(result.reason);
    prepared.is_done = !life || life->reached;
    if (result.verdict == Verdict::kBroken) {
      run.broken = result.reason;
    } else if (!life) {
      run.skip = result.reason;
    } else if (!life->reached) {
      run.skip = life->missing;
    } else {
      run.violations = life->violations;
    }
  }

  ReplayOptions options_;
  const std::function<void(const std::string&)>& progress_;
  std::string tag_;
  conformance::RuntimeSpec spec_;
  std::map<CgroupLayout, Place> places_;
  std::vector<Prepared> prepared_;
  ReplayReport report_;
};

std::string OneLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

std::expected<ReplayReport, std::string> ReplayForReal(
    const std::vector<SavedRun>& saved, const ReplayOptions& options,
    const std::function<void(const std::string&)>& progress) {
  if (std::string missing = MissingForSweeps(); !missing.empty()) {
    return std::unexpected(std::move(missing));
  }
  auto report = Replayer(options, progress).Run(saved);
  conformance::RemoveLeftovers(conformance::OwnRunTag());
  return report;
}

std::string PrettyReport(const ReplayReport& report) {
  std::string text = report.runtime + " " + report.version + "\n";
  int violated = 0, clean = 0, skipped = 0, broken = 0;
  for (const RealRun& run : report.runs) {
    const std::string where = run.path + " (" + std::string(LayoutName(run.layout)) + ")\n";
    std::string seen;
    for (const conformance::Violation& violation : run.violations) {
      seen += "    " + violation.invariant + ": " + OneLine(violation.summary) + "\n";
    }
    if (!run.broken.empty()) {
      ++broken;
      text += "BROKEN " + where + "    " + OneLine(run.broken) + "\n";
    } else if (!run.skip.empty()) {
      ++skipped;
      text += "skip   " + where + "    " + OneLine(run.skip) + "\n";
    } else if (!seen.empty()) {
      ++violated;
      text += "FAIL   " + where;
    } else {
      ++clean;
      text += "clean  " + where;
    }
    if (!run.plan.empty()) text += "    " + run.plan + "\n";
    text += seen;
    if (!run.simulated.empty()) {
      text += "    simulated: " + run.simulated + ": " + run.summary + "\n";
    }
  }
  text += std::to_string(report.runs.size()) + " runs: " + std::to_string(violated) +
          " violated, " + std::to_string(clean) + " clean, " + std::to_string(skipped) +
          " skipped, " + std::to_string(broken) + " broken\n";
  return text;
}

}  // namespace reapcheck::sweep
