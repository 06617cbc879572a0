// A property's steps in the simulator: the runtime's own code on the simulated kernel, in the
// default schedule with the step's fault in it.
//
// A SimFloor keeps what all sequences share (texts, programs and what they are known to do); each
// sequence has a machine with a world of its own. One thread.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_SIM_MACHINE_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_SIM_MACHINE_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/property/machine.h"
#include "conformance/scenario/judge.h"
#include "conformance/scenario/programs.h"
#include "conformance/scenario/rules.h"
#include "sim/behavior.h"
#include "sim/schedule.h"
#include "sim/world.h"

namespace reapcheck::property {

// ask_state() ends with the word that `state` said as its exit status; anything else: it was
// refused.
inline constexpr int kFirstWord = 10;
int ExitStatusOf(std::string_view word);
std::string WordOfExitStatus(int status);

class SimFloor {
 public:
  explicit SimFloor(const scenario::Subject& subject);

  // Numbers of programs.
  sim::ProgramId OperationProgram(const scenario::Operation& operation) const;
  sim::ProgramId HookProgram(scenario::HookEnd end) const {
    return hooks_[static_cast<std::size_t>(end)];
  }

  sim::TextTable& texts() { return texts_; }
  sim::Behavior& behavior() { return *behavior_; }
  const std::vector<scenario::Role>& roles() const { return roles_; }
  // The world's, but for the layout and the hooks' paths.
  const sim::WorldOptions& options() const { return options_; }
  sim::ProgramId gate() const { return gate_; }
  sim::ProgramId ask_state() const { return ask_state_; }
  sim::ProgramId lose_state() const { return lose_state_; }
  sim::ProgramId cut_state() const { return cut_state_; }
  sim::ProgramId kill_init() const { return kill_init_; }

 private:
  sim::ProgramId Add(scenario::Role role, scenario::Body body);

  const scenario::Subject subject_;
  sim::TextTable texts_;
  sim::WorldOptions options_;
  std::vector<scenario::Role> roles_{{}};
  std::vector<sim::Program> programs_;
  std::vector<sim::ProgramId> operations_;  // by place in the list of all
  std::vector<sim::ProgramId> hooks_;       // by HookEnd
  sim::ProgramId gate_ = 0, ask_state_ = 0, lose_state_ = 0, cut_state_ = 0,
                 kill_init_ = 0;
  std::unique_ptr<sim::Behavior> behavior_;
};

class SimMachine : public Machine {
 public:
  SimMachine(SimFloor& floor, const Setup& setup);

  Answers Do(const Step& step) override;
  Sighting Look() override;

 private:
  // Sees what runs: judges it, and counts the calls of the step's operation.
  struct Observer;
  using Scheduler = sim::Scheduler<sim::World, scenario::Rules>;
  using System = sim::System<sim::World>;
  // A step under way.
  struct Run {
    const Step& step;
    int first = -1;  // actors; -1: none
    int second = -1;
    bool has_had_fault = false;
    Answers answers;
  };

  void LayOut();
  void NoteEndOfLife(const sim::World& world);
  void SetHooks();
  // A process of the runtime that is about to begin; its actor.
  int Begin(sim::ProgramId program);
  int RunAlone(sim::ProgramId program);
  void RunToTheEnd(Run& run);
  std::optional<sim::Choice> Next(const Scheduler& scheduler, const System& system,
                                  const sim::Survey& survey, const Observer& observer,
                                  Run& run) const;
  std::optional<sim::Choice> FaultNow(const Scheduler& scheduler, const System& system,
                                      Run& run) const;
  void ReadAnswers(Run& run);
  void EndHooks();
  int InitProcess() const;  // index; -1: none lives
  void AddOthers();

  SimFloor& floor_;
  const Setup setup_;
  const scenario::Scenario scenario_;
  sim::WorldOptions options_;
  scenario::Rules rules_;
  std::unique_ptr<sim::World> world_;
  std::unique_ptr<scenario::Judge> judge_;
  scenario::RunMemory memory_;
  std::vector<int> hook_starts_;
  std::vector<std::string> violations_;
  std::uint32_t populated_ = 0;  // the container that has its other processes: sim::Process::mark
  int engine_ = -1;
};

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_SIM_MACHINE_H_
