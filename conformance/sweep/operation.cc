#include "conformance/sweep/operation.h"

namespace reapcheck::sweep {

using conformance::Arguments;
using conformance::Container;
using conformance::ContainerPlan;
using conformance::Lab;

std::string_view OperationName(Operation operation) {
  switch (operation) {
    case Operation::kCreate:
      return "create";
    case Operation::kStart:
      return "start";
    case Operation::kKill:
      return "kill";
    case Operation::kKillShared:
      return "kill-shared";
    case Operation::kDelete:
      return "delete";
    case Operation::kDeleteRunning:
      return "delete-running";
    case Operation::kDeleteForce:
      return "delete-force";
    case Operation::kDeleteForceShared:
      return "delete-force-shared";
    case Operation::kPause:
      return "pause";
    case Operation::kResume:
      return "resume";
  }
  __builtin_unreachable();
}

std::optional<Operation> ParseOperation(std::string_view name) {
  for (const Operation operation : kAllOperations) {
    if (OperationName(operation) == name) return operation;
  }
  return std::nullopt;
}

bool IsDelete(Operation operation) {
  return operation == Operation::kDelete || operation == Operation::kDeleteForce ||
         operation == Operation::kDeleteForceShared;
}

const std::vector<std::string>& PoststopHooks() {
  static const std::vector<std::string> names = {"first", "second"};
  return names;
}

Container Prepare(Lab& lab, Operation operation) {
  ContainerPlan plan;
  for (const std::string& name : PoststopHooks()) {
    plan.hooks.push_back({.kind = "poststop", .name = name});
  }
  switch (operation) {
    case Operation::kCreate:
      return lab.MakeBundle(plan);
    case Operation::kStart:
      return lab.Created(plan);
    case Operation::kKill:
    case Operation::kDeleteRunning:
    case Operation::kDeleteForce:
    case Operation::kPause:
      return lab.Running(plan);
    case Operation::kKillShared:
    case Operation::kDeleteForceShared:
      plan.pid_namespace = conformance::PidNamespace::kHost;
      plan.program = {"fork", "2", "sleep"};
      return lab.Running(plan);
    case Operation::kResume:
      return lab.Paused(plan);
    case Operation::kDelete:
      return lab.Stopped(plan);
  }
  __builtin_unreachable();
}

Arguments CommandOf(Operation operation, const Container& container) {
  switch (operation) {
    case Operation::kCreate:
      return {"create", "--bundle", container.bundle, container.id};
    case Operation::kStart:
      return {"start", container.id};
    case Operation::kKill:
    case Operation::kKillShared:
      return {"kill", container.id, "KILL"};
    case Operation::kDelete:
    case Operation::kDeleteRunning:
      return {"delete", container.id};
    case Operation::kDeleteForce:
    case Operation::kDeleteForceShared:
      return {"delete", "--force", container.id};
    case Operation::kPause:
      return {"pause", container.id};
    case Operation::kResume:
      return {"resume", container.id};
  }
  __builtin_unreachable();
}

}  // namespace reapcheck::sweep
