// differential_run: compares random programs of kernel calls on the simulated kernel and on Linux.
//
//   differential_run [--layout v1|v2] [--programs N] [--seed N]
//
// Without --layout both are run. Exit code 0: no difference, 1: one was found and is printed,
// 2: wrong usage, 3: this machine can not run it. Needs root.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "sim/differential.h"

namespace reapcheck::sim {
namespace {

constexpr char kUsage[] = "usage: differential_run [--layout v1|v2] [--programs N] [--seed N]\n";

struct Options {
  std::vector<LabLayout> layouts = {LabLayout::kV1, LabLayout::kV2};
  DifferentialRequest request{.programs = 20000};
};

template <typename Number>
bool Parse(std::string_view text, Number& number) {
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
  return code == std::errc() && end == text.data() + text.size();
}

bool ParseOptions(int count, char** arguments, Options& options) {
  for (int i = 1; i < count; i += 2) {
    const std::string_view name = arguments[i];
    if (i + 1 == count) return false;
    const std::string_view value = arguments[i + 1];
    if (name == "--layout" && (value == "v1" || value == "v2")) {
      options.layouts = {value == "v1" ? LabLayout::kV1 : LabLayout::kV2};
    } else if (name == "--programs") {
      if (!Parse(value, options.request.programs) || options.request.programs < 1) return false;
    } else if (name != "--seed" || !Parse(value, options.request.seed)) {
      return false;
    }
  }
  return true;
}

int RunLayout(const DifferentialRequest& request) {
  const std::string layout(NameOf(request.layout));
  const std::string why = WhyNoLab(KernelKind::kLinux, request.layout);
  if (!why.empty()) {
    std::fprintf(stderr, "differential_run: %s: %s\n", layout.c_str(), why.c_str());
    return 3;
  }
  const auto start = std::chrono::steady_clock::now();
  std::int64_t calls = 0;
  const std::string difference = FindDifference(request, calls);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (!difference.empty()) {
    std::printf("%s: a difference:\n%s", layout.c_str(), difference.c_str());
    return 1;
  }
  std::printf("%s: %d programs, %lld calls, no difference, %.1f s\n", layout.c_str(),
              request.programs, static_cast<long long>(calls), seconds.count());
  return 0;
}

int Main(int count, char** arguments) {
  Options options;
  if (!ParseOptions(count, arguments, options)) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  int worst = 0;
  for (const LabLayout layout : options.layouts) {
    options.request.layout = layout;
    worst = std::max(worst, RunLayout(options.request));
  }
  return worst;
}

}  // namespace
}  // namespace reapcheck::sim

int main(int count, char** arguments) { return reapcheck::sim::Main(count, arguments); }
