// The subcommand `sweep`: options to values.
#ifndef REAPCHECK_TOOLS_SWEEP_COMMAND_H_
#define REAPCHECK_TOOLS_SWEEP_COMMAND_H_

#include <CLI/CLI.hpp>
#include <string>

#include "tools/search_command.h"

namespace reapcheck::tools {

// `program` is how reapcheck was called, for lines that reproduce.
Command AddSweep(CLI::App& app, const std::string& program);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_SWEEP_COMMAND_H_
