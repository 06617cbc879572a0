// `reapcheck explore` and `reapcheck replay`: options to values, values to exit codes.
#ifndef REAPCHECK_TOOLS_EXPLORE_COMMAND_H_
#define REAPCHECK_TOOLS_EXPLORE_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>

namespace reapcheck::tools {

// What to run when the subcommand was given; the exit code: 0 clean, 1 violations, 2 could not run,
// 3 clean as far as it got, but not complete.
using Command = std::function<int()>;

Command AddExplore(CLI::App& app);
Command AddReplay(CLI::App& app);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_EXPLORE_COMMAND_H_
