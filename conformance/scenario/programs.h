// What the actors of a scenario do, as synchronous code against the simulated kernel: the runtime's
// own operations, unmodified, and beside them what the runtime meets: hooks, the container's init
// on its side of the protocol of container_kernel.h, an engine that loses patience.
//
// Each body is deterministic in the results of its calls; it returns its exit status.
#ifndef REAPCHECK_CONFORMANCE_SCENARIO_PROGRAMS_H_
#define REAPCHECK_CONFORMANCE_SCENARIO_PROGRAMS_H_

#include <functional>
#include <memory>
#include <string>

#include "conformance/scenario/scenario.h"
#include "runtime/builder.h"
#include "runtime/runtime.h"
#include "sim/program_kernel.h"

namespace reapcheck::scenario {

inline constexpr char kRoot[] = "/run/reaprun";
inline constexpr char kBundles[] = "/bundles";      // /bundles/ID/config.json
inline constexpr char kHookDirectory[] = "/hooks";  // /hooks/ID/poststop-1
inline constexpr char kRuntimePath[] = "/usr/bin/reaprun";

// Who is explored: the reference, another profile or a mutant.
struct Subject {
  std::string name = "reference";
  std::function<std::unique_ptr<Runtime>(Kernel&, const std::string& root, WarningSink)>
      make_runtime;
  std::function<std::unique_ptr<Builder>(Runtime&, ContainerKernel&)> make_builder;
};

// A profile by its name (runtime/profile.h).
Subject ProfileSubject(const std::string& profile);

using Body = std::function<int(sim::ProgramKernel&)>;

// One invocation of the runtime: 0, or 1 when the operation was refused or failed.
Body OperationBody(const Operation& operation, const Subject& subject);
// Starts the operation (an executable of that program), waits, and after its patience starts it
// once more beside the first; ends with the exit status of the last.
Body EngineBody(const Operation& operation);
Body HookBody(HookEnd end, const std::string& id, const Subject& subject);
// From CloneInit to the program of config.json, which then only lives.
Body InitBody();
// The rest of that, from where init waits for start.
Body GateBody();
// The same for CloneExec.
Body ExecBody();

// config.json of the container; `joined` is whose pid namespace a kJoined one enters.
std::string ConfigText(const ContainerSetup& container, Pid joined);
// ROOT/ID.
std::string DirectoryOf(const ContainerSetup& container);
// "/hooks/c1/poststop-1" for the first poststop hook of c1.
std::string HookPath(const ContainerSetup& container, std::size_t index);

}  // namespace reapcheck::scenario

#endif  // REAPCHECK_CONFORMANCE_SCENARIO_PROGRAMS_H_
