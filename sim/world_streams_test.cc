// Fifos, sockets, and calls that wait.
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>

#include <cerrno>
#include <set>

#include "runtime/oci_config.h"
#include "sim/world_fixture.h"

namespace reapcheck::sim {
namespace {

constexpr char kFifo[] = "/run/reaprun/c1/gate";

class WorldStreams : public ::testing::Test {
 protected:
  WorldStreams() : f({.init_program = 3}) {
    EXPECT_TRUE(f.kernel.MkfifoAt(kCwd, kFifo, 0600));
  }
  ~WorldStreams() override { EXPECT_TRUE(f.HashIsRight()); }

  OwnedFd Open(int flags) {
    auto opened = f.kernel.OpenAt(kCwd, kFifo, flags, 0);
    EXPECT_TRUE(opened);
    return opened ? std::move(*opened) : OwnedFd();
  }

  WorldFixture f;
};

TEST_F(WorldStreams, Fifo_WithoutReader_CanNotBeOpenedForWriting) {
  EXPECT_EQ(f.OpenError(kFifo, O_WRONLY | O_NONBLOCK), ENXIO);
  OwnedFd both = Open(O_RDWR);
  EXPECT_EQ(f.OpenError(kFifo, O_WRONLY | O_NONBLOCK), 0);
}

TEST_F(WorldStreams, Fifo_CarriesBytesAndTellsOfItsWriters) {
  OwnedFd reader = Open(O_RDONLY | O_NONBLOCK);
  EXPECT_EQ(f.ReadFrom(reader.get()), "");
  EXPECT_EQ(f.PollFor(reader.get(), POLLIN), 0) << "no hang-up before there was a writer";
  OwnedFd writer = Open(O_WRONLY | O_NONBLOCK);
  EXPECT_EQ(f.ReadFrom(reader.get()), "read: EAGAIN");
  ASSERT_TRUE(f.kernel.Write(writer.get(), "ab"));
  ASSERT_TRUE(f.kernel.Write(writer.get(), "cd"));
  EXPECT_EQ(f.PollFor(reader.get(), POLLIN), POLLIN);
  writer.Reset();
  EXPECT_EQ(f.PollFor(reader.get(), POLLIN), POLLIN | POLLHUP);
  char three[3];
  ASSERT_EQ(*f.kernel.Read(reader.get(), three), 3U);
  EXPECT_EQ(f.ReadFrom(reader.get()), "d");
  EXPECT_EQ(f.ReadFrom(reader.get()), "");
  EXPECT_EQ(f.PollFor(reader.get(), POLLIN), POLLHUP);
}

TEST_F(WorldStreams, Fifo_WithoutReader_RefusesWrites) {
  OwnedFd reader = Open(O_RDONLY | O_NONBLOCK);
  OwnedFd writer = Open(O_WRONLY | O_NONBLOCK);
  reader.Reset();
  EXPECT_EQ(ErrorOf(f.kernel.Write(writer.get(), "x")), EPIPE);
  EXPECT_EQ(f.PollFor(writer.get(), POLLOUT), POLLOUT | POLLERR);
  char byte[1];
  EXPECT_EQ(ErrorOf(f.kernel.Pread(writer.get(), byte, 0)), ESPIPE);
}

TEST_F(WorldStreams, Fifo_WithoutName_LivesWhileItIsOpen) {
  OwnedFd both = Open(O_RDWR | O_NONBLOCK);
  OwnedFd reader = Open(O_RDONLY | O_NONBLOCK);
  ASSERT_TRUE(f.kernel.Write(both.get(), "q"));
  ASSERT_TRUE(f.kernel.UnlinkAt(kCwd, kFifo, 0));
  both.Reset();
  EXPECT_EQ(f.ReadFrom(reader.get()), "q");
  EXPECT_EQ(f.PollFor(reader.get(), POLLIN), POLLHUP);
}

TEST_F(WorldStreams, Socket_ClosedWithUnreadData_IsResetOnce) {
  OciConfig config;
  auto child = f.kernel.CloneInit({.config = &config, .id = "c1"});
  ASSERT_TRUE(child);
  SimKernel init(f.world, 1);
  ASSERT_TRUE(f.kernel.Write(child->sync.get(), "unread"));
  ASSERT_TRUE(init.Write(Fd{3}, "said"));
  ASSERT_TRUE(init.Close(Fd{3}));
  EXPECT_EQ(f.PollFor(child->sync.get(), POLLIN), POLLIN | POLLERR | POLLHUP);
  EXPECT_EQ(f.ReadFrom(child->sync.get()), "read: ECONNRESET");
  EXPECT_EQ(f.ReadFrom(child->sync.get()), "said");
  EXPECT_EQ(f.ReadFrom(child->sync.get()), "");
  EXPECT_EQ(ErrorOf(f.kernel.Write(child->sync.get(), "x")), EPIPE);
  char byte[1];
  EXPECT_EQ(ErrorOf(f.kernel.Pread(child->sync.get(), byte, 0)), ESPIPE);
}

TEST_F(WorldStreams, Ready_WaitsForWhatTheCallWaitsFor) {
  OwnedFd both = Open(O_RDWR);
  const Call read{.op = Op::kRead, .a = both.get().number, .n = 16};
  EXPECT_FALSE(f.world.Ready(0, read, 0).is_ready);
  ASSERT_TRUE(f.kernel.Write(both.get(), "x"));
  EXPECT_TRUE(f.world.Ready(0, read, 0).is_ready);

  const Call sleep{.op = Op::kNanosleep, .n = 500};
  EXPECT_FALSE(f.world.Ready(0, sleep, f.world.now()).is_ready);
  EXPECT_EQ(f.world.Ready(0, sleep, f.world.now()).deadline, f.world.now() + 500);

  OwnedFd a = Open(O_RDWR);
  ASSERT_TRUE(f.kernel.Flock(both.get(), LOCK_EX));
  const Call lock{.op = Op::kFlock, .a = a.get().number, .b = LOCK_EX};
  EXPECT_FALSE(f.world.Ready(0, lock, 0).is_ready);
  ASSERT_TRUE(f.kernel.Flock(both.get(), LOCK_UN));
  EXPECT_TRUE(f.world.Ready(0, lock, 0).is_ready);
}

TEST_F(WorldStreams, FrozenActor_MakesNoCall) {
  f.world.EditProcess(f.caller).is_frozen = true;
  f.world.Rehash();
  EXPECT_FALSE(f.world.Ready(0, {.op = Op::kGetPid}, 0).is_ready);
}

TEST_F(WorldStreams, Poll_EndsAtItsDeadline) {
  auto pidfd = f.kernel.PidfdOpen(f.PidOf(f.init));
  ASSERT_TRUE(pidfd);
  PollRequest request{.fd = pidfd->get(), .events = POLLIN};
  const Nanoseconds before = f.world.now();
  auto ready = f.kernel.Poll({&request, 1}, std::chrono::milliseconds(50));
  ASSERT_TRUE(ready);
  EXPECT_EQ(*ready, 0);
  EXPECT_EQ(f.world.now() - before, 50'000'000);
}

TEST_F(WorldStreams, ClockAge_CountsFromTheFirstLook) {
  EXPECT_EQ(f.world.ClockAge(0), -1);
  f.kernel.ClockGettime();
  f.world.AdvanceTo(f.world.now() + 7);
  EXPECT_EQ(f.world.ClockAge(0), 7);
}

TEST_F(WorldStreams, Hash_DoesNotDependOnTheOrderOfWhatCommutes) {
  World one = f.world;
  World other = f.world;
  const auto make = [&](World& world, const char* path) {
    world.Execute(0, {.op = Op::kMkdirAt, .a = AT_FDCWD, .text = f.texts.Intern(path), .n = 0755});
  };
  make(one, "/run/reaprun/c2");
  make(one, "/run/reaprun/c3");
  make(one, "/sys/fs/cgroup/c2");
  make(other, "/sys/fs/cgroup/c2");
  make(other, "/run/reaprun/c3");
  make(other, "/run/reaprun/c2");
  EXPECT_EQ(one.Hash(), other.Hash());
  EXPECT_NE(one.Hash(), f.world.Hash());
}

TEST_F(WorldStreams, Hash_TellsWorldsApart) {
  std::set<std::uint64_t> seen{f.world.Hash()};
  OwnedFd reader = Open(O_RDWR);
  EXPECT_TRUE(seen.insert(f.world.Hash()).second) << "a descriptor";
  ASSERT_TRUE(f.kernel.Write(reader.get(), "x"));
  EXPECT_TRUE(seen.insert(f.world.Hash()).second) << "bytes in a fifo";
  ASSERT_TRUE(f.kernel.Flock(reader.get(), LOCK_EX));
  EXPECT_TRUE(seen.insert(f.world.Hash()).second) << "a lock";
  ASSERT_TRUE(f.kernel.Kill(f.PidOf(f.member), Signal{9}));
  EXPECT_TRUE(seen.insert(f.world.Hash()).second) << "a pending signal";
  f.TakeAll(StepKind::kDie);
  EXPECT_TRUE(seen.insert(f.world.Hash()).second) << "a death";
  f.world.AdvanceTo(1000);
  EXPECT_FALSE(seen.insert(f.world.Hash()).second) << "time";
}

TEST_F(WorldStreams, ClassOf_NamesCalls) {
  f.world.AddFile("/run/reaprun/c1/state.json", "{}");
  const auto class_of = [&](Op op, const char* path, int flags = 0) {
    return f.world.ClassOf(0, {.op = op, .a = AT_FDCWD, .b = flags, .text = f.texts.Intern(path)});
  };
  EXPECT_EQ(class_of(Op::kUnlinkAt, "/sys/fs/cgroup/c1", AT_REMOVEDIR), "rmdir cgroup");
  EXPECT_EQ(class_of(Op::kOpenAt, "/sys/fs/cgroup/c1/cgroup.kill"), "open cgroup.kill");
  EXPECT_EQ(class_of(Op::kOpenAt, "/run/reaprun/c1/state.json"), "open record");
  EXPECT_EQ(class_of(Op::kOpenAt, "/run/reaprun/c1/intent.json"), "open intent");
  EXPECT_EQ(class_of(Op::kOpenAt, "/run/reaprun/c1/x.tmp"), "open temporary");
  EXPECT_EQ(class_of(Op::kOpenAt, kFifo), "open gate");
  EXPECT_EQ(class_of(Op::kOpenAt, "/run/reaprun/c1"), "open container");
  EXPECT_EQ(class_of(Op::kOpenAt, "/run/reaprun"), "open root");
  EXPECT_EQ(class_of(Op::kOpenAt, "/proc/2/stat"), "open proc stat");
  EXPECT_EQ(class_of(Op::kMkdirAt, "/run/reaprun/c9"), "mkdir container");
  auto pidfd = f.kernel.PidfdOpen(f.PidOf(f.init));
  ASSERT_TRUE(pidfd);
  const Call send{.op = Op::kPidfdSendSignal, .a = pidfd->get().number, .b = 9};
  EXPECT_EQ(f.world.ClassOf(0, send), "signal init");
  EXPECT_EQ(f.world.Describe(0, send), "pidfd_send_signal(pidfd of " + f.PidText(f.init) + ", 9)");
}

}  // namespace
}  // namespace reapcheck::sim
