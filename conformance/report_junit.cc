#include <cstdio>

#include "conformance/report.h"

namespace reapcheck::conformance {
namespace {

// XML 1.0 has no way to write most control characters: they become "?".
std::string Escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    unsigned char byte = static_cast<unsigned char>(c);
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else if (c == '"') {
      out += "&quot;";
    } else if (c == '\n') {
      out += "&#10;";
    } else if (byte < 0x20 || byte >= 0x7f) {
      out += '?';
    } else {
      out += c;
    }
  }
  return out;
}

std::string Attribute(const std::string& name, const std::string& value) {
  return " " + name + "=\"" + Escaped(value) + "\"";
}

std::string Seconds(double milliseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", milliseconds / 1000);
  return text;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string Inner(const CaseResult& result) {
  switch (result.verdict) {
    case Verdict::kPass:
      return "";
    case Verdict::kSkip:
      return "<skipped" + Attribute("message", result.reason) + "/>";
    case Verdict::kXfail:
      return "<skipped" + Attribute("message", "expected to fail: " + FirstLine(result.reason)) +
             "/>";
    case Verdict::kXpass:
    case Verdict::kFail:
      return "<failure" + Attribute("message", FirstLine(result.reason)) +
             Attribute("type", std::string(VerdictName(result.verdict))) + ">" +
             Escaped(result.claim + "\n" + result.reason) + "</failure>";
    case Verdict::kBroken:
      return "<error" + Attribute("message", FirstLine(result.reason)) +
             Attribute("type", "broken") + ">" + Escaped(result.reason) + "</error>";
  }
  return "";
}

std::string TestCase(const RuntimeReport& runtime, const CaseResult& result) {
  std::size_t dot = result.name.find('.');
  std::string group = runtime.name + "." + runtime.cgroup + "." + result.name.substr(0, dot);
  std::string opening = "    <testcase" + Attribute("classname", group) +
                        Attribute("name", result.name.substr(dot + 1)) +
                        Attribute("time", Seconds(result.duration_ms));
  std::string inner = Inner(result);
  return inner.empty() ? opening + "/>\n" : opening + ">" + inner + "</testcase>\n";
}

std::string Counts(const Summary& summary, double milliseconds) {
  int tests = summary.pass + summary.fail + summary.xfail + summary.xpass + summary.skip +
              summary.broken;
  return Attribute("tests", std::to_string(tests)) +
         Attribute("failures", std::to_string(summary.fail + summary.xpass)) +
         Attribute("errors", std::to_string(summary.broken)) +
         Attribute("skipped", std::to_string(summary.skip + summary.xfail)) +
         Attribute("time", Seconds(milliseconds));
}

}  // namespace

std::string JunitReport(const Report& report) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites" +
                    Attribute("name", "reapcheck") +
                    Counts(report.Summarize(), report.seconds * 1000) + ">\n";
  for (const RuntimeReport& runtime : report.runtimes) {
    Report alone{.runtimes = {runtime}};
    double milliseconds = 0;
    for (const CaseResult& result : runtime.results) {
      milliseconds += result.duration_ms * result.runs;
    }
    out += "  <testsuite" + Attribute("name", runtime.name + " (" + runtime.cgroup + ")") +
           Counts(alone.Summarize(), milliseconds) + ">\n";
    for (const CaseResult& result : runtime.results) out += TestCase(runtime, result);
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace reapcheck::conformance
