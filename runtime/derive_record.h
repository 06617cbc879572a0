// What can be found out about a container whose records are all unusable.
#ifndef REAPCHECK_RUNTIME_DERIVE_RECORD_H_
#define REAPCHECK_RUNTIME_DERIVE_RECORD_H_

#include "runtime/container_directory.h"
#include "runtime/record.h"

namespace reapcheck {

// The path of a container's cgroup when config.json gives none.
std::string DefaultCgroupPath(const std::string& id);

// Where in each hierarchy the container's cgroup is or is to be; `owned` is not yet known.
Result<Cgroups> LocateCgroups(Kernel& kernel, const std::string& path);

// A record with the cgroups that the directory's attribute or the kept config.json tells, or those
// that create makes by convention. kCorruptRecord: something of create's is left in the directory,
// but nothing from which it could be told where its processes are; unknown is never dead.
Outcome<Record> DeriveRecord(Kernel& kernel, const ContainerDirectory& container);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_DERIVE_RECORD_H_
