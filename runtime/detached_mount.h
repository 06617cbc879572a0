// Mounts that are prepared before they are anywhere: fsopen(2), open_tree(2), mount_setattr(2) and
// then move_mount(2) onto a descriptor. Between making and attaching, no path is resolved twice.
//
// MS_* flags are those of mount(2), as config.json's options give them (oci_config.h).
#ifndef REAPCHECK_RUNTIME_DETACHED_MOUNT_H_
#define REAPCHECK_RUNTIME_DETACHED_MOUNT_H_

#include <cstdint>
#include <string>

#include "runtime/error.h"
#include "runtime/scoped_fd.h"

namespace reapcheck {

struct FileSystemSpec {
  std::string type;
  std::string source;
  std::uint64_t super_flags = 0;  // MS_SYNCHRONOUS, MS_RDONLY, ...: what belongs to the super block
  std::string data;               // "mode=755,size=64k"
};

// A new mount of a file system. The error's subject has the kernel's own words where it has any.
Result<ScopedFd> MakeMount(const FileSystemSpec& spec);

// A copy of the mount at `path` (relative to `directory`; "" for the descriptor itself), with all
// below it when `recursive`.
Result<ScopedFd> CopyMount(int directory, const std::string& path, bool recursive);

struct MountAttributes {
  std::uint64_t set = 0;    // MOUNT_ATTR_*
  std::uint64_t clear = 0;
  std::uint64_t propagation = 0;  // MS_SHARED, MS_SLAVE, ... without MS_REC
  bool recursive = false;
};
Result<void> SetMountAttributes(int mount, const MountAttributes& attributes);

// The MOUNT_ATTR_* of mount(2)'s flags; an access-time flag also clears the others.
MountAttributes AttributesOfFlags(std::uint64_t flags, std::uint64_t cleared_flags);

// Puts a detached mount, or moves an attached one, onto the open `target`.
Result<void> AttachMount(int mount, int target);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_DETACHED_MOUNT_H_
