#include "conformance/inject/injector.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <new>
#include <sstream>
#include <utility>

namespace reapcheck::inject {

Injector::Injector(Places places, Injection injection)
    : places_(std::move(places)),
      injection_(std::move(injection)),
      filter_(injection_.action == Action::kNothing ? "" : injection_.call),
      release_(eventfd(0, EFD_CLOEXEC)) {
  void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // Zeroes are what its members begin with; to construct it would touch all of its pages.
  shared_ = static_cast<Shared*>(memory);
}

Injector::Injector(Places places, const std::vector<Injection>& sequence,
                   std::vector<Injection> lasting)
    : Injector(std::move(places), sequence.empty() ? Injection{} : sequence.front()) {
  lasting_ = std::move(lasting);
  if (sequence.size() > 1 || !lasting_.empty()) filter_ = CallFilter();
  if (!sequence.empty()) then_.assign(sequence.begin() + 1, sequence.end());
}

Injector::~Injector() {
  Release();
  for (const int descriptor : {release_, request_, reply_}) {
    if (descriptor >= 0) close(descriptor);
  }
  munmap(shared_, sizeof(Shared));
}

void Injector::Release() { eventfd_write(release_, 1); }

pid_t Injector::Supervise() {
  int request[2], reply[2];
  if (pipe2(request, O_CLOEXEC) != 0) return -1;
  request_ = request[1];
  if (pipe2(reply, O_CLOEXEC) != 0) {
    close(request[0]);
    return -1;
  }
  reply_ = reply[0];
  const pid_t caller = getpid();
  core_ = OneCore::OfCaller();
  core_.Take(0);
  const pid_t supervisor = fork();
  if (supervisor != 0) {
    core_.GiveBack(0);
    // Its ends are its alone: when it dies the runtime reads the end of the pipe.
    close(request[0]);
    close(reply[1]);
    return supervisor;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != caller) _exit(1);
  close(request_);
  Trace({.request = request[0],
         .reply = reply[1],
         .core = core_,
         .places = places_,
         .injection = injection_,
         .then = then_,
         .lasting = lasting_,
         .shared = shared_,
         .release = release_});
  _exit(0);
}

bool Injector::Attach() const {
  core_.Take(0);
  const pid_t self = getpid();
  char traced;
  return write(request_, &self, sizeof self) == sizeof self && read(reply_, &traced, 1) == 1 &&
         filter_.Install();
}

std::vector<SeenCall> Injector::Seen() const {
  std::istringstream lines(std::string(shared_->text, shared_->used));
  std::vector<SeenCall> seen;
  for (std::string line; std::getline(lines, line);) {
    SeenCall call;
    std::istringstream fields(line);
    std::string occurrence, effect, number;
    std::getline(fields, occurrence, '\t');
    std::getline(fields, effect, '\t');
    std::getline(fields, number, '\t');
    std::getline(fields, call.call, '\t');
    std::getline(fields, call.path);
    call.occurrence = std::stoi("0" + occurrence);
    call.is_effect = effect == "1";
    call.number = std::stol("0" + number);
    seen.push_back(std::move(call));
  }
  return seen;
}

}  // namespace reapcheck::inject
