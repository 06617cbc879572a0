// Which signal arrives: the whole table by number and by name, and what is no signal at all.
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

using SignalTable = std::vector<std::pair<std::string, int>>;

// A signal that was sent arrives in less than a millisecond.
constexpr std::chrono::seconds kDelivery{3};
constexpr int kLast = 30;  // PWR: of the signals that are pending the kernel delivers it last

// All standard signals that a program can catch: signal(7).
const SignalTable& Catchable() {
  static const SignalTable table = {
      {"HUP", 1},   {"INT", 2},   {"QUIT", 3},  {"ILL", 4},     {"TRAP", 5},    {"ABRT", 6},
      {"BUS", 7},   {"FPE", 8},   {"USR1", 10}, {"SEGV", 11},   {"USR2", 12},   {"PIPE", 13},
      {"ALRM", 14}, {"TERM", 15}, {"CHLD", 17}, {"CONT", 18},   {"TSTP", 20},   {"TTIN", 21},
      {"TTOU", 22}, {"URG", 23},  {"XCPU", 24}, {"XFSZ", 25},   {"VTALRM", 26}, {"PROF", 27},
      {"WINCH", 28}, {"IO", 29},  {"PWR", 30},  {"SYS", 31},    {"STKFLT", 16}};
  return table;
}

std::string Lower(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::tolower(letter));
  return text;
}

// Sends each as it is written and waits until the program has noted exactly that number.
void ExpectEachArrives(Lab& lab, Subject& runtime, const SignalTable& table) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  for (const auto& [text, number] : table) {
    SCOPED_TRACE("kill " + c.id + " " + text);
    std::size_t before = lab.SignalsSeen(c).size();
    Invocation sent = runtime.Kill(c.id, text);
    EXPECT_OK(sent);
    if (!sent.ok()) continue;
    auto arrived = [&] { return lab.SignalsSeen(c).size() > before; };
    if (!lab.Await("a signal in the container", arrived, kDelivery)) return;
    EXPECT_EQ(lab.SignalsSeen(c).back(), number);
  }
  EXPECT_TRUE(lab.Alive(c.init));
}

// None of these is a signal: each is an error, and nothing arrives.
void ExpectNoneIsSent(Lab& lab, Subject& runtime, const std::vector<std::string>& texts) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  Snapshot before = lab.TakeSnapshot();
  for (const std::string& text : texts) {
    bool like_an_option = text.starts_with("-");
    EXPECT_REFUSED(runtime.Run(like_an_option ? Arguments{"kill", "--", c.id, text}
                                              : Arguments{"kill", c.id, text}));
  }
  ASSERT_TRUE(lab.Unhurt(c.init)) << "it is dead";
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  ASSERT_OK(runtime.Kill(c.id, std::to_string(kLast)));
  ASSERT_TRUE(lab.Await("the last signal", [&] { return !lab.SignalsSeen(c).empty(); }));
  lab.Await("no signal but the last", [&] { return lab.SignalsSeen(c).back() == kLast; });
  EXPECT_EQ(lab.SignalsSeen(c), std::vector<int>{kLast}) << "what was no signal arrived as one";
}

CASE(Signals, EachNumberArrives,
     {.level = Level::kSpec,
      .cites = {"A22", "C7"},
      .claim = "kill with a number from 1 to 31 sends exactly that signal to init."}) {
  SignalTable table;
  for (const auto& [name, number] : Catchable()) table.emplace_back(std::to_string(number), number);
  ExpectEachArrives(lab, runtime, table);
}

CASE(Signals, EachNameArrives,
     {.level = Level::kSpec,
      .cites = {"A22", "C7"},
      .claim = "kill with a name such as HUP sends the signal of that name to init."}) {
  ExpectEachArrives(lab, runtime, Catchable());
}

CASE(Signals, EachNameWithSigArrives,
     {.level = Level::kSpec,
      .cites = {"A22", "C7"},
      .claim = "kill with a name such as SIGHUP sends the signal of that name to init."}) {
  SignalTable table;
  for (const auto& [name, number] : Catchable()) table.emplace_back("SIG" + name, number);
  ExpectEachArrives(lab, runtime, table);
}

CASE(Signals, LowerCaseNamesArrive,
     {.level = Level::kConvention,
      .cites = {"A22", "C7"},
      .claim = "A signal's name may be written in lower case."}) {
  SignalTable table;
  for (const auto& [name, number] : Catchable()) {
    if (number < 13 || number > 17) continue;
    table.emplace_back(Lower(name), number);
    table.emplace_back("sig" + Lower(name), number);
  }
  ExpectEachArrives(lab, runtime, table);
}

CASE(Signals, RealTimeNumbersArrive,
     {.level = Level::kSpec,
      .cites = {"A22", "C7"},
      .claim = "kill with a number from 34 to 64 sends exactly that real-time signal to init."}) {
  SignalTable table;
  for (int number = 34; number <= 64; ++number) table.emplace_back(std::to_string(number), number);
  ExpectEachArrives(lab, runtime, table);
}

