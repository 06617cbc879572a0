// What may go wrong in a scenario: which calls concern nobody but their caller, which errno each
// can fail with, who can be cut off. The model of sim/system.h's ScheduleRules for a World.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_RULES_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_RULES_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "conformance/scenario/judge.h"
#include "sim/world.h"

namespace reapcheck::scenario {

class Rules {
 public:
  // What a call is about follows from the results that its caller got before.
  static constexpr bool kFollowsHistory = true;

  // Borrows the roles, by ProgramId.
  explicit Rules(const std::vector<Role>& roles) : roles_(roles) {}

  bool IsLocal(const sim::World& world, sim::ActorId actor, const sim::Call& call) const;
  bool IsFaultable(const sim::World& world, sim::ActorId actor) const {
    const Role& role = roles_[world.actors()[actor].program];
    return role.kind == Role::Kind::kOperation && role.operation.is_faultable;
  }
  bool IsCrashable(const sim::World& world, sim::ActorId actor) const {
    return IsFaultable(world, actor);
  }
  std::span<const int> FaultsOf(const sim::World& world, sim::ActorId actor,
                                const sim::Call& call) const;
  // Equal for calls of one class and for no others.
  std::uint32_t ClassOf(const sim::World& world, sim::ActorId actor, const sim::Call& call) const;
  std::string ClassName(const sim::World& world, sim::ActorId actor, const sim::Call& call) const {
    return world.ClassOf(actor, call);
  }
  // For traces: the call with the paths that its descriptors stand for.
  std::string Describe(const sim::World& world, sim::ActorId actor, const sim::Call& call) const {
    return world.Describe(actor, call);
  }

 private:
  const std::vector<Role>& roles_;
};

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_RULES_H_
