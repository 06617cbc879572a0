// `reapcheck mutants`: options to values, values to exit codes.
#ifndef REAPCHECK_TOOLS_MUTANTS_COMMAND_H_
#define REAPCHECK_TOOLS_MUTANTS_COMMAND_H_

#include <CLI/CLI.hpp>

#include "tools/search_command.h"

namespace reapcheck::tools {

// Exit codes: 0 all found, 1 some not found, 2 could not run.
Command AddMutants(CLI::App& app);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_MUTANTS_COMMAND_H_
