// Delete on the real kernel, cut off before each of its calls and with each of its calls failing.
//
// A container is a record around processes in cgroups of their own. Delete runs in a process of its
// own, which dies at the n-th call for n = 1, 2, 3 ... until a run completes unharmed, as a crash
// would have it; then another delete --force must leave nothing and start no hook again. The same
// with errnos: what the exit code says must be true.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "runtime/cgroup_lab.h"
#include "runtime/container_directory.h"
#include "runtime/file_text.h"
#include "runtime/interposed_kernel.h"
#include "runtime/process.h"
#include "runtime/runtime.h"

namespace reapcheck {
namespace {

namespace fs = std::filesystem;

// No delete of this small container makes more calls.
constexpr int kMaxCalls = 5000;

constexpr char kId[] = "c1";

// Which records delete finds: those of a whole life, or what is left of an aborted one.
enum class Records { kAll, kNoState, kCorruptState, kAttributeAlone };

// How the container is when delete finds it.
struct Shape {
  bool private_pid_namespace = true;
  bool frozen = false;
  Records records = Records::kAll;
  int forked = 0;  // processes beside init, half of them in a cgroup below
  int hooks = 0;   // poststop; the first fails
};

// What is done to the calls of one delete. Calls are counted from 1.
struct Harm {
  int cut_at = 0;             // the process dies instead of making this call
  int fail_at = 0;            // this call fails with `code`
  int code = 0;
  bool from_then_on = false;  // and so does every later one
  std::vector<std::string> methods;  // which calls are counted; empty: all
};

// What one delete came to. In memory that is shared with the process that it runs in.
struct Attempt {
  int calls = 0;  // counted ones
  bool harmed = false;
  bool deleted = false;
  char at[160] = "";  // the harmed call
  char failure[400] = "";
};

class DeletionLab {
 public:
  explicit DeletionLab(const Shape& shape) : shape_(shape) {
    char name[] = "/tmp/reapcheck-delete.XXXXXX";
    directory_ = ::mkdtemp(name);
    shared_ = static_cast<Attempt*>(::mmap(nullptr, sizeof(Attempt), PROT_READ | PROT_WRITE,
                                           MAP_SHARED | MAP_ANONYMOUS, -1, 0));
    StartProcesses();
    WriteRecords();
  }
  ~DeletionLab() {
    ::munmap(shared_, sizeof(Attempt));
    fs::remove_all(directory_);
  }
  DeletionLab(const DeletionLab&) = delete;
  DeletionLab& operator=(const DeletionLab&) = delete;

  // delete --force in a process of its own.
  Attempt Delete(const Harm& harm) {
    *shared_ = Attempt();
    const pid_t child = ::fork();
    if (child == 0) DeleteAsChild(harm);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!WIFEXITED(status)) std::snprintf(shared_->failure, sizeof shared_->failure, "crashed");
    return *shared_;
  }

  // What is left of the container, in words; "" when nothing is.
  std::string Leftovers() {
    std::string left;
    if (!lab_.ReapAll()) left += "processes ";
    if (fs::exists(Root() + "/" + kId)) left += "directory ";
    for (const CgroupDirectory& cgroup : record_.cgroups) {
      // What create made above the container's cgroup is told by the records alone.
      const bool known = shape_.records != Records::kAttributeAlone;
      const std::string top = known ? cgroup.highest_created : cgroup.path;
      if (fs::exists(cgroup.hierarchy.mount_point + top)) left += cgroup.FullPath() + " ";
    }
    return left;
  }

  // How often each hook ran, in the order of their first runs.
  std::vector<std::string> HookRuns() const {
    std::ifstream file(directory_ + "/hooks");
    return {std::istream_iterator<std::string>(file), {}};
  }

  std::size_t hooks() const { return record_.poststop.size(); }

 private:
  std::string Root() const { return directory_ + "/root"; }

  void StartProcesses() {
    Cgroups made = lab_.Make("top/container");
    const Cgroups below = shape_.forked > 1 ? lab_.Make("top/container/below") : Cgroups();
    for (CgroupDirectory& cgroup : made) cgroup.highest_created = lab_.Path("top");
    const Pid init = lab_.Sleep(made);
    for (int i = 0; i < shape_.forked; ++i) lab_.Sleep(i % 2 == 0 ? made : below);
    record_.init = IdentifyProcess(lab_.kernel, init).value();
    record_.cgroups = std::move(made);
    if (shape_.frozen) {
      for (const CgroupDirectory& cgroup : record_.cgroups) {
        WriteControl(cgroup, "freezer.state", "FROZEN");
        WriteControl(cgroup, "cgroup.freeze", "1");
      }
    }
  }

