// What judges and traces look at.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "sim/world.h"
#include "sim/world_cgroups.h"
#include "sim/world_descriptors.h"
#include "sim/world_inodes.h"
#include "sim/world_memo.h"
#include "sim/world_path.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

std::string Quoted(std::string_view text) {
  constexpr std::size_t kShown = 60;
  std::string shown = "\"";
  for (char c : text.substr(0, kShown)) {
    if (c == '\n') {
      shown += "\\n";
    } else {
      shown += c >= ' ' && c <= '~' ? c : '.';
    }
  }
  return shown + (text.size() > kShown ? "...\"" : "\"");
}

std::string DescriptorText(const Machine& m, ActorId actor, int fd) {
  if (fd == AT_FDCWD) return "";
  const int slot = DescriptionOf(m, actor, fd);
  if (slot < 0) return "fd " + std::to_string(fd);
  const Description& d = m.descriptions[slot];
  switch (d.kind) {
    case DescriptionKind::kPidfd:
      return "pidfd of " + std::to_string(m.processes[d.object].pid);
    case DescriptionKind::kSocket:
      return "sync";
    case DescriptionKind::kConsole:
      return "console";
    default:
      return PathOf(m, PlaceOf(d));
  }
}

std::string PathText(const Machine& m, ActorId actor, int dir, TextId path) {
  const std::string text(m.texts->Text(path));
  if (text.starts_with('/')) return text;
  const std::string base = DescriptorText(m, actor, dir);
  if (base.empty()) return text;
  return text.empty() ? base : base + "/" + text;
}

std::string PolledText(const Machine& m, ActorId actor, const Call& call) {
  const std::string_view bytes = m.texts->Text(call.text);
  std::string text;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::int32_t fd;
    std::memcpy(&fd, bytes.data() + at, sizeof fd);
    text += (text.empty() ? "" : ", ") + DescriptorText(m, actor, fd);
  }
  return text + (call.n < 0 ? ", for ever" : ", " + std::to_string(call.n) + " ms");
}

std::string Arguments(const Machine& m, ActorId actor, const Call& call) {
  const auto first_path = [&] { return PathText(m, actor, call.a, call.text); };
  switch (call.op) {
    case Op::kPidfdSendSignal:
      return DescriptorText(m, actor, call.a) + ", " + std::to_string(call.b);
    case Op::kKill:
      return std::to_string(call.a) + ", " + std::to_string(call.b);
    case Op::kPidfdOpen:
    case Op::kWaitid:
    case Op::kExit:
    case Op::kSetChildSubreaper:
      return std::to_string(call.a);
    case Op::kPoll:
      return PolledText(m, actor, call);
    case Op::kSpawn:
      return m.memo->Spawn(call.text).path;
    case Op::kOpenAt:
    case Op::kStatAt:
    case Op::kMkdirAt:
    case Op::kMkfifoAt:
    case Op::kUnlinkAt:
    case Op::kReadlinkAt:
      return first_path();
    case Op::kRenameAt:
      return first_path() + ", " + PathText(m, actor, call.b, call.text2);
    case Op::kWrite:
      return DescriptorText(m, actor, call.a) + ", " + Quoted(m.texts->Text(call.text));
    case Op::kUmount:
    case Op::kConnectUnix:
    case Op::kExecve:
      return std::string(m.texts->Text(call.text));
    case Op::kNanosleep:
      return std::to_string(call.n / 1000) + " us";
    case Op::kClockGettime:
    case Op::kCapGet:
    case Op::kGetPid:
    case Op::kCloneInit:
      return "";
    default:
      return DescriptorText(m, actor, call.a);
  }
}

