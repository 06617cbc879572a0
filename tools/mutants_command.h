// `reapcheck mutants`: options to values, values to exit codes.
#ifndef REAPCHECK_TOOLS_MUTANTS_COMMAND_H_
#define REAPCHECK_TOOLS_MUTANTS_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>

namespace reapcheck::tools {

// What to run when the subcommand was given; the exit code: 0 all found, 1 some not found, 2 could
// not run.
std::function<int()> AddMutants(CLI::App& app);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_MUTANTS_COMMAND_H_
