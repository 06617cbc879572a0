// One runtime's containers: a bundle of its own, and lives from create to delete, timed.
#ifndef REAPCHECK_TOOLS_BENCHMARK_CONTAINER_LIFE_H_
#define REAPCHECK_TOOLS_BENCHMARK_CONTAINER_LIFE_H_

#include <expected>
#include <string>

#include "conformance/json.h"
#include "conformance/runtimes.h"
#include "tools/benchmark/measurements.h"
#include "tools/benchmark/timed_call.h"

namespace reapcheck::benchmark {

class Contestant {
 public:
  // Nothing is touched yet. `directory` is its own, on a tmpfs; `id` names container and cgroup.
  Contestant(conformance::RuntimeSpec spec, std::string directory, std::string id);

  // Writes the bundle: `config` with this runtime's cgroup in it, and `payload` as its only
  // program. "" or why not.
  std::string MakeBundle(conformance::Json config, const std::string& payload);

  std::expected<std::string, std::string> Version();  // "1.1.5+ds1-1+deb12u1"

  // The caller is a child subreaper (prctl(2)) and has no other children that end meanwhile.
  std::expected<Life, std::string> Live();

  const std::string& name() const { return spec_.name; }

 private:
  std::expected<TimedCall, std::string> Call(const std::vector<std::string>& arguments,
                                             int awaited = -1);

  conformance::RuntimeSpec spec_;
  std::string directory_;
  std::string id_;
};

// What `reaprun spec` gives (the other runtimes give the same), for a program that sleeps and has
// no terminal. The error is one line.
std::expected<conformance::Json, std::string> UsualConfig(const conformance::RuntimeSpec& reaprun,
                                                          const std::string& directory);

}  // namespace reapcheck::benchmark

#endif  // REAPCHECK_TOOLS_BENCHMARK_CONTAINER_LIFE_H_
