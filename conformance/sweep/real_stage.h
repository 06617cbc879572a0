// A scenario's set-up (conformance/scenario/scenario.h) made for real: its containers in a lab, at
// the point where the operations begin.
//
// The counterpart of conformance/scenario/stage.h. Runs in a case's process; throws CaseSkipped
// with the reason where the lab, the runtime or Linux can not be brought there.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_REAL_STAGE_H_
#define REAPCHECK_CONFORMANCE_SWEEP_REAL_STAGE_H_

#include <optional>
#include <string>
#include <vector>

#include "conformance/inject/call_name.h"
#include "conformance/inject/injection.h"
#include "conformance/lab.h"
#include "conformance/scenario/scenario.h"
#include "conformance/subject.h"

namespace reapcheck::sweep {

struct RealStage {
  std::vector<conformance::Container> containers;  // as Scenario::containers
  std::vector<conformance::ProcessId> bystanders;  // of no container: nobody may hurt them
  std::string foreign_cgroup;                      // that was there before; "" for none
};

// What of the set-up no lab can be brought into: "a process that acts on no signal"; "" where it
// can be tried.
std::string WhyNotReal(const scenario::Scenario& scenario);

// "v1" scenarios on v1, those of v2 on v2; hybrid is what the host has.
conformance::CgroupLayout LayoutOf(const scenario::Scenario& scenario);

// `cut_off`: where the create of a container that was aborted ends.
RealStage MakeReal(conformance::Lab& lab, const scenario::Scenario& scenario,
                   const std::optional<inject::Injection>& cut_off);

// The container that the operation names.
const conformance::Container& ContainerOf(const RealStage& stage,
                                          const scenario::Scenario& scenario,
                                          const std::string& id);

conformance::Arguments CommandOf(const scenario::Operation& operation,
                                 const conformance::Container& container);

// What the kernel of the scenario lacks, as what fails for ever.
std::vector<inject::Injection> LackingIn(const scenario::Scenario& scenario);

// "poststop-1": the name in the hook log, as the simulator's path of it ends. Each hook notes in
// the file NAME.record of the share whether the container's directory is there: "yes", "no".
std::string HookName(const scenario::ContainerSetup& setup, std::size_t hook);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_REAL_STAGE_H_
