// Which errno Linux can give at which call: the alphabet of faults. A fault is an errno that the
// call returns instead of being executed, as the kernel would without having done anything.
//
// What is in here and what is not, and why, is said in docs/simulator.md. Left out is what only a
// wrong argument can cause, and what says that a thing is gone (ENOENT, ESRCH, ENODEV): the
// simulated kernel says that where it is true, and a kernel that lies is no fault to be survived.
#ifndef REAPCHECK_SIM_FAULT_TABLE_H_
#define REAPCHECK_SIM_FAULT_TABLE_H_

#include <compare>
#include <span>
#include <string_view>
#include <vector>

#include "sim/call.h"

namespace reapcheck::sim {

// The second word of World::ClassOf: of "rmdir cgroup" it is "cgroup". Borrows from `name`.
std::string_view KindOfClass(std::string_view name);

// `kind` is the second word of World::ClassOf: "cgroup.procs". Empty where nothing can fail.
std::span<const int> FaultsOf(Op op, std::string_view kind);

// One that can be injected into calls of this kind.
struct PossibleFault {
  Op op;
  int error;
  auto operator<=>(const PossibleFault&) const = default;
};
// All that are in the table, each once, sorted.
std::vector<PossibleFault> AllFaults();

// An errno that a caller has to absorb when it comes once: L2 and L7 of the invariants. The call
// changes nothing, and the same call again does what it should.
bool IsTransient(Op op, std::string_view kind, int error);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_FAULT_TABLE_H_
