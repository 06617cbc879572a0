// The command `reapcheck`: options to values, and nothing else.
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <string>
#include <vector>

#include "conformance/conform.h"

namespace {

namespace conformance = reapcheck::conformance;

constexpr int kUsage = 2;

// "10s", "500ms", "2m", "10": seconds when there is no unit.
bool ParseDuration(const std::string& text, std::chrono::milliseconds& duration) {
  std::size_t digits = text.find_first_not_of("0123456789.");
  std::string unit = digits == std::string::npos ? "s" : text.substr(digits);
  double factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60000 : 0;
  double number = std::atof(text.c_str());
  constexpr double kLongest = 24 * 3600 * 1000.0;
  if (factor == 0 || number <= 0 || number * factor > kLongest) return false;
  duration = std::chrono::milliseconds(static_cast<long>(number * factor));
  return true;
}

const std::map<std::string, conformance::CgroupLayout> kLayouts = {
    {"host", conformance::CgroupLayout::kHost},
    {"v1", conformance::CgroupLayout::kV1},
    {"v2", conformance::CgroupLayout::kV2}};
const std::map<std::string, conformance::Level> kLevels = {
    {"spec", conformance::Level::kSpec},
    {"convention", conformance::Level::kConvention},
    {"robustness", conformance::Level::kRobustness}};
const std::map<std::string, conformance::Format> kFormats = {
    {"pretty", conformance::Format::kPretty},
    {"tap", conformance::Format::kTap},
    {"junit", conformance::Format::kJunit},
    {"json", conformance::Format::kJson}};

template <typename T>
CLI::Validator OneOf(const std::map<std::string, T>& names) {
  return CLI::CheckedTransformer(names);
}

// Several values come as several options, not as one list that would swallow what follows.
template <typename T>
CLI::Option* AddEach(CLI::App& app, const std::string& name, std::vector<T>& into,
                     const std::string& help) {
  return app.add_option(name, into, help)->expected(1)->allow_extra_args(false)->multi_option_policy(
      CLI::MultiOptionPolicy::TakeAll);
}

void AddConformOptions(CLI::App& app, conformance::ConformOptions& options) {
  AddEach(app, "--runtime", options.runtimes,
          "[NAME=]COMMAND to judge, may be repeated; default: reaprun, runc and crun");
  AddEach(app, "--cgroup", options.layouts, "host, v1 or v2: the cgroup layout to judge on")
      ->transform(OneOf(kLayouts));
  app.add_option("--filter", options.filter, "only these cases: GLOB[:GLOB...][-GLOB...]");
  AddEach(app, "--level", options.levels, "spec, convention or robustness; default: all")
      ->transform(OneOf(kLevels));
  app.add_option("--jobs", options.jobs, "cases at a time; default: one for each processor")
      ->check(CLI::Range(1, 64));
  app.add_option("--repeat", options.repeat, "run each case so many times")
      ->check(CLI::Range(1, 100000));
  app.add_option_function<std::string>(
      "--timeout",
      [&options](const std::string& text) {
        if (!ParseDuration(text, options.timeout)) {
          throw CLI::ValidationError("--timeout", text + " is no duration (10s, 500ms, 2m)");
        }
      },
      "of one call of the runtime; default: 10s");
  app.add_option("--format", options.format, "pretty, tap, junit or json")
      ->transform(OneOf(kFormats));
  app.add_option("--output", options.output, "write the report to this file");
  app.add_option("--deviations", options.deviations,
                 "file, or directory of NAME.json, of expected failures; none: without");
  app.add_flag("--list", options.list, "print the names of the cases and stop");
  app.add_option("--explain", options.explain, "print what a case claims, and why, and stop");
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
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "reapcheck: %s\n", error.what());
    return kUsage;
  }
  return conformance::Conform(options, CommandName(argv[0]));
}
