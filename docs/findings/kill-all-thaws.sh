#!/bin/sh
# `kill --all ID USR1` of a paused container leaves it running.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PROGRAM='"trap", "sleep"'
bundle c1
run c1
rt pause c1
[ "$(status_of c1)" = paused ] || could_not_run "it is not paused"
rt kill --all c1 USR1
[ "$(status_of c1)" = running ] && shown "exit $code, and it is running"
not_shown
