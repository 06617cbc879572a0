#include "runtime/derive_record.h"

#include <algorithm>
#include <cerrno>

#include "runtime/file_text.h"
#include "runtime/oci_config.h"

namespace reapcheck {
namespace {

// The files that create writes: with any of them there, create had begun to make things.
bool IsOfCreate(const DirectoryEntry& entry) {
  static constexpr std::string_view kFiles[] = {kStateFile, kIntentFile, kConfigFile, kGateFile,
                                                kResultFile};
  return std::ranges::find(kFiles, entry.name) != std::end(kFiles);
}

Result<bool> HasFilesOfCreate(Kernel& kernel, const ContainerDirectory& container) {
  auto entries = kernel.GetDirectoryEntries(container.dir.get());
  if (!entries) return Forward(std::move(entries));
  return std::ranges::any_of(*entries, IsOfCreate);
}

}  // namespace

std::string DefaultCgroupPath(const std::string& id) { return "/reaprun-" + id; }

Result<Cgroups> LocateCgroups(Kernel& kernel, const std::string& path) {
  auto hierarchies = FindCgroupHierarchies(kernel);
  if (!hierarchies) return Forward(std::move(hierarchies));
  Cgroups cgroups;
  for (CgroupHierarchy& hierarchy : *hierarchies) {
    cgroups.push_back({.hierarchy = std::move(hierarchy), .path = path});
  }
  return cgroups;
}

Outcome<Record> DeriveRecord(Kernel& kernel, const ContainerDirectory& container) {
  Record record{.id = container.id, .oci_version = "1.0.0", .private_pid_namespace = false};
  record.phase = Phase::kRunning;
  auto text = ReadFileText(kernel, container.dir.get(), kConfigFile);
  auto config = text ? ParseOciConfig(*text, "/") : Outcome<OciConfig>(Refuse(text.error(), "use"));
  if (config) {
    record.poststop = config->hooks.poststop;
    record.hooks_begun = true;
  }
  auto noted = kernel.GetXattr(container.dir.get(), kCgroupAttribute);
  if (noted && IsSafeCgroupPath(*noted)) {
    auto cgroups = LocateCgroups(kernel, *noted);
    if (!cgroups) return Refuse(cgroups.error(), "find the container's cgroups");
    record.cgroups = std::move(*cgroups);
    return record;
  }
  if (!noted && noted.error().code != ENODATA && noted.error().code != ENOTSUP) {
    return Refuse(noted.error(), "find the container's cgroups");
  }
  // Without the attribute create made nothing before it was cut off, unless its files are there.
  auto made = HasFilesOfCreate(kernel, container);
  if (!made) return Refuse(made.error(), "look for what create made");
  if (!*made) return record;
  return Refuse(FailureKind::kCorruptRecord,
                container.path + ": where its processes are is not recorded anywhere else");
}

}  // namespace reapcheck
