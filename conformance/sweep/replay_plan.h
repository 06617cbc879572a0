// A schedule that the simulator has recorded, as what a real kernel is to be made to do: which
// invocations of the runtime there are, what is injected into each, and who goes on when.
//
// Follows the choices in the simulated world and names each call by its class and occurrence, which
// mean the same at a real runtime (conformance/inject/). What the kernel does by itself (a process
// dies, a cgroup empties) is left to the real one.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_REPLAY_PLAN_H_
#define REAPCHECK_CONFORMANCE_SWEEP_REPLAY_PLAN_H_

#include <cstddef>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "conformance/inject/injection.h"
#include "conformance/scenario/programs.h"
#include "conformance/scenario/scenario.h"
#include "sim/choice.h"

namespace reapcheck::sweep {

// One call of the runtime.
struct InvocationPlan {
  int operation = 0;  // of Scenario::operations
  std::vector<inject::Injection> injections;  // in their order

  bool operator==(const InvocationPlan&) const = default;
};

// How far an invocation goes before it is another one's turn.
enum class TurnEnd { kEnded, kHeld, kWaiting };

struct Turn {
  std::size_t invocation = 0;
  TurnEnd end = TurnEnd::kEnded;

  bool operator==(const Turn&) const = default;
};

struct ReplayPlan {
  std::vector<InvocationPlan> invocations;  // at least one for each operation, in their order
  std::vector<Turn> turns;  // afterwards all go on to their ends, one after the other
  // Kinds of steps of the kernel ("die") that came later than they could have: a real one decides
  // for itself.
  std::vector<std::string> late;

  bool has(inject::Action action) const;
  // "rename record #1 EIO, then killed before rmdir cgroup #1".
  std::string Describe(const scenario::Scenario& scenario) const;
};

// The error says what of it a real kernel can not be made to do: "a power failure".
std::expected<ReplayPlan, std::string> PlanOf(const scenario::Scenario& scenario,
                                              const scenario::Subject& subject,
                                              std::span<const sim::Choice> choices);

// Where the create of a container that kAborted is cut off.
std::expected<inject::Injection, std::string> CutOffOf(const scenario::Scenario& scenario,
                                                       int container,
                                                       const scenario::Subject& subject);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_REPLAY_PLAN_H_
