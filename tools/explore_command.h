// `reapcheck explore` and `reapcheck replay`: options to values, values to exit codes.
#ifndef REAPCHECK_TOOLS_EXPLORE_COMMAND_H_
#define REAPCHECK_TOOLS_EXPLORE_COMMAND_H_

#include <CLI/CLI.hpp>
#include <string>

#include "tools/search_command.h"

namespace reapcheck::tools {

// Exit codes: 0 clean, 1 violations, 2 could not run, 3 clean as far as it got, but not complete.
Command AddExplore(CLI::App& app);
// `program` is how reapcheck was called, for lines that reproduce.
Command AddReplay(CLI::App& app, const std::string& program);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_EXPLORE_COMMAND_H_
