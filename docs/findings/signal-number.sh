#!/bin/sh
# `kill ID 4294967311` sends TERM and exits 0.
# on: runc:v1 runc:v2 crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

PROGRAM='"quit-on", "TERM", "sleep"'
bundle c1
run c1
rt kill c1 4294967311
[ "$code" = 0 ] && within 2 dead "$(pid_of c1)" && shown "exit 0, and init got 15 (the number modulo 2^32)"
not_shown
