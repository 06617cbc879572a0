#!/bin/sh
# Without a pid namespace of its own: `delete --force` exits 0 and leaves the cgroup.
# on: runc:v2
. "$(dirname "$0")/stage.sh"

# A race: rmdir comes before the killed processes are gone, and its EBUSY is only logged.
PIDNS=host PROGRAM='"fork", "20", "sleep"'
for round in 1 2 3 4 5 6 7 8 9 10; do
  bundle "c$round"
  run "c$round"
  rt delete --force "c$round"
  [ "$code" = 0 ] && [ -n "$(dirs "c$round")" ] && [ ! -e "$ROOT/c$round" ] &&
    shown "exit 0, the id is unknown, and $(dirs "c$round") is left (round $round)"
done
not_shown
