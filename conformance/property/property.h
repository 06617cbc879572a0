// The named properties of a container's life, and how one is tried: so many random sequences from a
// seed, each judged by the model; a sequence that breaks it is shrunk and printed with what repeats
// it.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_PROPERTY_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_PROPERTY_H_

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "conformance/property/life_command.h"

namespace reapcheck::property {

struct Property {
  std::string name;   // "ConcurrentDeletes"
  std::string claim;  // one sentence
  Mixture mixture;
  // Planted bugs (conformance/mutants) that break it in the simulator, and on the real kernel,
  // where nobody can say at which call a crash comes.
  std::string mutant;
  std::string real_mutant;
};

void PrintTo(const Property& property, std::ostream* out);  // for GoogleTest

const std::vector<Property>& AllProperties();

// Runs one sequence; what is wrong, or "".
using Runner = std::function<std::string(const Setup& setup, const Commands& commands)>;

struct Trial {
  std::uint64_t seed = 1;
  int sequences = 1000;
  int longest = 20;    // steps of a sequence
  bool shrinks = true;  // a counterexample
};

struct Finding {
  bool holds = false;
  std::string text;    // the counterexample, and the line of the environment that repeats it
  int sequences = 0;   // that held
};

// RC_PARAMS in the environment, where it is set, counts instead of the trial.
Finding Try(const Property& property, const Trial& trial, const Runner& run);

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_PROPERTY_H_
