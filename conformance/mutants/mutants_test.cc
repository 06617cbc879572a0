// Each mutant is judged by the cases that name it, and every one of them must fail; the same cases
// must pass with reaprun itself. Prints the table of what was planted and what caught it.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "conformance/mutants/judgement.h"
#include "conformance/mutants/mutant.h"

namespace reapcheck::mutants {
namespace {

// Most mutants wait for something most of the time, so a few more than there are processors.
constexpr int kAtOnce = 6;

// Absolute: a lab has a working directory of its own.
std::string PathOf(const std::string& built) { return std::filesystem::canonical(built).string(); }

std::string Reapcheck() { return PathOf("tools/reapcheck"); }

std::string GroupOf(const std::string& name) { return name.substr(0, name.find('.')); }

bool AllFailed(const Judgement& judgement, const Mutant& mutant) {
  return std::ranges::all_of(mutant.caught_by, [&](const std::string& name) {
    auto found = judgement.findings.find(name);
    return found != judgement.findings.end() && found->second.verdict == "fail";
  });
}

// What is left of the cases when those are gone that have failed already.
void Merge(Judgement& sum, const Judgement& more) {
  sum.problem = more.problem;
  for (const auto& [name, finding] : more.findings) {
    Finding& known = sum.findings[name];
    if (known.verdict != "fail") known = finding;
  }
}

Judgement JudgeMutant(const Mutant& mutant) {
  Question question{.runtime = PathOf("conformance/mutants/reaprun_mutant") + " --mutant " +
                               mutant.name,
                    .cgroup = mutant.cgroup,
                    .cases = mutant.caught_by};
  Judgement sum;
  // One run at a time: what it leaves, a storm of forks, is gone before the next begins.
  for (int run = 0; run < mutant.most_runs && !AllFailed(sum, mutant); ++run) {
    Merge(sum, Judge(Reapcheck(), question));
  }
  return sum;
}

// The cases that name a mutant, on the layout where it shows.
std::vector<std::string> CasesOn(const std::string& cgroup) {
  std::set<std::string> cases;
  for (const Mutant& mutant : AllMutants()) {
    if (mutant.cgroup == cgroup) cases.insert(mutant.caught_by.begin(), mutant.caught_by.end());
  }
  return {cases.begin(), cases.end()};
}

// Everything that the selected tests ask for is judged before the first of them, side by side.
class Mutants : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (geteuid() != 0) return;
    std::vector<std::function<void()>> work;
    for (const char* cgroup : {"v1", "v2"}) {
      if (!Selected(std::string("ReaprunPassesTheirCases_") + cgroup)) continue;
      Judgement& slot = reaprun_[cgroup];
      work.push_back([&slot, cgroup] {
        slot = Judge(Reapcheck(), {.runtime = PathOf("runtime/reaprun"),
                                   .cgroup = cgroup,
                                   .cases = CasesOn(cgroup)});
      });
    }
    for (const Mutant& mutant : AllMutants()) {
      if (!Selected(TestName(mutant))) continue;
      Judgement& slot = judged_[mutant.name];
      work.push_back([&slot, mutant] { slot = JudgeMutant(mutant); });
    }
    DoAll(work);
  }

  static void TearDownTestSuite() {
    if (!judged_.empty()) PrintTable();
  }

  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "starts containers and needs root";
  }

 public:
  // GoogleTest wants letters, digits and underscores.
  static std::string TestName(const Mutant& mutant) {
    std::string name = mutant.name;
    std::ranges::replace(name, '-', '_');
    return name;
  }

  static const Judgement& OfMutant(const std::string& name) { return judged_[name]; }
  static const Judgement& OfReaprun(const std::string& cgroup) { return reaprun_[cgroup]; }

 private:
  static bool Selected(const std::string& test) {
    const testing::TestSuite* suite = testing::UnitTest::GetInstance()->current_test_suite();
    for (int i = 0; i < suite->total_test_count(); ++i) {
      const testing::TestInfo* info = suite->GetTestInfo(i);
      if (info->name() == test) return info->should_run();
    }
    return false;
  }

  static void DoAll(const std::vector<std::function<void()>>& work) {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < kAtOnce; ++i) {
      threads.emplace_back([&] {
        for (std::size_t at; (at = next++) < work.size();) work[at]();
      });
    }
  }

  static void PrintTable() {
    for (const Mutant& mutant : AllMutants()) {
      auto judged = judged_.find(mutant.name);
      if (judged == judged_.end()) continue;
      std::printf("%-26s %s\n%26s breaks %s; planted after %s; on %s caught by:",
                  mutant.name.c_str(), mutant.plants.c_str(), "", mutant.breaks.c_str(),
                  mutant.bug.c_str(), mutant.cgroup.c_str());
      for (const auto& [name, finding] : judged->second.findings) {
        if (finding.verdict == "fail") std::printf(" %s", name.c_str());
      }
      std::printf("\n");
    }
  }

  inline static std::map<std::string, Judgement> judged_;
  inline static std::map<std::string, Judgement> reaprun_;
};

