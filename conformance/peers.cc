#include "conformance/peers.h"

#include <cstdlib>

#include "conformance/file.h"

namespace reapcheck::conformance {

std::expected<std::vector<std::string>, std::string> InstalledPeers(const std::string& directory) {
  std::vector<std::string> peers;
  for (const std::string& name : ListNames(directory, /*directories_only=*/true)) {
    if (name.starts_with(".")) continue;  // half made
    const std::string file = directory + "/" + name + "/command";
    std::string command = ReadText(file).value_or("");
    if (command.ends_with('\n')) command.pop_back();
    if (command.empty() || command.find('\n') != std::string::npos) {
      return std::unexpected(file + ": is not one line with a command");
    }
    peers.push_back(name + "=" + command);
  }
  if (peers.empty()) return std::unexpected("no peers in " + directory + ": run tools/peers first");
  return peers;
}

std::string PeersDirectory() {
  const char* given = std::getenv("REAPCHECK_PEERS");
  return given != nullptr ? given : ".peers";
}

std::string_view FamilyOf(std::string_view name) {
  const std::size_t dash = name.find('-');
  const bool is_version = dash != std::string_view::npos && dash + 1 < name.size() &&
                          name[dash + 1] >= '0' && name[dash + 1] <= '9';
  return is_version ? name.substr(0, dash) : name;
}

}  // namespace reapcheck::conformance
