// Planted bugs against the scenarios: each mutant is explored until a scenario shows it.
//
// The proof that exploration finds what it claims to find: a mutant that no scenario shows is a
// hole, and the reference must not be flagged by any.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_MUTANT_HUNT_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_MUTANT_HUNT_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "conformance/mutants/mutant.h"
#include "conformance/scenario/explore.h"

namespace reapcheck::scenario {

// What has to come together in a run before a mutant shows.
struct Needs {
  bool is_plain = false;  // nothing: the plain run shows it
  int faults = 0;
  int crashes = 0;
  int preemptions = 0;    // all 0: only another order of what the kernel does by itself

  int cost() const { return faults + crashes + preemptions; }
};

// How one mutant was found, or that it was not.
struct Hunt {
  const mutants::Mutant* mutant = nullptr;
  std::string scenario;   // "": not found
  std::string invariant;
  std::string summary;
  std::string choices;    // sim/choice.h; the smallest schedule that shows it
  Needs needs;            // of that schedule
  std::uint64_t schedules = 0;  // until then, over all scenarios that were tried
  double seconds = 0;
  std::string error;      // the set-up of the mutant's own scenario failed

  bool is_found() const { return !scenario.empty(); }
};

// The mutant as a subject; nullopt where it differs from reaprun in a part that the simulator has
// instead (the real kernel, the binary), or says that no simulation shows it.
std::optional<Subject> SubjectOf(const mutants::Mutant& mutant);

// Tries the scenarios in their order, or only the one at which the mutant says it is seen, up to
// the first violation of an invariant that the mutant names.
Hunt HuntOne(const mutants::Mutant& mutant, const std::vector<const Scenario*>& scenarios,
             const ExploreOptions& options);

// The mutants with a subject, `options.jobs` at a time; `done` is called from one thread at a time.
// In the order of the mutants; after `options.stop` those that were not begun are left out.
std::vector<Hunt> HuntAll(const std::vector<const mutants::Mutant*>& mutants,
                          const std::vector<const Scenario*>& scenarios,
                          const ExploreOptions& options,
                          const std::function<void(const Hunt&)>& done);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_MUTANT_HUNT_H_
