#!/bin/sh
# A process that moved into the cgroup of a stopped container: `delete` exits 0 and leaves all.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

PROGRAM='"quit-on", "TERM", "sleep"'
bundle c1
run c1
rt kill c1 TERM
within 5 dead "$(pid_of c1)" || could_not_run "it does not stop"
sleep 60 &
for dir in $(dirs c1); do echo $! >"$dir/cgroup.procs"; done 2>/dev/null
rt delete c1
[ "$code" = 0 ] && [ ! -e "$ROOT/c1" ] && [ -n "$(dirs c1)" ] &&
  shown "exit 0, the id is unknown, and $(count_of_dirs c1) cgroups and process $! are left"
not_shown
