// A small model of a container's life: what may exist, what each operation must answer, and what
// it must leave. The properties compare the runtime with it, in the simulator and on the real
// kernel.
//
// A container is in one of a few stages. What a fault leaves is not known for certain, so that a
// model holds the set of those that may be; what is then seen makes the set small again. Plain
// values, pure functions.
#ifndef REAPCHECK_CONFORMANCE_PROPERTY_LIFE_H_
#define REAPCHECK_CONFORMANCE_PROPERTY_LIFE_H_

#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "conformance/property/step.h"
#include "conformance/scenario/scenario.h"

namespace reapcheck::property {

enum class Stage : std::uint8_t {
  kAbsent,
  kAborted,        // a directory without a usable state.json, and nothing lives
  kLost,           // the same, and something lives
  kCreated,
  kRunning,
  kPausedCreated,  // paused before it was started
  kPaused,
  kLeftover,       // init is gone, and others of the host's pid namespace live on
  kStopped,
  kBuried,         // deleted but for its poststop hooks: its delete was cut off
};
inline constexpr int kStageCount = static_cast<int>(Stage::kBuried) + 1;

class StageSet {
 public:
  constexpr StageSet() = default;
  // A stage is the set of it alone.
  constexpr StageSet(Stage stage)
      : bits_(static_cast<std::uint16_t>(1u << static_cast<int>(stage))) {}
  constexpr StageSet(std::initializer_list<Stage> stages) {
    for (Stage stage : stages) *this |= stage;
  }
  constexpr bool Has(Stage stage) const { return (bits_ >> static_cast<int>(stage) & 1) != 0; }
  constexpr bool HasAny(StageSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr StageSet& operator|=(StageSet other) {
    bits_ |= other.bits_;
    return *this;
  }
  friend constexpr StageSet operator|(StageSet a, StageSet b) { return a |= b; }
  friend constexpr StageSet operator&(StageSet a, StageSet b) {
    a.bits_ &= b.bits_;
    return a;
  }
  bool operator==(const StageSet&) const = default;

  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (int i = 0; i < kStageCount; ++i) {
      if (Has(static_cast<Stage>(i))) visit(static_cast<Stage>(i));
    }
  }
  std::string ToString() const;  // "created or running"

 private:
  std::uint16_t bits_ = 0;
};

inline constexpr StageSet kPausedStages = {Stage::kPausedCreated, Stage::kPaused};

// What does not change while a container is created, deleted and created again.
struct Setup {
  sim::CgroupLayout layout = sim::CgroupLayout::kV2;
  bool has_cgroup_kill = true;
  bool shares_pids = false;  // no pid namespace of its own
  int others = 0;            // processes beside init, once it is started
  std::vector<scenario::HookSetup> hooks;

  // A hook of these kinds that fails ends create or start.
  bool FailsAtCreate() const;
  bool FailsAtStart() const;
};
void showValue(const Setup& setup, std::ostream& out);  // rapidcheck looks for this name

struct Life {
  Setup setup;
  StageSet may = Stage::kAbsent;
  // A SIGKILL may be pending in a frozen v1 cgroup: whoever thaws it ends the container.
  bool is_doomed = false;
  std::optional<Step> last;  // the step before, for those that come twice
};

// How an operation ended. `came` is false when it was cut off.
struct Answer {
  bool came = true;
  bool ok = false;
};

struct Answers {
  Answer first;
  Answer second;
  // The fault of the step took place, and it is none that a caller must absorb: L2, L7.
  bool is_disturbed = false;
};

// The stages that can be there after `step` was answered so; empty: no right runtime answers so.
StageSet Explain(const Life& life, const Step& step, const Answers& answers);

// The model after the step, whatever the answers were, or after these answers.
Life After(const Life& life, const Step& step);

// The step makes sense in every stage that may be, and the model can tell what it does.
bool IsPossible(const Life& life, const Step& step);

}  // namespace reapcheck::property

#endif  // REAPCHECK_CONFORMANCE_PROPERTY_LIFE_H_
