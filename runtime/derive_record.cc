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
  std::string path;
  auto text = ReadFileText(kernel, container.dir.get(), kConfigFile);
  auto config = text ? ParseOciConfig(*text, "/") : Outcome<OciConfig>(Refuse(text.error(), "use"));
  if (config) {
    path = config->cgroups_path;
    record.poststop = config->hooks.poststop;
    record.hooks_begun = true;
  }
  auto noted = kernel.GetXattr(container.dir.get(), kCgroupAttribute);
  if (noted) path = *noted;
  if (!noted && !config) {
    auto made = HasFilesOfCreate(kernel, container);
    if (!made) return Refuse(made.error(), "look for what create made");
    if (*made) {
      return Refuse(FailureKind::kCorruptRecord,
                    container.path + "/" + kConfigFile +
                        ": can not be used either; where its processes are is not known");
    }
  }
  if (path.empty()) path = DefaultCgroupPath(container.id);
  if (!path.starts_with('/')) path.insert(0, "/");
  auto cgroups = LocateCgroups(kernel, path);
  if (!cgroups) return Refuse(cgroups.error(), "find the container's cgroups");
  record.cgroups = std::move(*cgroups);
  return record;
}

}  // namespace reapcheck