// One test of each mutant: every case that names it fails.
class IsCaught : public Mutants {
 public:
  explicit IsCaught(Mutant mutant) : mutant_(std::move(mutant)) {}

  void TestBody() override {
    const Judgement& judgement = OfMutant(mutant_.name);
    ASSERT_EQ(judgement.problem, "");
    for (const std::string& name : mutant_.caught_by) {
      auto found = judgement.findings.find(name);
      ASSERT_TRUE(found != judgement.findings.end()) << name << " was not run";
      EXPECT_EQ(found->second.verdict, "fail")
          << name << " does not see: " << mutant_.plants << "\n" << found->second.reason;
    }
  }

 private:
  Mutant mutant_;
};

class ReaprunPasses : public Mutants {
 public:
  explicit ReaprunPasses(std::string cgroup) : cgroup_(std::move(cgroup)) {}

  void TestBody() override {
    const Judgement& judgement = OfReaprun(cgroup_);
    ASSERT_EQ(judgement.problem, "");
    for (const std::string& name : CasesOn(cgroup_)) {
      auto found = judgement.findings.find(name);
      ASSERT_TRUE(found != judgement.findings.end()) << name << " was not run";
      EXPECT_EQ(found->second.verdict, "pass") << name << "\n" << found->second.reason;
    }
  }

 private:
  std::string cgroup_;
};

class NamesAreUnique : public Mutants {
 public:
  void TestBody() override {
    std::set<std::string> names;
    for (const Mutant& mutant : AllMutants()) {
      EXPECT_TRUE(names.insert(mutant.name).second) << mutant.name;
      EXPECT_FALSE(mutant.plants.empty() || mutant.bug.empty() || mutant.breaks.empty())
          << mutant.name;
      EXPECT_FALSE(mutant.caught_by.empty() && mutant.scenario.empty()) << mutant.name;
    }
  }
};

class EveryGroupIsFailedByAMutant : public Mutants {
 public:
  void TestBody() override {
    std::set<std::string> groups, failed;
    for (const std::string& name : ListCases(Reapcheck())) groups.insert(GroupOf(name));
    for (const Mutant& mutant : AllMutants()) {
      for (const std::string& name : mutant.caught_by) failed.insert(GroupOf(name));
    }
    ASSERT_FALSE(groups.empty());
    for (const std::string& group : groups) {
      EXPECT_TRUE(failed.contains(group)) << "no mutant fails a case of " << group;
    }
  }
};

template <typename T, typename... Arguments>
void Register(const std::string& name, Arguments... arguments) {
  testing::RegisterTest("Mutants", name.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                        [=]() -> Mutants* { return new T(arguments...); });
}

void RegisterAll() {
  Register<NamesAreUnique>("NamesAreUnique");
  Register<EveryGroupIsFailedByAMutant>("EveryGroupIsFailedByAMutant");
  for (const char* cgroup : {"v1", "v2"}) {
    Register<ReaprunPasses>(std::string("ReaprunPassesTheirCases_") + cgroup, std::string(cgroup));
  }
  for (const Mutant& mutant : AllMutants()) {
    // What only a fault or a race shows is left to the simulator.
    if (mutant.caught_by.empty()) continue;
    Register<IsCaught>(Mutants::TestName(mutant), mutant);
  }
}

}  // namespace
}  // namespace reapcheck::mutants

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  reapcheck::mutants::RegisterAll();
  return RUN_ALL_TESTS();
}
