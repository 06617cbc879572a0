#include "conformance/clauses.h"

namespace reapcheck::conformance {
namespace {

struct Clause {
  std::string_view id;
  std::string_view sentence;
};

// The specification's life cycle (runtime.md), state, hooks (config.md) and command line.
constexpr Clause kSpecification[] = {
    {"A1", "Whoever created a container can use every operation on it."},
    {"A2", "A container's id is unique on the host."},
    {"A3", "State has ociVersion, id, status and an absolute bundle, and the pid while one lives."},
    {"A4", "Statuses beyond the four of the specification are allowed only for new states."},
    {"A5", "The state that is printed matches the specification's JSON schema."},
    {"A6", "Created: set up, program not run; running: ran and not exited; stopped: exited."},
    {"A7", "The pid in a hook's state is that of the pid namespace the hook runs in."},
    {"A8", "Create that fails is an error and leaves no new container."},
    {"A9", "Create does not run the user's program; its arguments take effect at start."},
    {"A10", "Changes of config.json after create have no effect on the container."},
    {"A11", "A failing hook before start is an error: the container is stopped and destroyed."},
    {"A12", "A failing poststart hook is an error: the container is stopped and destroyed."},
    {"A13", "Destroying a container undoes what creating it did."},
    {"A14", "Poststop hooks run; one that fails is only logged, and those after it still run."},
    {"A15", "An operation that errors leaves everything as if it had not been tried."},
    {"A16", "A warning does not change what happens."},
    {"A17", "State is an error without an id and for a container that does not exist."},
    {"A18", "Create is an error without bundle or id, and for an id that is taken or invalid."},
    {"A19", "Start of what is not created is an error and has no effect."},
    {"A20", "Kill without an id is an error."},
    {"A21", "Kill of what is neither created nor running is an error and has no effect."},
    {"A22", "Kill sends exactly the signal that was asked for to the container's process."},
    {"A23", "Delete without an id is an error."},
    {"A24", "Delete of what is not stopped is an error and has no effect."},
    {"A25", "Delete removes everything that create made."},
    {"A26", "Delete removes nothing that create did not make."},
    {"A27", "After delete the id is free for another container."},
    {"A28", "A hook's path is absolute and its timeout is positive; after it the hook is aborted."},
    {"A29", "Hooks of a kind run in the listed order, each with the state on its stdin."},
    {"A30", "Each kind of hook is resolved and run in the namespaces the specification says."},
    {"A31", "prestart, createRuntime and createContainer run in create, in that order, before "
            "pivot_root."},
    {"A32", "startContainer hooks run in start, before the user's program."},
    {"A33", "poststart hooks run after the user's program was executed and before start returns."},
    {"A34", "poststop hooks run after the container is deleted and before delete returns."},
    {"A35", "A hook gets exactly the arguments and the environment of its entry."},
    {"A36", "A command that the runtime does not know is an error."},
    {"A37", "Kill takes a signal, TERM by default, and succeeds only when it was sent."},
    {"A38", "Operations exit 0 or with an error, never read stdin, and state prints JSON on "
            "stdout."},
    {"A39", "Create honours --bundle and --pid-file and passes its stdio through untouched."},
};

constexpr Clause kSafety[] = {
    {"S1", "A signal goes only to a process with the recorded pid and start time, or to a member "
           "of the container's cgroup."},
    {"S2", "With a pidfd, identity is checked after it was opened and before the signal is sent."},
    {"S3", "Not knowing whether a process lives never counts as its death."},
    {"S4", "Delete without force of a running or paused container errors and changes nothing."},
    {"S5", "Kill of a stopped or absent container errors, sends nothing and changes no file."},
    {"S6", "The record is not removed while anything of the container lives."},
    {"S7", "The record is the last thing to go, so that a delete that failed can be repeated."},
    {"S8", "Delete that succeeds leaves no process, no cgroup and no record, and ran the hooks."},
    {"S9", "After a delete that failed, another one without the fault completes."},
    {"S10", "Only what was made for this container is removed or killed."},
    {"S11", "An id that is empty or has dots or slashes never leads to a removal."},
    {"S12", "Poststop hooks run after init is dead, with status stopped and no living pid."},
    {"S13", "Hooks run in the listed order, once each, and a failing one does not stop others."},
    {"S14", "How often a poststop hook may run is declared, and holds under crashes and races."},
    {"S15", "What an operation froze is thawed again on every way out of it."},
    {"S16", "Delete of a created container sees init dead before it removes the cgroup."},
    {"S17", "Kill records no status that it has not observed."},
    {"S18", "A reader of the record sees the old or the new one, never a part."},
    {"S19", "Delete of an aborted create does not claim success while anything of it is left."},
    {"S20", "A corrupt record is never deleted with success while something is left behind."},
    {"S21", "An invalid signal is refused without effect; signal 0 only probes."},
    {"S22", "A second delete says not found; a second forced delete succeeds."},
    {"S23", "Operations at the same time have the effect of some order of them."},
    {"S24", "The first cause of a failure is reported, and not found is told from other errors."},
    {"S25", "Create with an id that is taken leaves the container of that id untouched."},
};

constexpr Clause kLiveness[] = {
    {"L1", "Delete and kill end within a bound whatever does not go away."},
    {"L2", "A fault that passes is absorbed up to a declared number of times."},
    {"L3", "Forced delete of a running, paused or created container leaves nothing."},
    {"L4", "SIGKILL without a private pid namespace reaches every process of the cgroup, also "
           "those forked meanwhile."},
    {"L5", "Nested cgroups are thawed, killed and removed from the leaves up."},
    {"L6", "A zombie init is dead, and does not hold delete up."},
    {"L7", "An interrupted system call does not change the outcome."},
    {"L8", "A resource that has already gone is not an error where it was to be removed."},
    {"L9", "After a crash at any point of delete, the same command completes it."},
    {"L10", "One id that fails does not keep the others of a command from being treated."},
};

constexpr Clause kGaps[] = {
    {"C1", "The state file is truncated, empty or not what it should be."},
    {"C2", "The state file is missing and the container lives: an aborted create."},
    {"C3", "The runtime is killed in the middle of an operation."},
    {"C4", "Operations on one container at the same time."},
    {"C5", "Init is dead and its pid belongs to another process."},
    {"C6", "Init is a zombie because its parent does not reap."},
    {"C7", "Every signal, by name, by number, and what is none."},
    {"C8", "A harmless signal does not change the state of a created or paused container."},
    {"C9", "A hook times out, and has children."},
    {"C10", "Poststop hooks: order, failure, and what state says meanwhile."},
    {"C11", "Poststop hooks after a failed or aborted create, with force, and on a second delete."},
    {"C12", "Something of the container is frozen, by it, by the engine or from outside."},
    {"C13", "A shared pid namespace, and processes that outlive init."},
    {"C14", "A cgroup that is not empty, deep, threaded or shared with a stranger."},
    {"C15", "A process that SIGKILL does not end for a while."},
    {"C16", "A cgroup that was there before, or that two containers share."},
    {"C17", "A refused operation is compared with a full snapshot of before."},
    {"C18", "Everything that is left behind is accounted for."},
    {"C19", "Input and output of the runtime fail, or it is interrupted."},
    {"C20", "Odd ids: empty, dots, slashes, very long, prefixes of another."},
    {"C21", "Several ids in one command, some of them missing."},
    {"C22", "The bundle or its config.json is changed or removed before delete."},
    {"C23", "Operations repeated at once, and ids used again at once."},
    {"C24", "The systemd driver's unit has gone or failed."},
};

}  // namespace

std::optional<std::string_view> ClauseSentence(std::string_view id) {
  auto find = [&](const auto& table) -> std::optional<std::string_view> {
    for (const Clause& clause : table) {
      if (clause.id == id) return clause.sentence;
    }
    return std::nullopt;
  };
  if (auto found = find(kSpecification)) return found;
  if (auto found = find(kSafety)) return found;
  if (auto found = find(kLiveness)) return found;
  return find(kGaps);
}

}  // namespace reapcheck::conformance
