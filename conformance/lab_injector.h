// The injector in a lab: where the calls of a container's runtime go, and whether they were seen.
#ifndef REAPCHECK_CONFORMANCE_LAB_INJECTOR_H_
#define REAPCHECK_CONFORMANCE_LAB_INJECTOR_H_

#include "conformance/inject/injector.h"
#include "conformance/lab.h"

namespace reapcheck::conformance {

// By which paths and pids calls are named. Without init's pid while the container has none.
inject::Places PlacesOf(const Lab& lab, const Container& container);

// Of an invocation that has ended. Throws LabBroken when it could not be traced: that is no fault
// of the runtime.
void CheckTracer(const inject::Injector& injector);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_LAB_INJECTOR_H_
