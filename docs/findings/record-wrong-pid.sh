#!/bin/sh
# A record whose pid is out of range: plain `delete` succeeds and leaves the container alive.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

# 4294967297 is 1 in 32 bits.
bundle c1
run c1
sed "s/\"\(init_process_pid\|pid\)\"\( *: *\)$(pid_of c1)/\"\1\"\24294967297/" "$(record c1)" >"$STAGE/new"
grep -q 4294967297 "$STAGE/new" || could_not_run "the pid is not in the record"
cp "$STAGE/new" "$(record c1)"
rt delete c1
[ "$code" = 0 ] && alive "$(pid_of c1)" && [ ! -e "$ROOT/c1" ] &&
  shown "exit 0, the id is unknown, and init lives"
not_shown
