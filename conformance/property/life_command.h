// The sequences that a property is tried on, for rapidcheck: commands that fit the model, more of
// those that the property is about, and how one is run and judged.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_LIFE_COMMAND_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_LIFE_COMMAND_H_

#include <rapidcheck.h>
#include <rapidcheck/state.h>

#include <memory>
#include <vector>

#include "conformance/property/life.h"
#include "conformance/property/life_check.h"

namespace reapcheck::property {

// What a property's sequences are made of: each number is a weight, 0 leaves it out.
struct Mixture {
  int next = 6;       // what leads on: create what is absent, start what is created
  int plain = 1;      // operations that nothing disturbs
  int crashes = 0;    // operations that are cut off
  int errnos = 0;     // operations of which one call fails
  int events = 1;     // init dies
  int damage = 0;     // state.json is lost or cut short
  int together = 0;   // two operations at once
  int deletes = 1;    // of `plain`, `crashes`, `errnos`, `together`: how much more often deletes
  bool force_only = false;  // deletes are with --force
  bool repeats = false;     // each operation comes twice in a row as often as not
  bool has_hooks = false;   // the set-up has hooks, and most of them fail
  bool is_real = false;     // what the real kernel can show within a test's time
};

rc::Gen<Setup> Setups(const Mixture& mixture);

using LifeCommand = rc::state::Command<Life, LifeCheck>;
using Commands = std::vector<std::shared_ptr<const LifeCommand>>;

rc::Gen<Commands> Sequences(const Setup& setup, const Mixture& mixture);

// What is wrong, or "". Also afterwards: LifeCheck::Finish.
std::string RunSequence(const Setup& setup, const Commands& commands, LifeCheck& check);

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_LIFE_COMMAND_H_
