#include "conformance/deviations.h"

#include <gtest/gtest.h>

namespace reapcheck::conformance {
namespace {

constexpr char kGood[] = R"([{"case": "Delete.*", "reason": "why", "discussed": "where"}])";

TEST(ParseDeviations, ReadsAllKeys) {
  auto list = ParseDeviations(R"([{"case": "A.*", "cgroup": "v1", "level": "spec", "reason": "r",
                                   "discussed": "d", "sometimes": true}])",
                              "f");
  ASSERT_TRUE(list) << list.error();
  ASSERT_EQ(list->size(), 1u);
  EXPECT_EQ(list->front().case_glob, "A.*");
  EXPECT_EQ(list->front().cgroup, "v1");
  EXPECT_EQ(list->front().level, Level::kSpec);
  EXPECT_EQ(list->front().reason, "r");
  EXPECT_EQ(list->front().discussed, "d");
  EXPECT_TRUE(list->front().sometimes);
}

TEST(ParseDeviations, RefusesWhatCanNotBeChecked) {
  struct Refused {
    const char* text;
    const char* error;
  };
  for (const Refused& refused : std::vector<Refused>{
           {"{}", "f: is not a JSON list"},
           {"[", "f: is not a JSON list"},
           {"[3]", "f: entry 1 is not an object"},
           {R"([{"case": "A", "reason": "r"}])", "f: entry 1 has no text \"discussed\""},
           {R"([{"case": "A", "reason": "", "discussed": "d"}])",
            "f: entry 1 has no text \"reason\""},
           {R"([{"case": "A", "reason": "r", "discussed": "d", "cgruop": "v1"}])",
            "f: entry 1 has an unknown key \"cgruop\""},
           {R"([{"case": "A", "reason": "r", "discussed": "d", "level": "x"}])",
            "f: entry 1 names an unknown level"},
           {R"([{"case": "A", "reason": "r", "discussed": "d", "sometimes": "x"}])",
            "f: entry 1 \"sometimes\" has the wrong type"}}) {
    auto list = ParseDeviations(refused.text, "f");
    ASSERT_FALSE(list) << refused.text;
    EXPECT_EQ(list.error(), refused.error);
  }
}

TEST(BuiltInDeviations, EveryFileOfThisBuildIsValid) {
  for (const char* name : {"runc", "crun", "reaprun"}) {
    auto list = ParseDeviations(BuiltInDeviations(name), name);
    EXPECT_TRUE(list) << list.error();
  }
  EXPECT_EQ(BuiltInDeviations("unheard-of"), "[]");
}

CaseResult Result(const std::string& name, Verdict verdict, Level level = Level::kSpec) {
  return {.name = name, .level = level, .verdict = verdict, .reason = "seen"};
}

Verdict After(const std::string& deviations, const CaseResult& result,
              const std::string& cgroup = "v1") {
  RuntimeReport report{.cgroup = cgroup, .results = {result}};
  ApplyDeviations(*ParseDeviations(deviations, "f"), report);
  return report.results[0].verdict;
}

TEST(ApplyDeviations, FailureIsExpectedAndPassIsNot) {
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kPass)), Verdict::kXpass);
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kSkip)), Verdict::kSkip);
  EXPECT_EQ(After(kGood, Result("Delete.X", Verdict::kBroken)), Verdict::kBroken);
  EXPECT_EQ(After(kGood, Result("Kill.X", Verdict::kFail)), Verdict::kFail);
}

TEST(ApplyDeviations, CgroupAndLevelNarrowIt) {
  std::string v1 = R"([{"case": "*", "cgroup": "v1", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(v1, Result("A.X", Verdict::kFail), "v1"), Verdict::kXfail);
  EXPECT_EQ(After(v1, Result("A.X", Verdict::kFail), "v2"), Verdict::kFail);
  std::string spec = R"([{"case": "*", "level": "spec", "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(spec, Result("A.X", Verdict::kFail)), Verdict::kXfail);
  EXPECT_EQ(After(spec, Result("A.X", Verdict::kFail, Level::kRobustness)), Verdict::kFail);
}

TEST(ApplyDeviations, SometimesLetsAPassBeAPass) {
  std::string race =
      R"([{"case": "*", "sometimes": true, "reason": "r", "discussed": "d"}])";
  EXPECT_EQ(After(race, Result("A.X", Verdict::kPass)), Verdict::kPass);
  EXPECT_EQ(After(race, Result("A.X", Verdict::kFail)), Verdict::kXfail);
}

TEST(ApplyDeviations, ReasonAndPlaceComeBeforeWhatWasSeen) {
  RuntimeReport report{.cgroup = "v1", .results = {Result("Delete.X", Verdict::kFail)}};
  ApplyDeviations(*ParseDeviations(kGood, "f"), report);
  EXPECT_EQ(report.results[0].reason, "why (where)\nseen");
}

}  // namespace
}  // namespace reapcheck::conformance
