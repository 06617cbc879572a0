#include "conformance/sweep/sweep.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "conformance/glob.h"
#include "conformance/inject/requirements.h"
#include "conformance/pool.h"
#include "conformance/probe.h"
#include "conformance/run_tag.h"
#include "conformance/runtimes.h"
#include "conformance/sweep/life.h"
#include "conformance/sweep/real_stage.h"
#include "conformance/sweep/scenario_sweep.h"

namespace reapcheck::sweep {
namespace {

using conformance::Case;
using conformance::CaseResult;
using conformance::CgroupLayout;
using conformance::Column;
using conformance::LabSettings;
using conformance::Probe;
using conformance::RuntimeSpec;
using conformance::Verdict;
using conformance::WorkerSettings;
using scenario::Scenario;

// What a life may take: the operation under a fault, its repetition and delete, each to its limit.
constexpr int kCallsOfALife = 6;

struct Subject {
  RuntimeSpec spec;
  CgroupLayout layout = CgroupLayout::kHost;
  Probe probe;
};

// A life to run, and where its result goes.
struct Job {
  std::size_t subject = 0;
  Operation operation = Operation::kDelete;
  const Scenario* scenario = nullptr;  // instead of the operation
  std::function<conformance::CaseOutcome(const LabSettings&)> run;
  std::function<void(const CaseResult&)> done;
};

class Sweeper {
 public:
  Sweeper(const SweepOptions& options, const std::function<void(const std::string&)>& progress)
      : options_(options), progress_(progress), tag_(conformance::OwnRunTag()) {
    options_.jobs = JobsOr(options_.jobs);
    if (options_.operations.empty()) {
      options_.operations.assign(std::begin(kAllOperations), std::end(kAllOperations));
    }
    if (options_.only) options_.faults = {FaultKindOf(*options_.only)};
    if (options_.faults.empty()) {
      options_.faults.assign(std::begin(kAllFaults), std::end(kAllFaults));
    }
  }

  std::expected<std::vector<SweepResult>, std::string> Run() {
    if (std::string error = FindSubjects(); !error.empty()) return std::unexpected(error);
    if (std::string error = TakeCensus(); !error.empty()) return std::unexpected(error);
    if (std::string error = TakeBaseline(); !error.empty()) return std::unexpected(error);
    for (int round = 0; round < kTries; ++round) {
      if (std::string error = RunLives(); !error.empty()) return std::unexpected(error);
    }
    constexpr int kPointsOfAGroup = 3;
    for (int round = 0; round < kPointsOfAGroup && !options_.only; ++round) {
      // What was found is found: what is not tried again says so by its number of lives.
      if (!TryAgain().empty()) break;
    }
    return std::move(results_);
  }

 private:
  WorkerSettings SettingsOf(const Subject& subject) const {
    return {.tag = tag_,
            .layout = subject.layout,
            .subject = {.name = subject.spec.name,
                        .argv = subject.spec.argv,
                        .timeout = options_.timeout,
                        .capabilities = subject.probe.capabilities},
            .case_timeout = options_.timeout * kCallsOfALife};
  }

  bool Add(const RuntimeSpec& spec, CgroupLayout layout, std::string& why) {
    Subject subject{.spec = spec, .layout = layout};
    subject.probe = ProbeRuntime(SettingsOf(subject), kFirstProbe + probes_++);
    why = WhyNotSwept(subject.probe);
    if (why.empty()) subjects_.push_back(std::move(subject));
    return why.empty();
  }

  // "" or why one that was asked for can not be swept.
  std::string FindSubjects() {
    std::vector<RuntimeSpec> specs;
    for (const std::string& argument : options_.runtimes) {
      auto spec = conformance::FindRuntime(argument);
      if (!spec) return spec.error();
      specs.push_back(*spec);
    }
    if (specs.empty() && options_.peers.empty()) specs = conformance::DefaultRuntimes();
    if (specs.empty() && options_.peers.empty()) {
      return "no runtime found: give one with --runtime";
    }
    for (const RuntimeSpec& spec : specs) {
      if (std::string why = Find(spec); !why.empty()) return why;
    }
    for (const std::string& peer : options_.peers) {
      auto spec = conformance::FindRuntime(peer);
      const std::string why = spec ? Find(*spec) : spec.error();
      if (why.empty()) continue;
      subject_of_.push_back(0);
      const std::string name = peer.substr(0, peer.find('='));
      results_.push_back({.runtime = name, .typed = name, .problem = why});
    }
    return "";
  }

