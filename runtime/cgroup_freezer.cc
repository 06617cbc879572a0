#include "runtime/cgroup_freezer.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>

#include <cerrno>

#include "runtime/deadline.h"
#include "runtime/file_text.h"

namespace reapcheck {
namespace {

bool IsGone(const Error& error) { return error.code == ENOENT || error.code == ENODEV; }

struct FreezerFile {
  const char* name;
  const char* freeze;
  const char* thaw;
};

FreezerFile FileOf(CgroupVersion version) {
  switch (version) {
    case CgroupVersion::kV1:
      return {"freezer.state", "FROZEN", "THAWED"};
    case CgroupVersion::kV2:
      return {"cgroup.freeze", "1", "0"};
  }
  __builtin_unreachable();
}

Result<bool> ReadFrozen(Kernel& kernel, Fd dir, CgroupVersion version) {
  const bool v1 = version == CgroupVersion::kV1;
  auto text = ReadFileText(kernel, dir, v1 ? "freezer.state" : "cgroup.events");
  if (!text) {
    if (IsGone(text.error())) return false;
    return Forward(std::move(text));
  }
  return v1 ? text->starts_with("FROZEN") : text->find("frozen 1") != std::string::npos;
}

// Waits until the state may have changed: v2 notifies (poll POLLPRI on cgroup.events), v1 does not.
void WaitForChange(Kernel& kernel, Fd events, const Deadline& deadline, Backoff& backoff) {
  if (events.number < 0) return backoff.Wait(kernel);
  PollRequest request{.fd = events, .events = POLLPRI};
  static_cast<void>(kernel.Poll({&request, 1}, deadline.Left(kernel)));
}

Result<bool> FreezeWithin(Kernel& kernel, Fd dir, CgroupVersion version, const Deadline& deadline) {
  const FreezerFile file = FileOf(version);
  OwnedFd events;
  if (version == CgroupVersion::kV2) {
    auto opened = OpenFile(kernel, dir, "cgroup.events", O_RDONLY);
    if (!opened) return Forward(std::move(opened));
    events = std::move(*opened);
  }
  Backoff backoff;
  for (;;) {
    // v1 stays FREEZING when a process forks at the wrong moment, until it is told again.
    auto written = WriteControlFile(kernel, dir, file.name, file.freeze);
    if (!written) return Forward(std::move(written));
    if (events) {
      char text[256];
      static_cast<void>(kernel.Pread(events.get(), text, 0));  // arms the notification
    }
    auto frozen = ReadFrozen(kernel, dir, version);
    if (!frozen || *frozen) return frozen;
    if (deadline.Passed(kernel)) return false;
    WaitForChange(kernel, events.get(), deadline, backoff);
  }
}

Result<void> ThawTree(Kernel& kernel, Fd dir, const FreezerFile& file, int depth) {
  auto written = WriteControlFile(kernel, dir, file.name, file.thaw);
  if (!written && !IsGone(written.error())) return written;
  if (depth == 0) return {};
  auto entries = kernel.GetDirectoryEntries(dir);
  if (!entries) {
    if (IsGone(entries.error())) return {};
    return Forward(std::move(entries));
  }
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type != DT_DIR) continue;
    auto child = OpenFile(kernel, dir, entry.name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    if (!child && IsGone(child.error())) continue;
    if (!child) return Forward(std::move(child));
    auto thawed = ThawTree(kernel, child->get(), file, depth - 1);
    if (!thawed) return thawed;
  }
  return {};
}

constexpr int kMaxFreezerDepth = 64;  // as deep as cgroup.cc follows a tree

Result<void> ThawDown(Kernel& kernel, const Cgroups& cgroups, int depth) {
  const CgroupDirectory* freezer = FreezerOf(cgroups);
  if (freezer == nullptr) return {};
  auto dir = OpenCgroup(kernel, *freezer);
  if (!dir) return Forward(std::move(dir));
  if (!*dir) return {};
  return ThawTree(kernel, dir->get(), FileOf(freezer->hierarchy.version), depth);
}

}  // namespace

const CgroupDirectory* FreezerOf(const Cgroups& cgroups) {
  const CgroupDirectory* unified = nullptr;
  for (const CgroupDirectory& cgroup : cgroups) {
    if (cgroup.hierarchy.Has("freezer")) return &cgroup;
    if (cgroup.hierarchy.version == CgroupVersion::kV2) unified = &cgroup;
  }
  return unified;
}

Result<bool> IsFrozen(Kernel& kernel, const Cgroups& cgroups) {
  const CgroupDirectory* freezer = FreezerOf(cgroups);
  if (freezer == nullptr) return false;
  auto dir = OpenCgroup(kernel, *freezer);
  if (!dir) return Forward(std::move(dir));
  if (!*dir) return false;
  return ReadFrozen(kernel, dir->get(), freezer->hierarchy.version);
}

Outcome<void> Freeze(Kernel& kernel, const Cgroups& cgroups, std::chrono::milliseconds bound) {
  const CgroupDirectory* freezer = FreezerOf(cgroups);
  if (freezer == nullptr) return Refuse(FailureKind::kUnsupported, "no freezer is mounted");
  const std::string doing = "freeze " + freezer->FullPath();
  auto dir = OpenCgroup(kernel, *freezer);
  if (!dir) return Refuse(dir.error(), doing);
  if (!*dir) return Refuse(FailureKind::kNotRunning, doing + ": the cgroup is gone");
  auto frozen = FreezeWithin(kernel, dir->get(), freezer->hierarchy.version,
                             Deadline(kernel, bound));
  if (frozen && *frozen) return {};
  static_cast<void>(
      WriteControlFile(kernel, dir->get(), FileOf(freezer->hierarchy.version).name,
                       FileOf(freezer->hierarchy.version).thaw));
  if (!frozen) return Refuse(frozen.error(), doing);
  return Refuse(FailureKind::kStillAlive,
                doing + ": not frozen within " + std::to_string(bound.count()) + " ms");
}

Result<void> Thaw(Kernel& kernel, const Cgroups& cgroups) {
  return ThawDown(kernel, cgroups, 0);
}

Result<void> ThawAll(Kernel& kernel, const Cgroups& cgroups) {
  return ThawDown(kernel, cgroups, kMaxFreezerDepth);
}

}  // namespace reapcheck
