#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
#include <sstream>
#include <utility>

#include "conformance/clauses.h"
#include "conformance/report.h"

namespace reapcheck::conformance {
namespace {

constexpr char kRed[] = "31", kGreen[] = "32", kYellow[] = "33", kBold[] = "1", kDim[] = "2";
constexpr std::size_t kLabelWidth = 11;   // "  observed " and its like
constexpr std::size_t kColumnWidth = 15;  // of the matrix
constexpr std::size_t kMostDetail = 2400;  // bytes of a failure that are printed

class Painter {
 public:
  explicit Painter(const PrettyOptions& options) : options_(options) {}

  std::string Colour(const std::string& text, const char* code) const {
    return options_.colour ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
  }

  // What a runtime printed must not steer the terminal.
  static std::string Printable(std::string text) {
    for (char& c : text) {
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = c == '\t' ? ' ' : '?';
    }
    return text;
  }

  // A paragraph under a label, broken at blanks; lines of the text stay lines.
  std::string Labelled(const std::string& label, const std::string& text) const {
    std::string out;
    std::istringstream lines(text);
    bool first = true;
    for (std::string line; std::getline(lines, line);) {
      for (const std::string& piece :
           Wrapped(Printable(line), options_.width - static_cast<int>(kLabelWidth))) {
        std::string head = first ? "  " + label : "";
        head.resize(kLabelWidth, ' ');
        out += (first ? Colour(head, kDim) : head) + piece + "\n";
        first = false;
      }
    }
    return out;
  }

  static std::vector<std::string> Wrapped(const std::string& line, int width) {
    std::vector<std::string> pieces;
    std::string rest = line;
    std::size_t limit = static_cast<std::size_t>(std::max(width, 20));
    while (rest.size() > limit) {
      std::size_t cut = rest.rfind(' ', limit);
      if (cut == std::string::npos || cut == 0) cut = rest.find(' ', limit);
      if (cut == std::string::npos) break;
      pieces.push_back(rest.substr(0, cut));
      rest = rest.substr(cut + 1);
    }
    pieces.push_back(rest);
    return pieces;
  }

 private:
  const PrettyOptions& options_;
};

std::string Padded(std::string text, std::size_t width) {
  if (text.size() < width) text.insert(0, width - text.size(), ' ');
  return text;
}

std::string GroupOf(const CaseResult& result) {
  return result.name.substr(0, result.name.find('.'));
}

// --- The matrix ---

struct Cell {
  int passed = 0, judged = 0, expected = 0, bad = 0;

