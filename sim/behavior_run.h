// One execution of a program on a fiber: fed with results that are already known, then stopped at
// each call that is not.
//
// A run that is dropped in the middle lets its program come to an end: every call fails with EIO
// and the clock jumps, so that no bounded loop takes long. Nothing is thrown for that unless a
// program goes on for ever, because a call may be pending inside a destructor.
// Borrows stacks, texts and program. One thread.
#ifndef REAPCHECK_SIM_BEHAVIOR_RUN_H_
#define REAPCHECK_SIM_BEHAVIOR_RUN_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "sim/call.h"
#include "sim/fiber.h"
#include "sim/program_kernel.h"

namespace reapcheck::sim {

// What a process does: its main function. What it returns is the exit status. It must depend on the
// results of its calls alone, and no exception may leave it.
using Program = std::function<int(ProgramKernel&)>;

// Says that from here on the program depends on `state` alone, and not on what it was told before:
// histories that come to the same state are one. For loops of programs written for the simulator;
// the program answers for it that it is true.
void Forget(ProgramKernel& kernel, std::uint64_t state);

struct RecordedCall {
  Call call;
  CallResult result;
};

class BehaviorRun : public CallSink {
 public:
  BehaviorRun(StackPool& stacks, TextTable& texts, const Program& program)
      : texts_(texts), program_(program), fiber_(stacks, &BehaviorRun::Body, this) {}

  // Runs the program through `history` and up to the call after it, which is then pending().
  // False: call number fed() is not the recorded one but pending(); the program then does not
  // depend on its results alone. `history` is not looked at after the return.
  bool Start(std::span<const RecordedCall> history);
  // Answers the pending call and runs the program up to the next one. The end of the program is a
  // pending kExit, which is never answered.
  void Answer(const CallResult& result);

  const Call& pending() const { return pending_; }
  // The last state that the program named by Forget since the call before the pending one.
  std::optional<std::uint64_t> forgotten() const { return forgotten_; }
  std::size_t fed() const { return fed_; }

  CallResult Do(const Call& call) override;
  TextTable& texts() override { return texts_; }
  void NoteForgotten(std::uint64_t state) { forgotten_ = state; }

 private:
  static void Body(void* run);
  CallResult DoDropped(const Call& call);

  TextTable& texts_;
  const Program& program_;
  std::span<const RecordedCall> history_;
  std::size_t fed_ = 0;
  bool has_diverged_ = false;
  Call pending_;
  CallResult answer_;
  std::optional<std::uint64_t> forgotten_;
  int dropped_calls_ = 0;
  Fiber fiber_;  // last: the program ends while the rest is still there
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_BEHAVIOR_RUN_H_
