// A cgroup that is busy several times. How much patience a runtime has is its own choice; it ends
// in time, and says what is true.
#include "conformance/cases/fault.h"

namespace reapcheck::conformance {
namespace {

// EBUSY of the first `times` rmdir of cgroups, whichever they are: once the runtime has given up
// before, more are no other fault.
void ExpectToldWhenBusy(Lab& lab, const Arguments& verb, const std::vector<int>& budgets,
                        const std::function<Container(const std::string& name)>& make) {
  for (const int times : budgets) {
    SCOPED_TRACE("busy " + std::to_string(times) + " times");
    const Container c = make("c" + std::to_string(times));
    Faults busy;
    for (int i = 1; i <= times; ++i) busy.push_back(Once("rmdir cgroup", EBUSY, i));
    const auto injector = std::make_shared<Injector>(PlacesOf(lab, c), busy, Faults());
    Arguments words = verb;
    words.push_back(c.id);
    const Invocation deleted = lab.runtime().Run(words, {.injector = injector});
    CheckTracer(*injector);
    if (injector->passed() == 0) SKIP("never calls rmdir cgroup in delete");
    ExpectDeleteTold(lab, c, deleted);
    if (testing::Test::HasFailure() || injector->passed() < times) return;
  }
}

CASE(Faults, CgroupThatIsBusySeveralTimesIsNotForgotten,
     {.level = Level::kRobustness,
      .cites = {"L1", "S8", "S9", "C15"},
      .claim = "Cgroups are busy 2, 3, 5, 10 and 20 times in a row, then no more: delete removes "
               "them, or is an error that can be repeated."}) {
  ExpectToldWhenBusy(lab, {"delete"}, {2, 3, 5, 10, 20},
                     [&](const std::string& name) { return lab.Stopped({.name = name}); });
}

CASE(Faults, CgroupThatIsBusySeveralTimesIsNotForgottenByForce,
     {.level = Level::kRobustness,
      .cites = {"L1", "S8", "S9", "C15"},
      .claim = "Cgroups are busy 2, 5 and 20 times in a row, then no more: delete --force removes "
               "them, or is an error that can be repeated."}) {
  ExpectToldWhenBusy(lab, {"delete", "--force"}, {2, 5, 20},
                     [&](const std::string& name) { return lab.Running({.name = name}); });
}

}  // namespace
}  // namespace reapcheck::conformance
