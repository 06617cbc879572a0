#!/bin/sh
# KILL of a paused container: crun does not thaw it, and it lives until somebody does.
# on: crun:v1
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
rt pause c1
rt kill c1 KILL
[ "$code" = 0 ] || not_shown
within 5 dead "$(pid_of c1)" && not_shown
rt resume c1
within 5 dead "$(pid_of c1)" && shown "exit 0, alive 5 s later, dead after resume"
not_shown
