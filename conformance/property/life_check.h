// Runs steps on a machine beside the model: each answer and what is there after it must be what the
// model says. The system under test of rapidcheck's commands (life_command.h).
//
// Borrows the machine. The first thing that is wrong is kept as text, with the invariant's name.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_LIFE_CHECK_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_LIFE_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "conformance/property/life.h"
#include "conformance/property/machine.h"

namespace reapcheck::property {

class LifeCheck {
 public:
  LifeCheck(const Setup& setup, Machine& machine);

  // What is wrong, or "".
  std::string Run(const Step& step);
  // What a caller does at last: delete --force without any fault. It succeeds, and again, nothing
  // is left, and the id is unknown: S8, S9, S22.
  std::string Finish();

  // Of all that was seen: equal for two runs of the same sequence.
  std::uint64_t trace_hash() const { return trace_hash_; }
  // The stages that the container was in.
  StageSet reached() const { return reached_; }
  int disturbed() const { return disturbed_; }  // steps whose fault took place

 private:
  std::string Judge(const Step& step, const Answers& answers, const Sighting& now);
  std::string JudgeAnswers(const Step& step, const Answers& answers) const;
  std::string JudgeHooks(const Sighting& now, bool is_over) const;
  void Note(const Step& step, const Answers& answers, const Sighting& now);

  Life life_;  // narrowed by what was seen
  Machine& machine_;
  // Since the container of now was made.
  bool was_disturbed_ = false;
  std::vector<int> hooks_before_;
  bool hooks_are_due_ = false;
  std::uint64_t trace_hash_ = 0;
  StageSet reached_;
  int disturbed_ = 0;
};

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_LIFE_CHECK_H_
