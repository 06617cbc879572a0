#include <algorithm>
#include <optional>

#include "conformance/property/machine.h"
#include "runtime/record.h"

namespace reapcheck::property {
namespace {

using conformance::Observation;
using conformance::ProcessInfo;
using enum Stage;

// The program of every container, as init is called once it has executed it.
constexpr char kProgram[] = "payload";

std::optional<Record> RecordOf(const Observation& seen) {
  const std::string path = seen.id + "/" + kStateFile;
  for (const conformance::FileInfo& file : seen.files) {
    if (file.path != path) continue;
    auto record = ParseRecord(file.bytes, seen.id);
    return record ? std::optional(std::move(*record)) : std::nullopt;
  }
  return std::nullopt;
}

const ProcessInfo* InitOf(const Observation& seen, const Record& record) {
  const auto init = std::ranges::find_if(seen.processes, [&](const ProcessInfo& process) {
    return process.id.pid == record.init.pid.value &&
           process.id.start_time == record.init.start_time;
  });
  return init == seen.processes.end() ? nullptr : &*init;
}

bool IsFrozen(const Observation& seen) {
  return std::ranges::any_of(seen.cgroups, [](const conformance::CgroupInfo& cgroup) {
    return cgroup.freezer == conformance::Freezer::kFrozen;
  });
}

// Whether init waits for start or has gone on, by the record and by what it executes.
StageSet StartedOrNot(const Record& record, const ProcessInfo& init) {
  if (record.phase == Phase::kCreated) return kCreated;
  if (record.phase == Phase::kRunning || init.name == kProgram) return kRunning;
  return {kCreated, kRunning};
}

}  // namespace

StageSet StagesOf(const Sighting& sighting) {
  const Observation& seen = sighting.seen;
  if (!seen.record_exists()) return kAbsent;
  const std::optional<Record> record = RecordOf(seen);
  if (!record) return seen.processes.empty() ? kAborted : kLost;
  if (record->phase == Phase::kTombstone) return kBuried;
  const ProcessInfo* init = InitOf(seen, *record);
  if (init == nullptr) return seen.processes.empty() ? kStopped : kLeftover;
  if (record->phase == Phase::kCreating) return {};
  const StageSet stages = StartedOrNot(*record, *init);
  if (!IsFrozen(seen)) return stages;
  StageSet paused;
  if (stages.Has(kCreated)) paused |= kPausedCreated;
  if (stages.Has(kRunning)) paused |= kPaused;
  return paused;
}

std::string WordOf(Stage stage) {
  switch (stage) {
    case kAbsent:
    case kAborted:
    case kLost:
    case kBuried:
      return "";
    case kCreated:
      return "created";
    case kRunning:
      return "running";
    case kPausedCreated:
    case kPaused:
      return "paused";
    case kLeftover:
    case kStopped:
      return "stopped";
  }
  __builtin_unreachable();
}

}  // namespace reapcheck::property
