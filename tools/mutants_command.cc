#include "tools/mutants_command.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "conformance/glob.h"
#include "conformance/scenario/mutant_hunt.h"

namespace reapcheck::tools {
namespace {

using mutants::Mutant;
using scenario::Hunt;

constexpr int kAllFound = 0;
constexpr int kSomeNotFound = 1;

struct MutantsSettings {
  scenario::ExploreOptions options;
  std::string mutants = "*";
  std::string format = "pretty";
};

std::vector<const Mutant*> Select(const std::vector<Mutant>& all, const std::string& globs) {
  std::vector<const Mutant*> selected;
  for (const Mutant& mutant : all) {
    const bool is_named = conformance::AnyGlobMatches(globs, mutant.name);
    if (is_named && scenario::SubjectOf(mutant)) selected.push_back(&mutant);
  }
  return selected;
}

// "plain", "order", "1 fault", "1 fault, 1 crash".
std::string NeedsText(const scenario::Needs& needs) {
  std::string text;
  const auto add = [&text](int count, const char* what) {
    if (count == 0) return;
    text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + what;
  };
  add(needs.faults, "fault");
  add(needs.crashes, "crash");
  add(needs.preemptions, "switch");
  if (!text.empty()) return text;
  return needs.is_plain ? "plain" : "order";
}

void PrintHeader() {
  std::printf("%-26s %-24s %-5s %-36s %-16s %9s %9s\n", "mutant", "after", "shows", "scenario",
              "needs", "schedules", "time");
}

void PrintLine(const Hunt& hunt) {
  const std::string where = !hunt.error.empty() && !hunt.is_found() ? hunt.error : "NOT FOUND";
  std::printf("%-26s %-24s %-5s %-36s %-16s %9llu %7.2f s\n", hunt.mutant->name.c_str(),
              hunt.mutant->bug.substr(0, 24).c_str(),
              hunt.is_found() ? hunt.invariant.c_str() : "-",
              hunt.is_found() ? hunt.scenario.c_str() : where.c_str(),
              hunt.is_found() ? NeedsText(hunt.needs).c_str() : "-",
              static_cast<unsigned long long>(hunt.schedules), hunt.seconds);
  std::fflush(stdout);
}

std::string JsonText(const std::vector<Hunt>& hunts) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Hunt& hunt : hunts) {
    list.push_back({{"mutant", hunt.mutant->name},
                    {"bug", hunt.mutant->bug},
                    {"plants", hunt.mutant->plants},
                    {"breaks", hunt.mutant->breaks},
                    {"found", hunt.is_found()},
                    {"invariant", hunt.invariant},
                    {"scenario", hunt.scenario},
                    {"summary", hunt.summary},
                    {"choices", hunt.choices},
                    {"faults", hunt.needs.faults},
                    {"crashes", hunt.needs.crashes},
                    {"preemptions", hunt.needs.preemptions},
                    {"plain", hunt.needs.is_plain},
                    {"schedules", hunt.schedules},
                    {"seconds", hunt.seconds},
                    {"error", hunt.error}});
  }
  return list.dump(2) + "\n";
}

bool IsHidden(const Hunt& hunt) { return hunt.is_found() && !hunt.needs.is_plain; }

int Hunting(MutantsSettings& settings) {
  const std::vector<Mutant> all = mutants::AllMutants();
  const auto selected = Select(all, settings.mutants);
  if (selected.empty()) {
    return Refuse("--mutant: no mutant that can be simulated matches " + settings.mutants);
  }
  const auto scenarios = scenario::SelectScenarios(settings.options.scenarios);
  if (scenarios.empty()) {
    return Refuse("--scenario: no scenario matches " + settings.options.scenarios);
  }
  settings.options.stop = &CatchInterrupt();
  const bool is_pretty = settings.format == "pretty";
  if (is_pretty) PrintHeader();
  const auto begin = std::chrono::steady_clock::now();
  const auto hunts =
      scenario::HuntAll(selected, scenarios, settings.options, [is_pretty](const Hunt& hunt) {
        if (is_pretty) PrintLine(hunt);
      });
  const auto found = std::ranges::count_if(hunts, &Hunt::is_found);
  const std::size_t missed = selected.size() - static_cast<std::size_t>(found);
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  if (is_pretty) {
    std::printf("\n%zd found, %zu not found, %zd by a fault, a crash or another order; %.2f s\n",
                found, missed,
                std::ranges::count_if(hunts, IsHidden), taken.count());
  } else {
    std::fputs(JsonText(hunts).c_str(), stdout);
  }
  return missed == 0 ? kAllFound : kSomeNotFound;
}

}  // namespace

Command AddMutants(CLI::App& app) {
  auto settings = std::make_shared<MutantsSettings>();
  scenario::ExploreOptions& options = settings->options;
  app.add_option("--mutant", settings->mutants, "only these: GLOB[:GLOB...]")
      ->option_text("GLOB");
  app.add_option("--scenario", options.scenarios, "look only in these: GLOB[:GLOB...]")
      ->option_text("GLOB");
  AddSearchOptions(app, {settings, &options}, "mutant");
  app.add_option("--format", settings->format, "of the table")
      ->check(CLI::IsMember({"pretty", "json"}))
      ->option_text("pretty|json");
  return [settings] { return Hunting(*settings); };
}

}  // namespace reapcheck::tools
