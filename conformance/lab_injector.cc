#include "conformance/lab_injector.h"

#include <cstring>
#include <string>

#include "conformance/case_end.h"

namespace reapcheck::conformance {

inject::Places PlacesOf(const Lab& lab, const Container& container) {
  return {.root = lab.root(),
          .id = container.id,
          .cgroup_tag = lab.tag(),
          .bundle = container.bundle,
          .init = container.init.pid};
}

void CheckTracer(const inject::Injector& injector) {
  if (injector.problem() == 0) return;
  throw LabBroken(std::string("ptrace: ") + strerrorname_np(injector.problem()));
}

}  // namespace reapcheck::conformance
