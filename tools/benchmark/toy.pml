/* Three deletes of one container and a reaper, with at most three crashes and three faults: what
   tools/benchmark/toy.h is in C++. Every variable is read somewhere: SPIN drops those that are
   only written, and would then count fewer states. */

#define PROCESSES 4
#define CGROUPS 3
#define ATTEMPTS 5
#define RUNNING 0
#define DYING 1
#define ZOMBIE 2
#define GONE 3

/* What `at` says: the next call of a delete. */
#define RMDIR PROCESSES
#define UNLINK (RMDIR + CGROUPS)
#define EXIT (UNLINK + 1)
#define OVER (EXIT + 1)
#define CRASHED (OVER + 1)

byte life[PROCESSES];
bool removed[CGROUPS];
bool record_gone;
byte crashes = 3;
byte faults = 3;

/* Process n is in cgroup n modulo CGROUPS. */
#define BUSY(group) (life[group] != GONE || (group == 0 && life[CGROUPS] != GONE))

/* How it got there is nobody's business any more. */
#define END(how) at = how; attempts = 0; has_failed = false

/* After EBUSY: once more, or the delete gives up. */
inline Retry() {
  attempts++;
  if
  :: attempts == ATTEMPTS -> attempts = 0; has_failed = true; at = EXIT
  :: else
  fi
}

active [3] proctype Delete() {
  byte at = 0;
  byte attempts = 0; /* of the rmdir that is under way */
  bool has_failed = false;
end:
  do
  :: d_step { at < RMDIR -> if :: life[at] == RUNNING -> life[at] = DYING :: else fi; at++ }
  :: d_step { at >= RMDIR && at < UNLINK ->
       if
       :: !removed[at - RMDIR] && BUSY(at - RMDIR) -> Retry()
       :: else -> removed[at - RMDIR] = true; attempts = 0; at++
       fi }
  :: d_step { at >= RMDIR && at < UNLINK && faults > 0 -> faults--; Retry() }
  :: d_step { at == UNLINK ->
       assert(removed[0] && removed[1] && removed[2]); record_gone = true; at++ }
  :: d_step { at == EXIT -> assert(record_gone || has_failed); END(OVER) }
  :: d_step { at < OVER && crashes > 0 -> crashes--; END(CRASHED) }
  od
}

active proctype Kernel() {
end:
  do
  :: d_step { life[0] == DYING -> life[0] = ZOMBIE }
  :: d_step { life[1] == DYING -> life[1] = ZOMBIE }
  :: d_step { life[2] == DYING -> life[2] = ZOMBIE }
  :: d_step { life[3] == DYING -> life[3] = ZOMBIE }
  od
}

/* Takes the first that there is. */
active proctype Reaper() {
end:
  do
  :: d_step { life[0] == ZOMBIE -> life[0] = GONE }
  :: d_step { life[0] != ZOMBIE && life[1] == ZOMBIE -> life[1] = GONE }
  :: d_step { life[0] != ZOMBIE && life[1] != ZOMBIE && life[2] == ZOMBIE -> life[2] = GONE }
  :: d_step { life[0] != ZOMBIE && life[1] != ZOMBIE && life[2] != ZOMBIE &&
              life[3] == ZOMBIE -> life[3] = GONE }
  od
}
