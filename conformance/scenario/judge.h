// Judges a run of a scenario in the simulated world: at each call what must never happen, at the
// end of each operation what its exit status promises, at the end of the run what must be left.
//
// The end is judged by the oracle that judges the real world too (conformance/oracle.h); what only
// a simulator can see (who a signal would hit, the order of steps) is judged here. Borrows the
// stage's data; keeps nothing between calls but in the RunMemory, which is part of the explored
// state.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_JUDGE_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_JUDGE_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "conformance/observation.h"
#include "conformance/oracle.h"
#include "conformance/scenario/scenario.h"
#include "sim/schedule_judge.h"
#include "sim/world.h"

namespace reapcheck::scenario {

using Violations = std::vector<sim::Violation>;

// What a program of the stage is.
struct Role {
  enum class Kind { kOperation, kEngine, kHook, kInit, kRecovery };
  Kind kind = Kind::kOperation;
  Operation operation;  // kOperation, kEngine, kRecovery
  int index = 0;        // kOperation, kEngine: of Scenario::operations
  int container = 0;    // kHook: whose
  int hook = 0;         // kHook: which of ContainerSetup::hooks
};

// Which promise the exit status of the only operation breaks, where it is wrong and nothing went
// wrong.
std::string StatusInvariantOf(const Scenario& scenario);

// What a judge remembers of the run so far.
struct RunMemory {
  std::array<std::uint8_t, 4> hook_starts{};  // of the first container, by ContainerSetup::hooks
  std::int8_t last_poststop = -1;
  std::uint8_t crashes = 0;
  std::uint8_t is_slow = 0;                   // time passed over what the kernel owed
  std::uint8_t unused = 0;                    // every byte counts: HashOf
  std::array<std::uint32_t, 2> mark{};        // of containers made since the start: sim::Process's
  std::uint32_t succeeded = 0;                // operations with exit status 0, bit n for the nth
  std::int32_t fault = 0;                     // the first injected errno
  std::uint16_t is_fault_transient = 0;       // a caller must absorb it
  std::uint16_t is_fault_lasting = 0;         // it came more than once
};

class Judge {
 public:
  using Ghost = RunMemory;

  // `roles` by ProgramId; `before` is the world when the operations begin.
  Judge(const Scenario& scenario, const std::vector<Role>& roles, const sim::World& before,
        const Ghost& start);

  // The exit status of the only operation where nothing goes wrong; L2 and L7 ask for it.
  void ExpectStatus(int status) { expected_status_ = status; }

  // How often each operation ended on its own with the exit status that it has where nothing goes
  // wrong: 0 says that the exploration never got anywhere.
  const std::vector<std::uint64_t>& reached() const { return reached_; }

  // --- What sim/schedule_judge.h asks for ---
  void OnCall(const sim::World& after, const sim::CallEvent& event, Ghost& ghost,
              Violations& found) const;
  void OnChoice(const sim::World& after, const sim::Choice& choice, Ghost& ghost,
                Violations& found) const;
  void OnEnd(const sim::World& world, sim::End end, Ghost& ghost, Violations& found) const;
  // What a caller does after this end until the container is gone: the same command again where
  // that is a delete, and the scenario's recovery.
  bool StartContinuation(sim::World& world, Ghost& ghost, int index) const;
  void OnContinued(const sim::World& world, sim::End end, int index, Ghost& ghost,
                   Violations& found) const;
  std::uint64_t HashOf(const Ghost& ghost) const;

  // What a conformance::Observation of the real world would say of the n-th container.
  conformance::Observation Observe(const sim::World& world, const Ghost& ghost,
                                   int container) const;

 private:
  // Of a container: what is asked for at nearly every end.
  struct Names {
    std::string directory;       // ROOT/ID
    sim::TextId directory_id;    // the same
    std::string cgroup;          // "/a/c1"
    sim::TextId last_of_cgroup;  // "c1"
  };

  int ContainerOf(const std::string& id) const;
  // Of the processes of a container: sim::Process::mark. 0: it has never had any.
  std::uint32_t MarkOf(const Ghost& ghost, int container) const {
    const std::uint32_t made = ghost.mark[container];
    return made != 0 ? made : start_.mark[container];
  }
  bool Has(Verb verb) const;
  bool IsAtRest(const sim::World& world) const;
  // The container's own cgroup, or one below it.
  bool IsCgroupOf(const sim::World& world, int cgroup, const Names& names) const;
  void LiftObstacles(sim::World& world) const;
  static void Add(conformance::Violations judged, Violations& found);
  // Without pids, which differ from schedule to schedule: "5 (payload) S" is "N (payload) S".
  static void Generalize(Violations& found);
  void JudgeCall(const sim::World& after, const sim::CallEvent& event, Ghost& ghost,
                 Violations& found) const;
  void NoteFault(const sim::World& world, const sim::CallEvent& event, Ghost& ghost) const;
  void JudgeBystanders(const sim::World& world, Violations& violations) const;
  void JudgeRemoval(const sim::World& after, Ghost& ghost, Violations& violations) const;
  void JudgeHookStart(const sim::World& after, const sim::Call& call, const sim::CallResult& result,
                      Ghost& ghost, Violations& violations) const;
  void JudgeExit(const sim::World& after, sim::ActorId actor, int status, Ghost& ghost,
                 Violations& violations) const;
  void JudgeDeleteExit(const sim::World& after, const Operation& operation, bool ok,
                       const Ghost& ghost, Violations& violations) const;
  void JudgeKillExit(const sim::World& after, const Operation& operation, bool ok,
                     const Ghost& ghost, Violations& violations) const;
  // A22: a signal other than SIGKILL is init's alone.
  void JudgeInitOnly(const sim::World& after, const Ghost& ghost, int container,
                     Violations& violations) const;
  void JudgeCreateExit(const sim::World& after, const Operation& operation, bool ok,
                       const Ghost& ghost, Violations& violations) const;
  // A11, A12: whoever fails because of a hook leaves nothing, and has run the poststop hooks.
  void JudgeHookFailure(const sim::World& after, const Operation& operation, bool ok,
                        const Ghost& ghost, Violations& violations) const;
  // S10: containers that no operation names.
  void JudgeSiblings(const sim::World& after, const Ghost& ghost, Violations& violations) const;
  // L3: who was sent SIGKILL is dead in the end.
  void JudgeKilled(const sim::World& world, const Ghost& ghost, Violations& violations) const;
  // L2, L7: what a caller must absorb does not change how the operation ends.
  void JudgeAbsorbed(const Ghost& ghost, int status, Violations& violations) const;
  // `invariant`: nothing of the container has changed.
  void JudgeUnchanged(const sim::World& after, const std::string& invariant, const Ghost& ghost,
                      int container, Violations& violations) const;
  void JudgeThaw(const sim::World& after, const Ghost& ghost, Violations& violations) const;
  int StatusOfRecovery(const sim::World& world, int index) const;
  void JudgeDeletes(const sim::World& world, const Ghost& ghost,
                    const conformance::Observation& seen, Violations& violations) const;
  void JudgeWhole(const sim::World& world, const Ghost& ghost, Violations& violations) const;

  const Scenario& scenario_;
  const std::vector<Role>& roles_;
  sim::World before_;
  Ghost start_;
  std::vector<Names> names_;
  sim::TextId bystander_;
  std::vector<conformance::Observation> observed_before_;
  int expected_status_ = 0;
  int recoveries_ = 0;  // programs of that kind
  mutable std::vector<std::uint64_t> reached_;  // by operation
};

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_JUDGE_H_
