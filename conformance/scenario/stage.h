// A scenario made ready in the simulated world: its containers are there because the runtime's own
// create and start made them, what happened to them since has happened, and the operations are
// about to begin.
//
// Owns the world, the texts and the programs; a driver of sim/ borrows them. One thread.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_STAGE_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_STAGE_H_

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "conformance/scenario/judge.h"
#include "conformance/scenario/programs.h"
#include "conformance/scenario/rules.h"
#include "conformance/scenario/scenario.h"
#include "sim/behavior.h"
#include "sim/schedule.h"
#include "sim/world.h"

namespace reapcheck::scenario {

class Stage {
 public:
  // Set-up never fails for the reference; a mutant may fail to make a container: the text says how.
  static std::expected<std::unique_ptr<Stage>, std::string> Make(const Scenario& scenario,
                                                                const Subject& subject);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  const Scenario& scenario() const { return scenario_; }
  const std::vector<Role>& roles() const { return roles_; }
  // Programs by number, from 1, as sim/behavior.h wants them.
  const std::vector<sim::Program>& programs() const { return programs_; }
  sim::TextTable& texts() { return texts_; }
  // When the operations begin; each is an actor.
  const sim::World& start() const { return *start_; }
  const Rules& rules() const { return *rules_; }
  const Judge& judge() const { return *judge_; }
  // "delete --force c1", "poststop hook of c1", "init".
  std::string ProgramName(sim::ProgramId program) const;

 private:
  Stage(const Scenario& scenario, const Subject& subject);

  sim::ProgramId AddProgram(Role role, Body body);
  void AddPrograms();
  void AddHookPrograms(int container);
  void LayOut();
  bool SetUp(int container);
  bool Reach(int container);
  void Populate(int container);
  void Harm(int container);
  // Runs a body, and all that it starts, in the plain order to the end; its exit status.
  int RunPlain(sim::ProgramId program);
  void RunToTheEnd(sim::World& world);
  // The same up to its n-th call, where it is cut off.
  void RunCutOff(sim::ProgramId program, int calls);
  // A body that only the set-up runs.
  int RunSetUp(const Body& body);
  void StartOperations();

  const Scenario scenario_;
  const Subject subject_;
  sim::TextTable texts_;
  sim::WorldOptions options_;
  std::vector<Role> roles_{{}};
  std::vector<sim::Program> programs_;
  std::vector<sim::ProgramId> operation_programs_;
  sim::ProgramId gate_program_ = 0;  // of an init that a set-up left at the gate
  std::unique_ptr<sim::World> world_;
  std::unique_ptr<sim::World> start_;
  std::unique_ptr<Rules> rules_;
  std::unique_ptr<Judge> judge_;
  RunMemory memory_;
  std::vector<int> inits_;  // by container: index of the process, -1
  int bystander_ = -1;
  int engine_ = -1;         // index of the process that operations are children of
  std::string error_;
};

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_STAGE_H_
