#include "conformance/mutants/mutant.h"

#include <iterator>

namespace reapcheck::mutants {

std::vector<Mutant> AllMutants() {
  std::vector<Mutant> all;
  for (const auto list : {SignalMutants, KillMutants, DeleteMutants, DestroyMutants,
                          PoststopMutants, CreateMutants, ConfigMutants, StartMutants, StateMutants,
                          KernelMutants, FaultMutants, RaceMutants}) {
    std::vector<Mutant> some = list();
    all.insert(all.end(), std::make_move_iterator(some.begin()),
               std::make_move_iterator(some.end()));
  }
  return all;
}

}  // namespace reapcheck::mutants