  // Where it is to be swept; "" or why it can not be.
  std::string Find(const RuntimeSpec& spec) {
    std::string why = inject::WhyNotTraceable(spec.argv.front());
    if (!why.empty()) return "--runtime " + why;
    if (!options_.scenarios.empty() && options_.layouts.empty()) {
      FindForScenarios(spec);
      return "";
    }
    for (const CgroupLayout layout : options_.layouts) {
      if (!Add(spec, layout, why)) {
        return spec.name + " on " + std::string(LayoutName(layout)) + ": " + why;
      }
    }
    if (!options_.layouts.empty()) return "";
    const bool is_found = std::ranges::any_of(
        std::vector{CgroupLayout::kHost, CgroupLayout::kV1, CgroupLayout::kV2},
        [&](CgroupLayout layout) { return Add(spec, layout, why); });
    return is_found ? "" : spec.name + ": " + why;
  }

  // On the layouts that the scenarios have; what the runtime does not work on is told of each.
  void FindForScenarios(const RuntimeSpec& spec) {
    for (const CgroupLayout layout : {CgroupLayout::kHost, CgroupLayout::kV1, CgroupLayout::kV2}) {
      const auto has_layout = [layout](const Scenario* one) { return LayoutOf(*one) == layout; };
      if (std::ranges::none_of(options_.scenarios, has_layout)) continue;
      std::string why;
      if (Add(spec, layout, why)) continue;
      for (const Scenario* scenario : options_.scenarios) {
        if (!has_layout(scenario)) continue;
        AddSkipped({.runtime = spec.name,
                    .typed = spec.typed,
                    .layout = layout,
                    .scenario = scenario,
                    .skip = why});
      }
    }
  }

  void AddSkipped(SweepResult sweep) {
    sweep.fault = options_.faults.front();
    subject_of_.push_back(0);
    results_.push_back(std::move(sweep));
  }

  // Of each scenario on each subject whose layout it has, or which was asked for.
  void ListScenarios(std::vector<Job>& jobs,
                     std::map<std::pair<std::size_t, std::string>, CaseResult>& taken) {
    for (const Scenario* scenario : options_.scenarios) {
      auto swept = SweptOf(*scenario);
      for (std::size_t subject = 0; subject < subjects_.size(); ++subject) {
        const CgroupLayout layout = subjects_[subject].layout;
        if (options_.layouts.empty() && layout != LayoutOf(*scenario)) continue;
        if (!swept) {
          AddSkipped({.runtime = subjects_[subject].spec.name,
                      .typed = subjects_[subject].spec.typed,
                      .version = subjects_[subject].probe.version,
                      .layout = layout,
                      .scenario = scenario,
                      .skip = swept.error()});
          continue;
        }
        swept_[scenario] = *swept;
        jobs.push_back({.subject = subject,
                        .scenario = scenario,
                        .run = [one = *swept](const LabSettings& settings) {
                          return RunCensus(settings, one);
                        },
                        .done = [&taken, subject, scenario](const CaseResult& result) {
                          taken[{subject, scenario->name}] = result;
                        }});
      }
    }
  }

  std::string TakeCensus() {
    std::vector<Job> jobs;
    std::map<std::pair<std::size_t, std::string>, CaseResult> taken;
    ListScenarios(jobs, taken);
    for (std::size_t subject = 0; subject < subjects_.size(); ++subject) {
      for (const Operation operation : options_.operations) {
        if (!options_.scenarios.empty()) break;
        jobs.push_back({.subject = subject,
                        .operation = operation,
                        .run = [operation](const LabSettings& settings) {
                          return RunCensus(settings, operation);
                        },
                        .done = [&taken, subject, operation](const CaseResult& result) {
                          taken[{subject, std::string(OperationName(operation))}] = result;
                        }});
      }
    }
    if (std::string error = RunJobs(jobs); !error.empty()) return error;
    // In the order in which they were asked for, not in that in which they ended.
    for (const Job& job : jobs) {
      const std::string name = job.scenario != nullptr ? job.scenario->name
                                                       : std::string(OperationName(job.operation));
      CensusTaken(job, taken[{job.subject, name}]);
    }
    return "";
  }