  void WriteRecords() {
    record_.id = kId;
    record_.oci_version = "1.0.0";
    record_.bundle = directory_;
    record_.private_pid_namespace = shape_.private_pid_namespace;
    record_.hooks_begun = shape_.hooks > 0;
    for (int i = 0; i < shape_.hooks; ++i) {
      const std::string script = "cat >/dev/null; echo hook" + std::to_string(i) + " >>" +
                                 directory_ + "/hooks; exit " + (i == 0 ? "1" : "0");
      record_.poststop.push_back({.path = "/bin/sh", .arguments = {"sh", "-c", script}});
    }
    auto container = ClaimContainer(lab_.kernel, Root(), kId).value();
    record_.phase = Phase::kCreating;
    WriteFile(container, kIntentFile, RecordText(record_));
    WriteFile(container, kConfigFile, "{}");
    ::mkfifo((container.path + "/" + kGateFile).c_str(), 0600);
    record_.phase = Phase::kRunning;
    WriteFile(container, kStateFile, RecordText(record_));
    Damage(container);
  }

  void WriteFile(const ContainerDirectory& container, const char* file, const std::string& text) {
    ReplaceFileText(lab_.kernel, container.dir.get(), file, text).value();
  }

  void Damage(const ContainerDirectory& container) {
    if (shape_.records == Records::kAll) return;
    if (shape_.records == Records::kNoState) {
      fs::remove(container.path + "/" + kStateFile);
      return;
    }
    WriteFile(container, kStateFile, "{\"id\":");
    if (shape_.records == Records::kCorruptState) return;
    fs::remove(container.path + "/" + kIntentFile);
    lab_.kernel.SetXattr(container.dir.get(), kCgroupAttribute, record_.cgroups[0].path).value();
  }

  [[noreturn]] void DeleteAsChild(const Harm& harm) {
    InterposedKernel kernel(lab_.kernel);
    kernel.OnCall([&](std::string_view call, const std::string& subject) {
      const auto& counted = harm.methods;
      if (!counted.empty() && std::ranges::find(counted, call) == counted.end()) return 0;
      const int n = ++shared_->calls;
      const bool fails = harm.fail_at != 0 && (harm.from_then_on ? n >= harm.fail_at
                                                                 : n == harm.fail_at);
      if (n != harm.cut_at && !fails) return 0;
      if (!shared_->harmed) {
        std::snprintf(shared_->at, sizeof shared_->at, "%s %s", std::string(call).c_str(),
                      subject.c_str());
      }
      shared_->harmed = true;
      if (n == harm.cut_at) ::_exit(0);
      return harm.code;
    });
    Runtime runtime(kernel, Root(), [](const std::string&) {});
    auto deleted = runtime.Delete(kId, {.force = true});
    shared_->deleted = deleted.has_value();
    if (!deleted) {
      std::snprintf(shared_->failure, sizeof shared_->failure, "%s", deleted.error().text.c_str());
    }
    ::_exit(0);
  }

