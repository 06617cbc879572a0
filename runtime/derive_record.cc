#include "runtime/derive_record.h"

#include <algorithm>
#include <cerrno>

#include "runtime/file_text.h"
#include "runtime/oci_config.h"

namespace reapcheck {
namespace {

// The files that create writes: with any of them there, create had begun to make things.
bool IsOfCreate(const DirectoryEntry& entry) {
  static constexpr std::string_view kFiles[] = {kStateFile, kIntentFile, kGateFile, kResultFile};
  return std::ranges::find(kFiles, entry.name) != std::end(kFiles);
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
  std::string cgroups_path;
  auto text = ReadFileText(kernel, container.dir.get(), kConfigFile);
  auto config = text ? ParseOciConfig(*text, "/") : Outcome<OciConfig>(Refuse(text.error(), "use"));
  if (config) {
    cgroups_path = config->cgroups_path;
    record.poststop = config->hooks.poststop;
    record.hooks_begun = true;
  } else {
    auto entries = kernel.GetDirectoryEntries(container.dir.get());
    if (!entries) return Refuse(entries.error(), "look for what create made");
    const bool config_unusable = text || text.error().code != ENOENT;
    if (config_unusable || std::ranges::any_of(*entries, IsOfCreate)) {
      return Refuse(FailureKind::kCorruptRecord,
                    container.path + "/" + kConfigFile +
                        ": can not be used either; where its processes are is not known");
    }
  }
  if (cgroups_path.empty()) cgroups_path = DefaultCgroupPath(container.id);
  if (!cgroups_path.starts_with('/')) cgroups_path.insert(0, "/");
  auto cgroups = LocateCgroups(kernel, cgroups_path);
  if (!cgroups) return Refuse(cgroups.error(), "find the container's cgroups");
  record.cgroups = std::move(*cgroups);
  return record;
}

}  // namespace reapcheck
