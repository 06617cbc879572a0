// What a sequence of steps runs on: the simulator (sim_machine.h) or the real kernel
// (lab_machine.h). It does what a step says and shows what is there; it judges nothing but what
// only it can see.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_MACHINE_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_MACHINE_H_

#include <string>
#include <vector>

#include "conformance/observation.h"
#include "conformance/property/life.h"

namespace reapcheck::property {

// What is there when a step is over and all that it set off is over too.
struct Sighting {
  conformance::Observation seen;
  std::string word;  // the status that the runtime's `state` gives; "" when it is refused
  // How often each hook of the set-up was started, since the machine was made.
  std::vector<int> hook_starts;
  // What was broken meanwhile: "S1: a signal was sent to process 3, which is not the container's".
  std::vector<std::string> violations;
};

class Machine {
 public:
  virtual ~Machine() = default;

  // The bundle is there, and no container.
  virtual Answers Do(const Step& step) = 0;
  virtual Sighting Look() = 0;
};

// The stages that look so. More than one where init may or may not have executed its program yet.
StageSet StagesOf(const Sighting& sighting);
// What `state` has to say in that stage; "": it is refused.
std::string WordOf(Stage stage);

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_MACHINE_H_
