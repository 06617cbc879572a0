// Who is in which cgroup.
#include "sim/world_cgroups.h"
#include "sim/world_hash.h"
#include "sim/world_memo.h"

namespace reapcheck::sim {
namespace {

// One member more or less: cgroup.events of all above changes with the first and the last.
void Count(Machine& m, int cgroup, int by) {
  m.cgroups[cgroup].members += by;
  for (int at = cgroup; at >= 0; at = m.cgroups[at].parent) {
    const bool was_populated = m.cgroups[at].populated > 0;
    m.cgroups[at].populated += by;
    if (was_populated != (m.cgroups[at].populated > 0)) NoteEvents(m, at);
  }
}

}  // namespace

void NoteEvents(Machine& m, int cgroup) {
  m.description_slots.ForEach([&](int slot) {
    Description& d = m.descriptions[slot];
    const bool is_it = d.kind == DescriptionKind::kControlFile && d.file == kEvents &&
                       d.object == cgroup && !d.is_changed;
    if (!is_it) return;
    Edit description(m, d);
    description->is_changed = true;
  });
}

void EnterCgroups(Machine& m, int process) {
  for (int h = 0; h < m.hierarchies; ++h) Count(m, m.processes[process].cgroup[h], 1);
}

void LeaveCgroups(Machine& m, int process) {
  for (int h = 0; h < m.hierarchies; ++h) {
    const int cgroup = m.processes[process].cgroup[h];
    if (!m.options->leaves_cgroup_late) {
      Count(m, cgroup, -1);
      continue;
    }
    Edit left(m, m.cgroups[cgroup]);
    ++left->leaving;
  }
}

void TakeOffLate(Machine& m, int cgroup) {
  {
    Edit left(m, m.cgroups[cgroup]);
    --left->leaving;
  }
  Count(m, cgroup, -1);
}

void MoveTo(Machine& m, int process, int cgroup) {
  Process& moved = m.processes[process];
  const int hierarchy = m.cgroups[cgroup].hierarchy;
  const int before = moved.cgroup[hierarchy];
  if (before == cgroup) return;
  // The new one first: what both are in stays populated, and says nothing.
  Count(m, cgroup, 1);
  {
    Edit process_edit(m, moved);
    process_edit->cgroup[hierarchy] = static_cast<std::int16_t>(cgroup);
  }
  Count(m, before, -1);
  // cgroup_freezer_migrate_task in Linux: in this order.
  NoteMembers(m, cgroup);
  NoteMembers(m, before);
  UpdateFrozen(m, process);
}

}  // namespace reapcheck::sim
