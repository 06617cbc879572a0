// The command line of reaprun. It maps words to operations and failures to exit codes, and nothing
// else: 0 done, 1 not done with one line that says why, `run` and `exec` the program's own code.
#ifndef REAPCHECK_RUNTIME_COMMAND_LINE_H_
#define REAPCHECK_RUNTIME_COMMAND_LINE_H_

#include <memory>
#include <string>

#include "runtime/builder.h"
#include "runtime/container_kernel.h"
#include "runtime/kernel.h"
#include "runtime/profile.h"
#include "runtime/runtime.h"

namespace CLI {
class App;
}

namespace reapcheck {

// What an invocation does its work with. This one makes reaprun's own parts; a binary that differs
// from reaprun in one of them derives from it. What is made borrows what it is made with.
class RuntimeFactory {
 public:
  RuntimeFactory() = default;
  virtual ~RuntimeFactory() = default;
  RuntimeFactory(const RuntimeFactory&) = delete;
  RuntimeFactory& operator=(const RuntimeFactory&) = delete;

  // Further global options. They are read before anything is made.
  virtual void AddOptions(CLI::App&) {}

  virtual std::unique_ptr<Kernel> MakeKernel() const;
  virtual std::unique_ptr<ContainerKernel> MakeContainerKernel(Kernel& kernel) const;
  virtual std::unique_ptr<Runtime> MakeRuntime(const std::string& profile, Kernel& kernel,
                                               const std::string& root, WarningSink warn) const;
  virtual std::unique_ptr<Builder> MakeBuilder(Runtime& runtime,
                                               ContainerKernel& container_kernel) const;
  // Before a process is made that becomes a container's: own_binary.h.
  virtual Result<void> Protect(char** argv) const;
};

// A whole invocation; the exit code.
int RunCommandLine(int argc, char** argv, RuntimeFactory& factory);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_COMMAND_LINE_H_
