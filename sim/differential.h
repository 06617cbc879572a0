// Runs random programs of kernel calls on the simulated kernel and on Linux, and compares each
// call's result and the world after it.
//
// What Linux does later than the call that caused it has until a deadline to be as the simulator
// says it ends. Owns both labs; one at a time in a process; one thread.
#ifndef REAPCHECK_SIM_DIFFERENTIAL_H_
#define REAPCHECK_SIM_DIFFERENTIAL_H_

#include <cstdint>
#include <memory>
#include <string>

#include "sim/contract_lab.h"
#include "sim/differential_runner.h"
#include "sim/random_program.h"

namespace reapcheck::sim {

class Differential {
 public:
  // `first` is what is held equal to `second`, which may be late.
  Differential(LabLayout layout, KernelKind first, KernelKind second);

  // "" when both agree; otherwise the calls up to the first difference, a line for each, and both
  // sides of it.
  std::string Compare(const Program& program);

  std::int64_t calls() const { return calls_; }  // compared until now
  // To plant a difference before a program runs.
  ContractLab& second() { return *second_; }

 private:
  std::string RunBoth(const Program& program);

  LabLayout layout_;
  std::unique_ptr<ContractLab> first_;
  std::unique_ptr<ContractLab> second_;
  std::int64_t calls_ = 0;
};

struct DifferentialRequest {
  LabLayout layout = LabLayout::kV2;
  int programs = 500;
  std::uint64_t seed = 1;
};

// Draws programs, compares, and shrinks the first difference to a program from which nothing can
// be taken away. "" when there was none; otherwise that program's trace and how to repeat it.
std::string FindDifference(const DifferentialRequest& request, std::int64_t& calls);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_DIFFERENTIAL_H_
