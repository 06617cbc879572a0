#include "sim/differential.h"

#include <poll.h>
#include <sched.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <vector>

namespace reapcheck::sim {
namespace {

// Longer than Linux is late by itself (it holds notifications back for 10 ms), and short enough to
// shrink a difference by hundreds of tries.
constexpr std::chrono::milliseconds kLateness(400);

bool Within(std::chrono::milliseconds bound, const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    ::sched_yield();
  }
  return true;
}

std::string Line(std::size_t number, const CallLine& line) {
  return "  " + std::to_string(number + 1) + ". " + line.call + " = " + line.result + "\n";
}

std::string Indented(const std::string& text) {
  std::string indented = "    ";
  for (std::size_t i = 0; i < text.size(); ++i) {
    indented += text[i];
    if (text[i] == '\n' && i + 1 < text.size()) indented += "    ";
  }
  return indented.ends_with('\n') ? indented : indented + "\n";
}

// The events in "1 revents 9"; -1 for what is no result of poll(2).
int ReturnedEvents(const std::string& result) {
  int count = 0, events = -1;
  return std::sscanf(result.c_str(), "%d revents %d", &count, &events) == 2 ? events : -1;
}

// cgroup.c of the kernel, CGROUP_FILE_NOTIFY_MIN_INTV: a second change within 10 ms is told of
// later, perhaps after the file was read. So Linux may tell of a change that was seen already: with
// POLLERR, whatever was asked for, and with POLLPRI where that was.
bool IsLateNotification(const CallLine& first, const CallLine& second) {
  const int seen = ReturnedEvents(first.result), told = ReturnedEvents(second.result);
  if (first.call != second.call || seen < 0 || told < 0 || (seen & POLLERR) != 0) return false;
  return told == (seen | POLLERR) || told == (seen | POLLERR | POLLPRI);
}

// A call that only looks can be made again, until it sees what is late.
bool OnlyLooks(Verb verb) { return verb == Verb::kPoll; }

}  // namespace

Differential::Differential(LabLayout layout, KernelKind first, KernelKind second)
    : layout_(layout), first_(MakeLab(first, layout)), second_(MakeLab(second, layout)) {}

std::string Differential::Compare(const Program& program) {
  std::string difference = RunBoth(program);
  // After the runners are gone, and their descriptors with them.
  first_->Reset();
  second_->Reset();
  return difference;
}

std::string Differential::RunBoth(const Program& program) {
  InstructionRunner first(*first_, layout_);
  InstructionRunner second(*second_, layout_);
  std::string trace;
  for (std::size_t i = 0; i < program.size(); ++i) {
    const Verb verb = program[i].verb;
    const CallLine expected = first.Run(program[i]);
    CallLine found = second.Run(program[i]);
    ++calls_;
    if (found != expected && OnlyLooks(verb)) {
      Within(kLateness, [&] { return (found = second.Run(program[i])) == expected; });
    }
    trace += Line(i, expected);
    if (found != expected && !IsLateNotification(expected, found)) {
      return trace + "the other kernel:\n" + Line(i, found);
    }
    std::string world, other;
    first_->Eventually([&] {
      world = first.Observe(ReachOf(verb));
      return true;
    });
    if (!Within(kLateness, [&] { return (other = second.Observe(ReachOf(verb))) == world; })) {
      return trace + "the world after it:\n" + Indented(world) + "the other kernel's:\n" +
             Indented(other);
    }
    first.Remember();
    second.Remember();
  }
  return "";
}

}  // namespace reapcheck::sim
