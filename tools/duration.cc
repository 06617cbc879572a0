#include "tools/duration.h"

#include <cstdlib>

namespace reapcheck::tools {

bool ParseDuration(const std::string& text, std::chrono::milliseconds& duration) {
  std::size_t digits = text.find_first_not_of("0123456789.");
  std::string unit = digits == std::string::npos ? "s" : text.substr(digits);
  double factor = unit == "ms" ? 1 : unit == "s" ? 1000 : unit == "m" ? 60000 : 0;
  double number = std::atof(text.c_str());
  constexpr double kLongest = 24 * 3600 * 1000.0;
  constexpr double kShortest = 1;  // a millisecond; 0 would be no bound at all
  if (factor == 0 || number * factor < kShortest || number * factor > kLongest) return false;
  duration = std::chrono::milliseconds(static_cast<long>(number * factor));
  return true;
}

}  // namespace reapcheck::tools
