// What a runtime can do on a layout, found out before it is judged.
#ifndef REAPCHECK_CONFORMANCE_PROBE_H_
#define REAPCHECK_CONFORMANCE_PROBE_H_

#include <string>
#include <vector>

#include "conformance/worker.h"

namespace reapcheck::conformance {

struct Probe {
  std::string layout_problem;  // this machine does not offer the layout; nothing else was tried
  // It refuses to create the plainest container here, in its own words: no case could say more.
  std::string create_problem;
  std::string life_problem;    // something else of the plainest life fails: what failed first
  std::string version;         // from --version
  std::vector<std::string> unwatched;  // directories in which leaked files can not be told
  std::vector<Capability> capabilities;
};

// Forks a process that enters the layout, and asks there.
Probe ProbeRuntime(const WorkerSettings& settings, int number);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_PROBE_H_
