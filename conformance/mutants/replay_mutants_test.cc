// What the simulator finds is so on the real kernel too: the smallest schedules that break the
// profile runc-2016 and planted bugs, replayed on real binaries of both; reaprun itself is clean.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "conformance/scenario/explore.h"
#include "conformance/scenario/mutant_hunt.h"
#include "conformance/sweep/scenario_replay.h"

namespace reapcheck::mutants {
namespace {

using scenario::Scenario;
using sweep::ReplayReport;
using sweep::SavedRun;

const Scenario& Named(const std::string& name) {
  return *std::ranges::find(scenario::AllScenarios(), name, &Scenario::name);
}

std::string PathOf(const std::string& built) { return std::filesystem::canonical(built).string(); }

ReplayReport ReplayOn(const std::string& runtime, const std::vector<SavedRun>& saved) {
  auto report = sweep::ReplayForReal(
      saved, {.runtime = runtime, .timeout = std::chrono::seconds(20)},
      [](const std::string&) {});
  if (!report) ADD_FAILURE() << report.error();
  return report.value_or(ReplayReport{});
}

void ExpectSeen(const std::string& runtime, const std::vector<SavedRun>& saved) {
  const ReplayReport found = ReplayOn(runtime, saved);
  ASSERT_EQ(found.runs.size(), saved.size());
  for (const sweep::RealRun& run : found.runs) {
    EXPECT_FALSE(run.violations.empty()) << sweep::PrettyReport({found.runtime, "", {run}});
  }
}

// Of each file the call has come, and nothing was wrong.
void ExpectClean(const std::vector<SavedRun>& saved) {
  const ReplayReport clean = ReplayOn("reaprun=" + PathOf("runtime/reaprun"), saved);
  ASSERT_EQ(clean.runs.size(), saved.size());
  for (const sweep::RealRun& run : clean.runs) {
    EXPECT_TRUE(run.violations.empty() && run.broken.empty())
        << sweep::PrettyReport({clean.runtime, "", {run}});
  }
}

class ReplayShows : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "real containers need root";
  }
};

// The smallest violation of each scenario: a fault, a crash, a hook, two operations at once.
TEST_F(ReplayShows, WhatIsWrongWithRunc2016) {
  const scenario::Subject subject = scenario::ProfileSubject("runc-2016");
  std::vector<SavedRun> saved;
  for (const char* name : {"delete.stopped", "delete-force.running", "delete.running",
                           "poststop.order", "create.aborted", "kill.foreign-pid",
                           "delete.twice.stopped", "delete-force.shared-pids"}) {
    const auto result = scenario::ExploreOne(Named(name), subject, {.profile = subject.name});
    ASSERT_FALSE(result.report.violations.empty()) << name;
    const auto& found = result.report.violations.front();
    saved.push_back({.path = name,
                     .file = {.scenario = name,
                              .subject = subject.name,
                              .invariant = found.violation.invariant,
                              .summary = found.violation.summary,
                              .choices = found.choices},
                     .scenario = &Named(name),
                     .subject = subject});
  }
  ExpectSeen("reaprun=" + PathOf("runtime/reaprun") + " --profile runc-2016", saved);
  ExpectClean(saved);
}

class ReplayShowsMutant : public ReplayShows, public testing::WithParamInterface<const char*> {};

TEST_P(ReplayShowsMutant, AndReaprunIsClean) {
  const std::vector<Mutant> all = AllMutants();
  const auto mutant = std::ranges::find(all, std::string(GetParam()), &Mutant::name);
  ASSERT_NE(mutant, all.end());
  std::vector<const Scenario*> scenarios;
  for (const Scenario& entry : scenario::AllScenarios()) scenarios.push_back(&entry);
  const auto hunt = scenario::HuntOne(*mutant, scenarios, {});
  ASSERT_TRUE(hunt.is_found());
  const std::vector<SavedRun> saved = {{.path = GetParam(),
                                        .file = {.scenario = hunt.scenario,
                                                 .subject = mutant->name,
                                                 .invariant = hunt.invariant,
                                                 .summary = hunt.summary,
                                                 .choices =
                                                     sim::ParseChoices(hunt.choices).value()},
                                        .scenario = &Named(hunt.scenario),
                                        .subject = *scenario::SubjectOf(*mutant)}};
  ExpectSeen("mutant=" + PathOf("conformance/mutants/reaprun_mutant") + " --mutant " + GetParam(),
             saved);
  ExpectClean(saved);
}

INSTANTIATE_TEST_SUITE_P(Mutants, ReplayShowsMutant,
                         testing::Values("delete-ignores-errors", "poststop-not-noted",
                                         "create-no-intent", "kill-interrupted",
                                         "cgroup-gone-is-error"),
                         [](const auto& test) {
                           std::string name = test.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace reapcheck::mutants
