#include "sim/random_program.h"

namespace reapcheck::sim {

int WeightOf(Verb verb) {
  switch (verb) {
    case Verb::kOpen:
    case Verb::kMove:
      return 6;
    case Verb::kMkdirCgroup:
    case Verb::kKill:
    case Verb::kMkdir:
    case Verb::kFreeze:
    case Verb::kPoll:
    case Verb::kClone:
      return 4;
    case Verb::kRmdirCgroup:
    case Verb::kWaitid:
    case Verb::kOpenControl:
    case Verb::kReadControl:
    case Verb::kRename:
    case Verb::kRead:
    case Verb::kWrite:
    case Verb::kPidfdOpen:
    case Verb::kPidfdSendSignal:
    case Verb::kFlock:
      return 3;
    case Verb::kUmount:
    case Verb::kSetCapKill:
    case Verb::kStatFs:
    case Verb::kFsync:
      return 1;
    default:
      return 2;
  }
}

Reach ReachOf(Verb verb) {
  if (verb <= Verb::kSetCapKill || verb >= Verb::kMkdirCgroup) return Reach::kProcesses;
  return Reach::kFiles;
}

}  // namespace reapcheck::sim
