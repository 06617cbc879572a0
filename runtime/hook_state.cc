#include "runtime/hook_state.h"

#include <nlohmann/json.hpp>

namespace reapcheck {

std::string StateForHook(const std::string& oci_state, pid_t pid, std::string_view status) {
  nlohmann::json state = nlohmann::json::parse(oci_state, nullptr, /*allow_exceptions=*/false);
  if (!state.is_object()) return oci_state;
  state["pid"] = pid;
  state["status"] = status;
  return state.dump();
}

}  // namespace reapcheck
