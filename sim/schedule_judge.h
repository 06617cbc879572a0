// Who judges what a schedule does, and in which words.
//
// A judge sees every call after it has run, every step of the kernel and the end. What it must
// remember between them is its Ghost, plain data that belongs to the state: two states with equal
// models and different ghosts are different states.
#ifndef REAPCHECK_SIM_SCHEDULE_JUDGE_H_
#define REAPCHECK_SIM_SCHEDULE_JUDGE_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <vector>

#include "sim/choice.h"
#include "sim/model.h"

namespace reapcheck::sim {

struct Violation {
  std::string invariant;  // "S8"
  std::string summary;    // without what differs from schedule to schedule
  bool operator==(const Violation&) const = default;
};

// A call that has just run, or failed by a fault without having run.
struct CallEvent {
  ActorId actor = 0;
  const Call& call;
  const CallResult& result;
  bool is_fault = false;
  bool is_local = false;
};

enum class End {
  kOver,   // every actor is over
  kStuck,  // some actor waits for what never comes
  kLong,   // the schedule was cut: it is longer than the search allows
};

// Continuation: what a judge wants to be run after the end, for example the same command again.
// Number `index` is started by StartContinuation (false: there is none), runs to its end in the
// default order and without faults, and is judged by OnContinued.
template <class J, class M>
concept ScheduleJudge =
    ExplorableModel<M> && std::is_trivially_copyable_v<typename J::Ghost> &&
    requires(J judge, const M& model, M& changed, const CallEvent& event, const Choice& choice,
             typename J::Ghost& ghost, const typename J::Ghost& known, End end, int index,
             std::vector<Violation>& found) {
      judge.OnCall(model, event, ghost, found);
      // Any other choice than a call or a fault, after it took effect.
      judge.OnChoice(model, choice, ghost, found);
      judge.OnEnd(model, end, ghost, found);
      { judge.StartContinuation(changed, ghost, index) } -> std::same_as<bool>;
      judge.OnContinued(model, end, index, ghost, found);
      { judge.HashOf(known) } -> std::same_as<std::uint64_t>;
    };

// A call that changes what others can see: reports group violations by the last one.
inline bool IsEffect(Op op) {
  switch (op) {
    case Op::kPidfdSendSignal:
    case Op::kKill:
    case Op::kSpawn:
    case Op::kWrite:
    case Op::kMkdirAt:
    case Op::kUnlinkAt:
    case Op::kRenameAt:
    case Op::kSetXattr:
    case Op::kUmount:
    case Op::kCloneInit:
    case Op::kCloneExec:
    case Op::kMkfifoAt:
    case Op::kAttachDeviceProgram:
      return true;
    default:
      return false;
  }
}

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SCHEDULE_JUDGE_H_
