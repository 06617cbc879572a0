#include <sstream>

#include "conformance/report.h"

namespace reapcheck::conformance {
namespace {

// A "#" in a description would begin a directive.
std::string Escaped(const std::string& text) {
  std::string out;
  for (char c : text) {
    if (c == '\n' || c == '\r') {
      out += ' ';
    } else {
      if (c == '#' || c == '\\') out += '\\';
      out += c;
    }
  }
  return out;
}

// YAML has no way to write most control characters in a literal block.
std::string Printable(std::string line) {
  for (char& c : line) {
    unsigned char byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte >= 0x7f) c = '?';
  }
  return line;
}

std::string Directive(const CaseResult& result) {
  switch (result.verdict) {
    case Verdict::kSkip:
      return " # SKIP " + Escaped(result.reason);
    case Verdict::kXfail:
      return " # TODO " + Escaped(result.reason.substr(0, result.reason.find('\n')));
    case Verdict::kPass:
    case Verdict::kXpass:
    case Verdict::kFail:
    case Verdict::kBroken:
      return "";
  }
  return "";
}

// A YAML block of the diagnostic: literal style keeps every line as it is.
void AppendDiagnostic(const CaseResult& result, std::string& out) {
  out += "  ---\n  verdict: " + std::string(VerdictName(result.verdict)) + "\n  level: ";
  out += std::string(LevelName(result.level)) + "\n  cites: [";
  for (std::size_t i = 0; i < result.cites.size(); ++i) {
    out += (i == 0 ? "" : ", ") + result.cites[i];
  }
  // A reader takes the first line's indentation for that of the block, unless it is told.
  std::size_t first = result.reason.find_first_not_of('\n');
  bool blank = first != std::string::npos && (result.reason[first] == ' ' ||
                                              result.reason[first] == '\t');
  out += std::string("]\n  message: |") + (blank ? "2" : "") + "\n";
  std::istringstream in(result.reason);
  for (std::string line; std::getline(in, line);) out += "    " + Printable(line) + "\n";
  out += "  ...\n";
}

}  // namespace

std::string TapReport(const Report& report) {
  std::size_t count = 0;
  for (const RuntimeReport& runtime : report.runtimes) count += runtime.results.size();
  std::string out = "TAP version 14\n1.." + std::to_string(count) + "\n";
  std::size_t number = 0;
  for (const RuntimeReport& runtime : report.runtimes) {
    out += "# " + Escaped(runtime.name + " " + runtime.version + ", cgroup " + runtime.cgroup);
    out += "\n";
    for (const CaseResult& result : runtime.results) {
      bool ok = result.verdict == Verdict::kPass || result.verdict == Verdict::kSkip;
      out += (ok ? "ok " : "not ok ") + std::to_string(++number) + " - " +
             Escaped(runtime.name + " (" + runtime.cgroup + ") " + result.name) +
             Directive(result) + "\n";
      if (!ok) AppendDiagnostic(result, out);
    }
  }
  return out;
}

}  // namespace reapcheck::conformance
