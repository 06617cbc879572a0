// Not in the specification: what engines call `list` for.
#include <dirent.h>
#include <fcntl.h>

#include <algorithm>

#include "runtime/runtime.h"

namespace reapcheck {
namespace {

ListedContainer Unusable(const std::string& id) { return {.id = id, .status = "unusable"}; }

}  // namespace

Outcome<std::vector<ListedContainer>> Runtime::List() {
  std::vector<ListedContainer> listed;
  auto dir = OpenRoot(kernel_, root_, /*make=*/false);
  if (!dir && dir.error().kind == FailureKind::kNotFound) return listed;
  if (!dir) return Forward(std::move(dir));
  auto entries = kernel_.GetDirectoryEntries(dir->get());
  if (!entries) return Refuse(entries.error(), "list containers");
  std::ranges::sort(*entries, {}, &DirectoryEntry::name);
  for (const DirectoryEntry& entry : *entries) {
    if (entry.type != DT_DIR || !CheckContainerId(entry.name)) continue;
    auto loaded = Load(entry.name);
    if (!loaded && loaded.error().kind == FailureKind::kNotFound) continue;
    if (!loaded) {
      listed.push_back(Unusable(entry.name));
      continue;
    }
    const Record& record = loaded->record();
    ListedContainer container{.id = entry.name,
                              .status = std::string(StatusName(loaded->status)),
                              .bundle = record.bundle,
                              .oci_version = record.oci_version};
    if (loaded->status != Status::kStopped) container.pid = record.init.pid;
    // The kept config.json is written once, by create.
    auto stat = kernel_.StatAt(loaded->container.dir.get(), kConfigFile, AT_SYMLINK_NOFOLLOW);
    if (stat) container.created = stat->modified;
    if (stat) container.owner = stat->uid;
    listed.push_back(std::move(container));
  }
  return listed;
}

Outcome<std::string> Runtime::FindCgroupOwner(const std::string& path,
                                              const std::string& but_not) {
  auto dir = OpenRoot(kernel_, root_, /*make=*/false);
  if (!dir) return Forward(std::move(dir));
  auto entries = kernel_.GetDirectoryEntries(dir->get());
  if (!entries) return Refuse(entries.error(), "look for the owner of cgroup " + path);
  for (const DirectoryEntry& entry : *entries) {
    if (entry.name == but_not) continue;
    auto container = OpenContainer(kernel_, root_, entry.name);
    if (!container) continue;
    auto loaded = LoadRecord(kernel_, *container);
    if (!loaded) continue;
    for (const CgroupDirectory& cgroup : loaded->record.cgroups) {
      const bool inside = (path + "/").starts_with(cgroup.path + "/");
      const bool around = (cgroup.path + "/").starts_with(path + "/");
      if (inside || around) return entry.name;
    }
  }
  return std::string();
}

}  // namespace reapcheck
