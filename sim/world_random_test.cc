// Random calls and steps: the hash that is kept up to date stays the one of the tables, and a world
// is one value: what is done to a copy twice ends the same twice.
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>

#include <array>
#include <random>

#include "sim/world_fixture.h"

namespace reapcheck::sim {
namespace {

constexpr std::array kPaths = {
    "/run/reaprun/c1",        "/run/reaprun/c1/a",          "/run/reaprun/c1/b",
    "/run/reaprun/c1/a/x",    "/run/reaprun/c1/fifo",       "/sys/fs/cgroup/c1",
    "/sys/fs/cgroup/c1/n",    "/sys/fs/cgroup/c1/n/m",      "/sys/fs/cgroup/c1/cgroup.procs",
    "/proc/3/stat",           "/sys/fs/cgroup/c1/n/cgroup.procs",
    "/sys/fs/cgroup/c1/cgroup.freeze", "/sys/fs/cgroup/c1/n/cgroup.events", "/proc",
};
constexpr std::array kData = {"1", "0", "3", "4", "text"};
constexpr std::array kOps = {
    Op::kPidfdOpen, Op::kPidfdSendSignal, Op::kKill,   Op::kWaitid,  Op::kSpawn,   Op::kOpenAt,
    Op::kOpenAt,    Op::kRead,            Op::kPread,  Op::kWrite,   Op::kWrite,   Op::kFsync,
    Op::kClose,     Op::kStatAt,          Op::kMkdirAt, Op::kUnlinkAt, Op::kRenameAt,
    Op::kGetDirectoryEntries, Op::kFlock, Op::kMkfifoAt, Op::kSetChildSubreaper,
};
constexpr std::array kSignals = {0, SIGTERM, SIGKILL, SIGSTOP, SIGCONT};
constexpr std::array kOpenFlags = {O_RDONLY | O_NONBLOCK, O_WRONLY | O_NONBLOCK,
                                   O_RDWR | O_CREAT, O_RDONLY | O_DIRECTORY,
                                   O_WRONLY | O_CREAT | O_TRUNC};

class RandomProgram {
 public:
  RandomProgram(WorldFixture& f, unsigned seed) : f_(f), random_(seed) {
    spawn_ = EncodeSpawn(f.texts, {.path = "/bin/sleep"});
  }

  void Step(World& world) {
    if (Below(4) == 0) return TakeStep(world);
    const Call call = MakeCall();
    if (world.Ready(0, call, 0).is_ready) world.Execute(0, call);
  }

 private:
  int Below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  template <typename Values>
  auto Any(const Values& values) {
    return values[Below(static_cast<int>(values.size()))];
  }
  TextId Text(const char* text) { return f_.texts.Intern(text); }

  Call MakeCall() {
    Call call{.op = Any(kOps)};
    switch (call.op) {
      case Op::kPidfdOpen:
      case Op::kWaitid:
        call.a = 2 + Below(6);
        break;
      case Op::kKill:
        call.a = 3 + Below(5);
        call.b = Any(kSignals);
        break;
      case Op::kSpawn:
        call.text = spawn_;
        break;
      case Op::kOpenAt:
        call = {.op = Op::kOpenAt, .a = AT_FDCWD, .b = Any(kOpenFlags), .text = Text(Any(kPaths)),
                .n = 0600};
        break;
      case Op::kStatAt:
      case Op::kMkdirAt:
      case Op::kMkfifoAt:
        call.a = AT_FDCWD;
        call.text = Text(Any(kPaths));
        call.n = 0700;
        break;
      case Op::kUnlinkAt:
        call = {.op = Op::kUnlinkAt, .a = AT_FDCWD, .b = Below(2) * AT_REMOVEDIR,
                .text = Text(Any(kPaths))};
        break;
      case Op::kRenameAt:
        call = {.op = Op::kRenameAt, .a = AT_FDCWD, .b = AT_FDCWD, .text = Text(Any(kPaths)),
                .text2 = Text(Any(kPaths))};
        break;
      default:
        FillDescriptorCall(call);
    }
    return call;
  }

  void FillDescriptorCall(Call& call) {
    call.a = kFirstDescriptor + Below(6);
    call.n = 100;
    if (call.op == Op::kWrite) call.text = Text(Any(kData));
    if (call.op == Op::kPidfdSendSignal) call.b = Any(kSignals);
    if (call.op == Op::kFlock) call.b = Any(std::array{LOCK_EX, LOCK_SH, LOCK_UN}) | LOCK_NB;
  }

  void TakeStep(World& world) {
    std::vector<sim::Step> steps;
    world.ListSteps(steps);
    if (!steps.empty()) world.Take(steps[Below(static_cast<int>(steps.size()))]);
  }

  WorldFixture& f_;
  std::mt19937 random_;  // its numbers are the standard's: the same everywhere
  TextId spawn_;
};

TEST(WorldRandom, Hash_IsAlwaysThatOfTheTables) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    WorldFixture f({.executables = {{"/bin/sleep", {}, 0}}});
    World copy = f.world;
    RandomProgram program(f, seed);
    RandomProgram again(f, seed);
    for (int i = 0; i < 60; ++i) {
      // Not more descriptors than one process has.
      program.Step(f.world);
      again.Step(copy);
      if (i % 15 == 14) {
        for (int fd = kFirstDescriptor; fd < kMaxDescriptors; ++fd) {
          f.world.Execute(0, {.op = Op::kClose, .a = fd});
          copy.Execute(0, {.op = Op::kClose, .a = fd});
        }
      }
      ASSERT_TRUE(f.HashIsRight()) << "seed " << seed << " step " << i;
      ASSERT_EQ(f.world.Hash(), copy.Hash()) << "seed " << seed << " step " << i;
    }
    f.world.PowerFailure();
    ASSERT_TRUE(f.HashIsRight());
  }
}

}  // namespace
}  // namespace reapcheck::sim
