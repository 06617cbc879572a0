#include "conformance/observation.h"

#include <algorithm>
#include <ostream>

namespace reapcheck::conformance {
namespace {

void Append(std::string& text, const std::string& part) {
  if (!text.empty()) text += "; ";
  text += part;
}

}  // namespace

std::string FreezerName(Freezer freezer) {
  switch (freezer) {
    case Freezer::kNone:
      return "without a freezer";
    case Freezer::kThawed:
      return "thawed";
    case Freezer::kFreezing:
      return "freezing";
    case Freezer::kFrozen:
      return "frozen";
  }
  return "";
}

void PrintTo(Freezer freezer, std::ostream* out) { *out << FreezerName(freezer); }

std::string ProcessInfo::Describe() const {
  return std::to_string(id.pid) + " (" + name + ") " + state;
}

bool Observation::frozen() const {
  return std::ranges::any_of(cgroups, [](const CgroupInfo& cgroup) {
    return cgroup.freezer == Freezer::kFrozen || cgroup.freezer == Freezer::kFreezing;
  });
}

std::vector<HookRecord> Observation::HooksOf(const std::string& kind) const {
  std::vector<HookRecord> found;
  std::ranges::copy_if(hooks, std::back_inserter(found),
                       [&](const HookRecord& record) { return record.kind == kind; });
  return found;
}

bool Observation::gone() const {
  return !init_alive() && processes.empty() && cgroups.empty() && mounts.empty() && files.empty();
}

std::string Observation::Describe() const {
  std::string text;
  if (init_alive()) Append(text, "init " + init->Describe());
  if (!processes.empty()) {
    std::string list = std::to_string(processes.size()) + " processes in its cgroups:";
    for (const ProcessInfo& process : processes) list += " " + process.Describe();
    Append(text, list);
  }
  if (!cgroups.empty()) {
    Append(text, std::to_string(cgroups.size()) + " cgroups, " + cgroups.front().path);
  }
  if (!mounts.empty()) {
    Append(text, std::to_string(mounts.size()) + " mounts, " + mounts.front());
  }
  if (!files.empty()) {
    Append(text, "the record (" + std::to_string(files.size()) + " files and directories)");
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace reapcheck::conformance
