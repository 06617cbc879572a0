#include "conformance/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace reapcheck::conformance {
namespace {

CaseResult Result(const std::string& name, Verdict verdict, const std::string& reason = "") {
  return {.name = name,
          .level = Level::kSpec,
          .cites = {"A24", "S4"},
          .claim = "It is so.",
          .verdict = verdict,
          .reason = reason,
          .duration_ms = 12.5};
}

Report OneOfEach() {
  return {.runtimes = {{.name = "runc",
                        .command = "runc",
                        .version = "1.1.5",
                        .cgroup = "v1",
                        .results = {Result("Delete.A", Verdict::kPass),
                                    Result("Delete.B", Verdict::kFail, "seen \"<x>\" & #1\ntwo"),
                                    Result("Delete.C", Verdict::kXfail, "known (here)\nseen"),
                                    Result("Kill.D", Verdict::kXpass, "passed"),
                                    Result("Kill.E", Verdict::kSkip, "needs cgroup v2"),
                                    Result("Kill.F", Verdict::kBroken, "crashed\x01")}}},
          .seconds = 1.5};
}

TEST(Summarize, CountsEachVerdict) {
  Summary summary = OneOfEach().Summarize();
  EXPECT_EQ(summary.pass, 1);
  EXPECT_EQ(summary.fail, 1);
  EXPECT_EQ(summary.xfail, 1);
  EXPECT_EQ(summary.xpass, 1);
  EXPECT_EQ(summary.skip, 1);
  EXPECT_EQ(summary.broken, 1);
  EXPECT_FALSE(summary.clean());
}

TEST(Summarize, ExpectedFailuresAndSkipsAreClean) {
  Report report{.runtimes = {{.results = {Result("A.A", Verdict::kXfail),
                                          Result("A.B", Verdict::kSkip)}}}};
  EXPECT_TRUE(report.Summarize().clean());
}

TEST(Summarize, HarnessShareIsWhatIsNotInsideTheRuntime) {
  Report report{.runtimes = {{.results = {Result("A.A", Verdict::kPass),
                                          Result("A.B", Verdict::kPass)}}}};
  report.runtimes[0].results[0].inside_ms = 10;
  report.runtimes[0].results[1].inside_ms = 2.5;
  EXPECT_DOUBLE_EQ(report.Summarize().harness_share, 0.5);
  EXPECT_DOUBLE_EQ(Report{}.Summarize().harness_share, 0);
}

TEST(JsonReport, HasTheKeysThatToolsRead) {
  nlohmann::json json = nlohmann::json::parse(JsonReport(OneOfEach()));
  const nlohmann::json& runtime = json["runtimes"][0];
  EXPECT_EQ(runtime["name"], "runc");
  EXPECT_EQ(runtime["version"], "1.1.5");
  EXPECT_EQ(runtime["cgroup"], "v1");
  const nlohmann::json& result = runtime["results"][1];
  EXPECT_EQ(result["case"], "Delete.B");
  EXPECT_EQ(result["level"], "spec");
  EXPECT_EQ(result["cites"], (std::vector<std::string>{"A24", "S4"}));
  EXPECT_EQ(result["verdict"], "fail");
  EXPECT_EQ(result["reason"], "seen \"<x>\" & #1\ntwo");
  EXPECT_EQ(result["duration_ms"], 12.5);
  EXPECT_EQ(json["summary"], nlohmann::json({{"pass", 1},
                                             {"fail", 1},
                                             {"xfail", 1},
                                             {"xpass", 1},
                                             {"skip", 1},
                                             {"broken", 1},
                                             {"seconds", 1.5},
                                             {"harness_share", 1.0}}));
}

TEST(JsonReport, BytesThatAreNoTextDoNotBreakIt) {
  Report report{.runtimes = {{.results = {Result("A.A", Verdict::kFail, "\xff\xfe")}}}};
  EXPECT_TRUE(nlohmann::json::accept(JsonReport(report)));
}

TEST(TapReport, IsVersion14WithDirectivesAndYaml) {
  EXPECT_EQ(TapReport(OneOfEach()),
            "TAP version 14\n"
            "1..6\n"
            "# runc 1.1.5, cgroup v1\n"
            "ok 1 - runc (v1) Delete.A\n"
            "not ok 2 - runc (v1) Delete.B\n"
            "  ---\n  verdict: fail\n  level: spec\n  cites: [A24, S4]\n"
            "  message: |\n    seen \"<x>\" & #1\n    two\n  ...\n"
            "not ok 3 - runc (v1) Delete.C # TODO known (here)\n"
            "  ---\n  verdict: xfail\n  level: spec\n  cites: [A24, S4]\n"
            "  message: |\n    known (here)\n    seen\n  ...\n"
            "not ok 4 - runc (v1) Kill.D\n"
            "  ---\n  verdict: xpass\n  level: spec\n  cites: [A24, S4]\n"
            "  message: |\n    passed\n  ...\n"
            "ok 5 - runc (v1) Kill.E # SKIP needs cgroup v2\n"
            "not ok 6 - runc (v1) Kill.F\n"
            "  ---\n  verdict: broken\n  level: spec\n  cites: [A24, S4]\n"
            "  message: |\n    crashed?\n  ...\n");
}

TEST(JunitReport, CountsEscapesAndKinds) {
  std::string xml = JunitReport(OneOfEach());
  EXPECT_NE(xml.find("<testsuite name=\"runc (v1)\" tests=\"6\" failures=\"2\" errors=\"1\" "
                     "skipped=\"2\" time=\"0.075\">"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<testcase classname=\"runc.v1.Delete\" name=\"A\" time=\"0.013\"/>"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<failure message=\"seen &quot;&lt;x&gt;&quot; &amp; #1\" type=\"fail\">"),
            std::string::npos)
      << xml;
  EXPECT_NE(xml.find("<error message=\"crashed?\" type=\"broken\">"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<skipped message=\"needs cgroup v2\"/>"), std::string::npos) << xml;
  EXPECT_EQ(xml.find('\x01'), std::string::npos);
}

TEST(PrettyReport, MatrixFailuresAndTheLastLine) {
  std::string text = PrettyReport(OneOfEach(), {.command = "tools/reapcheck"});
  EXPECT_NE(text.find("Delete           1/3 x1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("Kill                0/2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("FAIL Delete.B\n"), std::string::npos) << text;
  EXPECT_NE(text.find("A24 Delete of what is not stopped is an error"), std::string::npos) << text;
  EXPECT_NE(text.find("tools/reapcheck conform --runtime runc --cgroup v1 --filter Delete.B\n"),
            std::string::npos)
      << text;
  EXPECT_EQ(text.find("Delete.C"), std::string::npos) << "an expected failure is not told";
  EXPECT_TRUE(text.ends_with("\n1 passed, 2 failed, 1 skipped, 1 broken\n")) << text;
  EXPECT_EQ(text.find('\033'), std::string::npos) << "colour without a terminal";
  EXPECT_EQ(text.find('\x01'), std::string::npos) << "what a runtime printed reaches the terminal";
}

TEST(PrettyReport, SkipsAreGroupedByLayoutAndReason) {
  Report report = OneOfEach();
  report.runtimes.push_back(report.runtimes[0]);
  report.runtimes[1].name = "crun";
  report.runtimes[1].results.push_back(
      Result("Kill.G", Verdict::kSkip, "no " + std::string(200, 'w') + "\nsecond line"));
  std::string text = PrettyReport(report, {});
  EXPECT_NE(text.find("\n2 skipped on v1: needs cgroup v2\n"), std::string::npos) << text;
  EXPECT_NE(text.find("\n1 skipped on v1 (crun): no www"), std::string::npos) << text;
  EXPECT_EQ(text.find("second line"), std::string::npos) << text;
}

TEST(TapReport, BlockThatBeginsWithABlankSaysItsIndentation) {
  Report report{.runtimes = {{.results = {Result("A.A", Verdict::kFail, "\n  indented\nnot")}}}};
  EXPECT_NE(TapReport(report).find("  message: |2\n    \n      indented\n    not\n"),
            std::string::npos)
      << TapReport(report);
}

TEST(PrettyReport, FitsEightyColumns) {
  Report report = OneOfEach();
  for (int i = 0; i < 7; ++i) report.runtimes.push_back(report.runtimes[0]);
  report.runtimes[0].results[4].reason = std::string(90, 's');
  report.runtimes[0].results[1].reason = std::string(30, 'w') + " " + std::string(60, 'v') + " end";
  std::istringstream lines(PrettyReport(report, {}));
  for (std::string line; std::getline(lines, line);) {
    bool to_be_copied = line.rfind("  again", 0) == 0;
    EXPECT_TRUE(to_be_copied || line.size() <= 80) << line;
  }
}

TEST(PrettyReport, ColourOnlyWhenAsked) {
  EXPECT_NE(PrettyReport(OneOfEach(), {.colour = true}).find("\033[31m"), std::string::npos);
}

}  // namespace
}  // namespace reapcheck::conformance
