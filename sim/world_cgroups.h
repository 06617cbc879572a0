// cgroupfs, v1 and v2: the tree, its control files, who is in it, and the freezer. cgroups(7),
// Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/freezer-subsystem.rst of Linux.
#ifndef REAPCHECK_SIM_WORLD_CGROUPS_H_
#define REAPCHECK_SIM_WORLD_CGROUPS_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "sim/call.h"
#include "sim/world_path.h"
#include "sim/world_tables.h"

namespace reapcheck::sim {

// --- The tree (world_cgroups.cc) ---

inline bool IsV1(const Machine& m, int cgroup) {
  return m.cgroups[cgroup].hierarchy != m.unified;
}
inline unsigned CgroupDeviceMinor(int hierarchy) { return 30U + hierarchy; }
std::string MountPointOf(const Machine& m, int hierarchy);
// "freezer"; "" for v2.
const std::string& ControllerOf(const Machine& m, int hierarchy);
// Of all that MountPointOf and ControllerOf depend on.
std::uint64_t HierarchyKey(const Machine& m, int hierarchy);
std::string CgroupPathInHierarchy(const Machine& m, int cgroup);
std::string FullCgroupPath(const Machine& m, int cgroup);
Place CgroupChild(const Machine& m, int cgroup, TextId name);
bool HasControlFile(const Machine& m, int cgroup, std::uint8_t file);
mode_t ControlFileMode(std::uint8_t file);
CallResult MakeCgroup(Machine& m, int parent, TextId name);
CallResult RemoveCgroup(Machine& m, int cgroup);
CallResult RenameCgroup(Machine& m, const Lookup& from, const Lookup& to);
CallResult ListCgroup(const Machine& m, int cgroup);

// Calls `visit` with every existing cgroup below `cgroup`, itself included.
template <typename Visit>
void ForEachBelow(const Machine& m, int cgroup, Visit&& visit) {
  m.cgroup_slots.ForEach([&](int slot) {
    if (!m.cgroups[slot].exists) return;
    for (int at = slot; at >= 0; at = m.cgroups[at].parent) {
      if (at == cgroup) return visit(slot);
    }
  });
}

bool IsAtOrBelow(const Machine& m, int cgroup, int ancestor);

// --- Control files (world_control_files.cc) ---

CallResult ReadControl(Machine& m, ActorId actor, int cgroup, std::uint8_t file);
struct ControlWrite {
  std::int16_t cgroup = -1;
  std::uint8_t file = 0;
  TextId data;
};
CallResult WriteControl(Machine& m, ActorId actor, const ControlWrite& write);

// --- Members (world_members.cc) ---

// The process lives and is a member; one that exits is not.
inline bool IsMember(const Machine& m, int process, int cgroup) {
  const Process& p = m.processes[process];
  return p.state == ProcessState::kRunning && !p.is_exiting &&
         p.cgroup[m.cgroups[cgroup].hierarchy] == cgroup;
}
// Counts a new process into all its cgroups.
void EnterCgroups(Machine& m, int process);
// Takes one that exits out of them.
void LeaveCgroups(Machine& m, int process);
// One dead member that was not yet taken off goes: StepKind::kLeaveCgroup.
void TakeOffLate(Machine& m, int cgroup);
void MoveTo(Machine& m, int process, int cgroup);
// cgroup.events has changed: poll(2) says so.
void NoteEvents(Machine& m, int cgroup);

// --- The freezer (world_freezer.cc) ---

// The cgroup or one above it is told to freeze.
bool IsFreezing(const Machine& m, int cgroup);
// ... and all in it and below stand still, or so it says: world_freezer.cc.
bool IsFrozen(const Machine& m, int cgroup);
// A freezer of v1 holds the process: no signal is acted on.
bool IsHeldByV1(const Machine& m, const Process& process);
void SetFrozen(Machine& m, int cgroup, bool on);
// Lets a process go on that no freezer holds any more.
void UpdateFrozen(Machine& m, int process);
void ListFreezes(const Machine& m, std::vector<Step>& steps);
void TakeFreeze(Machine& m, int cgroup);
// Brings cgroup.events of v2 up to date, after the cgroup's own members or their states changed.
void NoteMembers(Machine& m, int cgroup);
// One of them was frozen, and leaves that to die.
void NoteFrozenDeath(Machine& m, int cgroup);

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_CGROUPS_H_
