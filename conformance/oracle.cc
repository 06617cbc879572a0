#include "conformance/oracle.h"

#include <algorithm>
#include <map>
#include <set>

namespace reapcheck::conformance {
namespace {

std::string Join(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::vector<std::string> NamesOf(const std::vector<HookRecord>& records) {
  std::vector<std::string> names;
  for (const HookRecord& record : records) names.push_back(record.name);
  return names;
}

bool AnythingAlive(const Observation& world) {
  return world.init_alive() || !world.processes.empty();
}

}  // namespace

Violations JudgeDelete(const Outcome& outcome, const Observation& after) {
  Violations found;
  if (outcome.ok && !after.gone()) {
    found.push_back({"S8", "delete succeeded and left " + after.Describe()});
  }
  if (!after.record_exists() && AnythingAlive(after)) {
    found.push_back({"S6", "the record is gone and there lives " + after.Describe()});
  }
  return found;
}

Violations JudgeFailedDelete(const Observation& after) {
  if (after.record_exists() || after.gone()) return {};
  return {{"S9", "delete failed, the record is gone, and nothing can find what is left: " +
                     after.Describe()}};
}

Violations JudgeRefusal(const std::string& invariant, const Outcome& outcome,
                        const Snapshot& before, const Snapshot& after) {
  Violations found;
  if (outcome.ok) found.push_back({invariant, "the operation succeeded and should be refused"});
  for (const std::string& difference : Diff(before, after)) {
    found.push_back({invariant, "the operation changed something: " + difference});
  }
  return found;
}

Violations JudgeBystanders(const std::vector<ProcessId>& bystanders_before,
                           const std::vector<ProcessInfo>& alive_after) {
  Violations found;
  std::set<ProcessId> alive;
  for (const ProcessInfo& process : alive_after) {
    if (process.alive()) alive.insert(process.id);
  }
  for (const ProcessId& process : bystanders_before) {
    if (alive.contains(process)) continue;
    found.push_back(
        {"S10", "process " + std::to_string(process.pid) + " is not the container's and was hurt"});
  }
  return found;
}

Violations JudgeHooks(const std::string& kind, const std::vector<std::string>& listed,
                      const std::vector<HookRecord>& records) {
  Violations found;
  std::vector<HookRecord> of_kind;
  std::ranges::copy_if(records, std::back_inserter(of_kind),
                       [&](const HookRecord& record) { return record.kind == kind; });
  std::vector<std::string> ran = NamesOf(of_kind);
  std::map<std::string, int> times;
  for (const std::string& name : ran) ++times[name];
  for (const auto& [name, count] : times) {
    if (count > 1) {
      found.push_back({"S14", kind + " hook " + name + " ran " + std::to_string(count) + " times"});
    }
  }
  if (found.empty() && ran != listed) {
    found.push_back({"S13", kind + " hooks listed: " + Join(listed, ", ") +
                                "; ran: " + (ran.empty() ? "none" : Join(ran, ", "))});
  }
  return found;
}

Violations JudgePoststopState(const std::vector<HookRecord>& records) {
  Violations found;
  for (const HookRecord& record : records) {
    if (record.kind != "poststop") continue;
    if (record.state_status != "stopped") {
      found.push_back({"S12", "poststop hook " + record.name + " read status \"" +
                                  record.state_status + "\""});
    }
    if (record.state_pid_alive) {
      found.push_back({"S12", "poststop hook " + record.name + " ran while process " +
                                  std::to_string(*record.state_pid) + " of its state lived"});
    }
  }
  return found;
}

Violations JudgeThawed(const Observation& before, const Observation& after) {
  const auto is_frozen = [](const CgroupInfo& cgroup) {
    return cgroup.freezer == Freezer::kFrozen || cgroup.freezer == Freezer::kFreezing;
  };
  std::set<std::string> were_frozen;
  for (const CgroupInfo& cgroup : before.cgroups) {
    if (is_frozen(cgroup)) were_frozen.insert(cgroup.path);
  }
  Violations found;
  for (const CgroupInfo& cgroup : after.cgroups) {
    if (is_frozen(cgroup) && !were_frozen.contains(cgroup.path)) {
      found.push_back({"S15", "cgroup " + cgroup.path + " was left frozen"});
    }
  }
  return found;
}

Violations JudgeConcurrentDeletes(const std::vector<Outcome>& outcomes, bool force,
                                  const Observation& after) {
  Violations found;
  auto succeeded = std::ranges::count_if(outcomes, [](const Outcome& o) { return o.ok; });
  if (succeeded == 0) found.push_back({"S23", "no delete succeeded"});
  if (!force && succeeded > 1) {
    found.push_back({"S23", std::to_string(succeeded) + " deletes of one container succeeded"});
  }
  if (!after.gone()) found.push_back({"S8", "afterwards there is left " + after.Describe()});
  std::map<std::string, int> times;
  for (const HookRecord& record : after.HooksOf("poststop")) ++times[record.name];
  for (const auto& [name, count] : times) {
    if (count > 1) {
      found.push_back({"S14", "poststop hook " + name + " ran " + std::to_string(count) +
                                  " times"});
    }
  }
  return found;
}

Violations JudgeFailedCreate(const Observation& after) {
  if (after.gone()) return {};
  return {{"A8", "create failed and left " + after.Describe()}};
}

}  // namespace reapcheck::conformance
