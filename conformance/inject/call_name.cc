#include "conformance/inject/call_name.h"

#include <algorithm>
#include <iterator>
#include <vector>

namespace reapcheck::inject {
namespace {

constexpr std::string_view kControlFiles[] = {"cgroup.procs", "cgroup.kill", "cgroup.freeze",
                                              "cgroup.events", "freezer.state"};

std::string_view BaseName(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Of a file directly in ROOT/ID.
std::string KindOfFile(std::string_view name) {
  if (name == "state.json" || name == "status") return "record";
  if (name == "intent.json") return "intent";
  if (name == "config.json") return "config";
  if (name == "gate" || name == "exec.fifo") return "gate";
  if (name == "result") return "result";
  const bool is_temporary = name.ends_with(".tmp") || name.starts_with("state-") ||
                            name.find(".tmp") != std::string_view::npos ||
                            name.starts_with("state.json");
  return is_temporary ? "temporary" : "file";
}

std::string KindInCgroup(std::string_view path) {
  const std::string_view name = BaseName(path);
  for (const std::string_view file : kControlFiles) {
    if (name == file) return std::string(file);
  }
  // Control files of controllers have a dot ("pids.max"); the lab's names of cgroups have none.
  const bool is_file = name == "tasks" || name == "notify_on_release" ||
                       (name.find('.') != std::string_view::npos);
  return is_file ? "cgroup file" : "cgroup";
}

// Where a hierarchy is mounted, "/sys/fs/cgroup" or "/sys/fs/cgroup/freezer": its root cgroup.
bool IsRootCgroup(std::string_view path) {
  constexpr std::string_view kMounts = "/sys/fs/cgroup";
  if (!path.starts_with(kMounts)) return false;
  const std::string_view below = path.substr(kMounts.size());
  return below.empty() || (below[0] == '/' && below.find('/', 1) == std::string_view::npos &&
                           KindInCgroup(below) == "cgroup");
}

// "12/stat" of "/proc/12/stat"; "" for what is not about a process by its number.
std::string_view BelowProc(std::string_view path) {
  constexpr std::string_view kProc = "/proc/";
  if (!path.starts_with(kProc) || path.size() == kProc.size()) return "";
  const std::string_view below = path.substr(kProc.size());
  return below[0] >= '0' && below[0] <= '9' ? below : "";
}

// "/proc/12/stat" and not "/proc/12/task/12/status".
bool IsProcStat(std::string_view below) {
  const std::size_t slash = below.find('/');
  return slash != std::string_view::npos && below.substr(slash) == "/stat";
}

}  // namespace

std::string NormalPath(std::string_view path) {
  std::vector<std::string_view> parts;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part == "..") {
      if (!parts.empty()) parts.pop_back();
    } else if (!part.empty() && part != ".") {
      parts.push_back(part);
    }
    at = end + 1;
  }
  std::string normal;
  for (const std::string_view part : parts) (normal += '/') += part;
  return normal.empty() ? "/" : normal;
}

std::string KindOfPath(const Places& places, std::string_view path) {
  if (path == places.root) return "root";
  const std::string container = places.root + "/" + places.id;
  if (path == container) return "container";
  if (path.starts_with(container + "/")) {
    const std::string_view below = path.substr(container.size() + 1);
    return below.find('/') == std::string_view::npos ? KindOfFile(below) : "file";
  }
  if (path.starts_with(places.root + "/")) return "file";
  if (path.starts_with("/sys/fs/cgroup/") &&
      path.find(places.cgroup_tag) != std::string_view::npos) {
    return KindInCgroup(path);
  }
  if (IsRootCgroup(path)) return "cgroup";
  if (path == "/proc/self") return "proc";
  const std::string_view below_proc = BelowProc(path);
  if (!below_proc.empty()) return IsProcStat(below_proc) ? "proc stat" : "proc";
  if (path == places.bundle + "/config.json") return "config";
  if (path.starts_with(places.bundle + "/")) return "bundle";
  return "other";
}

bool IsEffect(std::string_view verb, std::string_view kind, bool creates) {
  if (verb == "signal" || verb == "spawn") return true;
  if (kind == "other" || kind.starts_with("proc")) return false;
  if (verb == "open") return creates;
  constexpr std::string_view kEffects[] = {"mkdir",  "rmdir", "unlink",   "rename",
                                           "mkfifo", "write", "fsetxattr", "umount"};
  return std::ranges::find(kEffects, verb) != std::end(kEffects);
}

}  // namespace reapcheck::inject
