// A model with its actors in the middle of what they do: the whole state of an exploration, as
// plain data. What an actor does next is a node of a Behavior.
#ifndef REAPCHECK_SIM_SYSTEM_H_
#define REAPCHECK_SIM_SYSTEM_H_

#include <array>
#include <bit>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "sim/behavior.h"
#include "sim/choice.h"
#include "sim/hash.h"
#include "sim/model.h"
#include "sim/visited.h"

namespace reapcheck::sim {

struct ActorPlace {
  Nanoseconds since = 0;  // when the pending call was published
  NodeId node = kNoNode;
};

// A fault for ever: each call of this class by this actor fails.
struct LastingFault {
  std::uint32_t call_class = 0;
  std::int16_t error = 0;
  ActorId actor = 0;
};

inline bool Contains(ActorSet set, int actor) { return (set >> actor & 1) != 0; }
inline ActorSet OnlyActor(int actor) { return static_cast<ActorSet>(1u << actor); }
inline int FirstOf(ActorSet set) { return std::countr_zero(set); }

// Of the model's actors; one that keeps the set itself has AliveActors.
template <ExplorableModel Model>
ActorSet AliveIn(const Model& model) {
  if constexpr (requires { model.AliveActors(); }) {
    return model.AliveActors();
  } else {
    ActorSet alive = 0;
    int index = 0;
    for (const auto& actor : model.actors()) alive |= actor.is_alive << index++;
    return alive;
  }
}

template <ExplorableModel Model>
struct System {
  static constexpr int kMaxLastingFaults = 4;

  explicit System(const Model& start) : model(start) {}

  Model model;
  std::array<ActorPlace, kMaxActors> actors{};
  std::array<LastingFault, kMaxLastingFaults> lasting{};
  std::uint8_t lasting_count = 0;
  std::int8_t last = -1;  // the actor that ran last
  ActorSet alive = 0;
  ActorSet started = 0;  // those that are over, too
  Budget left;
};

// What a scenario says about calls. ClassOf numbers what ClassName names: "rmdir cgroup". Where the
// class of a call and its faults are the same for all actors with the same history, the rules may
// say so with `kFollowsHistory`, and are asked once.
template <class R, class M>
concept ScheduleRules =
    requires(const R rules, const M& model, ActorId actor, const Call& call) {
      // Concerns nobody but the actor: it runs at once after the call before it.
      { rules.IsLocal(model, actor, call) } -> std::same_as<bool>;
      { rules.IsFaultable(model, actor) } -> std::same_as<bool>;
      { rules.IsCrashable(model, actor) } -> std::same_as<bool>;
      { rules.FaultsOf(model, actor, call) } -> std::same_as<std::span<const int>>;
      { rules.ClassOf(model, actor, call) } -> std::same_as<std::uint32_t>;
      { rules.ClassName(model, actor, call) } -> std::same_as<std::string>;
    };

// How far an exploration goes.
struct Bounds {
  Budget budget;
  bool has_lasting_faults = true;
  bool has_slow_kernel = true;  // time passes over what the kernel could do: costs a fault
  bool has_power_failure = false;  // costs a crash
};

// A choice that is possible, and what it costs.
struct Option {
  Choice choice;
  Budget cost;
};

// Who could do what in a state.
struct Survey {
  ActorSet ready = 0;
  int sleeper = -1;  // of those that wait, the one with the earliest deadline; -1: none
  Nanoseconds sleeper_deadline = kNever;
  std::array<Nanoseconds, kMaxActors> deadlines{};
  std::vector<Step> steps;
};

// Names a state together with all that its future depends on, but for the budgets.
template <ExplorableModel Model>
std::uint64_t KeyOf(const System<Model>& system, const Survey& survey) {
  std::uint64_t key = system.model.Hash();
  const Nanoseconds now = system.model.now();
  for (ActorSet rest = system.alive; rest != 0; rest &= rest - 1) {
    const int actor = FirstOf(rest);
    const std::uint64_t who = static_cast<std::uint64_t>(actor + 1) << 32;
    std::uint64_t place = who | system.actors[actor].node;
    if (survey.deadlines[actor] != kNever) {
      place = Combine(place, static_cast<std::uint64_t>(survey.deadlines[actor] - now));
    }
    const Nanoseconds age = system.model.ClockAge(static_cast<ActorId>(actor));
    if (age >= 0) place = Combine(place + 1, static_cast<std::uint64_t>(age));
    key += Mix(place);
  }
  // Whoever ran last matters only while to leave it is a preemption.
  if (system.left.preemptions != Budget::kUnlimited && system.last >= 0 &&
      Contains(survey.ready, system.last)) {
    key += Mix(0x6c617374 + static_cast<std::uint64_t>(system.last));
  }
  for (int index = 0; index < system.lasting_count; ++index) {
    const LastingFault& fault = system.lasting[index];
    if (!Contains(system.alive, fault.actor)) continue;
    key += Mix(Combine(fault.call_class, static_cast<std::uint64_t>(fault.error) << 8) +
               fault.actor);
  }
  return Mix(key);
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SYSTEM_H_
