#include "conformance/runtimes.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "conformance/peers.h"

namespace reapcheck::conformance {
namespace {

bool IsExecutable(const std::string& path) {
  struct stat st;
  return stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && access(path.c_str(), X_OK) == 0;
}

std::string Absolute(const std::string& path) {
  char resolved[PATH_MAX];
  return realpath(path.c_str(), resolved) != nullptr ? resolved : path;
}

// bazel-bin/tools/reapcheck -> bazel-bin/runtime/reaprun.
std::string BuiltReaprun() {
  if (const char* given = getenv("REAPCHECK_REAPRUN")) return given;
  std::string self = Absolute("/proc/self/exe");
  std::string beside = self.substr(0, self.rfind('/')) + "/../runtime/reaprun";
  return IsExecutable(beside) ? Absolute(beside) : "";
}

std::string LookUp(const std::string& name) {
  if (name.find('/') != std::string::npos) return IsExecutable(name) ? Absolute(name) : "";
  if (name == "reaprun" && !BuiltReaprun().empty()) return BuiltReaprun();
  const char* path = getenv("PATH");
  std::istringstream in(path != nullptr ? path : "/usr/sbin:/usr/bin:/sbin:/bin");
  for (std::string dir; std::getline(in, dir, ':');) {
    if (!dir.empty() && IsExecutable(dir + "/" + name)) return Absolute(dir + "/" + name);
  }
  return "";
}

// "runc-1.3.6" -> "runc-1.3.6=/.../runc" where tools/peers has installed that.
std::string PeerNamed(const std::string& name) {
  if (name.find_first_of("=/ ") != std::string::npos) return "";
  const auto peers = InstalledPeers(PeersDirectory());
  for (const std::string& peer : peers.value_or(std::vector<std::string>())) {
    if (peer.starts_with(name + "=")) return peer;
  }
  return "";
}

std::expected<RuntimeSpec, std::string> FindCommand(const std::string& argument) {
  RuntimeSpec spec;
  std::string command = argument;
  // NAME= comes before any path or blank: "/usr/bin/runsc --platform=systrap" has none.
  std::size_t equals = argument.find('=');
  if (equals != std::string::npos && argument.find_first_of("/ ") > equals) {
    spec.name = argument.substr(0, equals);
    command = argument.substr(equals + 1);
  }
  std::istringstream in(command);
  for (std::string word; in >> word;) spec.argv.push_back(word);
  if (spec.argv.empty()) return std::unexpected("--runtime " + argument + ": no command");
  std::string typed_binary = spec.argv[0];
  std::string binary = LookUp(typed_binary);
  if (binary.empty()) return std::unexpected("--runtime " + typed_binary + ": no such program");
  if (spec.name.empty()) spec.name = typed_binary.substr(typed_binary.rfind('/') + 1);
  spec.argv[0] = binary;
  bool plain = argument.find_first_of(" \t'\"$;&|<>()*?") == std::string::npos;
  spec.typed = plain ? argument : "'" + argument + "'";
  return spec;
}

}  // namespace

std::expected<RuntimeSpec, std::string> FindRuntime(const std::string& argument) {
  const std::string peer = PeerNamed(argument);
  auto spec = FindCommand(peer.empty() ? argument : peer);
  if (spec && !peer.empty()) spec->typed = argument;
  return spec;
}

std::vector<RuntimeSpec> DefaultRuntimes() {
  std::vector<RuntimeSpec> found;
  for (const char* name : {"reaprun", "runc", "crun"}) {
    if (auto spec = FindRuntime(name)) found.push_back(*spec);
  }
  return found;
}

}  // namespace reapcheck::conformance
