#include "conformance/property/property.h"

#include <rapidcheck/detail/TestListenerAdapter.h>

#include <cstdlib>
#include <sstream>

namespace reapcheck::property {
namespace {

using rc::detail::Configuration;
using rc::detail::FailureResult;
using rc::detail::SuccessResult;

Configuration ConfigurationOf(const Trial& trial) {
  Configuration configuration;
  configuration.testParams.seed = trial.seed;
  configuration.testParams.maxSuccess = trial.sequences;
  configuration.testParams.maxSize = trial.longest;
  configuration.testParams.disableShrinking = !trial.shrinks;
  const char* asked = std::getenv("RC_PARAMS");
  return asked == nullptr ? configuration : rc::detail::configFromString(asked, configuration);
}

std::string LineThatRepeats(const std::string& name, const Configuration& tried,
                            const FailureResult& failure) {
  Configuration whole = tried;
  whole.reproduce.clear();
  Configuration alone;
  alone.testParams = tried.testParams;
  alone.reproduce.emplace(name, failure.reproduce);
  return "repeat all: RC_PARAMS=\"" + rc::detail::configToMinimalString(whole) +
         "\"\nrepeat this sequence alone: RC_PARAMS=\"" +
         rc::detail::configToMinimalString(alone) + "\"\n";
}

}  // namespace

const std::vector<Property>& AllProperties() {
  static const std::vector<Property> all = {
      {.name = "LifeCycle",
       .claim = "Every operation is answered, and leaves the container, as its life cycle says.",
       .mixture = {.events = 2},
       .mutant = "delete-running",
       .real_mutant = "delete-running"},
      {.name = "AbortedContainers",
       .claim = "Of a create that was cut off, or whose state.json is lost or cut short, delete "
                "--force leaves nothing, and a plain delete forgets nothing that lives.",
       .mixture = {.plain = 2, .crashes = 1, .events = 2, .damage = 4, .deletes = 2},
       .mutant = "aborted-dropped",
       .real_mutant = "aborted-dropped"},
      {.name = "ForcedDeletes",
       .claim = "delete --force of whatever is there ends it, also when it was cut off before.",
       .mixture = {.crashes = 1, .errnos = 1, .events = 1, .damage = 1, .deletes = 4,
                   .force_only = true},
       .mutant = "force-needs-stopped",
       .real_mutant = "force-needs-stopped"},
      {.name = "HookFailures",
       .claim = "A poststop hook that fails changes nothing and keeps no other from running once; "
                "any other that fails ends create or start and leaves nothing.",
       .mixture = {.plain = 3, .crashes = 1, .events = 2, .deletes = 2, .has_hooks = true},
       .mutant = "poststop-stops-at-failure",
       .real_mutant = "poststop-stops-at-failure"},
      {.name = "Idempotence",
       .claim = "The same operation once more changes nothing, and is answered as by a container "
                "that is as it now is.",
       .mixture = {.events = 2, .deletes = 2, .repeats = true},
       .mutant = "delete-missing",
       .real_mutant = "delete-missing"},
      {.name = "ConcurrentDeletes",
       .claim = "Two at once end as one after the other: one delete wins, hooks run once, and "
                "nothing is left in between.",
       .mixture = {.next = 12, .events = 8, .together = 2, .has_hooks = true},
       .mutant = "poststop-no-wait",
       .real_mutant = "poststop-no-wait"},
      {.name = "Recovery",
       .claim = "After any operation was cut off or failed, the same container can still be told "
                "what it is and deleted completely, and no hook runs twice.",
       .mixture = {.crashes = 2, .errnos = 2, .deletes = 2, .has_hooks = true},
       .mutant = "poststop-not-noted",
       .real_mutant = "create-undoes-directory"},
  };
  return all;
}

void PrintTo(const Property& property, std::ostream* out) { *out << property.name; }

Finding Try(const Property& property, const Trial& trial, const Runner& run) {
  const Configuration configuration = ConfigurationOf(trial);
  std::string first;
  const auto body = [&] {
    const auto setup = *Setups(property.mixture).as("set-up");
    const auto commands = *Sequences(setup, property.mixture).as("steps");
    const std::string wrong = run(setup, commands);
    if (wrong.empty()) return;
    if (first.empty()) first = wrong;
    RC_FAIL(wrong);
  };
  rc::detail::TestListenerAdapter silent;
  const rc::detail::TestMetadata name{.id = property.name, .description = property.claim};
  const auto result = rc::detail::checkTestable(body, name, configuration.testParams, silent,
                                                configuration.reproduce);
  Finding finding;
  if (result.is<SuccessResult>()) {
    finding.holds = true;
    finding.sequences = result.get<SuccessResult>().numSuccess;
    return finding;
  }
  std::ostringstream text;
  text << property.name << ": " << property.claim << "\n";
  rc::detail::printResultMessage(result, text);
  finding.text = text.str() + "\n";
  if (result.is<FailureResult>()) {
    const FailureResult& failure = result.get<FailureResult>();
    finding.sequences = failure.numSuccess;
    // What depends on the moment need not show again in a shorter sequence.
    if (finding.text.find(first) == std::string::npos) finding.text += "at first: " + first + "\n";
    finding.text += LineThatRepeats(property.name, configuration, failure);
  }
  return finding;
}

}  // namespace reapcheck::property
