// A toy of three deletes of one container and a reaper, as small as a model checker likes it: what
// tools/benchmark/toy.pml is in Promela. Both have the same states and transitions, so that the
// engine of sim/ can be compared with SPIN.
//
// Each delete kills four processes, removes three cgroups, of which one is busy while a process in
// it is there, and then the record; it tries each cgroup five times. The kernel lets a process that
// was killed die at any time, the reaper takes the dead away. Up to three crashes and three EBUSY
// come on top.
#ifndef REAPCHECK_TOOLS_BENCHMARK_TOY_H_
#define REAPCHECK_TOOLS_BENCHMARK_TOY_H_

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

#include "sim/explorer.h"

namespace reapcheck::benchmark {

class Toy {
 public:
  static constexpr int kDeletes = 3;
  static constexpr int kProcesses = 4;
  static constexpr int kCgroups = 3;
  static constexpr std::uint8_t kMaxCrashes = 3;
  static constexpr std::uint8_t kMaxFaults = 3;

  struct Actor {
    bool is_alive = false;
    sim::ProgramId program = 0;
    bool has_crashed = false;
  };

  // With all programs of ToyPrograms as actors.
  explicit Toy(sim::TextTable& texts);

  // --- sim::ExplorableModel ---
  sim::Readiness Ready(sim::ActorId, const sim::Call& call, sim::Nanoseconds) const {
    return {call.op != sim::Op::kWaitid || FirstZombie() >= 0, sim::kNever};
  }
  sim::CallResult Execute(sim::ActorId actor, const sim::Call& call);
  void Crash(sim::ActorId actor) {
    actors_[actor].is_alive = false;
    actors_[actor].has_crashed = true;
  }
  void ListSteps(std::vector<sim::Step>& steps) const;
  void Take(const sim::Step& step) { things_.lives[step.subject] = Life::kZombie; }
  sim::Nanoseconds now() const { return 0; }
  void AdvanceTo(sim::Nanoseconds) {}
  std::uint64_t Hash() const;
  sim::Nanoseconds ClockAge(sim::ActorId) const { return -1; }
  std::span<const Actor> actors() const { return actors_; }

  // --- For the judge ---
  bool is_record_gone() const { return things_.is_record_gone; }
  bool AreCgroupsGone() const {
    return things_.is_removed[0] && things_.is_removed[1] && things_.is_removed[2];
  }

 private:
  enum class Life : std::uint8_t { kRunning, kDying, kZombie, kGone };
  struct Things {  // eight bytes
    std::array<Life, kProcesses> lives{};
    std::array<bool, kCgroups> is_removed{};
    bool is_record_gone = false;
  };

  int FirstZombie() const;
  // Process n is in cgroup n modulo kCgroups.
  bool IsBusy(int cgroup) const {
    return things_.lives[cgroup] != Life::kGone ||
           (cgroup == 0 && things_.lives[kCgroups] != Life::kGone);
  }
  sim::CallResult Unlink(const sim::Call& call);

  Things things_;
  std::array<Actor, kDeletes + 1> actors_{};
  sim::TextId record_;
  std::array<sim::TextId, kCgroups> cgroups_{};
};
static_assert(sim::ExplorableModel<Toy>);

// The deletes and the reaper.
std::vector<sim::Program> ToyPrograms();

struct ToyRules {
  bool IsLocal(const Toy&, sim::ActorId, const sim::Call&) const { return false; }
  bool IsFaultable(const Toy&, sim::ActorId actor) const { return actor < Toy::kDeletes; }
  bool IsCrashable(const Toy&, sim::ActorId actor) const { return actor < Toy::kDeletes; }
  std::span<const int> FaultsOf(const Toy&, sim::ActorId, const sim::Call& call) const;
  std::uint32_t ClassOf(const Toy&, sim::ActorId, const sim::Call& call) const {
    return static_cast<std::uint32_t>(call.op);
  }
  std::string ClassName(const Toy&, sim::ActorId, const sim::Call& call) const {
    return std::string(sim::OpName(call.op));
  }
};

// What toy.pml asserts: the record goes last, and a delete that succeeds leaves no record.
struct ToyJudge {
  struct Ghost {};
  void OnCall(const Toy& toy, const sim::CallEvent& event, Ghost&,
              std::vector<sim::Violation>& found) const;
  void OnChoice(const Toy&, const sim::Choice&, Ghost&, std::vector<sim::Violation>&) const {}
  void OnEnd(const Toy&, sim::End, Ghost&, std::vector<sim::Violation>&) const {}
  bool StartContinuation(Toy&, Ghost&, int) const { return false; }
  void OnContinued(const Toy&, sim::End, int, Ghost&, std::vector<sim::Violation>&) const {}
  std::uint64_t HashOf(const Ghost&) const { return 0; }
};

// All of it, with the budgets as part of the state, as SPIN has them.
sim::SearchReport ExploreToy();

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_TOY_H_
