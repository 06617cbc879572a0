// The command `reapcheck`: options to values, and nothing else.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "conformance/conform.h"
#include "tools/duration.h"
#include "tools/explore_command.h"
#include "tools/mutants_command.h"
#include "tools/sweep_command.h"

namespace {

namespace conformance = reapcheck::conformance;

constexpr int kUsage = 2;

template <typename T>
struct Named {
  const char* name;
  T value;
};

constexpr Named<conformance::CgroupLayout> kLayouts[] = {
    {"host", conformance::CgroupLayout::kHost},
    {"v1", conformance::CgroupLayout::kV1},
    {"v2", conformance::CgroupLayout::kV2}};
constexpr Named<conformance::Level> kLevels[] = {
    {"spec", conformance::Level::kSpec},
    {"convention", conformance::Level::kConvention},
    {"robustness", conformance::Level::kRobustness}};
constexpr Named<conformance::Format> kFormats[] = {
    {"pretty", conformance::Format::kPretty},
    {"tap", conformance::Format::kTap},
    {"junit", conformance::Format::kJunit},
    {"json", conformance::Format::kJson}};

// The value of that name; a usage error that lists the names otherwise.
template <typename T, std::size_t N>
T Chosen(const Named<T> (&table)[N], const std::string& option, const std::string& name) {
  std::string names;
  for (const Named<T>& entry : table) {
    if (name == entry.name) return entry.value;
    names += (names.empty() ? "" : ", ") + std::string(entry.name);
  }
  throw CLI::ValidationError(option, name + " is none of " + names);
}

// Several values come as several options, not as one list that would swallow what follows.
CLI::Option* Repeatable(CLI::Option* option) {
  return option->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

using Strings = std::vector<std::string>;

void AddChoices(CLI::App& app, conformance::ConformOptions& options) {
  Repeatable(app.add_option("--runtime", options.runtimes,
                            "judge this one; default: reaprun, runc and crun"))
      ->option_text("[NAME=]COMMAND ...");
  app.add_flag("--peers", options.peers, "judge all that tools/peers has installed");
  Repeatable(app.add_option_function<Strings>(
                 "--cgroup",
                 [&options](const Strings& names) {
                   for (const std::string& name : names) {
                     options.layouts.push_back(Chosen(kLayouts, "--cgroup", name));
                   }
                 },
                 "cgroup layout to judge on; default: the first that the runtime works on"))
      ->option_text("host|v1|v2 ...");
  Repeatable(app.add_option_function<Strings>(
                 "--level",
                 [&options](const Strings& names) {
                   for (const std::string& name : names) {
                     options.levels.push_back(Chosen(kLevels, "--level", name));
                   }
                 },
                 "only cases of this level; default: all"))
      ->option_text("spec|convention|robustness ...");
  app.add_option_function<std::string>(
         "--format",
         [&options](const std::string& name) {
           options.format = Chosen(kFormats, "--format", name);
         },
         "of the report")
      ->option_text("pretty|tap|junit|json");
}

void AddConformOptions(CLI::App& app, conformance::ConformOptions& options) {
  AddChoices(app, options);
  app.add_option("--filter", options.filter, "only these cases: GLOB[:GLOB...][-GLOB...]")
      ->option_text("GLOB");
  app.add_option("--jobs", options.jobs, "cases at a time; default: one for each processor")
      ->check(CLI::Range(1, 64))
      ->option_text("N");
  app.add_option("--repeat", options.repeat, "run each case so many times")
      ->check(CLI::Range(1, 100000))
      ->option_text("N");
  app.add_option_function<std::string>(
         "--timeout",
         [&options](const std::string& text) {
           if (!reapcheck::tools::ParseDuration(text, options.timeout)) {
             throw CLI::ValidationError("--timeout", text + " is no duration >= 1ms (10s, 2m)");
           }
         },
         "of one call of the runtime; default: 10s")
      ->option_text("DURATION");
  app.add_option("--output", options.output, "write the report to this file")
      ->option_text("FILE");
  app.add_option("--deviations", options.deviations,
                 "expected failures: a file, a directory of NAME.json, or none")
      ->option_text("FILE");
  app.add_flag("--list", options.list, "print the names of the cases and stop");
  app.add_option("--explain", options.explain, "print what a case claims, and why, and stop")
      ->option_text("CASE");
}

std::string CommandName(const char* typed) {
  const char* given = std::getenv("REAPCHECK_COMMAND");  // set by a script that wraps this
  return given != nullptr ? given : typed;
}

}  // namespace

int main(int argc, char** argv) {
  int gtest_argc = 1;  // GoogleTest has no options here
  testing::InitGoogleTest(&gtest_argc, argv);
  CLI::App app{"Can a container runtime's containers be killed and cleaned up, whatever happens?"};
  app.require_subcommand(1);
  conformance::ConformOptions options;
  CLI::App* conform = app.add_subcommand("conform", "judge OCI runtimes on real containers");
  AddConformOptions(*conform, options);
  CLI::App* sweep = app.add_subcommand(
      "sweep", "fail and crash real OCI runtimes at each of their system calls");
  const auto run_sweep = reapcheck::tools::AddSweep(*sweep, CommandName(argv[0]));
  CLI::App* explore = app.add_subcommand(
      "explore", "run the reference runtime in the simulated kernel, whatever happens");
  const auto run_explore = reapcheck::tools::AddExplore(*explore);
  CLI::App* replay = app.add_subcommand("replay", "repeat what explore or sweep has saved");
  const auto run_replay = reapcheck::tools::AddReplay(*replay, CommandName(argv[0]));
  CLI::App* mutants =
      app.add_subcommand("mutants", "show that the simulated scenarios find planted bugs");
  const auto run_mutants = reapcheck::tools::AddMutants(*mutants);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "reapcheck: %s\n", error.what());
    return kUsage;
  }
  if (sweep->parsed()) return run_sweep();
  if (explore->parsed()) return run_explore();
  if (replay->parsed()) return run_replay();
  if (mutants->parsed()) return run_mutants();
  return conformance::Conform(options, CommandName(argv[0]));
}
