// The name of a run of the suite: unique on the machine, part of every container id and cgroup, and
// enough to tell later whether the run still lives: pid namespace, pid and start time.
#ifndef REAPCHECK_CONFORMANCE_RUN_TAG_H_
#define REAPCHECK_CONFORMANCE_RUN_TAG_H_

#include <string>

namespace reapcheck::conformance {

// "reapcheck-f0000ffc-1234-56789", of the calling process.
std::string OwnRunTag();

// Whether a name that contains a run's tag is left of a run that is dead. False for names without
// one, and for runs of another pid namespace, of which nothing can be known.
bool IsOfDeadRun(const std::string& name);

// Removes the cgroups of dead runs, and those of `tag`, in every hierarchy of the machine, v1 and
// v2, in a forked process with mounts of its own. Returns how many could not be removed.
int RemoveLeftovers(const std::string& tag);

}  // namespace reapcheck::conformance

#endif  // REAPCHECK_CONFORMANCE_RUN_TAG_H_
