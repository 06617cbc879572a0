// The first and the common steps of a process that becomes a container's: it dies with the runtime,
// behaves as a fresh process and holds no descriptor that it was not given.
#ifndef REAPCHECK_RUNTIME_CHILD_START_H_
#define REAPCHECK_RUNTIME_CHILD_START_H_

#include <string>
#include <vector>

namespace reapcheck {

// prctl(2): PR_SET_PDEATHSIG. The kernel forgets it when the ids change.
void DieWithParent();
void OutliveParent();

// Every signal has its default effect and none is blocked.
void ResetSignals();

// Closes all but `keep`, 0 to 2 and what the caller of the runtime left open in
// 3 ... 3+preserve_fds-1. A close-on-exec descriptor there is the runtime's own, since it came
// after its execve(2).
void CloseAllBut(std::vector<int> keep, int preserve_fds);

// Nobody but the runtime's user looks into this process, or traces it, until execve(2).
void HideFromContainer();

// "LISTEN_FDS=n" and "LISTEN_PID=1": sd_listen_fds(3), for the container's init. Empty for none.
std::vector<std::string> ListenEnvironment(int listen_fds);

}  // namespace reapcheck

#endif  // REAPCHECK_RUNTIME_CHILD_START_H_
