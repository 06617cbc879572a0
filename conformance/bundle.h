// config.json of a ContainerPlan. Pure: no file is touched.
#ifndef REAPCHECK_CONFORMANCE_BUNDLE_H_
#define REAPCHECK_CONFORMANCE_BUNDLE_H_

#include <string>

#include "conformance/container_plan.h"
#include "conformance/json.h"

namespace reapcheck::conformance {

struct BundleSurroundings {
  std::string share;         // on the host
  std::string payload;       // on the host
  std::string cgroups_path;  // "": none
};

Json ConfigOf(const ContainerPlan& plan, const BundleSurroundings& surroundings);

// Whether the program comes to a word that reports readiness.
bool ReportsReadiness(const ContainerPlan& plan);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_BUNDLE_H_
