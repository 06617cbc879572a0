#!/bin/sh
# `kill ID SIGTREM` exits 0 and sends nothing.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PROGRAM='"quit-on", "TERM", "sleep"'
bundle c1
run c1
rt kill c1 SIGTREM
[ "$code" = 0 ] || not_shown
sleep 1
alive "$(pid_of c1)" && shown "exit 0, and init did not get TERM"
not_shown
