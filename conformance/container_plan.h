// What a case wants a container to be; Lab::MakeBundle turns it into a bundle with config.json.
//
// Plain values with working defaults: a private pid namespace, a cgroup of its own, and the payload
// sleeping for ever as its program. Words of the payload: payload/README.md.
#ifndef REAPCHECK_CONFORMANCE_CONTAINER_PLAN_H_
#define REAPCHECK_CONFORMANCE_CONTAINER_PLAN_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "conformance/json.h"
#include "conformance/observation.h"

namespace reapcheck::conformance {

enum class PidNamespace {
  kPrivate,  // a new one: the death of init is the death of all
  kHost,     // none: processes outlive init
  kJoined,   // ContainerPlan::pid_namespace_path
};

struct HookPlan {
  std::string kind;  // "prestart", "createRuntime", "createContainer", "startContainer",
                     // "poststart", "poststop"
  std::string name;  // tells records apart
  // Payload words after it has noted its call: {"exit", "1"}, {"nap", "2000"}; empty: exit 0.
  std::vector<std::string> then;
  std::optional<int> timeout_seconds;
  std::optional<std::vector<std::string>> environment;  // absent: no "env" in config.json
  // Set: config.json's path and args exactly (no payload, no record).
  std::string path;
  std::vector<std::string> arguments;
};

struct ContainerPlan {
  std::string name = "c1";  // short, unique in the case: files in the share begin with it
  std::string id;           // empty: lab.Id(name), unique on the machine
  PidNamespace pid_namespace = PidNamespace::kPrivate;
  std::string pid_namespace_path;            // kJoined: "/proc/17/ns/pid"
  std::vector<std::string> program = {"sleep"};  // payload words
  std::vector<std::string> arguments;        // set: process.args exactly, instead of `program`
  std::vector<std::string> environment = {"PATH=/"};
  // absent: "/TAG-name", a cgroup of its own; "": no cgroupsPath in config.json.
  std::optional<std::string> cgroups_path;
  std::vector<HookPlan> hooks;
  std::map<std::string, std::string> annotations;
  bool readonly_rootfs = false;
  bool without_process = false;   // no "process" in config.json
  bool network_namespace = false;  // costs milliseconds in the kernel: off unless asked for
  bool cgroup_mount = false;      // mounts the cgroup file system, writable, at /sys/fs/cgroup
  // Last word on config.json before it is written. #include <nlohmann/json.hpp> to use it.
  std::function<void(Json& config)> edit;
};

// A container (or what was meant to become one), by value. Paths are absolute.
struct Container {
  std::string name;
  std::string id;
  std::string bundle;
  std::string cgroups_path;  // as in config.json, "" when none
  ProcessId init;            // pid 0 until Lab::Created and later; then as `state` reported it
};

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_CONTAINER_PLAN_H_
