// A replayed schedule in the forms that people and viewers read.
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

#include "conformance/scenario/replay.h"
#include "runtime/error.h"

namespace reapcheck::scenario {
namespace {

using Json = nlohmann::ordered_json;
using sim::TraceStep;

constexpr std::size_t kWidest = 58;  // columns are cut there
constexpr std::size_t kNarrowest = 14;

std::string Cut(const std::string& text, std::size_t width) {
  return text.size() <= width ? text : text.substr(0, width - 3) + "...";
}

std::string ResultText(const TraceStep& step) {
  if (step.result.error != 0) return ErrnoName(step.result.error);
  return std::to_string(step.result.value);
}

// "openat c1/state.json = 4", "rmdir cgroup = EBUSY (fault)".
std::string CallText(const TraceStep& step) {
  return step.text + " = " + ResultText(step) + (step.is_fault ? " (fault)" : "");
}

std::string OtherText(const TraceStep& step) {
  switch (step.choice.kind) {
    case sim::ChoiceKind::kCrash:
      return "*** killed ***";
    case sim::ChoiceKind::kTime:
      return "(time passes)";
    case sim::ChoiceKind::kPowerFailure:
      return "*** power failure ***";
    default:
      return step.text;
  }
}

bool IsOfKernel(const TraceStep& step) {
  return !step.is_call && step.choice.kind == sim::ChoiceKind::kStep;
}

// Which column: 0 is the kernel's.
std::size_t ColumnOf(const TraceStep& step) {
  if (IsOfKernel(step) || step.choice.kind == sim::ChoiceKind::kPowerFailure) return 0;
  return 1 + (step.is_call ? step.actor : step.choice.actor);
}

std::string TextOf(const TraceStep& step) {
  return step.is_call ? CallText(step) : OtherText(step);
}

std::vector<std::size_t> Widths(const Replayed& replayed) {
  std::vector<std::size_t> widths(replayed.actors.size() + 1, 0);
  for (const TraceStep& step : replayed.trace.steps) {
    std::size_t& width = widths[ColumnOf(step)];
    width = std::max({width, kNarrowest, std::min(TextOf(step).size(), kWidest)});
  }
  return widths;
}

std::string Line(const std::vector<std::size_t>& widths, std::size_t column,
                 const std::string& text) {
  std::string line;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    std::string cell = i == column ? Cut(text, widths[i]) : "";
    cell.resize(widths[i], ' ');
    line += "| " + cell + " ";
  }
  return line + "|\n";
}

std::string Header(const Replayed& replayed, const std::vector<std::size_t>& widths) {
  std::string line = "     ";
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    std::string cell = Cut(i == 0 ? "kernel" : replayed.actors[i - 1], widths[i]);
    cell.resize(widths[i], ' ');
    line += "| " + cell + " ";
  }
  return line + "|\n";
}

std::string Seconds(sim::Nanoseconds time) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f s", static_cast<double>(time) / 1e9);
  return text;
}

// A name that Mermaid takes: letters and digits.
std::string Participant(std::size_t column) { return "p" + std::to_string(column); }

std::string Quiet(std::string text) {
  std::ranges::replace(text, ';', ',');
  std::ranges::replace(text, '#', ' ');
  return text;
}

}  // namespace

std::string TraceTable(const Replayed& replayed) {
  const std::vector<std::size_t> widths = Widths(replayed);
  std::string text = Header(replayed, widths);
  sim::Nanoseconds now = 0;
  int continuation = -1;
  int number = 0;
  for (const TraceStep& step : replayed.trace.steps) {
    if (step.continuation != continuation) {
      continuation = step.continuation;
      text += "---- afterwards, without faults ----\n" + Header(replayed, widths);
    }
    if (step.time != now) {
      now = step.time;
      text += "---- " + Seconds(now) + " ----\n";
    }
    std::string count = std::to_string(++number);
    count.insert(0, count.size() < 4 ? 4 - count.size() : 0, ' ');
    text += count + " " + Line(widths, ColumnOf(step), TextOf(step));
    for (const sim::Violation& violation : step.violations) {
      text += "  >> " + violation.invariant + ": " + violation.summary + "\n";
    }
  }
  for (const sim::Violation& violation : replayed.trace.violations) {
    text += violation.invariant + ": " + violation.summary + "\n";
  }
  return text;
}

std::string TraceMermaid(const Replayed& replayed) {
  std::string text = "sequenceDiagram\n  participant " + Participant(0) + " as kernel\n";
  const std::vector<std::size_t> widths = Widths(replayed);
  for (std::size_t i = 1; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    text += "  participant " + Participant(i) + " as " + Quiet(replayed.actors[i - 1]) + "\n";
  }
  for (const TraceStep& step : replayed.trace.steps) {
    const std::string who = Participant(ColumnOf(step));
    if (step.is_call) {
      text += "  " + who + (step.result.error != 0 ? "-x" : "->>") + Participant(0) + ": " +
              Quiet(CallText(step)) + "\n";
    } else {
      text += "  Note over " + who + ": " + Quiet(OtherText(step)) + "\n";
    }
    for (const sim::Violation& violation : step.violations) {
      text += "  Note over " + who + ": " + violation.invariant + " " + Quiet(violation.summary) +
              "\n";
    }
  }
  return text;
}

std::string TracePerfetto(const Replayed& replayed) {
  Json events = Json::array();
  const std::vector<std::size_t> widths = Widths(replayed);
  for (std::size_t i = 0; i < widths.size(); ++i) {
    if (widths[i] == 0) continue;
    events.push_back({{"ph", "M"},
                      {"name", "thread_name"},
                      {"pid", 1},
                      {"tid", i},
                      {"args", {{"name", i == 0 ? "kernel" : replayed.actors[i - 1]}}}});
  }
  // A step has no duration of its own: each is drawn one microsecond wide, in its order.
  int number = 0;
  for (const TraceStep& step : replayed.trace.steps) {
    Json arguments = {{"time", Seconds(step.time)}};
    if (step.is_call) arguments["result"] = ResultText(step);
    if (step.is_fault) arguments["fault"] = true;
    for (const sim::Violation& violation : step.violations) {
      arguments["violation"] = violation.invariant + ": " + violation.summary;
    }
    events.push_back({{"ph", "X"},
                      {"name", step.is_call ? step.text : OtherText(step)},
                      {"pid", 1},
                      {"tid", ColumnOf(step)},
                      {"ts", number++},
                      {"dur", 1},
                      {"args", std::move(arguments)}});
  }
  return Json{{"traceEvents", std::move(events)}}.dump(1) + "\n";
}

}  // namespace reapcheck::scenario
