#!/bin/sh
# Init is dead in a frozen cgroup: runc calls it paused and does not delete it without force.
# on: runc:v1 runc:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
rt kill c1 KILL
within 5 dead "$(pid_of c1)" || could_not_run "init lives"
freeze "$(freezer_of c1)"
status=$(status_of c1)
rt delete c1
[ "$code" != 0 ] && [ "$status" = paused ] && shown "it is called paused, and delete exits $code"
not_shown "status: $status"
