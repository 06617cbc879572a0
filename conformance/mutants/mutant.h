// Deliberately wrong runtimes: reaprun with exactly one step overridden, each planting a bug that
// users of a real runtime met (bugs.md, suites.md). The suite proves itself on them: a case that no
// mutant fails may be a case that can not fail.
//
// Plain values, made on call; nothing here is part of the reference path.
#ifndef REAPCHECK_CONFORMANCE_MUTANTS_MUTANT_H_
#define REAPCHECK_CONFORMANCE_MUTANTS_MUTANT_H_

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "runtime/builder.h"
#include "runtime/container_kernel.h"
#include "runtime/kernel.h"
#include "runtime/runtime.h"

namespace reapcheck::mutants {

using RuntimeMaker = std::unique_ptr<Runtime> (*)(Kernel&, const std::string& root, WarningSink);
using BuilderMaker = std::unique_ptr<Builder> (*)(Runtime&, ContainerKernel&);
using KernelMaker = std::unique_ptr<Kernel> (*)();
using ContainerKernelMaker = std::unique_ptr<ContainerKernel> (*)(Kernel&);
// The binary is not protected from the container (runtime/own_binary.h).
struct Unprotected {};

// The part in which the mutant differs from reaprun; all others are reaprun's.
using Part =
    std::variant<RuntimeMaker, BuilderMaker, KernelMaker, ContainerKernelMaker, Unprotected>;

struct Mutant {
  std::string name;
  std::string plants;                  // what is wrong, in one sentence
  std::string bug;                     // who had it: "runc#1934", "crun 1.8.1 C7"
  std::string breaks;                  // the invariants or clauses: "S1 S5"
  std::vector<std::string> caught_by;  // cases, each of which must fail; none: `scenario` alone
  std::string cgroup = "v2";           // the layout on which they are run
  // Where the bug shows in a race alone: each case runs until it has failed, at most so often.
  int most_runs = 1;
  Part part;
  // The simulator's scenario that shows it, or why none can. New ones that have neither are looked
  // for in all scenarios.
  std::string scenario = "";
  std::string not_simulated = "";
};

template <typename T>
std::unique_ptr<Runtime> MakeRuntimeOf(Kernel& kernel, const std::string& root, WarningSink warn) {
  return std::make_unique<T>(kernel, root, std::move(warn));
}
template <typename T>
std::unique_ptr<Builder> MakeBuilderOf(Runtime& runtime, ContainerKernel& container_kernel) {
  return std::make_unique<T>(runtime, container_kernel);
}
template <typename T>
std::unique_ptr<Kernel> MakeKernelOf() {
  return std::make_unique<T>();
}
template <typename T>
std::unique_ptr<ContainerKernel> MakeContainerKernelOf(Kernel& kernel) {
  return std::make_unique<T>(kernel);
}

// A forged record may hold any number: kill(2) of 0, 1 or -1 would hurt the machine that judges.
inline bool IsOrdinary(Pid pid) { return pid.value > 1; }

// One list for each file of mutants.
std::vector<Mutant> SignalMutants();
std::vector<Mutant> KillMutants();
std::vector<Mutant> DeleteMutants();
std::vector<Mutant> DestroyMutants();
std::vector<Mutant> PoststopMutants();
std::vector<Mutant> CreateMutants();
std::vector<Mutant> ConfigMutants();
std::vector<Mutant> StartMutants();
std::vector<Mutant> StateMutants();
std::vector<Mutant> KernelMutants();
std::vector<Mutant> FaultMutants();
std::vector<Mutant> RaceMutants();

// All of them, in this order.
std::vector<Mutant> AllMutants();

}  // namespace reapcheck::mutants

#endif  // REAPCHECK_CONFORMANCE_MUTANTS_MUTANT_H_
