#include "tools/search_command.h"

#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "tools/duration.h"

namespace reapcheck::tools {
namespace {

std::atomic<bool> interrupted = false;

void OnInterrupt(int) { interrupted = true; }

}  // namespace

const std::atomic<bool>& CatchInterrupt() {
  struct sigaction action = {};
  action.sa_handler = OnInterrupt;
  action.sa_flags = SA_RESETHAND;
  sigaction(SIGINT, &action, nullptr);
  return interrupted;
}

int Refuse(const std::string& what) {
  std::fprintf(stderr, "reapcheck: %s\n", what.c_str());
  return kCouldNotRun;
}

void AddSearchOptions(CLI::App& app, const std::shared_ptr<scenario::ExploreOptions>& options,
                      const std::string& each) {
  options->jobs = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  app.add_option_function<std::string>(
         "--budget",
         [options](const std::string& text) {
           if (!ParseDuration(text, options->budget)) {
             throw CLI::ValidationError("--budget", text + " is no duration >= 1ms (10s, 2m)");
           }
         },
         "of time for each " + each + "; default: 60s")
      ->option_text("DURATION");
  app.add_option("--jobs", options->jobs,
                 each + "s at a time; default: one for each processor")
      ->check(CLI::Range(1, 64))
      ->option_text("N");
}

}  // namespace reapcheck::tools
