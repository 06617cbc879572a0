#include "sim/world_procfs.h"

#include <dirent.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <string>

#include "sim/world_cgroups.h"
#include "sim/world_hash.h"
#include "sim/world_memo.h"
#include "sim/world_processes.h"

namespace reapcheck::sim {
namespace {

constexpr std::uint64_t kHostNamespaces = 4026531834;  // the number of the host's first one
constexpr std::uint64_t kOtherNamespaces = 4026532000;

int ParsePid(std::string_view name) {
  int pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  const bool is_pid = error == std::errc() && end == name.data() + name.size() && name[0] != '0';
  return is_pid && pid > 0 ? pid : -1;
}

char StateLetter(const Machine& m, const Process& process) {
  if (process.state == ProcessState::kZombie) return 'Z';
  if (process.is_uninterruptible || IsHeldByV1(m, process)) return 'D';
  return process.is_stopped ? 'T' : 'S';
}

// proc_pid_stat(5). Fields that nothing here keeps are 0.
TextId StatText(const Machine& m, int slot) {
  const Process& process = m.processes[slot];
  const char state = StateLetter(m, process);
  const int parent = process.parent < 0 ? 0 : m.processes[process.parent].pid;
  std::uint64_t key = Combine(Pair(process.pid, parent), Pair(process.start_time, process.group));
  key = Combine(key, m.texts->Hash(process.name) + state);
  return m.memo->Rendered(key, [&] {
    const std::string group = std::to_string(process.group);
    std::string text = std::to_string(process.pid) + " (" +
                       std::string(m.texts->Text(process.name)) + ") " + state + " " +
                       std::to_string(parent) + " " + group + " " + group;
    text += " 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 " + std::to_string(process.start_time);
    for (int field = 23; field <= 52; ++field) text += " 0";
    return text + "\n";
  });
}

// Of all that CgroupPathInHierarchy depends on.
std::uint64_t PathKey(const Machine& m, int cgroup) {
  std::uint64_t key = 0;
  for (int at = cgroup; m.cgroups[at].parent >= 0; at = m.cgroups[at].parent) {
    key = Combine(key + 1, m.texts->Hash(m.cgroups[at].name));
  }
  return key;
}

// proc_pid_cgroup(5). One that has exited is in v1's root, and stays where it was in v2.
std::string CgroupText(const Machine& m, const Process& process, bool is_over) {
  std::string text;
  for (int h = m.hierarchies - 1; h >= 0; --h) {
    if (h == m.unified) continue;
    const std::string path = is_over ? "/" : CgroupPathInHierarchy(m, process.cgroup[h]);
    text += std::to_string(h + 1) + ":" + ControllerOf(m, h) + ":" + path + "\n";
  }
  const int unified = m.unified < 0 ? -1 : process.cgroup[m.unified];
  text += "0::" + (unified < 0 ? "/" : CgroupPathInHierarchy(m, unified));
  if (unified >= 0 && !m.cgroups[unified].exists) text += " (deleted)";
  return text + "\n";
}

TextId ReadCgroup(const Machine& m, int slot) {
  const Process& process = m.processes[slot];
  const bool is_over = process.state == ProcessState::kZombie || process.is_exiting;
  std::uint64_t key = Combine(Mix(5), Pair(is_over, m.hierarchies));
  for (int h = 0; h < m.hierarchies; ++h) {
    const int cgroup = process.cgroup[h];
    key = Combine(key, HierarchyKey(m, h));
    key = Combine(key, PathKey(m, cgroup) + (m.cgroups[cgroup].exists ? 1 : 0));
  }
  return m.memo->Rendered(key, [&] { return CgroupText(m, process, is_over); });
}

std::string MountLine(const Machine& m, int slot) {
  const Mount& mount = m.mounts[slot];
  const auto line = [&](unsigned minor, const std::string& path, const std::string& rest) {
    return std::to_string(23 + slot) + " 22 0:" + std::to_string(minor) + " / " + path +
           " rw,relatime - " + rest + "\n";
  };
  switch (mount.kind) {
    case MountKind::kProc:
      return line(kProcDeviceMinor, "/proc", "proc proc rw");
    case MountKind::kFiles:
      return line(65U + slot, PathOf(m, {PlaceKind::kInode, 0, mount.point}), "tmpfs tmpfs rw");
    case MountKind::kCgroup:
      break;
  }
  const int hierarchy = m.cgroups[mount.root].hierarchy;
  const bool is_v2 = hierarchy == m.unified;
  return line(CgroupDeviceMinor(hierarchy), MountPointOf(m, hierarchy),
              is_v2 ? "cgroup2 cgroup2 rw" : "cgroup cgroup rw," + ControllerOf(m, hierarchy));
}

// Of all that its line depends on, but for its place.
std::uint64_t MountKey(const Machine& m, const Mount& mount) {
  switch (mount.kind) {
    case MountKind::kProc:
      return 1;
    case MountKind::kFiles:
      return HashBytes(PathOf(m, {PlaceKind::kInode, 0, mount.point}));
    case MountKind::kCgroup:
      break;
  }
  const int hierarchy = m.cgroups[mount.root].hierarchy;
  return Combine(hierarchy, HierarchyKey(m, hierarchy));
}

// The name of the inode that a mount covers is that of the place below it.
TextId MountInfoText(const Machine& m) {
  std::uint64_t key = Mix(6);
  for (int slot = 0; slot < kMaxMounts; ++slot) {
    if (m.mounts[slot].exists) key = Combine(key + slot, MountKey(m, m.mounts[slot]));
  }
  return m.memo->Rendered(key, [&] {
    std::string text = "22 1 0:64 / / rw,relatime - tmpfs root rw\n";
    for (int slot = 0; slot < kMaxMounts; ++slot) {
      if (m.mounts[slot].exists) text += MountLine(m, slot);
    }
    return text;
  });
}

CallResult ListPids(const Machine& m) {
  std::array<std::int32_t, kMaxProcesses> pids;
  int count = 0;
  m.process_slots.ForEach([&](int slot) { pids[count++] = m.processes[slot].pid; });
  std::sort(pids.begin(), pids.begin() + count);
  std::uint64_t key = Mix(4);
  for (int i = 0; i < count; ++i) key = Combine(key, pids[i]);
  return {.text = m.memo->Rendered(key, [&] {
    std::string text;
    text += static_cast<char>(DT_LNK) + std::string("self") + '\0';
    for (int i = 0; i < count; ++i) {
      text += static_cast<char>(DT_DIR) + std::to_string(pids[i]) + '\0';
    }
    return text;
  })};
}

}  // namespace

Place ProcChild(const Machine& m, ActorId, const Place& directory, TextId name) {
  if (directory.kind == PlaceKind::kProcRoot) {
    if (name == m.memo->self) return {PlaceKind::kProcSelf, 0, 0};
    const int pid = ParsePid(m.texts->Text(name));
    const int process = pid < 0 ? -1 : FindPid(m, pid);
    if (process < 0) return {};
    return {PlaceKind::kProcess, 0, static_cast<std::int16_t>(process)};
  }
  if (directory.kind == PlaceKind::kNamespaces) {
    const int file = m.memo->NamespaceFileOf(name);
    if (file < 0) return {};
    return {PlaceKind::kNamespace, static_cast<std::uint8_t>(file), directory.object};
  }
  const std::uint8_t file = m.memo->ProcFileOf(name);
  if (file == kNoProcFile) return {};
  if (file == kProcNs) return {PlaceKind::kNamespaces, 0, directory.object};
  return {PlaceKind::kProcFile, file, directory.object};
}

CallResult ReadProcFile(Machine& m, ActorId, int slot, std::uint8_t file) {
  const Process& process = m.processes[slot];
  if (process.state == ProcessState::kFree) return Failed(ESRCH);
  switch (file) {
    case kProcStat:
      return {.text = StatText(m, slot)};
    case kProcCgroup:
      return {.text = ReadCgroup(m, slot)};
    case kProcMountInfo:
      if (process.state == ProcessState::kZombie) return Failed(EINVAL);
      return {.text = MountInfoText(m)};
    case kProcUidMap:
    case kProcGidMap:
      return {.text = m.memo->id_map};
    default:
      return Failed(EINVAL);
  }
}

CallResult WriteProcFile(Machine& m, int slot, std::uint8_t file, TextId data) {
  if (m.processes[slot].state == ProcessState::kFree) return Failed(ESRCH);
  if (file != kProcUidMap && file != kProcGidMap) return Failed(EINVAL);
  return {.value = static_cast<std::int64_t>(m.texts->Text(data).size())};
}

CallResult ListProc(const Machine& m, const Place& directory) {
  if (directory.kind == PlaceKind::kProcRoot) return ListPids(m);
  if (m.processes[directory.object].state == ProcessState::kFree) return Failed(ENOENT);
  const bool is_of_namespaces = directory.kind == PlaceKind::kNamespaces;
  return {.text = m.memo->Rendered(Mix(is_of_namespaces ? 7 : 8), [&] {
    std::string text;
    if (is_of_namespaces) {
      for (std::string_view name : kNamespaceFiles) {
        text += static_cast<char>(DT_LNK) + std::string(name) + '\0';
      }
      return text;
    }
    for (std::uint8_t file = kProcStat; file <= kProcNs; ++file) {
      const auto type = file == kProcNs ? DT_DIR : file == kProcCwd ? DT_LNK : DT_REG;
      text += static_cast<char>(type) + std::string(ProcFileName(file)) + '\0';
    }
    return text;
  })};
}

std::uint64_t NamespaceNumber(const Machine& m, const Place& place) {
  const std::int16_t pid_namespace = m.processes[place.object].pid_namespace;
  // Only pid namespaces are told apart: a container's others die with its processes.
  if (place.file != kPidNamespaceFile || pid_namespace == 0) return kHostNamespaces + place.file;
  return kOtherNamespaces + m.processes[pid_namespace - 1].start_time;
}

}  // namespace reapcheck::sim
