// Which runtime binary a --runtime argument means.
#ifndef REAPCHECK_CONFORMANCE_RUNTIMES_H_
#define REAPCHECK_CONFORMANCE_RUNTIMES_H_

#include <expected>
#include <string>
#include <vector>

namespace reapcheck::conformance {

struct RuntimeSpec {
  std::string name;               // of the column and of the deviations file
  std::vector<std::string> argv;  // absolute binary, extra global arguments
  std::string typed;              // what gives it again after --runtime, quoted where needed
};

// "[NAME=]COMMAND": a bare name is looked up on PATH ("reaprun" first beside this build); COMMAND
// may go on with global arguments. A name that tools/peers has installed ("runc-1.3.6") is that
// one. The error is one line.
std::expected<RuntimeSpec, std::string> FindRuntime(const std::string& argument);

// reaprun, and each of runc and crun that is installed.
std::vector<RuntimeSpec> DefaultRuntimes();

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_RUNTIMES_H_
