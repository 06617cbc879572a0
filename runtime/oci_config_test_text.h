// config.json texts for tests: a valid one with the members that a test is about.
// Pure functions.
#ifndef REAPCHECK_RUNTIME_OCI_CONFIG_TEST_TEXT_H_
#define REAPCHECK_RUNTIME_OCI_CONFIG_TEST_TEXT_H_

#include <string>

namespace reapcheck {

// A config.json with these members besides the two that are always required.
inline std::string Config(const std::string& members) {
  return R"({"ociVersion": "1.0.2", "root": {"path": "rootfs"})" +
         (members.empty() ? "" : ", " + members) + "}";
}

inline std::string Process(const std::string& members) {
  return Config(R"("process": {"args": ["sh"], "cwd": "/", )" + members + "}");
}

// With every namespace but the user's, so that nothing is refused for want of one.
inline constexpr char kNamespaces[] =
    R"("namespaces": [{"type": "pid"}, {"type": "network"}, {"type": "mount"}, {"type": "ipc"},
                      {"type": "uts"}, {"type": "cgroup"}])";

inline std::string Linux(const std::string& members) {
  return Config(R"("linux": {)" + std::string(kNamespaces) + ", " + members + "}");
}

inline std::string WithResources(const std::string& members) {
  return Linux(R"("resources": {)" + members + "}");
}

inline std::string Seccomp(const std::string& members) {
  return Linux(R"("seccomp": {"defaultAction": "SCMP_ACT_ALLOW", )" + members + "}");
}

inline std::string Mount(const std::string& members) {
  return Config(R"("linux": {"namespaces": [{"type": "mount"}]}, "mounts": [{)" + members + "}]");
}

inline std::string MountOptions(const std::string& options) {
  return Mount(R"("destination": "/m", "type": "tmpfs", "options": )" + options);
}

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_OCI_CONFIG_TEST_TEXT_H_
