// A property's steps on the real kernel: a runtime binary in the conformance suite's lab. Faults
// are what can be done from outside: the runtime killed at some moment, files of the container
// damaged, init killed. Borrows the lab; one thread.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_LAB_MACHINE_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_LAB_MACHINE_H_

#include <optional>
#include <string>
#include <vector>

#include "conformance/container_plan.h"
#include "conformance/lab.h"
#include "conformance/property/machine.h"
#include "conformance/subject.h"
#include "runtime/record.h"

namespace reapcheck::property {

class LabMachine : public Machine {
 public:
  LabMachine(conformance::Lab& lab, const Setup& setup);

  Answers Do(const Step& step) override;
  Sighting Look() override;

 private:
  conformance::Arguments CommandLine(const scenario::Operation& operation) const;
  Answer Read(const conformance::Invocation& invocation);
  conformance::Invocation CutOff(const Step& step);
  void KillInit();
  void Damage(bool is_lost);
  // Waits until what the step set off is over.
  void Settle(const Step& step, const Answers& answers);
  bool IsSettled();
  std::optional<Record> StateRecord() const;  // of a state.json that can be read

  conformance::Lab& lab_;
  const Setup setup_;
  conformance::Container container_;
  conformance::ProcessId bystander_;
  std::vector<std::string> violations_;
};

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_LAB_MACHINE_H_
