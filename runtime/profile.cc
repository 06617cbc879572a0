#include "runtime/profile.h"

#include <utility>

#include "runtime/runc_2016.h"

namespace reapcheck {

std::vector<std::string> ProfileNames() { return {"reference", "runc-2016"}; }

std::unique_ptr<Runtime> MakeRuntime(const std::string& profile, Kernel& kernel,
                                     const std::string& root, WarningSink warn) {
  if (profile == "runc-2016") {
    return std::make_unique<Runc2016Runtime>(kernel, root, std::move(warn));
  }
  return std::make_unique<Runtime>(kernel, root, std::move(warn));
}

}  // namespace reapcheck