CASE(Signals, RealTimeNamesThatAreKnownArrive,
     {.level = Level::kRobustness,
      .cites = {"A22", "C7"},
      .claim = "A runtime that knows RTMIN counts from 34 and RTMAX from 64."}) {
  Container probe = lab.Running({.name = "probe", .program = {"trap", "sleep"}});
  if (!runtime.Kill(probe.id, "RTMIN").ok()) SKIP("the runtime does not name real-time signals");
  ExpectEachArrives(lab, runtime,
                    {{"RTMIN", 34}, {"SIGRTMIN", 34}, {"RTMIN+1", 35}, {"SIGRTMIN+3", 37},
                     {"RTMIN+10", 44}, {"RTMAX-10", 54}, {"SIGRTMAX-1", 63}, {"RTMAX", 64}});
}

CASE(Signals, KillKillsHoweverItIsWritten,
     {.level = Level::kSpec,
      .cites = {"A22", "C7"},
      .claim = "KILL, SIGKILL and 9 each kill a program that ignores all else."}) {
  int index = 0;
  for (const std::string text : {"KILL", "SIGKILL", "9"}) {
    SCOPED_TRACE(text);
    Container c = lab.Running(
        {.name = "c" + std::to_string(++index), .program = {"trap", "ignore", "TERM", "sleep"}});
    EXPECT_OK(runtime.Kill(c.id, text));
    ASSERT_TRUE(lab.AwaitDead(c.init));
    EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  }
}

CASE(Signals, StopStopsAndContContinues,
     {.level = Level::kSpec,
      .cites = {"A22", "A6", "S17"},
      .claim = "STOP stops init, which the container does not notice, and CONT lets it go on."}) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  auto state = [&] { return lab.Inspect(c.init.pid).value_or(ProcessInfo{}).state; };
  for (const auto& [stop, resume] :
       SignalTable{{"STOP", 18}, {"SIGSTOP", 18}, {"19", 18}}) {
    SCOPED_TRACE(stop);
    ASSERT_NE(state(), 'T');
    EXPECT_OK(runtime.Kill(c.id, stop));
    ASSERT_TRUE(lab.Await("init is stopped", [&] { return state() == 'T'; }));
    EXPECT_EQ(runtime.Status(c.id), "running") << "it has not exited";
    EXPECT_OK(runtime.Kill(c.id, std::to_string(resume)));
    ASSERT_TRUE(lab.Await("init goes on", [&] { return state() != 'T'; }));
  }
}

CASE(Signals, ZeroOnlyProbes,
     {.level = Level::kConvention,
      .cites = {"S21", "S17", "C7"},
      .claim = "kill 0 of a running container succeeds and does nothing."}) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  Snapshot before = lab.TakeSnapshot();
  EXPECT_OK(runtime.Kill(c.id, "0"));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_EQ(runtime.Status(c.id), "running");
  ASSERT_OK(runtime.Kill(c.id, std::to_string(kLast)));
  ASSERT_TRUE(lab.Await("the last signal", [&] { return !lab.SignalsSeen(c).empty(); }));
  EXPECT_EQ(lab.SignalsSeen(c), std::vector<int>{kLast});
}

CASE(Signals, ZeroToAStoppedContainerIsRefused,
     {.level = Level::kSpec,
      .cites = {"A21", "S5", "S21", "C7"},
      .claim = "kill 0 says that a stopped container is not there to be signalled."}) {
  Container c = lab.Stopped();
  Snapshot before = lab.TakeSnapshot();
  EXPECT_REFUSED(runtime.Kill(c.id, "0"));
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Signals, UnknownNamesAreRefused,
     {.level = Level::kRobustness,
      .cites = {"S21", "C7"},
      .claim = "A name that no signal has is an error and sends nothing."}) {
  ExpectNoneIsSent(lab, runtime, {"SIG", "SIGNOPE", "TERMX", "XTERM", "SIGSIGTERM", "TERM ",
                                  " TERM", "TERM,HUP", "SIG15", "RTMIN+31", "RTMAX-31"});
}

CASE(Signals, EmptyTextIsRefused,
     {.level = Level::kRobustness,
      .cites = {"S21", "C7"},
      .claim = "An empty signal is a caller's mistake: an error, and not TERM."}) {
  ExpectNoneIsSent(lab, runtime, {""});
}

CASE(Signals, NumbersOutOfRangeAreRefused,
     {.level = Level::kRobustness,
      .cites = {"S21", "C7"},
      .claim = "A number beyond the last signal is an error, also one that overflows to 15."}) {
  ExpectNoneIsSent(lab, runtime, {"65", "128", "271", "99999", "4294967311",
                                  "18446744073709551631"});
}

