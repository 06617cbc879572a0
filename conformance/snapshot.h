// The whole lab at one moment, to the byte: for "is an error and changes nothing".
//
// Plain values; the lab takes them (Lab::TakeSnapshot). Diff says in words what changed.
#ifndef REAPCHECK_CONFORMANCE_SNAPSHOT_H_
#define REAPCHECK_CONFORMANCE_SNAPSHOT_H_

#include <string>
#include <vector>

#include "conformance/observation.h"

namespace reapcheck::conformance {

struct Snapshot {
  std::vector<ProcessInfo> processes;  // descendants of the case; their sleep state does not count
  std::vector<CgroupInfo> cgroups;     // all of the lab, with members and freezer states
  std::vector<std::string> mounts;     // mount points in the lab's mount namespace
  std::vector<FileInfo> files;         // all below --root, with bytes
  std::vector<HookRecord> hooks;
};

// "process 12 (payload) is gone", "file c1/state.json changed: ..."; empty when equal.
std::vector<std::string> Diff(const Snapshot& before, const Snapshot& after);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_SNAPSHOT_H_
