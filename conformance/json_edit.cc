#include "conformance/json_edit.h"

#include <nlohmann/json.hpp>

namespace reapcheck::conformance {

int ReplaceNumber(Json& json, std::uint64_t from, const Json& to) {
  if (json.is_number_unsigned() && json.get<std::uint64_t>() == from) {
    json = to;
    return 1;
  }
  int count = 0;
  if (json.is_structured()) {
    for (auto& member : json) count += ReplaceNumber(member, from, to);
  }
  return count;
}

}  // namespace reapcheck::conformance