// Directories of files and of cgroups only; sorted.
std::vector<TextId> NamesIn(const Machine& m, const Place& place) {
  std::vector<TextId> names;
  if (place.kind == PlaceKind::kCgroup) {
    m.cgroup_slots.ForEach([&](int slot) {
      const Cgroup& child = m.cgroups[slot];
      if (child.exists && child.parent == place.object) names.push_back(child.name);
    });
    std::ranges::sort(names, {}, [&](TextId name) { return m.texts->Text(name); });
  } else if (place.kind == PlaceKind::kInode) {
    for (int entry = m.inodes[place.object].first; entry >= 0; entry = m.entries[entry].next) {
      names.push_back(m.entries[entry].name);
    }
  }
  return names;
}

void AddFiles(const Machine& m, const Lookup& at, const std::string& path,
              std::vector<NamedFile>& files) {
  NamedFile& file = files.emplace_back(NamedFile{.path = path});
  if (at.error != 0) return;
  if (at.target.kind == PlaceKind::kInode) {
    const Inode& inode = m.inodes[at.target.object];
    file.is_regular = inode.type == InodeType::kRegular;
    if (file.is_regular) file.text = m.texts->Text(inode.content);
  }
  for (const TextId name : NamesIn(m, at.target)) {
    AddFiles(m, WalkFrom(m, at.target, name, true), path + "/" + std::string(m.texts->Text(name)),
             files);
  }
}

std::string ProcessText(const Machine& m, int process) {
  const Process& p = m.processes[process];
  return std::string(m.texts->Text(p.name)) + " " + std::to_string(p.pid);
}

}  // namespace

int World::FindProcess(Pid pid) const { return FindPid(machine_, pid.value); }

int World::FindCgroup(std::string_view full_path) const {
  const Lookup at = WalkFromRoot(machine_, machine_.texts->Intern(full_path), true);
  return at.error == 0 && at.target.kind == PlaceKind::kCgroup ? at.target.object : -1;
}

std::string World::CgroupPath(int cgroup) const { return FullCgroupPath(machine_, cgroup); }

std::optional<std::string> World::FileText(std::string_view path) const {
  const Lookup at = WalkFromRoot(machine_, machine_.texts->Intern(path), true);
  if (at.error != 0 || at.target.kind != PlaceKind::kInode) return std::nullopt;
  const Inode& inode = machine_.inodes[at.target.object];
  if (inode.type != InodeType::kRegular) return std::nullopt;
  return std::string(machine_.texts->Text(inode.content));
}

bool World::Exists(TextId path) const {
  const Lookup at = WalkFromRoot(machine_, path, false);
  return at.error == 0 && at.target.kind != PlaceKind::kNone;
}

std::vector<std::string> World::List(std::string_view directory) const {
  const Lookup at = WalkFromRoot(machine_, machine_.texts->Intern(directory), true);
  std::vector<std::string> names;
  if (at.error != 0) return names;
  for (const TextId name : NamesIn(machine_, at.target)) {
    names.emplace_back(machine_.texts->Text(name));
  }
  return names;
}

std::vector<NamedFile> World::Files(std::string_view path) const {
  std::vector<NamedFile> files;
  AddFiles(machine_, WalkFromRoot(machine_, machine_.texts->Intern(path), true), "", files);
  return files;
}

std::string World::Describe(ActorId actor, const Call& call) const {
  std::string name(OpName(call.op));
  if (call.op == Op::kUnlinkAt && (call.b & AT_REMOVEDIR) != 0) name = "rmdir";
  return name + "(" + Arguments(machine_, actor, call) + ")";
}

std::string World::Describe(const Step& step) const {
  switch (step.kind) {
    case StepKind::kDie:
      return ProcessText(machine_, step.subject) + " dies";
    case StepKind::kReap:
      return ProcessText(machine_, step.subject) + " is reaped";
    case StepKind::kLeaveCgroup:
      return "a dead process leaves " + FullCgroupPath(machine_, step.subject);
    case StepKind::kFreeze:
      return FullCgroupPath(machine_, step.subject) + " is frozen";
    case StepKind::kFork:
      return ProcessText(machine_, step.subject) + " forks";
  }
  __builtin_unreachable();
}

}  // namespace reapcheck::sim
