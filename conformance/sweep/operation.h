// The operations that are swept: how the container comes to be, and the command line.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_OPERATION_H_
#define REAPCHECK_CONFORMANCE_SWEEP_OPERATION_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/lab.h"
#include "conformance/subject.h"

namespace reapcheck::sweep {

enum class Operation {
  kCreate,
  kStart,
  kKill,
  kKillShared,         // of a container in the host's pid namespace: all of its processes
  kDelete,
  kDeleteRunning,      // without force: it has to be refused, whatever fails
  kDeleteForce,
  kDeleteForceShared,  // of a container in the host's pid namespace
  kPause,
  kResume,
};

inline constexpr Operation kAllOperations[] = {
    Operation::kCreate,        Operation::kStart,       Operation::kKill,
    Operation::kKillShared,    Operation::kDelete,      Operation::kDeleteRunning,
    Operation::kDeleteForce,   Operation::kDeleteForceShared,
    Operation::kPause,         Operation::kResume};

std::string_view OperationName(Operation operation);  // "delete-force"
std::optional<Operation> ParseOperation(std::string_view name);

// `delete`, `delete --force`, where that is to succeed.
bool IsDelete(Operation operation);

// Brings a container to where the operation begins: stopped for delete, running for kill, ... With
// two poststop hooks. Ends as lab.h says when the runtime does not get it there.
conformance::Container Prepare(conformance::Lab& lab, Operation operation);
// The names of the container's poststop hooks, in their order.
const std::vector<std::string>& PoststopHooks();

conformance::Arguments CommandOf(Operation operation, const conformance::Container& container);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_OPERATION_H_
