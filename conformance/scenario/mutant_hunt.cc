#include "conformance/scenario/mutant_hunt.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <variant>

#include "conformance/scenario/parallel.h"
#include "conformance/scenario/stage.h"
#include "sim/choice.h"
#include "sim/explorer.h"

namespace reapcheck::scenario {
namespace {

using mutants::Mutant;
using sim::World;

// "S6 S20" names S6.
bool Names(const std::string& list, const std::string& invariant) {
  return (" " + list + " ").find(" " + invariant + " ") != std::string::npos;
}

// Judges like the one it is made from, and ends the search at the first violation that the mutant
// is planted for.
class HuntingJudge {
 public:
  using Ghost = Judge::Ghost;

  HuntingJudge(const Judge& judge, const std::string& breaks) : judge_(judge), breaks_(breaks) {}

  void OnCall(const World& after, const sim::CallEvent& event, Ghost& ghost, Violations& found) {
    judge_.OnCall(after, event, ghost, found);
    if (found.empty()) return;
    ++schedules_;
    Look(found);
  }
  void OnChoice(const World& after, const sim::Choice& choice, Ghost& ghost, Violations& found) {
    judge_.OnChoice(after, choice, ghost, found);
  }
  void OnEnd(const World& world, sim::End end, Ghost& ghost, Violations& found) {
    ++schedules_;
    judge_.OnEnd(world, end, ghost, found);
    Look(found);
  }
  bool StartContinuation(World& world, Ghost& ghost, int index) const {
    return judge_.StartContinuation(world, ghost, index);
  }
  void OnContinued(const World& world, sim::End end, int index, Ghost& ghost, Violations& found) {
    judge_.OnContinued(world, end, index, ghost, found);
    Look(found);
  }
  std::uint64_t HashOf(const Ghost& ghost) const { return judge_.HashOf(ghost); }

  const std::atomic<bool>& is_over() const { return is_over_; }
  // That were judged before the search was ended, in all its rounds.
  std::uint64_t schedules() const { return is_over_ ? schedules_at_end_ : schedules_; }

 private:
  void Look(const Violations& found) {
    for (const sim::Violation& violation : found) {
      if (is_over_ || !Names(breaks_, violation.invariant)) continue;
      is_over_ = true;
      schedules_at_end_ = schedules_;
    }
  }

  Judge judge_;
  const std::string& breaks_;
  std::atomic<bool> is_over_ = false;  // what sim::SearchLimits asks for
  std::uint64_t schedules_ = 0;
  std::uint64_t schedules_at_end_ = 0;
};

// The smallest one that breaks what the mutant says it breaks.
const sim::FoundViolation* Smallest(const Mutant& mutant, const sim::SearchReport& report) {
  const sim::FoundViolation* best = nullptr;
  for (const sim::FoundViolation& found : report.violations) {
    if (!Names(mutant.breaks, found.violation.invariant)) continue;
    if (best == nullptr || found.cost < best->cost) best = &found;
  }
  return best;
}

void Note(const Scenario& scenario, const sim::FoundViolation& found, bool is_plain, Hunt& hunt) {
  hunt.scenario = scenario.name;
  hunt.invariant = found.violation.invariant;
  hunt.summary = found.violation.summary;
  hunt.choices = sim::ToString(found.choices);
  hunt.needs.is_plain = is_plain;
  for (const sim::Choice& choice : found.choices) {
    hunt.needs.faults += sim::IsFault(choice);
    hunt.needs.crashes += choice.kind == sim::ChoiceKind::kCrash;
  }
  // Time that passes over what the kernel owes is paid as a fault too.
  const int rest = found.cost - hunt.needs.faults - hunt.needs.crashes;
  (scenario.bounds.preemptions == 0 ? hunt.needs.faults : hunt.needs.preemptions) += rest;
}

void Try(const Scenario& scenario, const Subject& subject, const ExploreOptions& options,
         Hunt& hunt) {
  auto made = Stage::Make(scenario, subject);
  if (!made) {
    hunt.error = made.error();
    return;
  }
  Stage& stage = **made;
  HuntingJudge judge(stage.judge(), hunt.mutant->breaks);
  sim::ExplorerOptions search = ExplorerOptionsOf(scenario, options);
  search.limits.stop = &judge.is_over();
  sim::Behavior behavior(stage.texts(), stage.programs());
  // First without any budget: there who waits for ever is stuck, not one that may yet be cut off.
  sim::ExplorerOptions unspoilt = search;
  unspoilt.bounds.budget = {};
  sim::SearchReport report;
  for (const sim::ExplorerOptions& round : {unspoilt, search}) {
    if (judge.is_over()) break;
    sim::Explorer<World, Rules, HuntingJudge> explorer(behavior, stage.rules(), judge, round);
    report = explorer.Explore(stage.start());
  }
  hunt.schedules += judge.schedules();
  const sim::FoundViolation* found = Smallest(*hunt.mutant, report);
  // The search begins with the schedule in which nothing goes wrong and nobody is kept waiting.
  if (found != nullptr) Note(scenario, *found, judge.schedules() == 1, hunt);
}

}  // namespace

std::optional<Subject> SubjectOf(const Mutant& mutant) {
  Subject subject = ProfileSubject("reference");
  subject.name = mutant.name;
  if (!mutant.not_simulated.empty()) return std::nullopt;
  if (const auto* runtime = std::get_if<mutants::RuntimeMaker>(&mutant.part)) {
    subject.make_runtime = *runtime;
    return subject;
  }
  if (const auto* builder = std::get_if<mutants::BuilderMaker>(&mutant.part)) {
    subject.make_builder = *builder;
    return subject;
  }
  return std::nullopt;
}

Hunt HuntOne(const Mutant& mutant, const std::vector<const Scenario*>& scenarios,
             const ExploreOptions& options) {
  const auto begin = std::chrono::steady_clock::now();
  Hunt hunt{.mutant = &mutant};
  const auto subject = SubjectOf(mutant);
  for (const Scenario* scenario : scenarios) {
    if (!subject || hunt.is_found()) break;
    if (options.stop != nullptr && options.stop->load()) break;
    if (!mutant.scenario.empty() && scenario->name != mutant.scenario) continue;
    Try(*scenario, *subject, options, hunt);
  }
  hunt.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return hunt;
}

std::vector<Hunt> HuntAll(const std::vector<const Mutant*>& mutants,
                          const std::vector<const Scenario*>& scenarios,
                          const ExploreOptions& options,
                          const std::function<void(const Hunt&)>& done) {
  std::vector<const Mutant*> hunted;
  for (const Mutant* mutant : mutants) {
    if (SubjectOf(*mutant)) hunted.push_back(mutant);
  }
  std::vector<Hunt> hunts(hunted.size());
  std::mutex reporting;
  ForEachIndex(hunted.size(), options.jobs, options.stop, [&](std::size_t i) {
    hunts[i] = HuntOne(*hunted[i], scenarios, options);
    const std::scoped_lock lock(reporting);
    done(hunts[i]);
  });
  std::erase_if(hunts, [](const Hunt& hunt) { return hunt.mutant == nullptr; });
  return hunts;
}

}  // namespace reapcheck::scenario
