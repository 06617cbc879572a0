// Not in the specification: pause and resume, by the cgroup's freezer.
#include "runtime/cgroup_freezer.h"
#include "runtime/runtime.h"

namespace reapcheck {
namespace {

// A freezer may never settle; then the container is thawed again and pause has failed. Less than
// the 10 s that callers often wait for a call.
constexpr std::chrono::seconds kFreezeBound(5);

Outcome<void> CheckAllowed(Operation operation, const std::string& id, Status status,
                           const char* verb) {
  if (IsAllowed(operation, status)) return {};
  return Refuse(FailureKind::kWrongState, "container " + id + " can not be " + verb + ": it is " +
                                              std::string(StatusName(status)));
}

}  // namespace

Outcome<void> Runtime::Pause(const std::string& id) {
  auto loaded = LoadLocked(id);
  if (!loaded) return Forward(std::move(loaded));
  auto allowed = CheckAllowed(Operation::kPause, id, loaded->status, "paused");
  if (!allowed) return allowed;
  return Freeze(kernel_, loaded->record().cgroups, kFreezeBound);
}

Outcome<void> Runtime::Resume(const std::string& id) {
  auto loaded = LoadLocked(id);
  if (!loaded) return Forward(std::move(loaded));
  auto allowed = CheckAllowed(Operation::kResume, id, loaded->status, "resumed");
  if (!allowed) return allowed;
  auto thawed = Thaw(kernel_, loaded->record().cgroups);
  if (!thawed) return Refuse(thawed.error(), "resume " + id);
  return {};
}

}  // namespace reapcheck