CASE(Signals, NegativeNumbersAreRefused,
     {.level = Level::kRobustness,
      .cites = {"S21", "C7"},
      .claim = "A negative number is an error, also one that overflows to 15, and no signal."}) {
  // Only behind "--" it is no option. Without this control the "--" might be what is refused.
  Container control = lab.Running({.name = "control", .program = {"trap", "sleep"}});
  if (!runtime.Run({"kill", "--", control.id, "28"}).ok()) SKIP("kill does not take `--`");
  ExpectNoneIsSent(lab, runtime, {"-1", "-15", "-4294967281"});
}

CASE(Signals, NumbersWithATailAreRefused,
     {.level = Level::kRobustness,
      .cites = {"S21", "C7"},
      .claim = "A number after which anything follows is no signal."}) {
  ExpectNoneIsSent(lab, runtime, {"28xyz", "15 ", "15\n", "10.0", "1e1", "15,1"});
}

CASE(Signals, NumbersWithASignOrPrefixAreRefused,
     {.level = Level::kRobustness,
      .cites = {"S21", "C7"},
      .claim = "A number with a sign, a blank or a base in front is no signal."}) {
  ExpectNoneIsSent(lab, runtime, {"+15", " 15", "0x0f", "\t15", "#15"});
}

CASE(Signals, JunkToAMissingContainerIsRefused,
     {.level = Level::kConvention,
      .cites = {"S21", "S5", "C17"},
      .claim = "A bad signal for a container that does not exist is an error."}) {
  Snapshot before = lab.TakeSnapshot();
  for (const std::string signal : {"SIGNOPE", "99999", "28xyz", ""}) {
    EXPECT_REFUSED(runtime.Run({"kill", lab.Id("nobody"), signal}));
  }
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(Signals, DefaultIsTerm,
     {.level = Level::kConvention,
      .cites = {"A37", "A22"},
      .claim = "kill without a signal sends TERM."}) {
  Container c = lab.Running({.program = {"trap", "sleep"}});
  ASSERT_OK(runtime.Kill(c.id, ""));
  ASSERT_TRUE(lab.Await("a signal", [&] { return !lab.SignalsSeen(c).empty(); }));
  EXPECT_EQ(lab.SignalsSeen(c), std::vector<int>{15});
}

CASE(Signals, TermEndsAProgramThatQuitsOnIt,
     {.level = Level::kSpec,
      .cites = {"A22", "A6"},
      .claim = "A program that ends on TERM exits as it wants, and the container is stopped."}) {
  Container c = lab.Running({.program = {"quit-on", "TERM", "sleep"}});
  EXPECT_OK(runtime.Kill(c.id, "TERM"));
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_TRUE(lab.AwaitStatus(c, "stopped"));
  std::optional<Ending> ending = lab.EndingOf(c.init);
  ASSERT_TRUE(ending);
  EXPECT_TRUE(ending->exited && ending->code == 0) << "it was ended by " << ending->signal;
}

CASE(Signals, IgnoredSignalLeavesItRunning,
     {.level = Level::kSpec,
      .cites = {"A6", "S17", "C8"},
      .claim = "After a signal that the program ignores the container is running, to the byte."}) {
  Container c = lab.Running({.program = {"ignore", "TERM", "sleep"}});
  Snapshot before = lab.TakeSnapshot();
  EXPECT_OK(runtime.Kill(c.id, "TERM"));
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  EXPECT_REFUSED(runtime.Delete(c.id));
}

CASE(Signals, HarmlessSignalLeavesItCreated,
     {.level = Level::kSpec,
      .cites = {"A6", "A21", "S17", "C8"},
      .claim = "After a harmless signal a created container is created still, and starts."}) {
  Container c = lab.Created();
  EXPECT_OK(runtime.Kill(c.id, "WINCH"));
  EXPECT_EQ(runtime.Status(c.id), "created");
  EXPECT_TRUE(lab.Alive(c.init));
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.AwaitReady(c));
}

CASE(Signals, HarmlessSignalLeavesItPaused,
     {.level = Level::kConvention,
      .cites = {"S17", "C8", "C12"},
      .claim = "After a signal a paused container is paused still; the signal waits for resume.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = lab.Paused({.program = {"trap", "sleep"}});
  EXPECT_OK(runtime.Kill(c.id, "WINCH"));
  EXPECT_EQ(runtime.Status(c.id), "paused");
  EXPECT_TRUE(lab.Observe(c).frozen());
  EXPECT_TRUE(lab.SignalsSeen(c).empty());
  EXPECT_OK(runtime.Resume(c.id));
  ASSERT_TRUE(lab.Await("the signal", [&] { return !lab.SignalsSeen(c).empty(); }));
  EXPECT_EQ(lab.SignalsSeen(c), std::vector<int>{28});
  EXPECT_EQ(runtime.Status(c.id), "running");
}

}  // namespace
}  // namespace reapcheck::conformance
