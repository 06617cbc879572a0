#include "sim/world_memo.h"

#include <memory>

#include "sim/program_kernel.h"

namespace reapcheck::sim {
namespace {

constexpr std::string_view kControlFileNames[] = {
    "",                   "cgroup.procs",          "tasks",
    "cgroup.threads",     "cgroup.type",           "cgroup.events",
    "cgroup.kill",        "cgroup.freeze",         "cgroup.controllers",
    "cgroup.subtree_control", "cgroup.stat",       "cgroup.max.depth",
    "cgroup.max.descendants", "freezer.state",     "freezer.self_freezing",
    "freezer.parent_freezing", "notify_on_release", "cgroup.clone_children",
};
static_assert(std::size(kControlFileNames) == kFirstLimit);

constexpr std::string_view kProcFileNames[] = {"",        "stat",    "cgroup", "mountinfo",
                                               "uid_map", "gid_map", "cwd",    "ns"};

bool IsOfV1(int file) {
  return file == kProcs || file == kTasks || file >= kFreezerState;
}

bool IsOfV2(int file) { return file != kTasks && file < kFreezerState; }

void Note(std::vector<std::uint8_t>& files, TextId name, int file) {
  if (files.size() <= name.number) files.resize(name.number + 1);
  files[name.number] = static_cast<std::uint8_t>(file);
}

std::uint8_t Known(const std::vector<std::uint8_t>& files, TextId name) {
  return name.number < files.size() ? files[name.number] : 0;
}

}  // namespace

std::string_view ControlFileName(std::uint8_t file) {
  return file < kFirstLimit ? kControlFileNames[file] : kLimits[file - kFirstLimit].name;
}

std::string_view ProcFileName(std::uint8_t file) { return kProcFileNames[file]; }

Memo::Memo(TextTable& texts) : texts_(texts) {
  dot = texts.Intern(".");
  dot_dot = texts.Intern("..");
  self = texts.Intern("self");
  detached = texts.Intern(kSyncDetached);
  id_map = texts.Intern("         0          0 4294967295\n");
  for (int file = 1; file < kControlFileCount; ++file) {
    const TextId name = texts.Intern(ControlFileName(static_cast<std::uint8_t>(file)));
    const bool is_limit = file >= kFirstLimit;
    const bool is_v1 = is_limit ? kLimits[file - kFirstLimit].is_v1 : IsOfV1(file);
    const bool is_v2 = is_limit ? !kLimits[file - kFirstLimit].is_v1 : IsOfV2(file);
    if (is_v1) {
      Note(v1_files_, name, file);
      all_v1_files_.push_back(static_cast<std::uint8_t>(file));
    }
    if (is_v2) {
      Note(v2_files_, name, file);
      all_v2_files_.push_back(static_cast<std::uint8_t>(file));
    }
  }
  for (int file = 1; file < static_cast<int>(std::size(kProcFileNames)); ++file) {
    Note(proc_files_, texts.Intern(kProcFileNames[file]), file);
  }
  for (int i = 0; i < static_cast<int>(kNamespaceFiles.size()); ++i) {
    Note(namespaces_, texts.Intern(kNamespaceFiles[i]), i + 1);
  }
}

Memo& Memo::Of(TextTable& texts) {
  if (!texts.companion()) texts.companion() = std::make_shared<Memo>(texts);
  return *static_cast<Memo*>(texts.companion().get());
}

std::uint8_t Memo::ControlFileOf(TextId name, bool is_v1) const {
  return Known(is_v1 ? v1_files_ : v2_files_, name);
}

std::uint8_t Memo::ProcFileOf(TextId name) const { return Known(proc_files_, name); }

int Memo::NamespaceFileOf(TextId name) const { return Known(namespaces_, name) - 1; }

const SpawnRequest& Memo::Spawn(TextId request) {
  auto known = requests_.find(request.number);
  if (known == requests_.end()) {
    known = requests_.emplace(request.number, DecodeSpawn(texts_, request)).first;
  }
  return known->second;
}

}  // namespace reapcheck::sim
