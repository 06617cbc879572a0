// A kernel for one process of a World, which runs each call at once: for tests of what the world
// does, without a driver that chooses.
//
// A call that has to wait lets the kernel take its steps, in the order in which they are listed,
// until it is ready; then time passes up to its deadline. Borrows the world; one thread.
#ifndef REAPCHECK_SIM_SIM_KERNEL_H_
#define REAPCHECK_SIM_SIM_KERNEL_H_

#include <vector>

#include "sim/program_kernel.h"
#include "sim/world.h"

namespace reapcheck::sim {

class DirectSink : public CallSink {
 public:
  DirectSink(World& world, ActorId actor) : world_(world), actor_(actor) {}

  // Ends the program when the call waits for something that nobody can bring about.
  CallResult Do(const Call& call) override;
  TextTable& texts() override { return world_.texts(); }

 private:
  void Wait(const Call& call);

  World& world_;
  ActorId actor_;
  std::vector<Step> steps_;
};

class SimKernel : private DirectSink, public ProgramKernel {
 public:
  SimKernel(World& world, ActorId actor)
      : DirectSink(world, actor), ProgramKernel(static_cast<CallSink&>(*this)) {}
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_SIM_KERNEL_H_
