#!/bin/sh
# `resume` of a container that is not paused exits 0.
# on: crun:v1 crun:v2
. "$(dirname "$0")/stage.sh"

bundle c1
run c1
rt resume c1
[ "$code" = 0 ] && shown "exit 0"
not_shown
