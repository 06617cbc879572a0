#include "runtime/runc_2016.h"

#include <signal.h>

#include <chrono>

#include "runtime/cgroup.h"
#include "runtime/hooks.h"
#include "runtime/signal_name.h"

namespace reapcheck {
namespace {

constexpr int kProbes = 100;
constexpr std::chrono::milliseconds kProbePause(100);
constexpr std::chrono::seconds kRemoveBound(1);

}  // namespace

Outcome<void> Runc2016Runtime::Kill(const std::string& id, const KillOptions& options) {
  auto loaded = Load(id);
  if (!loaded) return Forward(std::move(loaded));
  auto signal = ParseSignal(options.signal);
  if (!signal) {
    return Refuse(FailureKind::kInvalidSignal, "unknown signal \"" + options.signal + "\"");
  }
  auto sent = kernel().Kill(loaded->record().init.pid, *signal);
  if (!sent) return Refuse(sent.error(), "kill " + id);
  return {};
}

Outcome<void> Runc2016Runtime::Delete(const std::string& id, const DeleteOptions& options) {
  auto container = OpenContainer(kernel(), root(), id);
  if (!container) {
    const bool missing = container.error().kind == FailureKind::kNotFound;
    if (missing && options.force) return {};
    return Forward(std::move(container));
  }
  auto loaded = LoadRecord(kernel(), *container);
  const bool no_state = loaded ? loaded->from_intent
                               : loaded.error().kind == FailureKind::kNotFound;
  if (no_state) return RemoveContainer(kernel(), *container);
  if (!loaded) return Forward(std::move(loaded));
  Record& record = loaded->record;
  auto alive = IsAlive(kernel(), record.init);
  auto status = FindStatus(kernel(), *container, record, alive && *alive);
  if (!status) return Refuse(status.error(), "delete " + id);
  if (*status == Status::kStopped) return DestroyContainer(*container, record);
  if (*status == Status::kCreated || options.force) return KillContainer(*container, record);
  return Refuse(FailureKind::kNotStopped, "container " + id + " is not stopped: it is " +
                                              std::string(StatusName(*status)));
}

Outcome<void> Runc2016Runtime::KillContainer(const ContainerDirectory& container,
                                             Record& record) {
  static_cast<void>(kernel().Kill(record.init.pid, Signal{SIGKILL}));
  for (int probe = 0; probe < kProbes; ++probe) {
    static_cast<void>(kernel().Nanosleep(kProbePause));
    if (!kernel().Kill(record.init.pid, Signal{0})) return DestroyContainer(container, record);
  }
  return Refuse(FailureKind::kStillAlive, "container init still running");
}

Outcome<void> Runc2016Runtime::DestroyContainer(const ContainerDirectory& container,
                                                Record& record) {
  if (!record.private_pid_namespace) {
    auto processes = CgroupProcesses(kernel(), record.cgroups);
    if (processes) {
      for (Pid pid : *processes) static_cast<void>(kernel().Kill(pid, Signal{SIGKILL}));
    }
  }
  auto destroyed = RemoveCgroups(kernel(), record.cgroups, kRemoveBound);
  auto removed = RemoveContainer(kernel(), container);
  if (destroyed) destroyed = std::move(removed);
  record.init = {};
  auto ran = RunHooks(kernel(), record.poststop, OciStateText(record, Status::kStopped, Pid{0}),
                      "poststop");
  if (destroyed) destroyed = std::move(ran);
  return destroyed;
}

}  // namespace reapcheck
