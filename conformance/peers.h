// Runtimes that tools/peers has installed to be judged, each in a folder of its own:
// DIRECTORY/NAME-VERSION/command has the command in one line.
#ifndef REAPCHECK_CONFORMANCE_PEERS_H_
#define REAPCHECK_CONFORMANCE_PEERS_H_

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace reapcheck::conformance {

// As --runtime takes them, "runc-1.3.6=/.../runc", sorted. The error is one line: there are none,
// or one is damaged.
std::expected<std::vector<std::string>, std::string> InstalledPeers(const std::string& directory);

// Where they are for this process: $REAPCHECK_PEERS, which tools/reapcheck sets, else ".peers".
std::string PeersDirectory();

// "runc" of "runc-1.3.6": whose deviations are expected of it. A name without a version is its own.
std::string_view FamilyOf(std::string_view name);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_PEERS_H_
