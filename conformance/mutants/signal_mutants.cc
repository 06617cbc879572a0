// Signals as a user writes them, read wrongly.
#include <cctype>
#include <cstdlib>

#include "conformance/mutants/mutant.h"
#include "runtime/signal_name.h"

namespace reapcheck::mutants {
namespace {

// The simulated scenarios take the signal for granted.
constexpr char kTextOnly[] = "which text is which signal does not depend on the schedule";

class NumberWithATail : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    const std::size_t digits = text.find_first_not_of("0123456789");
    return Runtime::SignalFrom(digits == 0 ? text : text.substr(0, digits));
  }
};

class NumberWithASign : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    const bool sign = text.starts_with('+') || text.starts_with('-');
    return Runtime::SignalFrom(sign ? text.substr(1) : text);
  }
};

class NumberThatWraps : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    auto signal = Runtime::SignalFrom(text);
    char* end = nullptr;
    const long number = std::strtol(text.c_str(), &end, 10);
    if (signal || text.empty() || *end != '\0') return signal;
    return Signal{static_cast<int>(number & 31)};
  }
};

class SwapsBusAndTrap : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    if (text == "5") return ParseSignal("BUS");
    if (text == "7") return ParseSignal("TRAP");
    return Runtime::SignalFrom(text);
  }
};

class EmptyIsTerm : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    return Runtime::SignalFrom(text.empty() ? "TERM" : text);
  }
};

class UnknownIsTerm : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    auto signal = Runtime::SignalFrom(text);
    const bool name = !text.empty() && std::isalpha(static_cast<unsigned char>(text[0]));
    return signal || !name ? signal : ParseSignal("TERM");
  }
};

class ZeroIsTerm : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    auto signal = Runtime::SignalFrom(text);
    return signal == Signal{0} ? ParseSignal("TERM") : signal;
  }
};

class NoZero : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    auto signal = Runtime::SignalFrom(text);
    return signal == Signal{0} ? std::nullopt : signal;
  }
};

class UpperCaseOnly : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    for (char c : text) {
      if (std::islower(static_cast<unsigned char>(c))) return std::nullopt;
    }
    return Runtime::SignalFrom(text);
  }
};

class NoPrefix : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    // "SIGTERM" is what a kill without a signal means.
    const bool prefix = text.starts_with("SIG") && text != "SIGTERM";
    return prefix ? std::nullopt : Runtime::SignalFrom(text);
  }
};

// The C library keeps 32 and 33 for itself: its SIGRTMIN is 34, the kernel's is 32.
class RealTimeOffByTwo : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    auto signal = Runtime::SignalFrom(text);
    const bool named = text.find("RTMIN") != std::string::npos;
    return signal && named ? Signal{signal->number - 2} : signal;
  }
};

class NoRealTime : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    auto signal = Runtime::SignalFrom(text);
    return signal && signal->number > 31 ? std::nullopt : signal;
  }
};

class DefaultIsKill : public Runtime {
  using Runtime::Runtime;
  std::optional<Signal> SignalFrom(const std::string& text) override {
    return Runtime::SignalFrom(text == KillOptions().signal ? "KILL" : text);
  }
};

}  // namespace

std::vector<Mutant> SignalMutants() {
  return {
      {.name = "signal-tail",
       .plants = "A signal number is read up to the first other character: 28xyz is 28.",
       .bug = "crun 1.8.1 (C7)",
       .breaks = "S21",
       .caught_by = {"Signals.NumbersWithATailAreRefused"},
       .part = MakeRuntimeOf<NumberWithATail>,
       .not_simulated = kTextOnly},
      {.name = "signal-sign",
       .plants = "The sign of a number is dropped: -9 is 9.",
       .bug = "runc (parseSignal takes any decimal)",
       .breaks = "S21",
       .caught_by = {"Signals.NumbersWithASignOrPrefixAreRefused"},
       .part = MakeRuntimeOf<NumberWithASign>,
       .not_simulated = kTextOnly},
      {.name = "signal-wraps",
       .plants = "A number that is none of a signal is cut to five bits.",
       .bug = "runc (parseSignal takes any decimal)",
       .breaks = "S21",
       .caught_by = {"Signals.NumbersOutOfRangeAreRefused"},
       .part = MakeRuntimeOf<NumberThatWraps>,
       .not_simulated = kTextOnly},
      {.name = "signal-bus-trap",
       .plants = "5 is BUS and 7 is TRAP.",
       .bug = "youki (C7)",
       .breaks = "S21 A22",
       .caught_by = {"Signals.EachNumberArrives"},
       .part = MakeRuntimeOf<SwapsBusAndTrap>,
       .not_simulated = kTextOnly},
      {.name = "signal-empty",
       .plants = "An empty signal is TERM.",
       .bug = "C7",
       .breaks = "S21",
       .caught_by = {"Signals.EmptyTextIsRefused"},
       .part = MakeRuntimeOf<EmptyIsTerm>,
       .not_simulated = kTextOnly},
      {.name = "signal-unknown",
       .plants = "A name that nobody knows is TERM.",
       .bug = "C7",
       .breaks = "S21",
       .caught_by = {"Signals.UnknownNamesAreRefused"},
       .part = MakeRuntimeOf<UnknownIsTerm>,
       .not_simulated = kTextOnly},
      {.name = "signal-zero-is-term",
       .plants = "Signal 0 is taken for none given: TERM is sent.",
       .bug = "C7",
       .breaks = "S21",
       .caught_by = {"Signals.ZeroOnlyProbes"},
       .part = MakeRuntimeOf<ZeroIsTerm>,
       .not_simulated = kTextOnly},
      {.name = "signal-no-zero",
       .plants = "Signal 0 is refused.",
       .bug = "youki, runsc (C7)",
       .breaks = "S21",
       .caught_by = {"Signals.ZeroOnlyProbes"},
       .part = MakeRuntimeOf<NoZero>,
       .not_simulated = kTextOnly},
      {.name = "signal-upper-case",
       .plants = "Names in lower case are refused.",
       .bug = "C7",
       .breaks = "A22",
       .caught_by = {"Signals.LowerCaseNamesArrive"},
       .part = MakeRuntimeOf<UpperCaseOnly>,
       .not_simulated = kTextOnly},
      {.name = "signal-no-prefix",
       .plants = "Names with SIG are refused.",
       .bug = "C7",
       .breaks = "A22",
       .caught_by = {"Signals.EachNameWithSigArrives"},
       .part = MakeRuntimeOf<NoPrefix>,
       .not_simulated = kTextOnly},
      {.name = "signal-rtmin",
       .plants = "RTMIN counts from the kernel's first real-time signal, not from the library's.",
       .bug = "C7",
       .breaks = "A22",
       .caught_by = {"Signals.RealTimeNamesThatAreKnownArrive"},
       .part = MakeRuntimeOf<RealTimeOffByTwo>,
       .not_simulated = kTextOnly},
      {.name = "signal-no-real-time",
       .plants = "Real-time signals are refused.",
       .bug = "youki (C7)",
       .breaks = "A22",
       .caught_by = {"Signals.RealTimeNumbersArrive"},
       .part = MakeRuntimeOf<NoRealTime>,
       .not_simulated = kTextOnly},
      {.name = "signal-default-kill",
       .plants = "kill without a signal sends KILL.",
       .bug = "C7",
       .breaks = "A22",
       .caught_by = {"Signals.DefaultIsTerm"},
       .part = MakeRuntimeOf<DefaultIsKill>,
       .not_simulated = kTextOnly},
  };
}

}  // namespace reapcheck::mutants
