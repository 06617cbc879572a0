// What the commands that search the simulator have in common: their options, Ctrl-C, refusals.
#ifndef REAPCHECK_TOOLS_SEARCH_COMMAND_H_
#define REAPCHECK_TOOLS_SEARCH_COMMAND_H_

#include <CLI/CLI.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "conformance/scenario/explore.h"

namespace reapcheck::tools {

// What to run when the subcommand was given; its exit code.
using Command = std::function<int()>;

inline constexpr int kCouldNotRun = 2;

// Set by the first Ctrl-C from here on: the search ends, and what was found so far is printed. The
// second one ends the program.
const std::atomic<bool>& CatchInterrupt();

// One line on stderr; kCouldNotRun.
int Refuse(const std::string& what);

// --budget and --jobs, of "scenario" or "mutant". The options belong to what `options` keeps alive.
void AddSearchOptions(CLI::App& app, const std::shared_ptr<scenario::ExploreOptions>& options,
                      const std::string& each);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_SEARCH_COMMAND_H_
