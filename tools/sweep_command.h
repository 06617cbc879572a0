// The subcommand `sweep`: options to values.
#ifndef REAPCHECK_TOOLS_SWEEP_COMMAND_H_
#define REAPCHECK_TOOLS_SWEEP_COMMAND_H_

#include <CLI/CLI.hpp>
#include <string>

#include "tools/search_command.h"

namespace reapcheck::tools {

// `program` is how reapcheck was called, for lines that reproduce.
Command AddSweep(CLI::App& app, const std::string& program);

// Repeats the point of a sweep that `text` is, from the file `path`; its exit code.
int ReplayPoint(const std::string& path, const std::string& text, const std::string& runtime,
                const std::string& program);

}  // namespace reapcheck::tools

#endif  // REAPCHECK_TOOLS_SWEEP_COMMAND_H_
