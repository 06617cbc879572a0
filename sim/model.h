// The words in which a driver and a model (sim/world.h, or a toy of a test) speak to each other:
// who acts, when a call can run, what the kernel may do on its own, how time is counted.
#ifndef REAPCHECK_SIM_MODEL_H_
#define REAPCHECK_SIM_MODEL_H_

#include <concepts>
#include <cstdint>
#include <type_traits>
#include <vector>

#include "sim/call.h"

namespace reapcheck::sim {

using Nanoseconds = std::int64_t;
inline constexpr Nanoseconds kNever = INT64_MAX;

// The number of a program in the driver's list, from 1; 0: a passive process, which only lives.
using ProgramId = std::uint8_t;
// A process that runs a program, by its place in the model's table of actors. Never used again for
// another one, so that traces name it for good.
using ActorId = std::uint8_t;
inline constexpr int kMaxActors = 12;
// The set of actors with the numbers whose bits are set.
using ActorSet = std::uint16_t;
static_assert(kMaxActors <= 16);

// What the kernel does on its own, later than what caused it.
enum class StepKind : std::uint8_t {
  kDie,          // a process acts on its pending fatal signal, or on its own end
  kReap,         // a parent that reaps takes a zombie away: its pid is free
  kLeaveCgroup,  // a dead process is taken off its cgroup
  kFreeze,       // the members of a cgroup that was told to freeze stop
  kFork,         // a process that forks in a loop makes another one
};

struct Step {
  StepKind kind = StepKind::kDie;
  std::int16_t subject = 0;  // index of the process or cgroup
  bool operator==(const Step&) const = default;
};

// When a published call can run.
struct Readiness {
  bool is_ready = false;
  Nanoseconds deadline = kNever;  // ready at that time at the latest
};

// What the engine asks of a model. Of all that a model can do, its text tables aside, the whole
// result is in its bytes: a copy is the same world at the same moment.
template <class M>
concept ExplorableModel =
    std::is_trivially_copyable_v<M> &&
    requires(M m, const M c, ActorId actor, const Call& call, Nanoseconds time, const Step& step,
             std::vector<Step>& steps) {
      { c.Ready(actor, call, time) } -> std::same_as<Readiness>;
      { m.Execute(actor, call) } -> std::same_as<CallResult>;
      m.Crash(actor);
      c.ListSteps(steps);
      m.Take(step);
      { c.now() } -> std::same_as<Nanoseconds>;
      m.AdvanceTo(time);
      { c.Hash() } -> std::same_as<std::uint64_t>;
      { c.ClockAge(actor) } -> std::same_as<Nanoseconds>;
      { c.actors().size() } -> std::convertible_to<std::size_t>;
      { c.actors()[0].is_alive } -> std::convertible_to<bool>;
      { c.actors()[0].program } -> std::convertible_to<ProgramId>;
    };

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_MODEL_H_
