// What a worker gives to the lab of each case. Plain values; the worker owns what pointers mean.
#ifndef REAPCHECK_CONFORMANCE_LAB_SETTINGS_H_
#define REAPCHECK_CONFORMANCE_LAB_SETTINGS_H_

#include <string>
#include <vector>

#include "conformance/cgroup_tree.h"
#include "conformance/lab.h"
#include "conformance/subject.h"

namespace reapcheck::conformance {

inline constexpr std::size_t kActivitySize = 512;

struct LabSettings {
  std::string tag;        // unique on the machine
  std::string directory;  // of this case alone, absent before; the lab makes it
  std::string payload;    // the binary, on the same file system as `directory`
  CgroupLayout layout = CgroupLayout::kHost;
  std::vector<Hierarchy> hierarchies;
  Subject::Settings subject;
  // Shared with the worker, kActivitySize bytes: what is being waited for, for a case that is cut
  // off. May be null.
  char* activity = nullptr;
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LAB_SETTINGS_H_
