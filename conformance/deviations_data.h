// The files of conformance/deviations/ as they were at build time: generated, see BUILD.
#ifndef REAPCHECK_CONFORMANCE_DEVIATIONS_DATA_H_
#define REAPCHECK_CONFORMANCE_DEVIATIONS_DATA_H_

#include <span>
#include <string_view>

namespace reapcheck::conformance {

struct DeviationsFile {
  std::string_view name;  // "runc"
  std::string_view text;
};

extern const std::span<const DeviationsFile> kDeviationsFiles;

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_DEVIATIONS_DATA_H_
