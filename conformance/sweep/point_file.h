// A point of a sweep as a file: what is needed to repeat it on any runtime, as JSON.
#ifndef REAPCHECK_CONFORMANCE_SWEEP_POINT_FILE_H_
#define REAPCHECK_CONFORMANCE_SWEEP_POINT_FILE_H_

#include <expected>
#include <string>

#include "conformance/lab.h"
#include "conformance/sweep/operation.h"
#include "conformance/sweep/point.h"

namespace reapcheck::sweep {

// Another number is another format: it is refused.
inline constexpr int kPointFileVersion = 1;

struct PointFile {
  Operation operation = Operation::kDelete;
  std::string scenario;  // instead of the operation: its name
  conformance::CgroupLayout layout = conformance::CgroupLayout::kHost;
  Point point;
  std::string invariant;  // what was violated
  std::string summary;
};

std::string PointText(const PointFile& file);
// Whether the text says that it is one, of whatever version.
bool IsPointFile(const std::string& text);
// The error says where and what: "/errno: EFOO is no errno".
std::expected<PointFile, std::string> ParsePointFile(const std::string& text);

}  // namespace reapcheck::sweep

#endif  // REAPCHECK_CONFORMANCE_SWEEP_POINT_FILE_H_
