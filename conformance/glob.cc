#include "conformance/glob.h"

#include <cstddef>

namespace reapcheck::conformance {

bool AnyGlobMatches(std::string_view patterns, std::string_view text) {
  while (true) {
    std::size_t end = patterns.find_first_of(":,");
    if (GlobMatches(patterns.substr(0, end), text)) return true;
    if (end == std::string_view::npos) return false;
    patterns.remove_prefix(end + 1);
  }
}

bool GlobMatches(std::string_view pattern, std::string_view text) {
  std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;  // the last star takes one character more
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool FilterMatches(std::string_view filter, std::string_view text) {
  std::size_t minus = filter.find('-');
  std::string_view wanted = filter.substr(0, minus);
  if (!wanted.empty() && !AnyGlobMatches(wanted, text)) return false;
  return minus == std::string_view::npos || !AnyGlobMatches(filter.substr(minus + 1), text);
}

}  // namespace reapcheck::conformance
