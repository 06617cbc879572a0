#include "sim/behavior_run.h"

#include <cerrno>

namespace reapcheck::sim {
namespace {

// A program that makes so many calls although all of them fail does not end by itself.
constexpr int kMaxDroppedCalls = 4096;
// By so much the clock jumps at each look: more than any deadline of a program.
constexpr std::int64_t kDroppedClockJump = std::int64_t{100} * 3600 * 1'000'000'000;

// Leaves a program that does not end by itself.
struct Dropped {};

// The kernel of every run: it knows which one.
class RunKernel : public ProgramKernel {
 public:
  explicit RunKernel(BehaviorRun& run) : ProgramKernel(run), run_(run) {}
  BehaviorRun& run() const { return run_; }

 private:
  BehaviorRun& run_;
};

}  // namespace

void Forget(ProgramKernel& kernel, std::uint64_t state) {
  // Any other kind of kernel has nothing to forget.
  if (auto* known = dynamic_cast<RunKernel*>(&kernel)) known->run().NoteForgotten(state);
}

bool BehaviorRun::Start(std::span<const RecordedCall> history) {
  history_ = history;
  fiber_.Resume();
  history_ = {};
  return !has_diverged_;
}

void BehaviorRun::Answer(const CallResult& result) {
  answer_ = result;
  forgotten_.reset();
  fiber_.Resume();
}

void BehaviorRun::Body(void* argument) {
  auto& run = *static_cast<BehaviorRun*>(argument);
  try {
    RunKernel kernel(run);
    const int status = run.program_(kernel);
    if (!run.fiber_.is_dropped()) run.Do(Call{.op = Op::kExit, .a = status});
  } catch (const Dropped&) {
  }
}

CallResult BehaviorRun::Do(const Call& call) {
  if (fiber_.is_dropped()) return DoDropped(call);
  if (fed_ < history_.size()) {
    if (history_[fed_].call == call) {
      forgotten_.reset();
      return history_[fed_++].result;
    }
    has_diverged_ = true;
  }
  pending_ = call;
  fiber_.Yield();
  return fiber_.is_dropped() ? DoDropped(call) : answer_;
}

CallResult BehaviorRun::DoDropped(const Call& call) {
  // Once: what follows are the calls of destructors.
  if (++dropped_calls_ == kMaxDroppedCalls) throw Dropped{};
  CallResult result = Failed(EIO);
  if (call.op == Op::kClockGettime) result.value = dropped_calls_ * kDroppedClockJump;
  return result;
}

}  // namespace reapcheck::sim
