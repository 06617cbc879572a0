#!/bin/sh
# Without a pid namespace of its own KILL reaches init, and its children live on.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PIDNS=host PROGRAM='"fork", "2", "sleep"'
bundle c1
run c1
children=$(cat "/proc/$(pid_of c1)/task/$(pid_of c1)/children")
rt kill c1 KILL
within 3 dead "$(pid_of c1)" || could_not_run "init lives"
sleep 1
for child in $children; do alive "$child" || not_shown; done
shown "exit $code; alive: $children"
