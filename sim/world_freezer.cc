// The freezers. v1 stops a process for good: no signal is acted on until it thaws. In v2 a fatal
// signal still kills.
//
// v1 looks at all members when it is asked. v2 keeps what it says of a cgroup, and changes it where
// something happens, as kernel/cgroup/freezer.c of Linux does: by the cgroup's own members when one
// of them freezes, thaws, comes or goes, and by the cgroups below when the last of these freezes.
// So a cgroup with an empty one below it says at once that it is frozen, before its members are.
// Members freeze together here, where Linux has them freeze one by one: that half of them do is
// seen by nobody but for one word of cgroup.events, which goes back and forth meanwhile.
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

bool AllBelowShowFrozen(const Machine& m, int cgroup) {
  return m.cgroup_slots.Find([&](int slot) {
           const Cgroup& below = m.cgroups[slot];
           return slot != cgroup && below.exists && !below.shows_frozen &&
                  IsAtOrBelow(m, slot, cgroup);
         }) < 0;
}

// True when that is news.
bool Show(Machine& m, int cgroup, bool frozen) {
  if (m.cgroups[cgroup].shows_frozen == frozen) return false;
  {
    Edit shown(m, m.cgroups[cgroup]);
    shown->shows_frozen = frozen;
  }
  NoteEvents(m, cgroup);
  return true;
}

// cgroup_propagate_frozen in Linux, which does not ask for an upper cgroup's own members.
void ShowAbove(Machine& m, int cgroup, bool frozen) {
  for (int at = m.cgroups[cgroup].parent; at >= 0; at = m.cgroups[at].parent) {
    if (frozen && !(IsFreezing(m, at) && AllBelowShowFrozen(m, at))) continue;
    Show(m, at, frozen);
  }
}

// cgroup_freeze in Linux, from above downwards; what is told to freeze by itself stays as it is.
void SpreadBelow(Machine& m, int cgroup) {
  if (AllBelowShowFrozen(m, cgroup)) NoteMembers(m, cgroup);
  m.cgroup_slots.ForEach([&](int slot) {
    const Cgroup& child = m.cgroups[slot];
    if (child.exists && child.parent == cgroup && !child.is_self_frozen) SpreadBelow(m, slot);
  });
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
  if (!IsV1(m, cgroup)) return m.cgroups[cgroup].shows_frozen;
  return IsFreezing(m, cgroup) &&
         !AnyMember(m, cgroup, [](const Process& process) { return !process.is_frozen; });
}

bool IsHeldByV1(const Machine& m, const Process& process) {
  return process.is_frozen && m.freezer >= 0 && IsFreezing(m, process.cgroup[m.freezer]);
}

void SetFrozen(Machine& m, int cgroup, bool on) {
  if (m.cgroups[cgroup].is_self_frozen == on) return;
  {
    Edit edited(m, m.cgroups[cgroup]);
    edited->is_self_frozen = on;
    m.freezing = static_cast<std::int16_t>(m.freezing + (on ? 1 : -1));
  }
  if (!IsV1(m, cgroup)) {
    // There is nothing to wait for, and whoever waits is told so.
    if (IsFreezing(m, m.cgroups[cgroup].parent)) return NoteEvents(m, cgroup);
    SpreadBelow(m, cgroup);
  }
  if (!on) m.process_slots.ForEach([&](int process) { UpdateFrozen(m, process); });
}

void UpdateFrozen(Machine& m, int slot) {
  const Process& process = m.processes[slot];
  if (!process.is_frozen) return;
  for (int h = 0; h < m.hierarchies; ++h) {
    if (HasFreezer(m, h) && IsFreezing(m, process.cgroup[h])) return;
  }
  {
    Edit thawed(m, m.processes[slot]);
    thawed->is_frozen = false;
  }
  if (m.unified >= 0) NoteMembers(m, process.cgroup[m.unified]);
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
  if (IsV1(m, cgroup)) return;
  ForEachBelow(m, cgroup, [&](int slot) {
    if (m.cgroups[slot].members > 0) NoteMembers(m, slot);
  });
}

void NoteMembers(Machine& m, int cgroup) {
  if (IsV1(m, cgroup) || (m.freezing == 0 && !m.cgroups[cgroup].shows_frozen)) return;
  const bool frozen = IsFreezing(m, cgroup) && m.process_slots.Find([&](int slot) {
                        return IsMember(m, slot, cgroup) && !m.processes[slot].is_frozen;
                      }) < 0;
  if (Show(m, cgroup, frozen)) ShowAbove(m, cgroup, frozen);
}

void NoteFrozenDeath(Machine& m, int cgroup) {
  if (!IsV1(m, cgroup) && Show(m, cgroup, false)) ShowAbove(m, cgroup, false);
}

}  // namespace reapcheck::sim
