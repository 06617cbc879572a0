// A container as it is seen from outside, through /proc/PID of its init: what config.json asked for
// can be checked without the help of a program in it. And a directory of the host that nobody may
// change. Reads only, but for Sentinel's constructor. For cases alone.
#ifndef REAPCHECK_CONFORMANCE_CASES_CONTAINER_VIEW_H_
#define REAPCHECK_CONFORMANCE_CASES_CONTAINER_VIEW_H_

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "conformance/case.h"
#include "conformance/file.h"

namespace reapcheck::conformance {

inline std::string ProcPath(pid_t pid, const std::string& file) {
  return "/proc/" + std::to_string(pid) + "/" + file;
}

// A path of the container, as the host can open it: absolute links in it are the host's.
inline std::string InContainer(const Container& container, const std::string& path) {
  return ProcPath(container.init.pid, "root") + path;
}

inline std::string LinkTarget(const std::string& path) {
  char target[4096];
  ssize_t size = readlink(path.c_str(), target, sizeof target);
  return size > 0 ? std::string(target, static_cast<std::size_t>(size)) : "";
}

inline std::string NamespaceOf(pid_t pid, const std::string& type) {
  return LinkTarget(ProcPath(pid, "ns/" + type));
}

// "CapEff" of /proc/PID/status, its numbers parted by one space; "" when there is none.
inline std::string StatusField(pid_t pid, const std::string& field) {
  std::istringstream in(ReadText(ProcPath(pid, "status")).value_or(""));
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(field + ":")) continue;
    std::istringstream words(line.substr(field.size() + 1));
    std::string value;
    for (std::string word; words >> word;) value += (value.empty() ? "" : " ") + word;
    return value;
  }
  return "";
}

struct MountView {
  std::string type, source;
  std::string options;      // of the mount: "rw,noexec"
  std::string super;        // of the file system: "rw,size=1024k"
  std::string propagation;  // "shared:7", "master:3", "unbindable", "" for private

  bool Has(const std::string& option) const {
    return ("," + options + "," + super + ",").find("," + option + ",") != std::string::npos;
  }
};

// The topmost mount at a path of the container, from proc_pid_mountinfo(5).
inline std::optional<MountView> FindMount(const Container& container, const std::string& point) {
  std::optional<MountView> found;
  std::istringstream in(ReadText(ProcPath(container.init.pid, "mountinfo")).value_or(""));
  for (std::string line; std::getline(in, line);) {
    std::istringstream words(line);
    std::string id, parent, device, root, where, word;
    MountView mount;
    words >> id >> parent >> device >> root >> where >> mount.options;
    if (where != point) continue;
    while (words >> word && word != "-") mount.propagation += word;
    words >> mount.type >> mount.source >> mount.super;
    found = mount;
  }
  return found;
}

inline Json ReadReport(const Lab& lab, const std::string& name) {
  return Json::parse(lab.ReadFile(name), nullptr, /*allow_exceptions=*/false);
}

inline std::string RootfsOf(const Container& container) { return container.bundle + "/rootfs"; }

// `create` of a bundle that was changed by hand; fills in init when it succeeds.
inline Invocation CreateFrom(Lab& lab, Container& container, const InvocationOptions& options = {},
                             Arguments extra = {}) {
  Arguments words = {"create", "--bundle", container.bundle};
  words.insert(words.end(), extra.begin(), extra.end());
  words.push_back(container.id);
  Invocation created = lab.runtime().Run(words, options);
  if (!created.ok()) return created;
  std::optional<Json> state = lab.runtime().ReadState(container.id);
  if (state) container.init = lab.Identify(state->value("pid", 0));
  return created;
}

// `create` was an ordinary error and nothing of it is there: no record, cgroup, process or mount,
// and the configuration is as it was.
// Where it is not refused, the container is removed again.
inline void ExpectCreateRefused(Lab& lab, Container& container) {
  std::string config = ReadText(container.bundle + "/config.json").value_or("");
  std::vector<std::string> names = ListNames(container.bundle);
  std::vector<std::string> mounts = lab.TakeSnapshot().mounts;
  Invocation created = CreateFrom(lab, container);
  EXPECT_REFUSED(created);
  if (created.ok()) {
    lab.runtime().DeleteForce(container.id);
    return;
  }
  Observation after = lab.Observe(container);
  // A process that was told to die is given a moment to do so.
  for (int round = 0; round < 50 && !(after.gone() && after.descendants.empty()); ++round) {
    lab.Nap(std::chrono::milliseconds(10));
    after = lab.Observe(container);
  }
  EXPECT_HOLDS(JudgeFailedCreate(after));
  EXPECT_TRUE(after.descendants.empty()) << "left: " << after.descendants.front().Describe();
  EXPECT_EQ(lab.TakeSnapshot().mounts, mounts);
  EXPECT_EQ(ReadText(container.bundle + "/config.json").value_or(""), config);
  EXPECT_EQ(ListNames(container.bundle), names);
}

// Runs `look` with this thread in the namespace of that process. False when it can not be entered.
inline bool InNamespace(pid_t pid, const std::string& type, const std::function<void()>& look) {
  std::string here_path = "/proc/self/ns/" + type, there_path = ProcPath(pid, "ns/" + type);
  FileDescriptor here(open(here_path.c_str(), O_RDONLY | O_CLOEXEC));
  FileDescriptor there(open(there_path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!here || !there || setns(there.get(), 0) != 0) return false;
  look();
  return setns(here.get(), 0) == 0;
}

// A directory of the host with a file and a directory in it, in the case's scratch. What an attack
// must not reach: Now() says in words what it is, to be equal before and after.
class Sentinel {
 public:
  Sentinel(const Lab& lab, const std::string& name) : path_(lab.scratch() + "/" + name) {
    MakeDirectories(path_ + "/inner");
    WriteText(path_ + "/kept", "of the host\n");
    WriteText(path_ + "/inner/kept", "of the host, too\n");
    before_ = Now();
  }

  const std::string& path() const { return path_; }
  const std::vector<std::string>& before() const { return before_; }

  std::vector<std::string> Now() const {
    std::vector<std::string> lines{Line("", "")};
    for (const FileInfo& file : ListTree(path_, /*with_bytes=*/true)) {
      lines.push_back(Line(file.path, file.bytes));
    }
    return lines;
  }

 private:
  std::string Line(const std::string& inner, const std::string& bytes) const {
    struct stat st = {};
    std::string path = inner.empty() ? path_ : path_ + "/" + inner;
    if (lstat(path.c_str(), &st) != 0) return inner + " is gone";
    std::ostringstream out;
    out << inner << " mode " << std::oct << st.st_mode << std::dec << " owner " << st.st_uid << ":"
        << st.st_gid << " modified " << st.st_mtim.tv_sec << "." << st.st_mtim.tv_nsec << " "
        << bytes;
    return out.str();
  }

  std::string path_;
  std::vector<std::string> before_;
};

#define EXPECT_UNTOUCHED(sentinel) EXPECT_EQ((sentinel).Now(), (sentinel).before())

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CASES_CONTAINER_VIEW_H_
