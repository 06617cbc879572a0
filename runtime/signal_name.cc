#include "runtime/signal_name.h"

#include <array>
#include <charconv>
#include <utility>

namespace reapcheck {
namespace {

// The numbers of x86, arm and most others (signal(7)); the real-time range as glibc gives it.
constexpr int kRealTimeMin = 34;
constexpr int kRealTimeMax = 64;
constexpr int kMaxSignal = 64;

constexpr auto kNames = std::to_array<std::pair<std::string_view, int>>({
    {"HUP", 1},     {"INT", 2},   {"QUIT", 3},  {"ILL", 4},   {"TRAP", 5},   {"ABRT", 6},
    {"BUS", 7},     {"FPE", 8},   {"KILL", 9},  {"USR1", 10}, {"SEGV", 11},  {"USR2", 12},
    {"PIPE", 13},   {"ALRM", 14}, {"TERM", 15}, {"STKFLT", 16}, {"CHLD", 17}, {"CONT", 18},
    {"STOP", 19},   {"TSTP", 20}, {"TTIN", 21}, {"TTOU", 22}, {"URG", 23},   {"XCPU", 24},
    {"XFSZ", 25},   {"VTALRM", 26}, {"PROF", 27}, {"WINCH", 28}, {"IO", 29},  {"PWR", 30},
    {"SYS", 31},    {"RTMIN", kRealTimeMin}, {"RTMAX", kRealTimeMax},
    // Second names: SignalName gives the first of a number.
    {"IOT", 6},     {"CLD", 17},  {"POLL", 29},
});

std::optional<int> ParseDigits(std::string_view digits) {
  int number = 0;
  auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool all = code == std::errc() && end == digits.data() + digits.size();
  if (!all || digits.front() < '0' || digits.front() > '9' || number > kMaxSignal) {
    return std::nullopt;
  }
  return number;
}

std::optional<int> NumberOf(std::string_view name) {
  for (const auto& [known, number] : kNames) {
    if (known == name) return number;
  }
  return std::nullopt;
}

// "RTMIN+3", "RTMAX-1".
std::optional<int> ParseRealTime(std::string_view name) {
  if (name.size() < 7) return std::nullopt;
  auto base = NumberOf(name.substr(0, 5));
  auto offset = ParseDigits(name.substr(6));
  const bool up = base == kRealTimeMin && name[5] == '+';
  const bool down = base == kRealTimeMax && name[5] == '-';
  if (!offset || (!up && !down)) return std::nullopt;
  int number = up ? *base + *offset : *base - *offset;
  if (number < kRealTimeMin || number > kRealTimeMax) return std::nullopt;
  return number;
}

}  // namespace

std::optional<Signal> ParseSignal(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (text.front() >= '0' && text.front() <= '9') {
    auto number = ParseDigits(text);
    return number ? std::optional(Signal{*number}) : std::nullopt;
  }
  std::string name(text);
  for (char& c : name) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  if (name.starts_with("SIG")) name.erase(0, 3);
  auto number = NumberOf(name);
  if (!number) number = ParseRealTime(name);
  return number ? std::optional(Signal{*number}) : std::nullopt;
}

std::string SignalName(Signal signal) {
  for (const auto& [name, number] : kNames) {
    if (number == signal.number) return "SIG" + std::string(name);
  }
  if (signal.number > kRealTimeMin && signal.number < kRealTimeMax) {
    return "SIGRTMIN+" + std::to_string(signal.number - kRealTimeMin);
  }
  return std::to_string(signal.number);
}

}  // namespace reapcheck
