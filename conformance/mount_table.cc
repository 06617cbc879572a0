#include "conformance/mount_table.h"

#include <algorithm>
#include <sstream>

#include "conformance/file.h"

namespace reapcheck::conformance {
namespace {

// "\040" is a blank: the kernel writes blank, tab, newline and backslash so.
std::string Unescape(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 +
                               (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::vector<std::string> SplitCommas(const std::string& text) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, ',');) parts.push_back(part);
  return parts;
}

}  // namespace

std::string MountInfo::Describe() const { return point + " (" + type + " from " + source + ")"; }

std::vector<MountInfo> Mounts() {
  std::vector<MountInfo> mounts;
  std::istringstream in(ReadText("/proc/self/mountinfo").value_or(""));
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string id, parent, device, root, point, options, field, type, source, super_options;
    fields >> id >> parent >> device >> root >> point >> options;
    while (fields >> field && field != "-") {
    }
    fields >> type >> source >> super_options;
    mounts.push_back({.point = Unescape(point),
                      .root = Unescape(root),
                      .type = type,
                      .source = Unescape(source),
                      .super_options = SplitCommas(super_options)});
  }
  return mounts;
}

}  // namespace reapcheck::conformance
