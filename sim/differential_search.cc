#include <rapidcheck.h>
#include <rapidcheck/detail/TestListenerAdapter.h>

#include <sstream>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/differential.h"

namespace reapcheck::sim {
namespace {

// Each verb as often as it weighs.
const std::vector<Verb>& WeightedVerbs() {
  static const std::vector<Verb> verbs = [] {
    std::vector<Verb> all;
    for (int i = 0; i < kVerbCount; ++i) {
      const Verb verb = static_cast<Verb>(i);
      all.insert(all.end(), WeightOf(verb), verb);
    }
    return all;
  }();
  return verbs;
}

// What a program begins with, so that the rest finds something to act on.
constexpr std::size_t kOpening = 8;
const std::vector<Verb>& OpeningVerbs() {
  static const std::vector<Verb> verbs = {Verb::kClone,       Verb::kMkdir, Verb::kOpen,
                                          Verb::kMkdirCgroup, Verb::kClone, Verb::kMkdirCgroup,
                                          Verb::kMove,        Verb::kMkfifo, Verb::kPidfdOpen};
  return verbs;
}

// One number a call: rapidcheck draws it in one go, and it is taken apart here.
Instruction FromNumber(std::uint64_t number, std::size_t place) {
  const std::vector<Verb>& verbs = place < kOpening ? OpeningVerbs() : WeightedVerbs();
  return {.verb = verbs[number % verbs.size()],
          .a = static_cast<std::uint8_t>(number >> 32),
          .b = static_cast<std::uint8_t>(number >> 40),
          .c = static_cast<std::uint8_t>(number >> 48)};
}

rc::Gen<Program> Programs() {
  const auto numbers = rc::gen::mapcat(rc::gen::inRange(kMinCalls, kMaxCalls + 1), [](int size) {
    return rc::gen::container<std::vector<std::uint64_t>>(
        size, rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>()));
  });
  return rc::gen::map(numbers, [](const std::vector<std::uint64_t>& drawn) {
    Program program;
    for (const std::uint64_t number : drawn) {
      program.push_back(FromNumber(number, program.size()));
    }
    return program;
  });
}

// Operands towards 0, one at a time.
rc::Seq<Instruction> SmallerInstructions(const Instruction& instruction) {
  std::vector<Instruction> smaller;
  for (std::uint8_t Instruction::*operand : {&Instruction::a, &Instruction::b, &Instruction::c}) {
    for (int less : {0, instruction.*operand / 2, instruction.*operand - 1}) {
      if (less < 0 || less >= instruction.*operand) continue;
      smaller.push_back(instruction);
      smaller.back().*operand = static_cast<std::uint8_t>(less);
    }
  }
  return rc::seq::fromContainer(std::move(smaller));
}

rc::Seq<Program> SmallerPrograms(const Program& program) {
  return rc::seq::concat(
      rc::shrink::removeChunks(program),
      rc::shrink::eachElement(program, SmallerInstructions));
}

}  // namespace

std::string FindDifference(const DifferentialRequest& request, std::int64_t& calls) {
  Differential differential(request.layout, KernelKind::kSim, KernelKind::kLinux);
  std::string smallest;
  const auto generator = rc::gen::shrink(rc::gen::noShrink(Programs()), SmallerPrograms);
  const auto property = [&] {
    const std::string difference = differential.Compare(*generator);
    if (!difference.empty()) smallest = difference;  // the last one that fails is the smallest
    RC_ASSERT(difference.empty());
  };
  const rc::detail::TestParams params{.seed = request.seed, .maxSuccess = request.programs};
  rc::detail::TestListenerAdapter silent;
  const rc::detail::TestMetadata name{.id = "differential", .description = "both kernels agree"};
  const std::unordered_map<std::string, rc::detail::Reproduce> none_to_reproduce;
  const auto result =
      rc::detail::checkTestable(property, name, params, silent, none_to_reproduce);
  calls = differential.calls();
  if (result.is<rc::detail::SuccessResult>()) return "";
  // Not a difference, but a fault of this test: rapidcheck says what it was.
  if (smallest.empty()) {
    std::ostringstream why;
    rc::detail::printResultMessage(result, why);
    return why.str();
  }
  return smallest + "repeat: differential_run --layout " + std::string(NameOf(request.layout)) +
         " --seed " + std::to_string(request.seed) + " --programs " +
         std::to_string(request.programs) + "\n";
}

}  // namespace reapcheck::sim
