// The private mount namespace of a worker: the cgroup layout that was asked for, a tmpfs for the
// lab, and /run, /tmp and /var/tmp under overlays, so that what a runtime leaves there shows.
// Nothing outside the namespace changes. Needs CAP_SYS_ADMIN.
#ifndef REAPCHECK_CONFORMANCE_LAYOUT_H_
#define REAPCHECK_CONFORMANCE_LAYOUT_H_

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "conformance/lab.h"

namespace reapcheck::conformance {

std::string_view LayoutName(CgroupLayout layout);  // "host", "v1", "v2"

struct WatchedDirectory {
  std::string path;     // "/run"
  std::string listing;  // where what is new shows: the overlay's upper directory
};

struct Surroundings {
  std::string directory;  // the lab's tmpfs
  std::vector<WatchedDirectory> watched;
  std::vector<std::string> unwatched;  // no overlay could be mounted there
};

// Unshares the caller's mount namespace and lays everything out. The error says, in one line, what
// this machine does not offer.
std::expected<Surroundings, std::string> EnterLayout(CgroupLayout layout);

// Mounts all v1 hierarchies that are in use and v2 in the caller's namespace, which must be
// private; returns why not, or "". For finding what dead runs left.
std::string MountV1(const std::string& where);
std::string MountV2(const std::string& where);
// unshare(2) and no propagation in either direction. "" or why not.
std::string MakeMountsPrivate();

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LAYOUT_H_
