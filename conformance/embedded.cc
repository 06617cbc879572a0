#include "conformance/embedded.h"

// Made by the linker from the file `payload_image`: BUILD.
extern "C" const char _binary_payload_image_start[];
extern "C" const char _binary_payload_image_end[];

namespace reapcheck::conformance {

std::string_view EmbeddedPayload() {
  return {_binary_payload_image_start,
          static_cast<std::size_t>(_binary_payload_image_end - _binary_payload_image_start)};
}

}  // namespace reapcheck::conformance
