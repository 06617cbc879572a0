// The simulated machine: everything that Linux keeps and that kill and delete can see or change.
//
// The fault model in prose is docs/simulator.md. A World is plain data of a fixed size: copying it
// is memcpy, and two worlds with equal Hash are the same world (64 bits; objects are hashed one by
// one as they change). It decides nothing: who runs next, what fails and how late the kernel is
// are choices of whoever drives it. Rules of Linux are cited where they are kept, and each is held
// equal to the real kernel by sim/contract_*_test.cc and by sim/differential_test.cc.
//
// Virtual time passes only in AdvanceTo. A call takes no time; one that must wait is not executed
// before it is Ready. Borrows its texts and options; one thread.
#ifndef REAPCHECK_SIM_WORLD_H_
#define REAPCHECK_SIM_WORLD_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/kernel.h"
#include "sim/call.h"
#include "sim/model.h"
#include "sim/world_tables.h"
#include "sim/world_types.h"

namespace reapcheck::sim {

class World {
 public:
  World(TextTable& texts, const WorldOptions& options);
  // A copy is the same world at the same moment.
  World(const World&) = default;
  World& operator=(const World&) = default;

  // --- What is there before the story begins (paths are absolute) ---

  // A process of the host. `program` != 0 makes it an actor.
  int AddProcess(std::string_view name, ProgramId program = 0);
  // A passive process in the container of `init` (its pid namespace and cgroups).
  int AddMember(int init, std::string_view name);
  void AddFile(std::string_view path, std::string_view bytes, mode_t mode = 0644);
  void AddDirectory(std::string_view path, mode_t mode = 0755);
  void AddSymlink(std::string_view path, std::string_view target);
  void AddMount(std::string_view path);
  // `path` below the mount point of each hierarchy: "/a/b".
  void AddCgroup(std::string_view path);
  // Changes of one process, cgroup or record that a scenario begins with.
  Process& EditProcess(int process);  // call Rehash afterwards
  Cgroup& EditCgroup(int cgroup);
  void Rehash();
  // Those that are over leave their places at the end of the table. Who is alive goes on with the
  // program `waiting`, from its beginning.
  void ForgetActors(ProgramId waiting);

  // --- What the driver asks and does ---

  // A call that was published at `since`.
  Readiness Ready(ActorId actor, const Call& call, Nanoseconds since) const;
  // Runs it. kSpawn, kCloneInit and kCloneExec may make an actor. After kExit and kExecve the actor
  // is over.
  CallResult Execute(ActorId actor, const Call& call);
  // SIGKILL that takes effect at once, to an actor only (not to what it started).
  void Crash(ActorId actor);
  // All processes are gone, cgroups too, and of the files what was not synced.
  void PowerFailure();

  // Somebody else can notice this kClose: a lock is given back, a fifo or a socket gets an end.
  bool IsCloseVisible(ActorId actor, const Call& call) const;
  // All that the kernel may do now.
  void ListSteps(std::vector<Step>& steps) const;
  void Take(const Step& step);

  Nanoseconds now() const { return machine_.now; }
  void AdvanceTo(Nanoseconds time) { machine_.now = time; }

  // Of all but the time. Per actor, the time since it first looked at the clock is ClockAge.
  std::uint64_t Hash() const;
  // -1 while the actor has not looked at the clock.
  Nanoseconds ClockAge(ActorId actor) const;

  // --- What judges and traces look at ---

  std::span<const Process> processes() const { return machine_.processes; }
  std::span<const Cgroup> cgroups() const { return machine_.cgroups; }
  std::span<const Actor> actors() const {
    return {machine_.actors.data(), static_cast<std::size_t>(machine_.actor_count)};
  }
  ActorSet AliveActors() const { return machine_.alive; }
  int FindProcess(Pid pid) const;                    // index, -1: none
  int FindCgroup(std::string_view full_path) const;  // as mounted; -1: none
  std::string CgroupPath(int cgroup) const;          // as mounted
  std::optional<std::string> FileText(std::string_view path) const;
  bool Exists(std::string_view path) const { return Exists(texts().Intern(path)); }
  bool Exists(TextId path) const;
  // Of those that there are, in the order of their places.
  template <typename Visit>  // (const Process&)
  void ForEachProcess(Visit&& visit) const {
    machine_.process_slots.ForEach([&](int slot) { visit(machine_.processes[slot]); });
  }
  template <typename Visit>  // (int index)
  void ForEachCgroup(Visit&& visit) const {
    machine_.cgroup_slots.ForEach([&](int slot) {
      if (machine_.cgroups[slot].exists) visit(slot);
    });
  }
  // Some cgroup is told to freeze.
  bool IsAnyFreezing() const { return machine_.freezing != 0; }
  std::vector<std::string> List(std::string_view directory) const;  // sorted
  // `path` and all below it, links followed: each before what is in it, names sorted.
  std::vector<NamedFile> Files(std::string_view path) const;
  // "rmdir cgroup", "rename record", "signal pidfd": the class of a call, for faults and reports.
  // `call` as published by the actor, before it runs.
  std::string ClassOf(ActorId actor, const Call& call) const;
  // For a trace: `unlinkat("c1/state.json")`, with the paths that descriptors stand for.
  std::string Describe(ActorId actor, const Call& call) const;
  std::string Describe(const Step& step) const;

  TextTable& texts() const { return *machine_.texts; }
  const WorldOptions& options() const { return *machine_.options; }

 private:
  Machine machine_;
};

}  // namespace reapcheck::sim

#endif  // REAPCHECK_SIM_WORLD_H_
