// runtime.md#start: open the gate, see the program executed, run the poststart hooks.
#include <fcntl.h>
#include <poll.h>

#include <cerrno>

#include "runtime/builder.h"
#include "runtime/file_text.h"
#include "runtime/hooks.h"
#include "runtime/process.h"
#include "runtime/sync_message.h"

namespace reapcheck {

Outcome<void> Builder::Start(const std::string& id) {
  auto loaded = runtime_.LoadLocked(id);
  if (!loaded) return Forward(std::move(loaded));
  if (auto startable = CheckStartable(*loaded); !startable) return startable;
  const ContainerDirectory& container = loaded->container;
  Record& record = loaded->record();
  WaitingInit init;
  auto started = OpenGate(container, record, init);
  if (!started) return Refuse(started.error().kind, "start " + id + ": " + started.error().text);
  // How long the startContainer hooks take is not bounded: nobody is kept out meanwhile.
  UnlockContainer(kernel_, container);
  started = AwaitExecution(record, init);
  if (started) started = RecordRunning(container, record);
  if (started) started = RunPoststart(record);
  if (started) return {};
  if (started.error().kind == FailureKind::kHook) DestroyAfterHook(container, record);
  return Refuse(started.error().kind, "start " + id + ": " + started.error().text);
}

Outcome<void> Builder::CheckStartable(Runtime::Loaded& loaded) {
  const std::string who = "container " + loaded.container.id + " can not be started: ";
  if (!IsAllowed(Operation::kStart, loaded.status)) {
    return Refuse(FailureKind::kWrongState,
                  who + "it is " + std::string(StatusName(loaded.status)));
  }
  if (!loaded.record().has_process) {
    return Refuse(FailureKind::kWrongState, who + "its config.json has no process");
  }
  if (loaded.record().phase != Phase::kStarting) return {};
  // A start that was cut off is done again; one that is still at it is not interfered with.
  auto other = IsAlive(kernel_, loaded.record().invocation);
  if (!other) return Refuse(other.error(), who + "is another start at it?");
  if (*other) return Refuse(FailureKind::kWrongState, who + "another start is at it");
  return {};
}

Outcome<void> Builder::OpenGate(const ContainerDirectory& container, Record& record,
                                WaitingInit& init) {
  auto process = OpenProcess(kernel_, record.init);
  // Kernels before 5.3 have no pidfd_open(2).
  const bool is_unknown = FailedWith(process, ENOSYS);
  if (!process && !is_unknown) return Refuse(process.error(), "open the container's init");
  if (process && !*process) {
    return Refuse(FailureKind::kWrongState, "the container's init is dead");
  }
  const Fd dir = container.dir.get();
  auto reader = OpenFile(kernel_, dir, kResultFile, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
  if (!reader) return Refuse(reader.error(), "open the result");
  auto gate = OpenFile(kernel_, dir, kGateFile, O_WRONLY | O_NONBLOCK | O_NOFOLLOW);
  if (FailedWith(gate, ENXIO)) {
    return Refuse(FailureKind::kWrongState, "the container's init does not wait at the gate");
  }
  if (!gate) return Refuse(gate.error(), "open the gate");
  auto self = IdentifyProcess(kernel_, kernel_.GetPid());
  if (!self) return Refuse(self.error(), "identify this process");
  record.phase = Phase::kStarting;
  record.invocation = *self;
  if (auto saved = SaveRecord(kernel_, container, record); !saved) return saved;
  auto opened = WriteText(kernel_, gate->get(), "s");
  if (!opened) return Refuse(opened.error(), "open the gate");
  init.result = std::move(*reader);
  if (process) init.process = std::move(*process);
  return {};
}

Result<bool> Builder::AwaitEither(std::span<PollRequest, 2> requests) {
  auto ready =
      Uninterrupted([&] { return kernel_.Poll(requests, std::chrono::milliseconds(-1)); });
  if (!ready) return Forward(std::move(ready));
  return requests[1].returned != 0;
}

Result<bool> Builder::AwaitResult(PollRequest& result, const ProcessIdentity& init) {
  constexpr std::chrono::milliseconds kLook{20};  // start is as much late at most
  auto ready = Uninterrupted([&] { return kernel_.Poll({&result, 1}, kLook); });
  if (!ready) return Forward(std::move(ready));
  auto alive = IsAlive(kernel_, init);
  if (!alive) return Forward(std::move(alive));
  return !*alive;
}

Outcome<void> Builder::AwaitExecution(Record& record, const WaitingInit& init) {
  std::string said;
  for (bool is_over = false; !is_over;) {
    // A dying init closes one descriptor after the other: a fifo opened between the two never
    // hangs up (fifo(7): there was no writer yet), so its death is watched for itself.
    PollRequest requests[] = {{.fd = init.result.get(), .events = POLLIN},
                              {.fd = init.process.get(), .events = POLLIN}};
    auto is_dead = init.process ? AwaitEither(requests) : AwaitResult(requests[0], record.init);
    if (!is_dead) return Refuse(is_dead.error(), "wait for the program");
    char buffer[4096];
    auto count = Uninterrupted([&] { return kernel_.Read(init.result.get(), buffer); });
    if (!count && count.error().code != EAGAIN) return Refuse(count.error(), "read the result");
    if (count) said.append(buffer, *count);
    // The end of file: init executed the program or died.
    is_over = count ? *count == 0 : *is_dead;
  }
  if (said == std::string(1, kResultExecuting)) return {};
  const std::size_t error = said.find(kResultError);
  if (error == std::string::npos) {
    return Refuse(FailureKind::kSystem, "the container's init (pid " +
                                            std::to_string(record.init.pid.value) +
                                            ") died before it executed the program");
  }
  return std::unexpected(ParseChildFailure(said.substr(error + 1)));
}

Outcome<void> Builder::RecordRunning(const ContainerDirectory& container, Record& record) {
  auto locked = RelockContainer(kernel_, container);
  if (!locked && locked.error().kind == FailureKind::kNotFound) {
    return Refuse(FailureKind::kNotFound, "it was deleted meanwhile");
  }
  if (!locked) return locked;
  record.phase = Phase::kRunning;
  auto saved = SaveRecord(kernel_, container, record);
  UnlockContainer(kernel_, container);
  return saved;
}

Outcome<void> Builder::RunPoststart(const Record& record) {
  if (record.poststart.empty()) return {};
  return RunHooks(kernel_, record.poststart,
                  OciStateText(record, Status::kRunning, record.init.pid), "poststart");
}

void Builder::DestroyAfterHook(const ContainerDirectory& container, Record& record) {
  // A delete that came in between has done all this.
  auto destroyed = RelockContainer(kernel_, container);
  if (destroyed) destroyed = runtime_.Destroy(container, record, /*force=*/true);
  if (!destroyed && destroyed.error().kind != FailureKind::kNotFound) {
    runtime_.Warn(destroyed.error().text + " (delete --force cleans up)");
  }
}

}  // namespace reapcheck
