// What `state` says in each state of a container, and that asking changes nothing.
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "conformance/case.h"

namespace reapcheck::conformance {
namespace {

// schema/state-schema.json of the specification, by hand.
void ExpectFitsSchema(const Json& state) {
  ASSERT_TRUE(state.is_object());
  for (const char* key : {"ociVersion", "id", "status", "bundle"}) {
    ASSERT_TRUE(state.contains(key)) << key;
    ASSERT_TRUE(state[key].is_string()) << key << " is " << state[key].dump();
  }
  static const std::regex kVersion("[0-9]+\\.[0-9]+\\.[0-9]+([-+].*)?");
  EXPECT_TRUE(std::regex_match(state["ociVersion"].get<std::string>(), kVersion))
      << state["ociVersion"];
  EXPECT_TRUE((std::set<std::string>{"creating", "created", "running", "stopped"}.contains(
      state["status"].get<std::string>())))
      << state["status"];
  EXPECT_EQ(state["bundle"].get<std::string>().substr(0, 1), "/");
  if (state.contains("pid")) {
    EXPECT_TRUE(state["pid"].is_number_integer() && state["pid"].get<long>() >= 0) << state["pid"];
  }
  if (!state.contains("annotations")) return;
  ASSERT_TRUE(state["annotations"].is_object());
  for (const Json& value : state["annotations"]) EXPECT_TRUE(value.is_string()) << value;
}

CASE(State, FitsTheSchemaInEveryState,
     {.level = Level::kSpec,
      .cites = {"A3", "A5", "A17"},
      .claim = "state prints a document of the schema for a created, running and stopped one."}) {
  ContainerPlan plan{.annotations = {{"org.example.key", "value"}}};
  Container c = lab.Created(plan);
  for (const std::string status : {"created", "running", "stopped"}) {
    SCOPED_TRACE(status);
    if (status == "running") {
      ASSERT_OK(runtime.Start(c.id));
    } else if (status == "stopped") {
      lab.KillInit(c);
    }
    std::optional<Json> state = runtime.ReadState(c.id);
    ASSERT_TRUE(state);
    ExpectFitsSchema(*state);
    EXPECT_EQ(state->value("status", ""), status);
    EXPECT_EQ(state->value("id", ""), c.id);
    EXPECT_EQ(state->value("bundle", ""), c.bundle);
    if (status != "stopped") {
      EXPECT_EQ(state->value("pid", 0), c.init.pid);
    }
  }
}

CASE(State, StoppedWhenTheProgramExits,
     {.level = Level::kSpec,
      .cites = {"A6", "A17"},
      .claim = "A container whose program exited by itself is stopped."}) {
  Container c = lab.Running({.program = {"exit-when", "go", "3"}});
  EXPECT_EQ(runtime.Status(c.id), "running");
  lab.WriteFile("go", "");
  ASSERT_TRUE(lab.AwaitDead(c.init));
  EXPECT_EQ(runtime.Status(c.id), "stopped");
}

CASE(State, StoppedWhenInitDiedBeforeStart,
     {.level = Level::kSpec,
      .cites = {"A6", "A17"},
      .claim = "A created container whose process is dead is stopped, not created."}) {
  Container c = lab.Created();
  lab.KillInit(c);
  EXPECT_EQ(runtime.Status(c.id), "stopped");
}

CASE(State, OfNothingIsAnError,
     {.level = Level::kSpec,
      .cites = {"A15", "A17"},
      .claim = "state of an id that does not exist is an error, prints nothing, makes nothing."}) {
  lab.Running();  // something to harm
  Snapshot before = lab.TakeSnapshot();
  Invocation state = runtime.State(lab.Id("none"));
  EXPECT_REFUSED(state);
  EXPECT_EQ(state.out, "");
  EXPECT_UNCHANGED(before, lab.TakeSnapshot());
}

CASE(State, ChangesNothing,
     {.level = Level::kRobustness,
      .cites = {"A17", "C8", "S17"},
      .claim = "state of a created, running and stopped container changes nothing, and repeats."}) {
  Container created = lab.Created({.name = "created"});
  Container running = lab.Running({.name = "running"});
  Container stopped = lab.Stopped({.name = "stopped"});
  for (const Container& c : {created, running, stopped}) {
    SCOPED_TRACE(c.name);
    Snapshot before = lab.TakeSnapshot();
    EXPECT_EQ(runtime.Status(c.id), c.name);
    EXPECT_EQ(runtime.Status(c.id), c.name);
    EXPECT_UNCHANGED(before, lab.TakeSnapshot());
  }
}

}  // namespace
}  // namespace reapcheck::conformance