  Shape shape_;
  CgroupLab lab_;
  std::string directory_;
  Record record_;
  Attempt* shared_ = nullptr;
};

void ExpectHooksAtMostOnce(const DeletionLab& lab) {
  const std::vector<std::string> runs = lab.HookRuns();
  for (std::size_t i = 0; i < lab.hooks(); ++i) {
    EXPECT_LE(std::ranges::count(runs, "hook" + std::to_string(i)), 1);
  }
}

void ExpectHooksOnceInOrder(const DeletionLab& lab) {
  std::vector<std::string> expected;
  for (std::size_t i = 0; i < lab.hooks(); ++i) expected.push_back("hook" + std::to_string(i));
  EXPECT_EQ(lab.HookRuns(), expected);
}

// A delete that was told that it failed, or was cut off, is followed by another.
void ExpectSecondDeleteCompletes(DeletionLab& lab) {
  const Attempt second = lab.Delete({});
  EXPECT_TRUE(second.deleted) << second.failure;
  EXPECT_EQ(lab.Leftovers(), "");
  ExpectHooksAtMostOnce(lab);
}

// Returns after how many calls a delete completed unharmed.
int CutAtEachCall(const Shape& shape) {
  for (int n = 1; n < kMaxCalls; ++n) {
    DeletionLab lab(shape);
    const Attempt cut = lab.Delete({.cut_at = n});
    SCOPED_TRACE("cut before call " + std::to_string(n) + ", " + cut.at);
    if (!cut.harmed) {
      EXPECT_TRUE(cut.deleted) << cut.failure;
      EXPECT_EQ(lab.Leftovers(), "");
      ExpectHooksOnceInOrder(lab);
      return n;
    }
    ExpectSecondDeleteCompletes(lab);
    if (::testing::Test::HasFailure()) return n;
  }
  ADD_FAILURE() << "no end";
  return 0;
}

// The same with calls that fail. `harm` says how; its fail_at is what varies.
int FailEachCall(const Shape& shape, Harm harm) {
  for (int n = 1; n < kMaxCalls; ++n) {
    DeletionLab lab(shape);
    harm.fail_at = n;
    const Attempt first = lab.Delete(harm);
    SCOPED_TRACE(ErrnoName(harm.code) + " at call " + std::to_string(n) + ", " + first.at);
    if (first.deleted) {
      EXPECT_EQ(lab.Leftovers(), "");
      ExpectHooksAtMostOnce(lab);
    } else {
      EXPECT_STRNE(first.failure, "");
      EXPECT_STRNE(first.failure, "crashed");
      ExpectSecondDeleteCompletes(lab);
    }
    if (!first.harmed || ::testing::Test::HasFailure()) return n;
  }
  ADD_FAILURE() << "no end";
  return 0;
}

// A sweep over fewer calls than this has not seen a whole delete.
constexpr int kFewCalls = 40;

TEST(DeleteCut, PrivatePidNamespace) {
  NEEDS_CGROUPS();
  EXPECT_GT(CutAtEachCall({}), kFewCalls);
}

TEST(DeleteCut, SharedPidNamespaceWithHooks) {
  NEEDS_CGROUPS();
  EXPECT_GT(CutAtEachCall({.private_pid_namespace = false, .forked = 2, .hooks = 2}), kFewCalls);
}

TEST(DeleteCut, Frozen) {
  NEEDS_CGROUPS();
  EXPECT_GT(CutAtEachCall({.frozen = true, .forked = 2}), kFewCalls);
}

TEST(DeleteCut, AbortedWithoutState) {
  NEEDS_CGROUPS();
  EXPECT_GT(CutAtEachCall({.records = Records::kNoState, .forked = 1}), kFewCalls);
}

TEST(DeleteCut, AbortedWithCorruptState) {
  NEEDS_CGROUPS();
  EXPECT_GT(CutAtEachCall({.records = Records::kCorruptState, .hooks = 1}), kFewCalls);
}

TEST(DeleteCut, AbortedWithAttributeAlone) {
  NEEDS_CGROUPS();
  EXPECT_GT(CutAtEachCall({.records = Records::kAttributeAlone}), kFewCalls);
}

constexpr Shape kWithHooks{.private_pid_namespace = false, .forked = 2, .hooks = 1};

TEST(DeleteFault, EioOnce) {
  NEEDS_CGROUPS();
  EXPECT_GT(FailEachCall(kWithHooks, {.code = EIO}), kFewCalls);
}

TEST(DeleteFault, EioFromThenOn) {
  NEEDS_CGROUPS();
  EXPECT_GT(FailEachCall(kWithHooks, {.code = EIO, .from_then_on = true}), kFewCalls);
}

TEST(DeleteFault, EioOnceFrozen) {
  NEEDS_CGROUPS();
  EXPECT_GT(FailEachCall({.frozen = true, .forked = 2}, {.code = EIO}), kFewCalls);
}

// The calls that a signal may interrupt, by their manual pages: they are made again.
TEST(DeleteFault, InterruptedOnceIsDoneAgain) {
  NEEDS_CGROUPS();
  for (int n = 1; n < kMaxCalls; ++n) {
    DeletionLab lab(kWithHooks);
    const Attempt first =
        lab.Delete({.fail_at = n,
                    .code = EINTR,
                    .methods = {"Flock", "Nanosleep", "OpenAt", "Poll", "Pread", "Read", "StatFs",
                                "Waitid", "Write"}});
    EXPECT_TRUE(first.deleted) << first.at << ": " << first.failure;
    EXPECT_EQ(lab.Leftovers(), "") << first.at;
    ExpectHooksOnceInOrder(lab);
    if (!first.harmed || HasFailure()) break;
  }
}

TEST(DeleteFault, NoDescriptorIsFree) {
  NEEDS_CGROUPS();
  const std::vector<std::string> methods = {"OpenAt", "PidfdOpen", "Spawn"};
  FailEachCall(kWithHooks, {.code = EMFILE, .methods = methods});
  FailEachCall(kWithHooks, {.code = ENFILE, .from_then_on = true, .methods = methods});
}

TEST(DeleteFault, NoMemory) {
  NEEDS_CGROUPS();
  FailEachCall(kWithHooks, {.code = ENOMEM,
                            .methods = {"OpenAt", "PidfdOpen", "Poll", "Spawn", "RenameAt"}});
}

TEST(DeleteFault, BusyOnceIsTriedAgain) {
  NEEDS_CGROUPS();
  for (int n = 1; n < kMaxCalls; ++n) {
    DeletionLab lab(kWithHooks);
    const Attempt first = lab.Delete({.fail_at = n, .code = EBUSY, .methods = {"UnlinkAt"}});
    EXPECT_TRUE(first.deleted) << first.at << ": " << first.failure;
    // A busy directory above the container's is in use by others, and rightly stays.
    const std::string left = lab.Leftovers();
    EXPECT_TRUE(left.empty() || std::string(first.at).ends_with("/top")) << first.at << left;
    if (!first.harmed || HasFailure()) break;
  }
}

}  // namespace
}  // namespace reapcheck
