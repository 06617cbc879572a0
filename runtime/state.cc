// runtime.md#query-state.
#include "runtime/runtime.h"

namespace reapcheck {

namespace {

// Before create has an init there is the intent alone.
bool IsBeingCreated(Kernel& kernel, const LoadedRecord& loaded) {
  if (!loaded.state_is_missing || loaded.record.init.pid.value != 0) return false;
  auto creator = IsAlive(kernel, loaded.record.invocation);
  return creator && *creator;
}

}  // namespace

Result<bool> Runtime::IsInitAlive(const Record& record) { return IsAlive(kernel_, record.init); }

Outcome<Runtime::Loaded> Runtime::Load(const std::string& id) {
  auto container = OpenContainer(kernel_, root_, id);
  if (!container) return Forward(std::move(container));
  return LoadOpened(std::move(*container), /*trusted=*/false);
}

Outcome<Runtime::Loaded> Runtime::LoadLocked(const std::string& id) {
  auto container = OpenContainer(kernel_, root_, id);
  if (!container) return Forward(std::move(container));
  if (auto locked = LockContainer(kernel_, *container); !locked) return Forward(std::move(locked));
  return LoadOpened(std::move(*container), /*trusted=*/true);
}

Outcome<Runtime::Loaded> Runtime::LoadOpened(ContainerDirectory container, bool trusted) {
  const std::string& id = container.id;
  auto loaded = trusted ? LoadTrustedRecord(kernel_, container) : LoadRecord(kernel_, container);
  if (!trusted && !loaded && loaded.error().kind == FailureKind::kNotFound) {
    // Between two steps of a create or a delete there is no record: looked at again when they are
    // done with it, it is there, or the container is not.
    if (auto locked = LockContainer(kernel_, container); !locked) return Forward(std::move(locked));
    return LoadOpened(std::move(container), /*trusted=*/true);
  }
  if (!loaded || (loaded->from_intent && !IsBeingCreated(kernel_, *loaded))) {
    return Refuse(FailureKind::kCorruptRecord,
                  loaded ? loaded->unusable : loaded.error().text);
  }
  if (loaded->record.phase == Phase::kTombstone) {
    return Refuse(FailureKind::kNotFound, "container " + id + " does not exist: it is deleted but "
                                          "for its poststop hooks");
  }
  auto alive = IsInitAlive(loaded->record);
  if (!alive) return Refuse(alive.error(), "find out whether container " + id + " lives");
  auto status = FindStatus(kernel_, container, loaded->record, *alive);
  if (!status) return Refuse(status.error(), "find out what container " + id + " is");
  return Loaded{std::move(container), std::move(*loaded), *status};
}

Outcome<std::string> Runtime::State(const std::string& id) {
  auto loaded = Load(id);
  if (!loaded) return Forward(std::move(loaded));
  const bool has_process = loaded->status != Status::kStopped;
  return OciStateText(loaded->record(), loaded->status,
                      has_process ? loaded->record().init.pid : Pid{0});
}

}  // namespace reapcheck