  void CensusTaken(const Job& job, const CaseResult& result) {
    const std::size_t subject = job.subject;
    const Scenario* scenario = job.scenario;
    const auto seen = result.verdict == Verdict::kPass ? ParseCensus(result.reason) : std::nullopt;
    for (const FaultKind fault : options_.faults) {
      SweepResult sweep{.runtime = subjects_[subject].spec.name,
                        .typed = subjects_[subject].spec.typed,
                        .version = subjects_[subject].probe.version,
                        .layout = subjects_[subject].layout,
                        .operation = job.operation,
                        .scenario = scenario,
                        .fault = fault};
      const bool is_skip = scenario != nullptr && result.verdict == Verdict::kSkip;
      if (!seen) (is_skip ? sweep.skip : sweep.problem) = result.reason;
      const auto calls = seen.value_or(std::vector<inject::SeenCall>{});
      for (Point& point : is_skip ? std::vector<Point>{} : PointsIn(calls, scenario, fault)) {
        sweep.points.push_back({.point = std::move(point)});
      }
      subject_of_.push_back(subject);
      results_.push_back(std::move(sweep));
    }
  }

  // The points that were asked for.
  std::vector<Point> PointsIn(const std::vector<inject::SeenCall>& seen, const Scenario* scenario,
                              FaultKind fault) const {
    if (options_.only) return {*options_.only};
    std::vector<Point> points = scenario != nullptr ? ScenarioPoints(*scenario, seen, fault)
                                                    : PointsOf(seen, fault);
    std::erase_if(points, [this](const Point& point) {
      return !options_.call.empty() &&
             !conformance::FilterMatches(options_.call, point.injection.call);
    });
    return points;
  }

  // Lives of each operation with nothing wrong. Of one point alone all is told.
  std::string TakeBaseline() {
    struct Lives {
      std::vector<conformance::Violations> judged;
      std::string broken;
    };
    std::vector<Job> jobs;
    std::map<std::pair<std::size_t, Operation>, Lives> taken;
    for (std::size_t i = 0; i < results_.size() && !options_.only; ++i) {
      const SweepResult& sweep = results_[i];
      const bool is_moot = sweep.scenario != nullptr || sweep.points.empty();
      const std::pair key{subject_of_[i], sweep.operation};
      if (is_moot || !taken.try_emplace(key).second) continue;
      for (int life = 0; life < kCertain; ++life) {
        jobs.push_back(JobAt(i, Point(), [&lives = taken[key]](const CaseResult& result) {
          const auto judged = ResultOf(result);
          if (judged) lives.judged.push_back(judged->violations);
          if (!judged) lives.broken = result.reason;
        }));
      }
    }
    if (std::string error = RunJobs(jobs); !error.empty()) return error;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      const auto found = taken.find({subject_of_[i], results_[i].operation});
      if (found == taken.end() || results_[i].points.empty()) continue;
      results_[i].baseline = BaselineOf(found->second.judged);
      if (!found->second.judged.empty()) continue;
      // Without it nothing can be told apart.
      results_[i].problem = "a life with nothing wrong: " + found->second.broken;
      results_[i].points.clear();
    }
    return "";
  }

  // A life of the sweep's operation or scenario with a fault.
  Job JobAt(std::size_t sweep, const Point& point,
            std::function<void(const CaseResult&)> done) const {
    const Operation operation = results_[sweep].operation;
    const Scenario* scenario = results_[sweep].scenario;
    const SweptScenario swept = scenario != nullptr ? swept_.at(scenario) : SweptScenario{};
    return {.subject = subject_of_[sweep],
            .operation = operation,
            .run = [operation, swept, point, poststop = DeclaredBy(results_[sweep].runtime)](
                       const LabSettings& settings) {
              return swept.scenario != nullptr ? RunLife(settings, swept, point, poststop)
                                               : RunLife(settings, operation, point, poststop);
            },
            .done = std::move(done)};
  }

  // Of all points that were not reached yet.
  std::string RunLives() {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      for (PointResult& result : results_[i].points) {
        if (result.reached || !result.broken.empty()) continue;
        jobs.push_back(JobAt(i, result.point, [&result, &baseline = results_[i].baseline](
                                                  const CaseResult& outcome) {
          LifeEnded(result, outcome, baseline);
        }));
      }
    }
    return RunJobs(jobs);
  }

