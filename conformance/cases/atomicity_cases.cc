// Every operation that a state does not allow, in every state: whatever is refused changes nothing.
// Whether it has to be refused is judged where the operation is at home; here `must_refuse` is.
#include "conformance/case.h"
#include "conformance/cases/paused_container.h"

namespace reapcheck::conformance {
namespace {

struct Attempt {
  Arguments words;
  bool must_refuse = true;
};

void ExpectAtomic(Lab& lab, Subject& runtime, const std::vector<Attempt>& attempts) {
  for (const Attempt& attempt : attempts) {
    Snapshot before = lab.TakeSnapshot();
    Invocation call = runtime.Run(attempt.words);
    if (call.ok() && !attempt.must_refuse) continue;
    EXPECT_REFUSED(call);
    std::vector<std::string> changes = Diff(before, lab.TakeSnapshot());
    for (const std::string& change : changes) {
      ADD_FAILURE() << call.Describe() << "; and it changed something: " << change;
    }
    if (call.ok() || !changes.empty()) return;  // what follows would be judged in another state
  }
}

// Bad signals, options that do not exist, an id that is taken: errors in every state. Which signals
// are bad is judged by Signals.
std::vector<Attempt> AlwaysWrong(const Container& c) {
  return {{{"kill", c.id, "NOSUCHSIGNAL"}, false},
          {{"kill", c.id, "-1"}, false},
          {{"kill", c.id, "9999"}, false},
          {{"kill", "--no-such-option", c.id, "KILL"}},
          {{"delete", "--no-such-option", c.id}},
          {{"start", "--no-such-option", c.id}},
          {{"no-such-command", c.id}},
          {{"create", "--bundle", c.bundle, c.id}},
          {{"create", "--bundle", "/no/such/bundle", c.id}}};
}

void Add(std::vector<Attempt>& attempts, bool can, Attempt attempt) {
  if (can) attempts.push_back(std::move(attempt));
}

ContainerPlan Plan() {
  return {.program = {"trap", "fork", "2", "sleep"},
          .hooks = {{.kind = "poststart", .name = "s"}, {.kind = "poststop", .name = "p"}},
          .annotations = {{"org.example.key", "value"}}};
}

CASE(Atomicity, Created,
     {.level = Level::kSpec,
      .cites = {"A15", "A18", "C17", "S21", "S25"},
      .claim = "In a created container each operation that is refused changes nothing."}) {
  Container c = lab.Created(Plan());
  std::vector<Attempt> attempts = AlwaysWrong(c);
  Add(attempts, runtime.Can(Capability::kPause), {{"resume", c.id}, false});
  ExpectAtomic(lab, runtime, attempts);
  EXPECT_EQ(runtime.Status(c.id), "created");
  EXPECT_OK(runtime.Start(c.id));
  EXPECT_TRUE(lab.AwaitReady(c));
}

CASE(Atomicity, Running,
     {.level = Level::kSpec,
      .cites = {"A15", "A18", "A19", "A24", "C17", "S4", "S21", "S25"},
      .claim = "In a running container each operation that is refused changes nothing."}) {
  Container c = lab.Running(Plan());
  std::vector<Attempt> attempts = AlwaysWrong(c);
  attempts.push_back({{"start", c.id}});
  attempts.push_back({{"delete", c.id}});
  Add(attempts, runtime.Can(Capability::kPause), {{"resume", c.id}, false});
  ExpectAtomic(lab, runtime, attempts);
  EXPECT_EQ(runtime.Status(c.id), "running");
  EXPECT_TRUE(lab.SignalsSeen(c).empty()) << "a signal arrived that was never to be sent";
}

CASE(Atomicity, Paused,
     {.level = Level::kSpec,
      .cites = {"A15", "A18", "A19", "A24", "C12", "C17", "S4", "S25"},
      .claim = "In a paused container each operation that is refused changes nothing.",
      .needs = kNeedPause | kNeedFreezer}) {
  Container c = PausedAndFrozen(lab, Plan());
  std::vector<Attempt> attempts = AlwaysWrong(c);
  attempts.push_back({{"start", c.id}});
  attempts.push_back({{"delete", c.id}});
  attempts.push_back({{"pause", c.id}, false});
  ExpectAtomic(lab, runtime, attempts);
  EXPECT_EQ(runtime.Status(c.id), "paused");
  EXPECT_OK(runtime.Resume(c.id));
  EXPECT_TRUE(lab.SignalsSeen(c).empty()) << "a signal arrived that was never to be sent";
}

CASE(Atomicity, Stopped,
     {.level = Level::kSpec,
      .cites = {"A15", "A18", "A19", "A21", "C17", "S5", "S25"},
      .claim = "In a stopped container each operation that is refused changes nothing."}) {
  Container c = lab.Stopped(Plan());
  std::vector<Attempt> attempts = AlwaysWrong(c);
  attempts.push_back({{"start", c.id}});
  for (const char* signal : {"KILL", "TERM", "9"}) attempts.push_back({{"kill", c.id, signal}});
  Add(attempts, runtime.Can(Capability::kPause), {{"pause", c.id}, false});
  Add(attempts, runtime.Can(Capability::kPause), {{"resume", c.id}, false});
  Add(attempts, runtime.Can(Capability::kExec), {{"exec", c.id, "/payload", "exit", "0"}});
  ExpectAtomic(lab, runtime, attempts);
  EXPECT_EQ(runtime.Status(c.id), "stopped");
  EXPECT_OK(runtime.Delete(c.id));
  EXPECT_HOLDS(JudgeHooks("poststop", {"p"}, lab.Hooks()));
}

CASE(Atomicity, Missing,
     {.level = Level::kSpec,
      .cites = {"A15", "A17", "A19", "A21", "C17", "S5"},
      .claim = "Operations on an id that does not exist change nothing."}) {
  lab.Running(Plan());
  std::string none = lab.Id("none");
  std::vector<Attempt> attempts{{{"state", none}},        {{"start", none}},
                                {{"kill", none}},         {{"kill", none, "KILL"}},
                                {{"kill", none, "0"}},    {{"kill", none, "NOSUCHSIGNAL"}},
                                {{"delete", none}}};
  Add(attempts, runtime.Can(Capability::kKillAll), {{"kill", "--all", none, "KILL"}});
  Add(attempts, runtime.Can(Capability::kPause), {{"pause", none}});
  Add(attempts, runtime.Can(Capability::kPause), {{"resume", none}});
  Add(attempts, runtime.Can(Capability::kExec), {{"exec", none, "/payload", "exit", "0"}});
  ExpectAtomic(lab, runtime, attempts);
}

}  // namespace
}  // namespace reapcheck::conformance
