#include "sim/contract_fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <sstream>
#include <utility>

#include "runtime/process.h"

namespace reapcheck::sim {

void ContractTest::SetUp() {
  const std::string why = WhyNoLab(GetParam().kernel, GetParam().layout);
  if (!why.empty()) GTEST_SKIP() << why;
  lab_ = MakeLab(GetParam().kernel, GetParam().layout);
  root_ = Open(kCwd, lab_->root(), O_RDONLY | O_DIRECTORY);
  cgroup_ = Open(kCwd, lab_->cgroup(), O_RDONLY | O_DIRECTORY);
}

OwnedFd ContractTest::Open(Fd dir, const std::string& path, int flags) {
  auto opened = k().OpenAt(dir, path, flags, 0600);
  EXPECT_EQ(Answer(opened), "ok") << path;
  return opened ? std::move(*opened) : OwnedFd();
}

OwnedFd ContractTest::MakeFile(const std::string& path, const std::string& text) {
  OwnedFd file = Open(root(), path, O_RDWR | O_CREAT | O_TRUNC);
  if (!text.empty()) {
    EXPECT_EQ(Answer(k().Write(file.get(), text)), "ok") << path;
  }
  return file;
}

void ContractTest::MakeDirectory(const std::string& path) {
  EXPECT_EQ(Answer(k().MkdirAt(root(), path, 0755)), "ok") << path;
}

std::string ContractTest::Rest(Fd fd) {
  std::string text;
  char buffer[512];
  for (;;) {
    const auto count = k().Read(fd, buffer);
    if (!count) return ErrnoName(count.error().code);
    if (*count == 0) return text;
    text.append(buffer, *count);
  }
}

std::string ContractTest::Text(Fd dir, const std::string& path) {
  const auto file = k().OpenAt(dir, path, O_RDONLY | O_NONBLOCK, 0);
  return file ? Rest(file->get()) : ErrnoName(file.error().code);
}

std::string ContractTest::Put(Fd dir, const std::string& path, const std::string& text) {
  const auto file = k().OpenAt(dir, path, O_WRONLY, 0);
  return file ? Answer(k().Write(file->get(), text)) : ErrnoName(file.error().code);
}

std::vector<std::string> ContractTest::Names(Fd dir) {
  const auto entries = k().GetDirectoryEntries(dir);
  if (!entries) return {ErrnoName(entries.error().code)};
  std::vector<std::string> names;
  for (const DirectoryEntry& entry : *entries) names.push_back(entry.name);
  std::ranges::sort(names);
  return names;
}

FileStat ContractTest::Stat(Fd dir, const std::string& path, int flags) {
  const auto stat = k().StatAt(dir, path, flags);
  EXPECT_EQ(Answer(stat), "ok") << path;
  return stat.value_or(FileStat());
}

short ContractTest::Polled(Fd fd, short events) {
  PollRequest request{.fd = fd, .events = events};
  const auto count = k().Poll({&request, 1}, std::chrono::milliseconds(0));
  EXPECT_EQ(Answer(count), "ok");
  EXPECT_EQ(count.value_or(-1), request.returned == 0 ? 0 : 1);
  return request.returned;
}

Pid ContractTest::Clone(const PassiveRequest& request) {
  const auto pid = lab_->Clone(request);
  EXPECT_EQ(Answer(pid), "ok");
  return pid.value_or(Pid{});
}

std::string ContractTest::StateOf(Pid pid) {
  const auto stat = ReadProcStat(k(), pid);
  if (!stat) return stat.error().code == ENOENT || stat.error().code == ESRCH ? "gone" : "unknown";
  return stat->state == 'Z' ? "zombie" : stat->state == 'X' ? "gone" : "alive";
}

bool ContractTest::Becomes(Pid pid, const std::string& state) {
  return Eventually([&] { return StateOf(pid) == state; });
}

void ContractTest::MakeZombie(Pid pid) {
  EXPECT_EQ(Answer(k().Kill(pid, Signal{SIGKILL})), "ok");
  EXPECT_TRUE(Becomes(pid, "zombie"));
}

void ContractTest::Reap(Pid pid) {
  const auto ended = k().Waitid(pid, /*block=*/true);
  ASSERT_TRUE(ended.has_value()) << ended.error().ToString();
  ASSERT_TRUE(ended->has_value());
  EXPECT_EQ((*ended)->pid, pid);
}

Pid ContractTest::Reaped() {
  const Pid pid = Clone();
  MakeZombie(pid);
  Reap(pid);
  return pid;
}

Pid ContractTest::CloneInto(Fd dir, const PassiveRequest& request) {
  const Pid pid = Clone(request);
  EXPECT_EQ(Move(pid, dir), "ok");
  return pid;
}

std::string ContractTest::Move(Pid pid, Fd dir) {
  return Put(dir, "cgroup.procs", std::to_string(pid.value));
}

std::set<Pid> ContractTest::Members(Fd dir) {
  const std::string text = Text(dir, "cgroup.procs");
  EXPECT_TRUE(text.empty() || text[0] != 'E') << text;
  std::set<Pid> members;
  std::istringstream in(text);
  for (pid_t pid = 0; in >> pid;) members.insert(Pid{pid});
  return members;
}

std::string ContractTest::Event(Fd dir, const std::string& key) {
  std::istringstream in(Text(dir, "cgroup.events"));
  for (std::string name, value; in >> name >> value;) {
    if (name == key) return value;
  }
  return "none";
}

std::string ContractTest::SetFrozen(Fd dir, bool on) {
  if (IsV1()) return Put(dir, "freezer.state", on ? "FROZEN" : "THAWED");
  return Put(dir, "cgroup.freeze", on ? "1" : "0");
}

bool ContractTest::IsFrozen(Fd dir) {
  return IsV1() ? Text(dir, "freezer.state") == "FROZEN\n" : Event(dir, "frozen") == "1";
}

std::vector<ContractSetup> SetupsOf(LabLayout layout) {
  return {{KernelKind::kSim, layout}, {KernelKind::kLinux, layout}};
}

std::vector<ContractSetup> AllSetups() {
  std::vector<ContractSetup> all = SetupsOf(LabLayout::kV1);
  for (const ContractSetup& setup : SetupsOf(LabLayout::kV2)) all.push_back(setup);
  return all;
}

std::string SetupName(const ::testing::TestParamInfo<ContractSetup>& info) {
  return std::string(NameOf(info.param.kernel)) + "_" + std::string(NameOf(info.param.layout));
}

}  // namespace reapcheck::sim