  std::string Text() const {
    if (judged == 0) return "-";
    std::string text = std::to_string(passed) + "/" + std::to_string(judged);
    return expected > 0 ? text + " x" + std::to_string(expected) : text;
  }
};

Cell CellOf(const RuntimeReport& runtime, const std::string& group) {
  Cell cell;
  for (const CaseResult& result : runtime.results) {
    if (GroupOf(result) != group || result.verdict == Verdict::kSkip) continue;
    ++cell.judged;
    if (result.verdict == Verdict::kPass) ++cell.passed;
    if (result.verdict == Verdict::kXfail) ++cell.expected;
    bool bad = result.verdict == Verdict::kFail || result.verdict == Verdict::kXpass ||
               result.verdict == Verdict::kBroken;
    if (bad) ++cell.bad;
  }
  return cell;
}

std::vector<std::string> GroupsOf(const Report& report) {
  std::vector<std::string> groups;
  for (const RuntimeReport& runtime : report.runtimes) {
    for (const CaseResult& result : runtime.results) groups.push_back(GroupOf(result));
  }
  std::ranges::sort(groups);
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  return groups;
}

std::string Shortened(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width);
}

// Columns [begin, end) of the report side by side.
std::string MatrixPart(const Report& report, std::size_t begin, std::size_t end,
                       const Painter& painter, std::size_t label_width) {
  std::string names(label_width, ' '), versions(label_width, ' '), layouts(label_width, ' ');
  for (std::size_t i = begin; i < end; ++i) {
    const RuntimeReport& runtime = report.runtimes[i];
    names += Padded(Shortened(runtime.name, kColumnWidth - 1), kColumnWidth);
    std::string version = runtime.version.substr(0, runtime.version.find('+'));
    versions += Padded(Shortened(version, kColumnWidth - 1), kColumnWidth);
    layouts += Padded(runtime.cgroup, kColumnWidth);
  }
  std::string out = painter.Colour(names, kBold) + "\n" + versions + "\n" + layouts + "\n";
  for (const std::string& group : GroupsOf(report)) {
    std::string label = Shortened(group, label_width);
    label.resize(label_width, ' ');
    out += label;
    for (std::size_t i = begin; i < end; ++i) {
      Cell cell = CellOf(report.runtimes[i], group);
      const char* code = cell.bad > 0 ? kRed : cell.expected > 0 ? kYellow : kGreen;
      std::string text = Padded(cell.Text(), kColumnWidth);
      out += cell.judged == 0 ? text : painter.Colour(text, code);
    }
    out += "\n";
  }
  return out;
}

std::string Matrix(const Report& report, const Painter& painter, const PrettyOptions& options) {
  std::size_t label_width = 8;
  for (const std::string& group : GroupsOf(report)) {
    label_width = std::max(label_width, std::min<std::size_t>(group.size() + 1, 20));
  }
  std::size_t fit = (static_cast<std::size_t>(options.width) - label_width) / kColumnWidth;
  std::size_t columns = std::max<std::size_t>(fit, 1);
  std::string out;
  for (std::size_t begin = 0; begin < report.runtimes.size(); begin += columns) {
    std::size_t end = std::min(begin + columns, report.runtimes.size());
    out += MatrixPart(report, begin, end, painter, label_width) + "\n";
  }
  return out;
}

// --- Skips ---

// "4 skipped on v2: needs cgroup v1" for each layout and reason, with the runtimes that it is about
// when it is not all of them.
std::string SkipLines(const Report& report, int width) {
  std::map<std::string, std::set<std::string>> judged;  // layout -> runtimes
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> skips;
  for (const RuntimeReport& runtime : report.runtimes) {
    judged[runtime.cgroup].insert(runtime.name);
    for (const CaseResult& result : runtime.results) {
      if (result.verdict != Verdict::kSkip) continue;
      skips[{runtime.cgroup, result.reason}].push_back(runtime.name);
    }
  }
  std::string out;
  for (const auto& [key, names] : skips) {
    const auto& [layout, reason] = key;
    std::string line = std::to_string(names.size()) + " skipped on " + layout;
    std::set<std::string> distinct(names.begin(), names.end());
    std::string listed;
    for (const std::string& name : distinct) listed += (listed.empty() ? "" : ", ") + name;
    if (distinct != judged[layout]) line += " (" + listed + ")";
    line = Painter::Printable(line + ": " + reason.substr(0, reason.find('\n')));
    std::size_t limit = static_cast<std::size_t>(width);
    out += (line.size() <= limit ? line : line.substr(0, limit - 3) + "...") + "\n";
  }
  return out.empty() ? "" : out + "\n";
}

// --- Failures ---

std::string CitesWithSentences(const std::vector<std::string>& cites) {
  std::string text;
  for (const std::string& cite : cites) {
    if (!text.empty()) text += "\n";
    text += cite + " " + std::string(ClauseSentence(cite).value_or(""));
  }
  return text;
}

std::string Reproduction(const RuntimeReport& runtime, const CaseResult& result,
                         const PrettyOptions& options) {
  std::string text = options.command + " conform --runtime " + runtime.command + " --cgroup " +
                     runtime.cgroup + " --filter " + result.name;
  return result.runs > 1 ? text + " --repeat " + std::to_string(result.runs) : text;
}

std::string Failure(const RuntimeReport& runtime, const CaseResult& result, const Painter& painter,
                    const PrettyOptions& options) {
  std::string verdict(VerdictName(result.verdict));
  std::ranges::transform(verdict, verdict.begin(), [](char c) { return std::toupper(c); });
  std::string out = painter.Colour(verdict, result.verdict == Verdict::kXpass ? kYellow : kRed) +
                    " " + painter.Colour(result.name, kBold) + "\n";
  std::string reason = result.reason.size() <= kMostDetail
                           ? result.reason
                           : result.reason.substr(0, kMostDetail) + "...";
  if (result.runs > 1) {
    reason = std::to_string(result.bad_runs) + " of " + std::to_string(result.runs) + " runs\n" +
             reason;
  }
  out += painter.Labelled("runtime", runtime.name + " " + runtime.version + ", cgroup " +
                                         runtime.cgroup + ", level " +
                                         std::string(LevelName(result.level)));
  out += painter.Labelled("claim", result.claim);
  out += painter.Labelled("seen", reason);
  out += painter.Labelled("clause", CitesWithSentences(result.cites));
  // Not wrapped: it is to be copied.
  out += painter.Colour("  again    ", kDim) + Reproduction(runtime, result, options) + "\n";
  return out + "\n";
}

std::string SummaryLines(const Report& report) {
  Summary summary = report.Summarize();
  int skipped = summary.skip;
  int failed = summary.fail + summary.xpass;
  char line[256];
  std::snprintf(line, sizeof line,
                "%d fail, %d xfail (expected), %d xpass (unexpected), %d broken\n%.1f s, "
                "%.0f %% outside the runtimes\n",
                summary.fail, summary.xfail, summary.xpass, summary.broken, summary.seconds,
                summary.harness_share * 100);
  std::string out = line;
  std::snprintf(line, sizeof line, "%d passed, %d failed, %d skipped", summary.pass, failed,
                skipped);
  out += line;
  // What judged nothing is neither.
  if (summary.broken > 0) out += ", " + std::to_string(summary.broken) + " broken";
  return out + "\n";
}

}  // namespace

std::string PrettyReport(const Report& report, const PrettyOptions& options) {
  Painter painter(options);
  std::string out = Matrix(report, painter, options);
  out += "passed/judged; xN of them are expected to fail; skipped cases are not counted\n\n";
  out += SkipLines(report, options.width);
  for (const RuntimeReport& runtime : report.runtimes) {
    if (runtime.note.empty()) continue;
    for (const std::string& line :
         Painter::Wrapped(runtime.name + " (" + runtime.cgroup + "): " + runtime.note,
                          options.width)) {
      out += line + "\n";
    }
    out += "\n";
  }
  for (const RuntimeReport& runtime : report.runtimes) {
    for (const CaseResult& result : runtime.results) {
      bool told = result.verdict == Verdict::kFail || result.verdict == Verdict::kXpass ||
                  result.verdict == Verdict::kBroken;
      if (told) out += Failure(runtime, result, painter, options);
    }
  }
  return out + SummaryLines(report);
}

}  // namespace reapcheck::conformance
