// A model small enough to count its states by hand: processes that die after a signal, cgroups that
// are busy while their process lives, a file, counters, a lock and time. For tests of the engine
// and for its comparison with SPIN.
//
// What the calls of a ToyKernel's program mean here:
//   Kill(pid, signal)            process 1 ... 8 gets SIGKILL and dies in a step of the kernel;
//                                a pid of -n starts program n as a new actor
//   UnlinkAt(path, flags)        "cg1" ... "cg8": EBUSY while process 1 ... 8 lives; "file"
//   StatFs(counter)              reads counter 0 ... 7
//   PidfdSendSignal(counter, n)  sets it
//   Flock(lock 0 or 1, LOCK_EX or LOCK_UN), Nanosleep, ClockGettime, GetPid
#ifndef REAPCHECK_SIM_SCHEDULE_TOY_H_
#define REAPCHECK_SIM_SCHEDULE_TOY_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/model.h"

namespace reapcheck::sim {

class ToyModel {
 public:
  static constexpr int kThings = 8;
  enum class Life : std::uint8_t { kGone, kRunning, kDying };

  struct ToyActor {
    bool is_alive = false;
    ProgramId program = 0;
    std::int16_t exit_status = -1;
  };

  explicit ToyModel(TextTable& texts);

  // --- Before the story ---
  ActorId AddActor(ProgramId program);
  void AddProcess(int pid) { lives_[pid - 1] = Life::kRunning; }
  void AddCgroup(int number) { cgroups_[number - 1] = 1; }
  void AddFile() { has_file_ = 1; }

  // --- ExplorableModel ---
  Readiness Ready(ActorId actor, const Call& call, Nanoseconds since) const;
  CallResult Execute(ActorId actor, const Call& call);
  void Crash(ActorId actor) { End(actor, -2); }
  void ListSteps(std::vector<Step>& steps) const;
  void Take(const Step& step) { lives_[step.subject] = Life::kGone; }
  Nanoseconds now() const { return now_; }
  void AdvanceTo(Nanoseconds time) { now_ = time; }
  std::uint64_t Hash() const;
  Nanoseconds ClockAge(ActorId actor) const {
    return first_look_[actor] < 0 ? -1 : now_ - first_look_[actor];
  }
  std::span<const ToyActor> actors() const { return {actors_.data(), actor_count_}; }

  // --- For judges ---
  int counter(int number) const { return counters_[number]; }
  bool has_file() const { return has_file_ != 0; }
  bool HasCgroups() const;
  bool lives(int pid) const { return lives_[pid - 1] != Life::kGone; }

 private:
  CallResult Unlink(const Call& call);
  CallResult Signal(const Call& call);
  void End(ActorId actor, int status);

  std::array<Life, kThings> lives_{};
  std::array<std::uint8_t, kThings> cgroups_{};
  std::array<std::uint8_t, kThings> counters_{};
  std::array<std::int8_t, 2> lock_owners_{-1, -1};
  std::uint8_t has_file_ = 0;
  std::uint8_t actor_count_ = 0;
  TextId file_;
  std::array<TextId, kThings> cgroup_names_{};
  std::array<ToyActor, kMaxActors> actors_{};
  std::array<Nanoseconds, kMaxActors> first_look_{};
  Nanoseconds now_ = 0;
};

static_assert(ExplorableModel<ToyModel>);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_TOY_H_
