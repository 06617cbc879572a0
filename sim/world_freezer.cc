// The freezers. v1 stops a process for good: no signal is acted on until it thaws. In v2 a fatal
// signal still kills.
#include "sim/world_cgroups.h"
#include "sim/world_hash.h"

namespace reapcheck::sim {
namespace {

bool HasFreezer(const Machine& m, int hierarchy) {
  return hierarchy == m.freezer || hierarchy == m.unified;
}

// A process in uninterruptible sleep does not get to the point where it could stop.
bool CanFreeze(const Process& process) {
  return process.state == ProcessState::kRunning && !process.is_exiting && !process.is_frozen &&
         !process.is_uninterruptible;
}

// Calls `test` for every living member of the cgroup and of those below; true when one passes.
template <typename Test>
bool AnyMember(const Machine& m, int cgroup, Test&& test) {
  const int hierarchy = m.cgroups[cgroup].hierarchy;
  return m.process_slots.Find([&](int slot) {
           const Process& process = m.processes[slot];
           return process.state == ProcessState::kRunning && !process.is_exiting &&
                  IsAtOrBelow(m, process.cgroup[hierarchy], cgroup) && test(process);
         }) >= 0;
}

}  // namespace

bool IsFreezing(const Machine& m, int cgroup) {
  if (m.freezing == 0) return false;
  for (int at = cgroup; at >= 0; at = m.cgroups[at].parent) {
    if (m.cgroups[at].is_self_frozen) return true;
  }
  return false;
}

bool IsFrozen(const Machine& m, int cgroup) {
  return IsFreezing(m, cgroup) &&
         !AnyMember(m, cgroup, [](const Process& process) { return !process.is_frozen; });
}

bool IsHeldByV1(const Machine& m, const Process& process) {
  return process.is_frozen && m.freezer >= 0 && IsFreezing(m, process.cgroup[m.freezer]);
}

void SetFrozen(Machine& m, int cgroup, bool on) {
  if (m.cgroups[cgroup].is_self_frozen != on) {
    Edit edited(m, m.cgroups[cgroup]);
    edited->is_self_frozen = on;
    m.freezing = static_cast<std::int16_t>(m.freezing + (on ? 1 : -1));
  }
  if (!on) m.process_slots.ForEach([&](int process) { UpdateFrozen(m, process); });
  NoteFrozen(m);
}

void UpdateFrozen(Machine& m, int slot) {
  const Process& process = m.processes[slot];
  if (!process.is_frozen) return;
  for (int h = 0; h < m.hierarchies; ++h) {
    if (HasFreezer(m, h) && IsFreezing(m, process.cgroup[h])) return;
  }
  Edit thawed(m, m.processes[slot]);
  thawed->is_frozen = false;
}

void ListFreezes(const Machine& m, std::vector<Step>& steps) {
  if (m.freezing == 0) return;
  m.cgroup_slots.ForEach([&](int slot) {
    const Cgroup& cgroup = m.cgroups[slot];
    const bool is_top = cgroup.exists && cgroup.is_self_frozen && !IsFreezing(m, cgroup.parent);
    if (is_top && AnyMember(m, slot, CanFreeze)) {
      steps.push_back({StepKind::kFreeze, static_cast<std::int16_t>(slot)});
    }
  });
}

void TakeFreeze(Machine& m, int cgroup) {
  const int hierarchy = m.cgroups[cgroup].hierarchy;
  m.process_slots.ForEach([&](int slot) {
    Process& process = m.processes[slot];
    if (!CanFreeze(process) || !IsAtOrBelow(m, process.cgroup[hierarchy], cgroup)) return;
    Edit frozen(m, process);
    frozen->is_frozen = true;
  });
  NoteFrozen(m);
}

void NoteFrozen(Machine& m) {
  if (m.unified < 0) return;
  m.cgroup_slots.ForEach([&](int slot) {
    const Cgroup& cgroup = m.cgroups[slot];
    if (!cgroup.exists || cgroup.hierarchy != m.unified) return;
    if (m.freezing == 0 && !cgroup.shows_frozen) return;
    const bool is_frozen = IsFrozen(m, slot);
    if (is_frozen == cgroup.shows_frozen) return;
    {
      Edit shown(m, m.cgroups[slot]);
      shown->shows_frozen = is_frozen;
    }
    NoteEvents(m, slot);
  });
}

}  // namespace reapcheck::sim
