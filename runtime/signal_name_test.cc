#include "runtime/signal_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <signal.h>

#include <string>
#include <utility>

namespace reapcheck {
namespace {

TEST(ParseSignal, KnowsNamesOfSignal7) {
  const std::pair<const char*, int> table[] = {
      {"HUP", SIGHUP},       {"INT", SIGINT},   {"QUIT", SIGQUIT},     {"ABRT", SIGABRT},
      {"IOT", SIGIOT},       {"KILL", SIGKILL}, {"USR1", SIGUSR1},     {"SEGV", SIGSEGV},
      {"STKFLT", SIGSTKFLT}, {"CHLD", SIGCHLD}, {"CLD", SIGCHLD},      {"STOP", SIGSTOP},
      {"TERM", SIGTERM},     {"POLL", SIGPOLL}, {"IO", SIGIO},         {"WINCH", SIGWINCH},
      {"PWR", SIGPWR},       {"SYS", SIGSYS},   {"VTALRM", SIGVTALRM}, {"RTMIN", SIGRTMIN},
      {"RTMAX", SIGRTMAX}};
  for (const auto& [name, number] : table) {
    EXPECT_EQ(ParseSignal(name), Signal{number}) << name;
    EXPECT_EQ(ParseSignal("SIG" + std::string(name)), Signal{number}) << name;
  }
}

TEST(ParseSignal, CaseDoesNotMatter) {
  for (const char* text : {"term", "Term", "sigterm", "SigTerm", "SIGterm"}) {
    EXPECT_EQ(ParseSignal(text), Signal{SIGTERM}) << text;
  }
}

TEST(ParseSignal, NumbersFromZeroTo64) {
  for (int number = 0; number <= 64; ++number) {
    EXPECT_EQ(ParseSignal(std::to_string(number)), Signal{number});
  }
}

TEST(ParseSignal, RealTimeWithAnOffset) {
  EXPECT_EQ(ParseSignal("RTMIN+3"), Signal{SIGRTMIN + 3});
  EXPECT_EQ(ParseSignal("SIGRTMAX-1"), Signal{SIGRTMAX - 1});
  EXPECT_EQ(ParseSignal("rtmin+30"), Signal{SIGRTMAX});
  EXPECT_EQ(ParseSignal("rtmax-30"), Signal{SIGRTMIN});
}

TEST(ParseSignal, AnythingElseIsNone) {
  for (const char* text :
       {"", " ", "65", "-1", "+9", "9 ", " 9", "0x9", "9KILL", "999999999999", "SIG", "SIGSIGKILL",
        "SIG9", "KILL ", " KILL", "KIL", "KILLX", "NONE", "NULL", "RTMIN+", "RTMIN-1", "RTMAX+1",
        "RTMIN+31", "RTMAX-31", "RTMIN+-1", "RTMIN+3x", "RTMIN3", "TERM+1", "TERM\n", "\xc3\xa9"}) {
    EXPECT_EQ(ParseSignal(text), std::nullopt) << '"' << text << '"';
  }
  EXPECT_EQ(ParseSignal(std::string("KILL\0", 5)), std::nullopt);
  EXPECT_EQ(ParseSignal(std::string("9\0", 2)), std::nullopt);
}

TEST(SignalName, EveryNumberIsReadBack) {
  for (int number = 0; number <= 64; ++number) {
    EXPECT_EQ(ParseSignal(SignalName({number})), Signal{number}) << SignalName({number});
  }
  EXPECT_EQ(SignalName({SIGTERM}), "SIGTERM");
  EXPECT_EQ(SignalName({SIGABRT}), "SIGABRT");
  EXPECT_EQ(SignalName({SIGRTMIN + 3}), "SIGRTMIN+3");
  EXPECT_EQ(SignalName({0}), "0");
}

TEST(ParseSignal, IsTotalAndNeverOutOfRange) {
  EXPECT_TRUE(rc::check("any text", [](const std::string& text) {
    const auto signal = ParseSignal(text);
    RC_ASSERT(!signal || (signal->number >= 0 && signal->number <= 64));
  }));
  EXPECT_TRUE(rc::check("a text that is nearly a signal", [] {
    const auto stem = *rc::gen::element<std::string>("RTMIN", "SIGRTMAX", "TERM", "sig", "6", "");
    const auto tail = *rc::gen::container<std::string>(rc::gen::element('+', '-', '0', '9', 'x'));
    const auto signal = ParseSignal(stem + tail);
    RC_ASSERT(!signal || (signal->number >= 0 && signal->number <= 64));
  }));
}

}  // namespace
}  // namespace reapcheck
