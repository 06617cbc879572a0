#!/bin/sh
# `kill ID ""` exits 0; runc sends TERM, crun nothing.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PROGRAM='"quit-on", "TERM", "sleep"'
bundle c1
run c1
rt kill c1 ""
[ "$code" = 0 ] || not_shown
within 2 dead "$(pid_of c1)" && shown "exit 0, and init got TERM"
shown "exit 0, and init got nothing"