  // Of one more point of each group of failures that may be a race.
  std::string TryAgain() {
    std::vector<Job> jobs;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      for (const std::size_t index : ToBeTriedAgain(results_[i])) {
        PointResult& result = results_[i].points[index];
        result.is_tried_again = true;
        const auto done = [&result, &baseline = results_[i].baseline](const CaseResult& outcome) {
          // What the harness could not do says nothing about the runtime.
          auto life = ResultOf(outcome);
          if (!life || !life->reached) return;
          EraseExcused(life->violations, baseline);
          result.again.push_back(std::move(life->violations));
        };
        for (int life = 1; life < kCertain; ++life) jobs.push_back(JobAt(i, result.point, done));
      }
    }
    return RunJobs(jobs);
  }

  // nullopt: the harness failed.
  static std::optional<LifeResult> ResultOf(const CaseResult& outcome) {
    return outcome.verdict == Verdict::kBroken ? std::nullopt : ParseLife(outcome.reason);
  }

  static void LifeEnded(PointResult& result, const CaseResult& outcome,
                        const std::vector<BaselineFailure>& baseline) {
    const auto life = ResultOf(outcome);
    if (!life) {
      result.broken = outcome.reason.empty() ? "no result" : outcome.reason;
      return;
    }
    result.reached = life->reached;
    result.converged = life->converged;
    result.violations = life->violations;
    EraseExcused(result.violations, baseline);
  }

  std::string RunJobs(const std::vector<Job>& jobs) {
    if (jobs.empty()) return "";
    std::vector<Case> cases(jobs.size());
    std::map<std::string, const Job*> by_name;
    std::vector<Column> columns;
    for (const Subject& subject : subjects_) columns.push_back({.settings = SettingsOf(subject)});
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      cases[i].group = std::string(OperationName(jobs[i].operation));
      cases[i].name = std::to_string(i);
      cases[i].run = jobs[i].run;
      by_name[cases[i].FullName()] = &jobs[i];
      columns[jobs[i].subject].queue.push_back(&cases[i]);
    }
    std::size_t ended = 0;
    const conformance::PoolEvents events{
        .began = [](std::size_t, const Case&) {},
        .ended =
            [&](std::size_t, const CaseResult& result) {
              by_name.at(result.name)->done(result);
              progress_(std::to_string(++ended) + " of " + std::to_string(jobs.size()));
            }};
    return RunPool(columns, options_.jobs, events);
  }

  SweepOptions options_;
  const std::function<void(const std::string&)>& progress_;
  std::string tag_;
  int probes_ = 0;
  std::vector<Subject> subjects_;
  std::vector<std::size_t> subject_of_;  // each of results_
  std::vector<SweepResult> results_;
  std::map<const Scenario*, SweptScenario> swept_;
};

}  // namespace

std::string MissingForSweeps() {
  return geteuid() == 0 ? inject::MissingOnThisMachine() : "real containers need root";
}

int JobsOr(int wanted) {
  constexpr int kJobsOfAProcessor = 3;
  const int processors = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return wanted != 0 ? wanted : kJobsOfAProcessor * processors;
}

std::string WhyNotSwept(const Probe& probe) {
  for (const std::string& problem :
       {probe.layout_problem, probe.create_problem, probe.life_problem}) {
    if (!problem.empty()) return problem;
  }
  return "";
}

Multiplicity DeclaredBy(const std::string& runtime) {
  // crun and youki remove the record after the hooks, the others before: a crash between the two
  // repeats or loses a hook, and either is a choice.
  const bool is_late = runtime.starts_with("crun") || runtime.starts_with("youki");
  return is_late ? Multiplicity::kAtLeastOnce : Multiplicity::kAtMostOnce;
}

std::expected<std::vector<SweepResult>, std::string> Sweep(
    const SweepOptions& options, const std::function<void(const std::string&)>& progress) {
  if (std::string missing = MissingForSweeps(); !missing.empty()) {
    return std::unexpected(std::move(missing));
  }
  auto results = Sweeper(options, progress).Run();
  conformance::RemoveLeftovers(conformance::OwnRunTag());
  return results;
}

}  // namespace reapcheck::sweep
